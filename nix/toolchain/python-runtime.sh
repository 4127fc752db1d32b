# The Python that is frozen into executables, laid out as python-build-standalone's install_only archives. Always
# configured as for a foreign target, driven by the host python, so that all targets are made the same way.
unpack
gather
configure $FOREIGN --enable-shared \
  --with-openssl=../deps --enable-loadable-sqlite-extensions LDFLAGS_NODIST=-s
# libpython's objects go into the program too (faster, and it may be copied anywhere); libpython.so is for embedders.
set -- 'LINKFORSHARED=-Xlinker -export-dynamic' 'LINK_PYTHON_OBJS=$(LIBRARY_OBJS)'
make -j"$JOBS" all "$@"
make install DESTDIR="$STEP/out" TEST_MODULES=no COMPILEALL_OPTS=-h "$@"

library=$STEP/out/python/lib/python3.13
rm -f "$STEP"/out/python/bin/idle*
(cd "$library/lib-dynload" && rm -f _test*.so _xxtest*.so xxlimited*.so _ctypes_test*.so)
ln -s python3.13 "$STEP/out/python/bin/python"
finish "$library" "$PYTHON"
