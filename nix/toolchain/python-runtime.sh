# The Python that is frozen into executables, laid out as python-build-standalone's install_only archives. Always
# configured as for a foreign target, driven by the host python, so that all targets are made the same way.
unpack
gather
# dbm's libraries are under the GPL (gdbm) or the AGPL (Berkeley DB): dbm.sqlite3 and dbm.dumb are there. _curses_panel is
# a part of _curses: with an own copy of curses it would know no window.
LEFT_OUT="py_cv_module__dbm=n/a py_cv_module__gdbm=n/a py_cv_module__curses_panel=n/a"
sed -i 's/_curses _cursesmodule.c$/& _curses_panel.c/' ../source/Modules/Setup.stdlib.in
grep -q '_curses _cursesmodule.c _curses_panel.c' ../source/Modules/Setup.stdlib.in
cp ../files/curses-panel.py ../source/Lib/_curses_panel.py
# What describes the build (PEP 739) is written by the host Python, which has no extension modules itself.
details=../source/Tools/build/generate-build-details.py
if is_newer; then
  sed -i 's/importlib.machinery.EXTENSION_SUFFIXES/[sysconfig.get_config_var("EXT_SUFFIX"), ".abi3.so", ".so"]/' $details
  [ "$(grep -c 'get_config_var("EXT_SUFFIX"), ".abi3.so"' $details)" = 2 ]
fi
deps="-L../deps/lib"
configure $FOREIGN --enable-shared \
  --with-openssl=../deps --enable-loadable-sqlite-extensions LDFLAGS_NODIST=-s \
  --with-readline=editline LIBEDIT_CFLAGS=-I../deps/include LIBEDIT_LIBS="$deps -ledit -lncursesw" \
  CURSES_CFLAGS=-I../deps/include CURSES_LIBS="$deps -lpanelw -lncursesw" \
  LIBUUID_CFLAGS="-I../deps/include -I../deps/include/uuid" LIBUUID_LIBS="$deps -luuid" \
  TCLTK_CFLAGS=-I../deps/include TCLTK_LIBS="$deps -ltk8.6 -ltcl8.6 -lXft -lfontconfig -lfreetype -lexpat -lXrender \
  -lX11 -lxcb -lXau -lz -lm -lpthread -ldl"
# libpython's objects go into the program too (faster, and it may be copied anywhere); libpython.so is for embedders.
set -- 'LINKFORSHARED=-Xlinker -export-dynamic' 'LINK_PYTHON_OBJS=$(LIBRARY_OBJS)'
make -j"$JOBS" all "$@"
make install DESTDIR="$STEP/out" TEST_MODULES=no COMPILEALL_OPTS=-h "$@"

library=$STEP/out/python/lib/$PYTHON_NAME
rm -f "$STEP"/out/python/bin/idle*
(cd "$library/lib-dynload" && rm -f _test*.so _xxtest*.so xxlimited*.so _ctypes_test*.so)
cp -R ../deps/tcl/. "$STEP/out/python/lib/"
cp ../deps/lib/libz.so.1 "$STEP/out/python/lib/"
ln -s "$PYTHON_NAME" "$STEP/out/python/bin/python"
finish "$library" "$PYTHON"
