unpack
mkdir -p ../out/include
cd ../source
api=xz/src/liblzma
cp -R $api/api/lzma.h $api/api/lzma "$STEP/out/include/"
include="-I. -I$api/api -Ixz/src/common"
for part in lzma lz check simple delta common rangecoder; do include="$include -I$api/$part"; done
# Left out: programs that make tables, the small variants, the multi-threaded coders.
files=$(find $api/common $api/lzma $api/lz $api/check $api/delta $api/rangecoder $api/simple -name '*.c' |
  grep -vE 'tablegen|crc(32|64)_small|crc_clmul_consts_gen|mt\.c$' | sort)
archive liblzma.a "$OPTIMISE -std=gnu99 -DHAVE_CONFIG_H $include" \
  $files xz/src/common/tuklib_cpucores.c xz/src/common/tuklib_physmem.c
