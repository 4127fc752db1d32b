# zlib as a shared library: PyInstaller's bootloader needs it, and what manylinux allows wheels to need. All that it
# exports is versioned as in every system's.
unpack
mkdir -p ../out/lib
cd ../source/src/zlib
zcc -O3 -fPIC -DNDEBUG -DHAVE_UNISTD_H -D_LARGEFILE64_SOURCE=1 -DHAVE_HIDDEN -DHAVE_STDARG_H -shared -s \
  -Wl,-soname,libz.so.1 -Wl,--version-script="$STEP/files/libz.map" *.c -o "$STEP/out/lib/libz.so.1"
