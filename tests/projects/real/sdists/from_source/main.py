"""Uses one package of each of five build backends.

Usage: from-source <number>
"""

from importlib import metadata

import humanize
import idna
import tomlkit
from dep_logic.specifiers import parse_version_specifier
from docopt import docopt


def main():
    number = int(docopt(__doc__)["<number>"])
    print("humanize:", humanize.naturalsize(number), humanize.__version__)
    print("idna:", idna.encode("köln.example").decode())
    document = tomlkit.parse("a = 1  # kept\n")
    document["a"] = number
    print("tomlkit:", tomlkit.dumps(document).strip())
    print("dep-logic:", parse_version_specifier(">=3.8") & parse_version_specifier("<3.12"))
    print("versions:", metadata.version("docopt"), metadata.version("idna"), metadata.version("tomlkit"))
