# What host Python and runtime share: library flags, modules left out, the last touches. Put before the recipes by the
# driver, behind PYTHON_NAME, which is as python3.14.

# is_newer: whether this is a later Python than 3.13. What configure is told stands in sysconfig, so it is not told what it
# does not ask.
is_newer() {
  [ "$PYTHON_NAME" != python3.13 ]
}

# Must be -L and -l: the check for SQLite takes no path of a library.
library_flags() {
  cat <<FLAGS
ZLIB_CFLAGS=-I../deps/include
ZLIB_LIBS=-L../deps/lib -lz
BZIP2_CFLAGS=-I../deps/include
BZIP2_LIBS=-L../deps/lib -lbz2
LIBLZMA_CFLAGS=-I../deps/include
LIBLZMA_LIBS=-L../deps/lib -llzma
LIBFFI_CFLAGS=-I../deps/include
LIBFFI_LIBS=-L../deps/lib -lffi
LIBSQLITE3_CFLAGS=-I../deps/include
LIBSQLITE3_LIBS=-L../deps/lib -lsqlite3 -lm -lpthread
FLAGS
  if is_newer; then
    echo LIBZSTD_CFLAGS=-I../deps/include
    echo LIBZSTD_LIBS=-L../deps/lib -lzstd -lpthread
  fi
}

# What configure would find by running a program, or by looking at this machine, is said here: the machine (its kernel,
# a missing /dev/shm) must not decide, and where nothing can be run (a foreign target) configure guesses badly:
# without these there is no time.tzset, no SipHash, and semaphores cannot be read.
KNOWN="ac_cv_file__dev_ptmx=yes ac_cv_file__dev_ptc=no ac_cv_buggy_getaddrinfo=no ac_cv_posix_semaphores_enabled=yes
ac_cv_broken_sem_getvalue=no ac_cv_working_tzset=yes ac_cv_aligned_required=no ac_cv_pthread_system_supported=yes
ac_cv_have_chflags=no ac_cv_have_lchflags=no"
# zig gives threads enough. ceval.c: Clang 22 would give each Python call 40 kB of stack (gh-148284), and only a program
# that runs tells configure of it.
if is_newer; then
  KNOWN="$KNOWN ac_cv_thread_stack_size=default ac_cv_ffi_complex_double_supported=yes
  CFLAGS_CEVAL=-finline-max-stacksize=512"
fi

LEFT_OUT="py_cv_module__tkinter=n/a py_cv_module__curses=n/a py_cv_module__curses_panel=n/a py_cv_module_readline=n/a
py_cv_module__dbm=n/a py_cv_module__gdbm=n/a py_cv_module_nis=n/a py_cv_module__crypt=n/a py_cv_module__uuid=n/a"

# What configure is told to make a Python for a foreign platform. The name of the build machine goes into the result, so
# it is the same whatever machine this is: it has only to differ from every TRIPLE.
FOREIGN="--build=x86_64-pc-linux-musl --host=$TRIPLE --with-build-python=$PYTHON"

# configure ARGUMENT...: with a relative source folder, which leaves no path behind.
configure() {
  flags=$(library_flags)
  newline='
'
  old=$IFS; IFS=$newline; set -- "$@" $flags; IFS=$old
  ../source/configure CC=zcc AR=zar RANLIB=zranlib READELF=: OPT="-DNDEBUG -fwrapv -O3 -Wall" \
    --prefix=/python --without-ensurepip --with-computed-gotos --without-readline --without-static-libpython \
    $KNOWN $LEFT_OUT "$@"
}

UNWANTED="test idlelib turtledemo ensurepip lib2to3 site-packages"

# finish LIBRARY PYTHON: takes out what is UNWANTED and every path; compiles. The pycs hold a hash, not a time,
# and nobody checks it, so they hold wherever the folder is unpacked.
finish() {
  library=$1 python=$2
  (cd "$library" && rm -rf $UNWANTED)
  mkdir -p "$library/site-packages" "$library/lib-dynload"
  echo 'Nothing is installed here.' > "$library/site-packages/README.txt"
  [ -e "$library/lib-dynload/README" ] || echo 'There are no extension modules: all are built in.' > "$library/lib-dynload/README"
  find "$library" -name __pycache__ -type d -prune -exec rm -rf {} +
  for file in "$library"/_sysconfigdata_*.py "$library"/_sysconfig_vars_*.json "$library"/build-details.json \
    "$library"/config-*/Makefile; do
    [ ! -e "$file" ] ||
      sed -i -e "s#${PYTHON:-$STEP/none}#$PYTHON_NAME#g" -e "s#$TOOLS/##g" -e "s#$STEP#/build#g" "$file"
  done
  # -B and -f: else the modules that compileall itself imports keep pycs with a time in them. One process and one hash
  # seed: marshal's references depend on what else the process holds, so no other number of jobs gives these bytes.
  (cd "$library" && PYTHONHASHSEED=0 "$python" -s -P -B -m compileall -f -q -j 1 --invalidation-mode unchecked-hash \
    -s "$library" -p /python/lib/$PYTHON_NAME "$library")
}
