"""The module graph as hooks see it: each method asks the linker."""
import base64
import marshal
import types

from PyInstaller.depend.imphookapi import PostGraphAPI, PreFindModulePathAPI, PreSafeImportModuleAPI
from PyInstaller.lib.modulegraph import modulegraph

from .rpc import ask

_classes = {}


def node(description):
    """Makes a node of modulegraph's class of that kind; its file and code are fetched when they are looked at."""
    if description is None:
        return None
    kind = description["kind"]
    if kind not in _classes:
        base = getattr(modulegraph, kind)
        _classes[kind] = type(kind, (base,), {
            "__init__": lambda self, name: modulegraph.Node.__init__(self, name),
            "filename": property(_filename, _ignore),
            "code": property(_code, _ignore),
        })
    made = _classes[kind](description["name"])
    made.description = description
    made.packagepath = description["path"]
    return made


def _ignore(self, value):
    """modulegraph's constructors set the attribute to None."""


def _filename(self):
    file = self.description["file"]
    return ask("materialise", path=file) if file else file


def _code(self):
    code = ask("code", module=self.description["name"])
    return marshal.loads(base64.b64decode(code)) if code else None


class Graph:
    """What hooks use of PyiModuleGraph."""

    def find_node(self, name, create_nspkg=True):
        return node(ask("node", module=name))

    def iter_graph(self, start=None, **_):
        return iter([node(found) for found in ask("reach", module=start.identifier if start else None)])

    def get_code_using(self, module):
        return {found["name"]: node(found).code for found in ask("users", module=module)}

    def add_module(self, module):
        package = isinstance(module, modulegraph.RuntimePackage)
        ask("add_runtime", module=module.identifier, package=package)

    def alias_module(self, real, alias):
        ask("add_alias", real=real, alias=alias)

    def append_package_path(self, package, directory):
        ask("append_package_path", package=package, path=directory)

    def __getattr__(self, name):
        raise NotImplementedError(f"hooks cannot use module_graph.{name} while linking")


GRAPH = Graph()


def post_graph_api(module_name):
    analysis = types.SimpleNamespace(hooksconfig={}, graph=GRAPH, inputs=[])
    return PostGraphAPI(module_name=module_name, module_graph=GRAPH, analysis=analysis)


def pre_safe_import_api(basename, name, parent):
    return PreSafeImportModuleAPI(GRAPH, basename, name, GRAPH.find_node(parent) if parent else None)


def pre_find_api(name, search_dirs):
    return PreFindModulePathAPI(GRAPH, name, search_dirs)
