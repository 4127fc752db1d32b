unpack
mkdir -p ../out/include
cd ../source/src/zlib
cp zlib.h zconf.h "$STEP/out/include/"
archive libz.a "$OPTIMISE -DHAVE_UNISTD_H -D_LARGEFILE64_SOURCE=1 -DHAVE_HIDDEN -DHAVE_STDARG_H" *.c
