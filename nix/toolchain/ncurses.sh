# curses with wide characters. Terminals are looked up where systems have them; the usual ones are built in, for systems
# that have none.
FALLBACKS="ansi dumb linux vt100 vt220 xterm xterm-color xterm-256color screen screen-256color tmux tmux-256color rxvt
rxvt-unicode-256color alacritty foot"
FLAGS="-O2 -fPIC -fvisibility=hidden"
unpack
answer
# For programs that run on this machine.
cat > "$STEP/bin/here" <<'WRAPPER'
#!/bin/sh
exec "$ZIG" cc -target "$(uname -m)-linux-musl" "$@"
WRAPPER
chmod 755 "$STEP/bin/here"
../source/configure CC=zcc AR=zar RANLIB=zranlib CFLAGS="$FLAGS" --with-build-cc=here \
  --build=x86_64-pc-linux-musl --host="$TRIPLE" --prefix=/deps \
  --without-shared --with-normal --without-debug --without-ada --without-cxx --without-cxx-binding --without-manpages \
  --without-tests --without-gpm --disable-stripping --enable-widec --disable-db-install \
  --with-default-terminfo-dir=/usr/share/terminfo \
  --with-terminfo-dirs=/etc/terminfo:/lib/terminfo:/usr/share/terminfo:/usr/lib/terminfo \
  cf_cv_wint_t=yes cf_cv_func_nanosleep=yes cf_cv_working_poll=yes cf_cv_mbstate_t=yes cf_cv_type_of_bool='unsigned char' \
  cf_cv_typeof_chtype=uint32_t cf_cv_typeof_mmask_t=uint32_t cf_cv_regex_hdrs=regex.h cf_cv_func_vsscanf=vsscanf \
  cf_cv_sys_time_select=yes cf_cv_sizechange=yes cf_cv_have_tcgetattr=yes cf_cv_mixedcase=yes cf_cv_gnu_source=yes \
  cf_cv_default_source=yes cf_cv_sig_atomic_t='volatile sig_atomic_t' cf_cv_func_openpty=pty.h cf_cv_unsigned_literals=yes \
  cf_cv_cc_bool_type=0 cf_cv_builtin_bool=1 cf_cv_header_stdbool_h=1 cf_cv_have_va_copy=yes cf_cv_have_libm=yes \
  cf_cv_func_clock_gettime=yes cf_cv_test_clock_gettime=yes cf_cv_struct_dirent64=no cf_cv_wchar_h_okay=yes \
  cf_cv_func_mkstemp=yes cf_cv_dcl_environ=yes cf_cv_have_environ=yes cf_cv_dcl_errno=yes cf_cv_have_errno=no
make -j"$JOBS" -C include

# First for this machine: the terminals' compiler makes the built-in ones.
set -- CC=here CFLAGS=-O1
make -j"$JOBS" -C ncurses "$@"
make -j"$JOBS" -C progs "$@" tic infocmp
# The script changes TERMINFO and asks the programs about terminals by name.
sh -e ../source/ncurses/tinfo/MKfallback.sh "$PWD/terminals" ../source/misc/terminfo.src "$PWD/progs/tic" \
  "$PWD/progs/infocmp" $FALLBACKS > fallback.c
mv fallback.c ncurses/
rm objects/*.o lib/*.a

make -j"$JOBS" -C ncurses
make -j"$JOBS" -C panel
mkdir -p ../out/include ../out/lib
cp lib/libncursesw.a lib/libpanelw.a ../out/lib/
cp include/*.h ../out/include/
