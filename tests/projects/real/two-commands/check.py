import sys

from frozen import run, same

send, show = sorted(sys.argv[1:])
parcel = run(send, "one", "two", input=b"").stdout
same(run(show, input=parcel).stdout.decode(), "2 one two\nsend is part of this program: False")
