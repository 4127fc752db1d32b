import sys

from frozen import run, same

send, show = sorted(sys.argv[1:])
parcel = run(send, "one", "two", given=b"").stdout
same(run(show, given=parcel).stdout.decode(), "2 one two\nsend is part of this program: False")
