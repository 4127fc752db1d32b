import sys

from frozen import holds, run, same

EXPECTED = """\
humanize: 1.5 kB 4.13.0
idna: xn--kln-sna.example
tomlkit: a = 1536  # kept
dep-logic: >=3.8,<3.12
versions: 0.6.2 3.10 0.13.3
"""
same(run(sys.argv[1], 1536).stdout, EXPECTED)
holds(run(sys.argv[1], code=1).stderr, "Usage: from-source <number>")
