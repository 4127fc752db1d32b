# libuuid alone.
tar -x -f "$ARCHIVE" -C "$STEP/source" --strip-components=1 --no-same-owner --no-same-permissions \
  --wildcards '*/libuuid/src/*' '*/include/*' '*/lib/md5.c' '*/lib/sha1.c' '*/lib/randutils.c' '*/COPYING'
mkdir -p ../out/include/uuid
cd ../source
cp libuuid/src/uuid.h "$STEP/out/include/uuid/"
have=
for name in UNISTD_H STDLIB_H SYS_TIME_H SYS_FILE_H SYS_IOCTL_H SYS_SOCKET_H SYS_UN_H NET_IF_H NETINET_IN_H SYS_SYSCALL_H \
  INTTYPES_H LIBPTHREAD JRAND48 NANOSLEEP ERRX ERR_H LOFF_T USLEEP ENVIRON_DECL TLS; do have="$have -DHAVE_$name"; done
archive libuuid.a "$OPTIMISE -D_GNU_SOURCE $have -DHAVE_UUIDD -D_PATH_RUNSTATEDIR=\"/run\" -D_PATH_LOCALSTATEDIR=\"/var\" -Iinclude -Ilibuuid/src" \
  libuuid/src/[!t]*.c lib/md5.c lib/sha1.c lib/randutils.c
