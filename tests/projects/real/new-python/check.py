import sys

from frozen import run, same

said = run(sys.argv[1]).stdout
expected = """\
template a <template> b
annotation {'value': 'NotDefined'}
zstd True
interpreter 42
start method forkserver
pool [0, 2, 4, 6]
struct 8 5
model 1.5
array 45
cipher 4eb972c9a8fb3a1b382bb4d36f5ffad1
table a
slice bcd [1]
version 3 14
"""
same(said, expected)
