"""The reference for canonical marshal: CPython's own compiler and marshal.

dump FILE...     writes, for each file, the length (4 bytes) and the marshalled code, in the order given
shared FILE...   the same of code that has been marshalled before and whose parts are all referred to from elsewhere
compare FILE...  reads the same from stdin and compares what each stream loads to with a fresh compile
"""
import marshal
import pathlib
import sys
import types
import warnings

warnings.simplefilter("ignore")
FIELDS = (
    "co_argcount co_posonlyargcount co_kwonlyargcount co_stacksize co_flags co_code co_consts co_names co_varnames "
    "co_freevars co_cellvars co_filename co_name co_qualname co_firstlineno co_linetable co_exceptiontable"
).split()


def compiled(path):
    return compile(pathlib.Path(path).read_bytes(), path, "exec", dont_inherit=True, optimize=0)


def difference(a, b, where):
    """Where two constants differ in type or value, however deep; None if they do not."""
    if type(a) is not type(b):
        return f"{where}: {type(a)} is not {type(b)}"
    if isinstance(a, types.CodeType):
        pairs = [(getattr(a, field), getattr(b, field), f"{where}.{field}") for field in FIELDS]
    elif isinstance(a, tuple) and len(a) == len(b):
        pairs = [(x, y, f"{where}[{at}]") for at, (x, y) in enumerate(zip(a, b))]
    elif isinstance(a, frozenset):
        return None if a == b and sorted(map(repr, a)) == sorted(map(repr, b)) else f"{where}: {a!r} is not {b!r}"
    else:
        # repr tells 0.0 from -0.0; marshal tells one NaN from another.
        same = repr(a) == repr(b) and (a == b or marshal.dumps(a, 0) == marshal.dumps(b, 0))
        return None if same else f"{where}: {a!r} is not {b!r}"
    return next(filter(None, (difference(*pair) for pair in pairs)), None)


def write(stream):
    sys.stdout.buffer.write(len(stream).to_bytes(4, "little") + stream)


def dump(paths):
    for path in paths:
        write(marshal.dumps(compiled(path)))


def parts(code):
    for field in FIELDS:
        value = getattr(code, field)
        yield value
        if isinstance(value, tuple):
            for item in value:
                yield item
                if isinstance(item, types.CodeType):
                    yield from parts(item)


def shared(paths):
    kept = []
    for path in paths:
        code = marshal.loads(marshal.dumps(compiled(path)))
        kept.extend(parts(code))
        write(marshal.dumps(code))


def compare(paths):
    for path in paths:
        stream = sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(4), "little"))
        found = difference(compiled(path), marshal.loads(stream), path)
        if found:
            sys.exit(found)


sys.setrecursionlimit(10000)
{"dump": dump, "shared": shared, "compare": compare}[sys.argv[1]](sys.argv[2:])
