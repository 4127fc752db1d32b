import sys

from frozen import run, same

EXPECTED = """\
resources: The first.
as_file: The second.
get_data: The first.
__file__: The second.
folder: ['one.txt', 'two.txt']
json: Anaïs
template: “well said”
version: 0.1.0
"""
same(run(sys.argv[1]).stdout, EXPECTED)
