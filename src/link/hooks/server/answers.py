"""What is no constant of a package, and found by looking at files: what code of hooks would run the package for.

To add one: write a function with the parameters of the hook's, and put it into `STATIC` under the hook's file name
and the function's name; or one without parameters into `ATTRIBUTES`, under module and attribute.
"""
import ast
import os
import re

from . import django, helpers, modules, qt, setuptools, tcl_tk
from .rpc import ask
from .unknown import Unknown


def six_moves():
    """For each module that `six.moves` has under another name: its name there. six may be vendored by another package."""
    from .dispatch import current_hook

    package = current_hook().removeprefix("hook-").removesuffix(".moves.py")
    tree = helpers.parse(package)
    if tree is None:
        return None
    moved = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("MovedModule", "MovedAttribute"):
            try:
                arguments = [_constant(argument, package) for argument in node.args]
            except ValueError:
                continue
            # MovedModule(name, old, new=name), MovedAttribute(name, old_module, new_module=name, …)
            module = arguments[2] if len(arguments) > 2 and arguments[2] is not None else arguments[0]
            moved[module] = f"{package}.moves.{arguments[0]}"
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


def matplotlib_modules(backends):
    """The module of each backend: `module://x` is x, an entry point says its own, others are matplotlib's."""
    from . import metadata

    points = {point.name: point.value for point in metadata.entry_points(group="matplotlib.backend")}
    if not backends:
        folder = helpers.get_all_package_paths("matplotlib.backends")
        found = (re.fullmatch("backend_(.+)", name) for name, _ in ask("iter_modules", path=folder))
        backends = [*(match[1] for match in found if match), *points]
    own = {backend: f"matplotlib.backends.backend_{backend.lower()}" for backend in backends}
    given = {backend: backend.removeprefix("module://") for backend in backends if backend.startswith("module://")}
    return own | {backend: value for backend, value in points.items() if backend in own} | given


def extension_imports(module_name):
    """What an extension module imports: the modules that its strings name. A few too many do no harm."""
    found = helpers.find(module_name, materialise=True)
    if not found or not found["file"]:
        return []
    with open(found["file"], "rb") as file:
        names = set(re.findall(rb"(?<=\0)([a-z_][a-z0-9_]{2,40}(?:\.[a-z_][a-z0-9_]{1,40})*)(?=\0)", file.read()))
    names = {name.decode() for name in names} - {module_name}
    return sorted(name for name in names if helpers.can_import_module(name))


def freeze_includes():
    """pytest's modules: all of `_pytest`, without those that only the target could not import."""
    return helpers.collect_submodules("_pytest")


def pygraphviz_programs(program_names):
    folder = os.path.join((helpers.get_all_package_paths("pygraphviz") or [""])[0], "bin")
    programs = {name: os.path.join(folder, name) for name in program_names}
    return {name: (path, True) for name, path in programs.items() if os.path.isfile(path)}


def owned_library(distributions, pattern):
    """A library of one of the distributions; None if they have none and look for the system's at run time."""
    from . import metadata

    for name in distributions:
        try:
            files = metadata.files(name)
        except metadata.PackageNotFoundError:
            continue
        for file in files:
            if re.fullmatch(pattern, file.name):
                return str(file.locate())
    return None


def enchant_library():
    """The name is asked for before it is known that the wheel's own library is collected anyway."""
    return owned_library(["pyenchant"], r"libenchant.*\.dylib")


def pylsl_library():
    return owned_library(["pylsl"], r"liblsl.*\.so.*")


def gmsh_library():
    return owned_library(["gmsh"], r"libgmsh.*\.so.*") or Unknown("gmsh.libpath")


def eccodes_library():
    package = helpers.get_all_package_paths("eccodes")
    return owned_library(["eccodes", "eccodeslib"], r"libeccodes.*\.so.*"), package[0] if package else None


def pywin32_library(module):
    """The library that a module of pywin32 becomes when it is imported."""
    owned = owned_library(["pywin32"], rf"{module}\d+\.dll")
    return owned or helpers.get_module_file_attribute(module)


def pydantic_compiled():
    """Whether pydantic 1 was built with Cython."""
    return (helpers.find("pydantic.main") or {}).get("kind") == "extension"


def nothing_of_this_machine():
    """Folders where the program's machine may have data: those of the machine that links are none of them."""
    return []


STATIC = {
    (None, "real_to_six_module_name"): six_moves,
    ("hook-cryptography.py", "_check_cryptography_openssl3"): cryptography_openssl3,
    ("hook-matplotlib.py", "mpl_data_dir"): matplotlib_data,
    ("hook-matplotlib.backends.py", "_get_configured_default_backend"): matplotlib_backend,
    ("hook-matplotlib.backends.py", "_check_mpl_backend_importable"): matplotlib_check,
    ("hook-matplotlib.backends.py", "_resolve_backend_modules"): matplotlib_modules,
    ("hook-pygraphviz.py", "_get_executables_info"): pygraphviz_programs,
    ("hook-enchant.py", "_get_enchant_lib"): enchant_library,
    ("hook-pylsl.py", "find_library"): pylsl_library,
    ("hook-gribapi.py", "get_eccodes_library_path"): eccodes_library,
    ("hook-tkinterdnd2.py", "get_tcl_version"): tcl_tk.version,
    ("tcl_tk.py", "_get_tcl_tk_info"): tcl_tk.info,
    ("django.py", "django_dottedstring_imports"): django.settings_imports,
    (None, "_read_qt_library_info"): qt.library_info,
    (None, "_check_if_openssl_enabled"): qt.openssl,
    ("setuptools.py", "_retrieve_setuptools_info"): setuptools.info,
    ("__init__.py", "get_pyextension_imports"): extension_imports,
}
ATTRIBUTES = {
    ("gmsh", "libpath"): gmsh_library,
    ("pytest", "freeze_includes"): lambda: freeze_includes,
    ("pydantic", "compiled"): pydantic_compiled,
    ("pythoncom", "__file__"): lambda: pywin32_library("pythoncom"),
    ("pywintypes", "__file__"): lambda: pywin32_library("pywintypes"),
    ("ffpyplayer", "dep_bins"): nothing_of_this_machine,
    ("nltk.data", "path"): nothing_of_this_machine,
    ("jupyter_core.paths", "jupyter_path"): lambda: nothing_of_this_machine,
    ("jupyter_core.paths", "jupyter_config_path"): lambda: nothing_of_this_machine,
}


def install():
    from . import dispatch

    dispatch.STATIC.update(STATIC)
    modules.ATTRIBUTES.update(ATTRIBUTES)
    django.install()
