unpack
cd ../source/libffi
chmod 755 configure install-sh config.sub config.guess compile missing depcomp
cd "$STEP/build"
# zig's -S defeats libffi's probe for .hidden; without it libffi's assembly is called through the PLT, which clobbers
# x17 on arm64: every ctypes callback crashes.
../source/libffi/configure libffi_cv_hidden_visibility_attribute=yes \
  CC=zcc AR=zar RANLIB=zranlib LD=zcc CFLAGS="-O2 -fPIC -fvisibility=hidden" \
  --build=x86_64-pc-linux-musl --host="$TRIPLE" --disable-shared --enable-static --with-pic \
  --disable-docs --disable-multi-os-directory --prefix=/deps --libdir=/deps/lib
make -j"$JOBS"
make install DESTDIR="$STEP/build/installed"
mkdir -p ../out/include ../out/lib
cp installed/deps/lib/libffi.a ../out/lib/
cp installed/deps/include/*.h ../out/include/
