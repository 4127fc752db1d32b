# Renders fonts; compressed ones with its own copy of zlib.
unpack
cd ../source
mkdir -p "$STEP/out/include"
cp -R include/ft2build.h include/freetype "$STEP/out/include/"
base="system init debug base bbox glyph bdf bitmap cid fstype gasp mm patent pfr stroke synth type1 winfnt"
files=
for name in $base; do files="$files src/base/ft$name.c"; done
for name in autofit/autofit truetype/truetype type1/type1 cff/cff cid/type1cid pfr/pfr type42/type42 winfonts/winfnt \
  pcf/pcf bdf/bdf psaux/psaux psnames/psnames pshinter/pshinter sfnt/sfnt smooth/smooth raster/raster sdf/sdf svg/svg \
  gzip/ftgzip lzw/ftlzw; do files="$files src/$name.c"; done
archive libfreetype.a "$OPTIMISE -DFT2_BUILD_LIBRARY -DHAVE_UNISTD_H -DHAVE_FCNTL_H -Iinclude" $files
