"""PyInstaller.utils.hooks, where it would import packages: answered from the linked files."""
import ast
import base64
import collections

from . import dispatch, metadata
from .rpc import ask


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


def install():
    import PyInstaller.compat
    import PyInstaller.isolated as isolated

    PyInstaller.compat.importlib_metadata = metadata
    isolated.call, isolated.decorate, isolated.Python = dispatch.call, dispatch.decorate, dispatch.Python
    import PyInstaller.utils.hooks as hooks

    hooks.importlib_metadata = metadata
    hooks.PY_IGNORE_EXTENSIONS = set(PyInstaller.compat.ALL_SUFFIXES)
    for function in (is_package, get_all_package_paths, can_import_module, collect_submodules,
                     get_module_file_attribute):
        setattr(hooks, function.__name__, function)
    hooks.exec_statement, hooks.eval_statement = dispatch.exec_statement, dispatch.eval_statement
    hooks.get_homebrew_path = lambda formula="": None
    # What is installed comes from wheels, as pip has them.
    hooks.get_installer = lambda module: "pip"
