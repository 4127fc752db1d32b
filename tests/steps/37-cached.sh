#!/usr/bin/env bash
# does: the example as a bundle: selftest at the first start and later, also in a root with four system libraries, and without zlib; verify
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
use_redis
copy=$work/cached
python3 -c "
import sys
sys.path.insert(0, 'tests/support')
from clean import lock_with_unpack, remove, snapshot
remove('$copy')
snapshot('.', '$copy')
lock_with_unpack('.', '$copy/examples/$name', 'cache')"
git -C "$copy" init --quiet
git -C "$copy" add --all
(cd "$copy" && "$permafreeze" --project "examples/$name" build "$attribute")
bundle=$copy/dist/$attribute
tests/e2e/cached.sh "$bundle" "$copy/cache" "unix://$REDIS_SOCKET"
tests/e2e/minimal_root.sh "$work/minimal-root" "$bundle" selftest
tests/e2e/minimal_root.sh --without libz.so.1 "$work/minimal-root" "$bundle" selftest
(cd "$copy" && "$permafreeze" --project "examples/$name" verify "$attribute" audit smoke origin --require-smoke)
