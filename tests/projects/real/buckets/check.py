import sys

from frozen import run, same

EXPECTED = """\
pictures 2026-01-01
An error occurred (NoSuchKey) when calling the GetObject operation: it is not there
https://pictures.s3.amazonaws.com/dog.png
dynamodb True
"""
same(run(sys.argv[1]).stdout, EXPECTED)
