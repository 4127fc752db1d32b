# unpack_deb: what a Debian package of nothing but text (headers, XML, Python) has, as it would lie in /, comes into
# STEP/source. Put before recipes by the driver.
unpack_deb() {
  "$ZIG" ar x "$ARCHIVE" data.tar.xz
  tar -x -f data.tar.xz -C "$STEP/source" --no-same-owner --no-same-permissions
}
