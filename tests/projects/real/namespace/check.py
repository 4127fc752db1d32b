import sys

from frozen import run, same

EXPECTED = """\
3.142 4 6.0
circle 0
square 4
triangle 3
"""
same(run(sys.argv[1]).stdout, EXPECTED)
