"""The references for scanning: Python's `ast` for imports, PyInstaller's own scanners for calls.

Usage: reference.py HOOKS_ENVIRONMENT FILE...; prints one JSON object per file: imports, calls, attributes, dead.
"""
import ast
import json
import pathlib
import sys
import types
import warnings

warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
# The host Python has no ctypes; PyInstaller needs it to find libraries of the machine, which is not compared.
sys.modules["ctypes"] = types.ModuleType("ctypes")
sys.modules["ctypes.util"] = sys.modules["ctypes"].util = types.ModuleType("ctypes.util")

from PyInstaller.depend import bytecode, utils  # noqa: E402


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield [alias.name, 0, None]
        elif isinstance(node, ast.ImportFrom):
            yield [node.module or "", node.level, [alias.name for alias in node.names]]


def text(argument):
    try:
        return argument if isinstance(argument, str) and argument.encode() is not None else None
    except UnicodeEncodeError:
        return None


def main(path):
    source = pathlib.Path(path).read_bytes()
    code = compile(source, path, "exec", dont_inherit=True)
    calls = bytecode.recursive_function_calls(code).values()
    attributes = bytecode.search_recursively(utils._scan_code_for_ctypes_getattr, code).values()
    print(json.dumps({
        "imports": list(imports(ast.parse(source, path))),
        "calls": [[name, list(map(text, arguments))] for found in calls for name, arguments in found],
        "attributes": [name for found in attributes for name in found],
    }))


for path in sys.argv[2:]:
    main(path)
