# With threads, as every system's. Left out: formats of before version 1.0.
unpack
mkdir -p ../out/include
cd ../source/zstd/lib
cp zstd.h zstd_errors.h zdict.h "$STEP/out/include/"
archive libzstd.a "$OPTIMISE -DZSTD_MULTITHREAD -DZSTD_LEGACY_SUPPORT=0 -DXXH_NAMESPACE=ZSTD_" \
  common/*.c compress/*.c decompress/*.c decompress/*.S dictBuilder/*.c
