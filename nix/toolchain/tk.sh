# Tk's library and scripts, with smooth fonts.
unpack
gather
answer
deps="$STEP/deps"
cat > "$STEP/bin/xft-config" <<PROGRAM
#!/bin/sh
case \$1 in
--cflags) echo "-I$deps/include" ;;
--libs) echo "-L$deps/lib -lXft -lfontconfig -lfreetype -lexpat -lXrender -lX11 -lxcb -lXau" ;;
esac
PROGRAM
chmod 755 "$STEP/bin/xft-config"
../source/unix/configure CC=zcc AR=zar RANLIB=zranlib CFLAGS="-O2 -fPIC -fvisibility=hidden -I$deps/include" \
  --build=x86_64-pc-linux-musl --host="$TRIPLE" --prefix=/deps --libdir=/deps/lib --disable-shared --enable-threads \
  --with-tcl="$deps" --x-includes="$deps/include" --x-libraries="$deps/lib" --enable-xft --disable-xss \
  tcl_cv_sys_version=Linux-4 ac_cv_c_bigendian=no ac_cv_lib_X11_XkbKeycodeToKeysym=yes
grep -q '^#define HAVE_XFT 1' tkConfig.h || grep -q 'DHAVE_XFT=1' Makefile
make -j"$JOBS" libtk8.6.a
make install-libraries INSTALL_ROOT="$STEP/build/installed"
mkdir -p ../out/include ../out/lib ../out/tcl
cp libtk8.6.a ../out/lib/
cp ../source/generic/tk.h ../source/generic/tkDecls.h ../source/generic/tkPlatDecls.h ../out/include/
cp -R installed/deps/lib/tk8.6 ../out/tcl/
rm ../out/tcl/tk8.6/tkAppInit.c
