# Finds fonts where the system's configuration says.
unpack
gather
cp ../files/fontconfig-objects.h ../source/src/fcobjshash.h
cd ../source
mkdir -p "$STEP/out/include"
cp -R fontconfig "$STEP/out/include/"
for name in DIRENT_H FCNTL_H FSTATFS FSTATVFS FT_DONE_MM_VAR FT_GET_BDF_PROPERTY FT_GET_PS_FONT_INFO \
  FT_GET_X11_FONT_FORMAT FT_HAS_PS_GLYPH_NAMES GETOPT GETOPT_LONG GETPAGESIZE STDATOMIC_PRIMITIVES INTTYPES_H LINK \
  LRAND48 LSTAT MKDTEMP MKOSTEMP MKSTEMP MMAP POSIX_FADVISE PTHREAD RAND RANDOM RANDOM_R RAND_R READLINK SCHED_H \
  SCHED_YIELD STDINT_H STDIO_H STDLIB_H STRERROR STRERROR_R STRINGS_H STRING_H STRUCT_DIRENT_D_TYPE \
  STRUCT_STATFS_F_FLAGS STRUCT_STAT_ST_MTIM SYS_MOUNT_H SYS_PARAM_H SYS_STATFS_H SYS_STATVFS_H SYS_STAT_H SYS_TYPES_H \
  SYS_VFS_H UNISTD_H VPRINTF WCHAR_H; do
  echo "#define HAVE_$name 1"
done > config.h
cat >> config.h <<'CONFIG'
#define ALIGNOF_DOUBLE 8
#define ALIGNOF_VOID_P 8
#define SIZEOF_VOID_P 8
#define FLEXIBLE_ARRAY_MEMBER
#define FC_GPERF_SIZE_T size_t
#define FC_DEFAULT_FONTS "<dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir>"
#define FC_CACHEDIR "/var/cache/fontconfig"
#define FC_TEMPLATEDIR "/usr/share/fontconfig/conf.avail"
#define FONTCONFIG_PATH "/etc/fonts"
#define CONFIGDIR "/etc/fonts/conf.d"
#include "config-fixups.h"
CONFIG
# For shared libraries.
for header in fcalias fcaliastail fcftalias fcftaliastail; do : > src/$header.h; done
archive libfontconfig.a "$OPTIMISE -D_GNU_SOURCE -DHAVE_CONFIG_H -I. -Isrc -I../deps/include" $(ls src/*.c | grep -v fcarch)
