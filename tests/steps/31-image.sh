#!/usr/bin/env bash
# does: OCI images of an executable: the same bytes twice, read, unpacked and started; bases that are damaged are refused
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
[ "$(uname -m)" = x86_64 ] || skip "the executable and the libraries of the base are those of amd64"
[ -e /lib/x86_64-linux-gnu/libz.so.1 ] || skip "no /lib/x86_64-linux-gnu/libz.so.1 for the base"
python3 tests/e2e/oci_image.py .
