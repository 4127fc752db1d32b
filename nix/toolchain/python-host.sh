# The Python that compiles and runs hooks: static, needs nothing of the machine it runs on. No ctypes, ssl, sqlite, zstd.
# The builder's own comes from nothing; PYTHON is it when another host's is made.
UNWANTED="$UNWANTED tkinter turtle.py"
if is_newer; then LEFT_OUT="$LEFT_OUT py_cv_module__zstd=n/a"; fi
unpack
gather
if [ -n "$PYTHON" ]; then
  set -- $FOREIGN
else
  set -- --build="$TRIPLE"
fi
configure "$@" --disable-shared --disable-test-modules MODULE_BUILDTYPE=static \
  LDFLAGS="-static -s" LINKFORSHARED=" " ac_cv_func_dlopen=no \
  py_cv_module__ctypes=n/a py_cv_module__ssl=n/a py_cv_module__hashlib=n/a py_cv_module__sqlite3=n/a
zcc -O2 -fno-builtin -c "$STEP/files/fast-strings.c" -o fast-strings.o
make -j"$JOBS" all PY_CORE_LDFLAGS="-static -s fast-strings.o"

library=$STEP/out/python/lib/$PYTHON_NAME
mkdir -p "$STEP/out/python/bin" "$STEP/out/python/lib"
cp python "$STEP/out/python/bin/$PYTHON_NAME"
ln -s "$PYTHON_NAME" "$STEP/out/python/bin/python3"
cp -R ../source/Lib "$library"
cp "$(cat pybuilddir.txt)"/_sysconfigdata_*.py "$library/"
# A static Python finds its library only when started by its full path.
finish "$library" "${PYTHON:-$STEP/out/python/bin/$PYTHON_NAME}"
