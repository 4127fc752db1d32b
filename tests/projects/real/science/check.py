import sys

from frozen import run, same

EXPECTED = """\
0,1.462
1,4.26
2,5.552
score: True
differ: True
root: 1.414214
sparse: 29.1
month: 2024-02-29T00:00:00+01:00
"""
same(run(sys.argv[1]).stdout, EXPECTED)
