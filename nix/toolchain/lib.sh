# What every recipe starts with. The driver (src/toolchain/step.rs) puts this text before the recipe and runs both
# with `sh -eu` in the empty folder STEP/build. Given in the environment, which holds nothing else:
#   STEP      the step's folder; the recipe leaves its result in STEP/out
#   ARCHIVE   the source archive, already checked
#   DEPS      the out folders of the steps before, separated by spaces
#   TARGET    what the code runs on: TRIPLE, ZIG_TARGET, MULTIARCH and ARCH say it in each tool's words
#   ZIG       the compiler; PYTHON the host python (only for steps that come after it)
#   JOBS      how many compilers may run at once
#   TOOLS     a folder with the host programs that recipes may use, and no others
# All paths in outputs are relative or mapped, so that the folder leaves no trace.
umask 022
export LC_ALL=C TZ=UTC HOME=/nonexistent SOURCE_DATE_EPOCH=1735689600 PKG_CONFIG=/bin/false
export PATH="$STEP/bin:$TOOLS"
OPTIMISE="-O3 -fPIC -fvisibility=hidden -DNDEBUG"
mkdir -p "$STEP/bin" "$STEP/source" "$STEP/deps/include" "$STEP/deps/lib" "$STEP/out"

# zcc: `zig cc` for programs that expect gcc. The name holds no path, so none is recorded.
cat > "$STEP/bin/zcc" <<'WRAPPER'
#!/bin/sh
n=$#
while [ "$n" -gt 0 ]; do
  a=$1; shift; n=$((n-1))
  case $a in
    # Extension modules export PyInit_* only: OpenSSL's assembly would export 150 symbols otherwise.
    Modules/*.cpython-*.so) set -- "$@" "$a"; a=-Wl,--version-script=$STEP/bin/extension.map;;
    --print-multiarch|-print-multiarch) echo "$MULTIARCH"; exit 0;;
    # zig cannot link without any object.
    -Wl,-hlibpython3.so) a=-Wl,-soname,libpython3.so; set -- "$@" "$STEP/bin/empty.c";;
    # zig knows -soname only.
    -Wl,-h,*) a=-Wl,-soname,${a#-Wl,-h,};;
    -Wl,-h*) a=-Wl,-soname,${a#-Wl,-h};;
    */Modules/getbuildinfo.c) set -- "$@" -DDATE='"Jan  1 2025"' -DTIME='"00:00:00"';;
    # zig's linker refuses these.
    -Wl,--exclude-libs,*|-Wl,-Bsymbolic-functions|-Wl,--no-semantic-interposition) continue;;
  esac
  set -- "$@" "$a"
done
exec "$ZIG" cc -target "$ZIG_TARGET" -fno-sanitize=undefined -ffile-prefix-map="$STEP"=/src "$@" -g0
WRAPPER
printf '#!/bin/sh\nexec "$ZIG" ar "$@"\n' > "$STEP/bin/zar"
printf '#!/bin/sh\nexec "$ZIG" ranlib "$@"\n' > "$STEP/bin/zranlib"
chmod 755 "$STEP/bin/zcc" "$STEP/bin/zar" "$STEP/bin/zranlib"
echo '{ global: PyInit_*; local: *; };' > "$STEP/bin/extension.map"
: > "$STEP/bin/empty.c"
export STEP ZIG ZIG_TARGET MULTIARCH

# Unpacks ARCHIVE; its one top folder becomes STEP/source.
unpack() {
  tar -x -f "$ARCHIVE" -C "$STEP/source" --strip-components=1 --no-same-owner --no-same-permissions
}

# Lays the results of the steps before together in STEP/deps.
gather() {
  for dep in $DEPS; do cp -R "$dep/." "$STEP/deps/"; done
}

# archive LIB.a "FLAGS" FILE.c...: compiles in parallel, archives in the order of the names.
archive() {
  library=$1 FLAGS=$2; shift 2
  objects=$STEP/build/objects
  mkdir -p "$objects" "$STEP/out/lib"
  # xargs does not stop the others when one fails, but it fails in the end.
  printf '%s\n' "$@" | FLAGS=$FLAGS OBJECTS=$objects xargs -P "$JOBS" -n 1 \
    sh -c 'exec zcc $FLAGS -c "$0" -o "$OBJECTS/$(basename "$0" .c).o"'
  (cd "$objects" && zar rcsD "$STEP/out/lib/$library" *.o)
}
