# Xlib with input methods and XKB; without the device-independent colours of Xcms. Locales and keyboards' compositions
# are looked up where systems have them.
unpack
gather
# keysyms' names become a table by a program of their own, which runs on this machine.
"$ZIG" cc -target "$(uname -m)-linux-musl" -I../deps/include -o makekeys ../source/src/util/makekeys.c
headers=../deps/include/X11
./makekeys $headers/keysymdef.h $headers/XF86keysym.h $headers/Sunkeysym.h $headers/DECkeysym.h $headers/HPkeysym.h \
  > ../source/src/ks_tables.h
mkdir -p ../out/include
cp -R ../source/include/X11 ../out/include/
cd ../source
for name in TCPCONN UNIXCONN IPv6 XTHREADS XUSE_MTSAFE_API XKB XLOCALE USE_POLL COMPOSECACHE \
  HAS_SHM XF86BIGFONT HASGETRESUID USE_THREAD_SAFETY_CONSTRUCTOR HAVE_DLOPEN HAVE_GETADDRINFO HAVE_GETPAGESIZE HAVE_INET_NTOP \
  HAVE_INTTYPES_H HAVE_MMAP HAVE_SETEUID HAVE_SOCKLEN_T HAVE_STRCASECMP HAVE_STRTOL HAVE_STRUCT_SOCKADDR_STORAGE \
  HAVE_STDINT_H HAVE_STDLIB_H HAVE_STRING_H HAVE_STRINGS_H HAVE_SYS_IOCTL_H HAVE_SYS_PARAM_H HAVE_SYS_SELECT_H \
  HAVE_SYS_SOCKET_H HAVE_SYS_STAT_H HAVE_SYS_TYPES_H HAVE_UNISTD_H HAVE_WCHAR_H HAVE___BUILTIN_POPCOUNTL; do
  echo "#define $name 1"
done > src/config.h
share=/usr/share/X11
cat >> src/config.h <<CONFIG
#define X11_DATADIR "$share"
#define XLOCALEDIR "$share/locale"
#define XLOCALEDATADIR "$share/locale"
#define XLOCALELIBDIR "/usr/lib/X11/locale"
#define XKEYSYMDB "$share/XKeysymDB"
#define XERRORDB "$share/XErrorDB"
CONFIG
sed 's/#undef XTHREADS/#define XTHREADS 1/; s/#undef XUSE_MTSAFE_API/#define XUSE_MTSAFE_API 1/' \
  include/X11/XlibConf.h.in > "$STEP/out/include/X11/XlibConf.h"
# Left out: what other systems need, and pieces that no static library has.
files=$(find src/*.c src/xkb/*.c src/xlibi18n/*.c modules -name '*.c' |
  grep -vE '/(os2Stubs|x11_xcb|XlcDL|XlcSL)\.c$' | sort)
archive libX11.a "$OPTIMISE -D_GNU_SOURCE -DHAVE_CONFIG_H -DXIM_t -DTRANS_CLIENT -Isrc -Isrc/xlibi18n -Isrc/xkb \
  -Isrc/xcms -I$STEP/out/include -I$STEP/out/include/X11 -I../deps/include" $files
