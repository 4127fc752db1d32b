"""Makes the marshalled code of this folder: run it with each Python that the readers know.

usage: for version in 3.8 3.9 3.10 3.11 3.12 3.13; do python$version make.py; done
"""

import marshal
import pathlib
import sys

SOURCE = '''\
def outer(a, b=2, *, c=(1, 2.5, 1j, "é", b"x", None, ..., 123456789012345678901, -40000000000)):
    d = a
    def inner(): return d, b, "\\ud800", d in {1, 2}
    return inner
'''

name = "code-{}.{}.marshal".format(*sys.version_info)
code = compile(SOURCE, "folder/module.py", "exec", dont_inherit=True)
pathlib.Path(__file__).with_name(name).write_bytes(marshal.dumps(code))
