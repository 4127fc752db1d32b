import sys

from frozen import run, same

EXPECTED = """\
HELLO OVER SSH 0
ssh-rsa CN=localhost
round trip
"""
same(run(sys.argv[1]).stdout, EXPECTED)
