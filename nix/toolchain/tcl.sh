# Tcl's library, its scripts (without time zones: systems have them), and the headers that Tk needs.
unpack
gather
answer
deps="$STEP/deps"
# The kernel of this machine must not decide.
../source/unix/configure CC=zcc AR=zar RANLIB=zranlib CFLAGS="-O2 -fPIC -fvisibility=hidden -I$deps/include" \
  LDFLAGS="-L$deps/lib" --build=x86_64-pc-linux-musl --host="$TRIPLE" --prefix=/deps --libdir=/deps/lib \
  --disable-shared --enable-threads --without-tzdata \
  tcl_cv_sys_version=Linux-4 ac_cv_header_zlib_h=yes ac_cv_c_bigendian=no ac_cv_func_memcmp_working=yes \
  tcl_cv_strstr_unbroken=ok tcl_cv_strtoul_unbroken=ok tcl_cv_strtod_unbroken=ok tcl_cv_strtod_buggy=ok
make -j"$JOBS" libtcl8.6.a
make install-libraries install-msgs INSTALL_ROOT="$STEP/build/installed"
mkdir -p ../out/include ../out/lib ../out/tcl ../out/tcl-source
cp libtcl8.6.a ../out/lib/
for header in tcl tclDecls tclPlatDecls tclTomMath tclTomMathDecls; do cp ../source/generic/$header.h ../out/include/; done
for folder in generic unix libtommath; do
  mkdir ../out/tcl-source/$folder
  cp ../source/$folder/*.h ../out/tcl-source/$folder/
done
sed "s#$STEP/source#\$STEP/deps/tcl-source#g; s#$STEP/build#\$STEP/deps/lib#g" tclConfig.sh > ../out/tclConfig.sh
cp -R installed/deps/lib/tcl8 installed/deps/lib/tcl8.6 ../out/tcl/
rm ../out/tcl/tcl8.6/tclAppInit.c
