"""PyInstaller.utils.hooks, where it would import packages: answered from the linked files."""
import ast
import base64
import collections
import sys
import types

from . import dispatch, metadata
from .rpc import ask, refuse


def find(name, materialise=False):
    return ask("find", module=name, materialise=materialise)


def source(name):
    text = ask("source", module=name)
    return None if text is None else base64.b64decode(text)


def parse(name):
    text = source(name)
    if text is None:
        return None
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def is_package(module_name):
    found = find(module_name)
    return bool(found and found["path"])


def get_all_package_paths(package):
    found = find(package, materialise=True)
    return list(found["path"]) if found and found["path"] else []


def can_import_module(module_name):
    return find(module_name) is not None


def get_module_file_attribute(package):
    found = find(package, materialise=True)
    if not found or not found["file"]:
        raise ImportError(f"Failed to obtain the __file__ attribute of package/module {package}!")
    return found["file"]


def importable(name):
    """Would importing this package fail? Only what it imports unconditionally, first thing, counts."""
    found = find(name)
    if not found:
        return False
    if found["kind"] != "package" or not found["file"].endswith(".py"):
        return True
    tree = parse(name)
    if tree is None:
        return False
    for node in tree.body:
        if isinstance(node, ast.Import):
            if any(find(alias.name) is None and find(alias.name.split(".")[0]) is None for alias in node.names):
                return False
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            if find(node.module.split(".")[0]) is None:
                return False
        elif isinstance(node, ast.Raise):
            return False
    return True


def collect_submodules(package, filter=lambda name: True, on_error="warn once"):
    if not is_package(package):
        return [package] if can_import_module(package) else []
    modules, todo = [], collections.deque([package])
    while todo:
        name = todo.pop()
        if not importable(name):
            continue
        found, subpackages = [name], []
        for module, package_too in ask("iter_modules", path=find(name)["path"]):
            (subpackages if package_too else found).append(f"{name}.{module}")
        modules += [module for module in found if filter(module)]
        todo.extend(module for module in subpackages if filter(module))
    return sorted(modules)


def literals(name):
    """Top-level names of a module whose last assignment is a literal."""
    values = {}
    tree = parse(name)
    for node in tree.body if tree else ():
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and getattr(node, "value", None) is not None:
            try:
                values[target.id] = ast.literal_eval(node.value)
            except (ValueError, TypeError):
                values.pop(target.id, None)
    return values


def get_module_attribute(module_name, attr_name):
    given = dispatch.given(dispatch.current_hook(), f"{module_name}.{attr_name}")
    if given is not None:
        return given[0] if len(given) == 1 else given
    if find(module_name) is None:
        raise AttributeError(f"Failed to retrieve attribute {attr_name} from module {module_name}")
    values = literals(module_name)
    if attr_name in values:
        return values[attr_name]
    refuse(dispatch.current_hook(), f"{module_name}.{attr_name}", f"imports {module_name}")


def _runs_code(name):
    def refused(*arguments, **_):
        given = dispatch.given(dispatch.current_hook(), name)
        if given is None:
            refuse(dispatch.current_hook(), name, " ".join(map(str, arguments))[:200])
        return "\n".join(given) if name == "exec_statement" else given

    return refused


def library_imports(filename, search_paths=None):
    return {(name, path) for name, path in ask("library_imports", path=str(filename))}


def install(hello):
    import PyInstaller.compat
    import PyInstaller.isolated as isolated

    PyInstaller.compat.importlib_metadata = metadata
    isolated.call, isolated.decorate, isolated.Python = dispatch.call, dispatch.decorate, dispatch.Python
    import PyInstaller.utils.hooks as hooks

    hooks.importlib_metadata = metadata
    hooks.PY_IGNORE_EXTENSIONS = set(PyInstaller.compat.ALL_SUFFIXES)
    for function in (is_package, get_all_package_paths, can_import_module, collect_submodules,
                     get_module_file_attribute, get_module_attribute):
        setattr(hooks, function.__name__, function)
    for name in ("exec_statement", "exec_statement_rc", "eval_statement", "get_pyextension_imports",
                 "get_homebrew_path"):
        setattr(hooks, name, _runs_code(name))
    # The real one needs the tools of this machine (ldd, objdump) and is large; hooks use one function of it.
    bindepend = types.ModuleType("PyInstaller.depend.bindepend")
    bindepend.get_imports = library_imports
    sys.modules["PyInstaller.depend.bindepend"] = bindepend
    import PyInstaller.depend

    PyInstaller.depend.bindepend = bindepend
