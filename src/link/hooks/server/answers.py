"""Code that hooks would run with the packages imported, and what it would answer: found by looking at files.

To add one: write a function with the parameters of the hook's, and put it into `STATIC` under the hook's file name
and the function's name.
"""
import ast
import os

from . import helpers, setuptools
from .dispatch import current_hook
from .rpc import refuse


def six_moves():
    tree = helpers.parse("six")
    if tree is None:
        return None
    moved = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("MovedModule", "MovedAttribute"):
            try:
                arguments = [_constant(argument, "six") for argument in node.args]
            except ValueError:
                continue
            # MovedModule(name, old, new=name), MovedAttribute(name, old_module, new_module=name, …)
            module = arguments[2] if len(arguments) > 2 and arguments[2] is not None else arguments[0]
            moved[module] = "six.moves." + arguments[0]
    return moved


def _constant(node, module_name):
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _constant(node.left, module_name) + _constant(node.right, module_name)
    if isinstance(node, ast.Name) and node.id == "__name__":
        return module_name
    raise ValueError(node)


def cryptography_openssl3():
    """cryptography's wheels have had OpenSSL 3 since version 40; whether it is linked dynamically, DT_NEEDED says."""
    for name in ("cryptography.hazmat.bindings._openssl", "cryptography.hazmat.bindings._rust"):
        found = helpers.find(name)
        if found and found["file"]:
            return True, found["file"]
    return False, None


def langchain_packages(variable):
    packages = set()
    for module in ("langchain.chat_models.base", "langchain.embeddings.base"):
        tree = helpers.parse(module)
        for node in tree.body if tree else ():
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if isinstance(target, ast.Name) and target.id == variable and isinstance(node.value, ast.Dict):
                for value in node.value.values:
                    value = value.elts[0] if isinstance(value, ast.Tuple) else value
                    if isinstance(value, ast.Constant):
                        packages.add(value.value)
    return sorted(packages)


def sentry_modules():
    names = helpers.literals("sentry_sdk.integrations").get("_AUTO_ENABLING_INTEGRATIONS", [])
    return [name.rsplit(".", 1)[0] for name in names]


def sqlalchemy_dialects(module_name):
    return [f"{module_name}.{name}" for name in helpers.literals(module_name).get("__all__", [])]


def matplotlib_data():
    return os.path.join(helpers.get_all_package_paths("matplotlib")[0], "mpl-data")


def matplotlib_backend():
    """Without a matplotlibrc of the user's the backend is chosen at run time."""
    return None


def matplotlib_check(module_name):
    """A backend can be imported where its toolkit is installed."""
    toolkits = {"qt": ("PyQt6", "PySide6", "PyQt5", "PySide2"), "gt": ("gi",), "tk": ("_tkinter",), "wx": ("wx",)}
    wanted = toolkits.get(module_name.rpartition("_")[2][:2], ())
    if not any(helpers.find(name) for name in wanted):
        raise ImportError(module_name)


def tcl_tk():
    if helpers.find("_tkinter") is None:
        return None
    refuse(current_hook(), "_get_tcl_tk_info", "asks tkinter for the place of Tcl's library; exclude `tkinter`")


STATIC = {
    ("hook-six.moves.py", "real_to_six_module_name"): six_moves,
    ("hook-cryptography.py", "_check_cryptography_openssl3"): cryptography_openssl3,
    ("hook-langchain.py", "get_optional_packages"): langchain_packages,
    ("hook-sentry_sdk.py", "_get_integration_modules"): sentry_modules,
    ("hook-sqlalchemy.py", "_get_dialect_modules"): sqlalchemy_dialects,
    ("hook-matplotlib.py", "mpl_data_dir"): matplotlib_data,
    ("hook-matplotlib.backends.py", "_get_configured_default_backend"): matplotlib_backend,
    ("hook-matplotlib.backends.py", "_check_mpl_backend_importable"): matplotlib_check,
    ("tcl_tk.py", "_get_tcl_tk_info"): tcl_tk,
    ("setuptools.py", "_retrieve_setuptools_info"): setuptools.info,
}
