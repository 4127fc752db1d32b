unpack
mkdir -p ../out/include
cd ../source/bzip2-1.0.8
cp bzlib.h "$STEP/out/include/"
archive libbz2.a "$OPTIMISE -D_FILE_OFFSET_BITS=64" \
  blocksort.c huffman.c crctable.c randtable.c compress.c decompress.c bzlib.c
