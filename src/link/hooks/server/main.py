"""Runs PyInstaller's hooks for the linker. Nothing of the application or its packages is imported here."""
import ast
import base64
import functools
import marshal
import sys
import types

from . import answers, declarations, dispatch, helpers, libraries, metadata, modules, rpc, target
from .rpc import handler
from .unknown import known

LOADED = {}
ATTRIBUTES = ("hiddenimports", "excludedimports")


def load(path):
    """Runs a hook's file once."""
    if path not in LOADED:
        name = f"permafreeze_hook_{len(LOADED)}"
        module = types.ModuleType(name)
        module.__file__ = path
        module.__builtins__ = target.BUILTINS
        sys.modules[name] = module
        with open(path, "rb") as file:
            text = file.read()
        exec(compile(text, path, "exec", dont_inherit=True), module.__dict__)
        LOADED[path] = module
    return LOADED[path]


def collected(pairs):
    from PyInstaller.building.utils import format_binaries_and_datas

    return sorted(format_binaries_and_datas(pairs or []))


def answered(path):
    """Whether the user's `hook-answers` stand for a whole hook."""
    return any(name in dispatch.GIVEN.get(path.rsplit("/", 1)[-1], {}) for name in ATTRIBUTES)


def of_hook(function):
    """A handler whose first argument is a hook's path."""
    @functools.wraps(function)
    def called(path, **arguments):
        with dispatch.answering_for(path):
            return function(path, **arguments)

    return handler(called)


@of_hook
def standard(path, module):
    """A `hook-X.py`: its attributes."""
    if answered(path):
        given = dispatch.GIVEN[path.rsplit("/", 1)[-1]]
        hook = types.SimpleNamespace(**{name: given.get(name, []) for name in ATTRIBUTES})
    else:
        hook = load(path)
    get = lambda name: getattr(hook, name, None)
    modes = get("module_collection_mode") or {}
    modes = {module: modes} if isinstance(modes, str) else {key or module: mode for key, mode in modes.items()}
    suppressed = get("bindepend_symlink_suppression") or []
    warn = get("warn_on_missing_hiddenimports")
    return {
        "hiddenimports": list(map(str, known(get("hiddenimports") or []))),
        "excludedimports": sorted(set(get("excludedimports") or [])),
        "datas": collected(get("datas")),
        "binaries": collected(get("binaries")),
        "warn": True if warn is None else bool(warn),
        "modes": modes,
        "suppressed": sorted({suppressed} if isinstance(suppressed, str) else suppressed),
        "has_function": hasattr(hook, "hook"),
    }


@of_hook
def function(path, module):
    """The `hook(hook_api)` of a standard hook."""
    from . import graph

    api = graph.post_graph_api(module)
    load(path).hook(api)
    return {
        "hiddenimports": list(map(str, api._added_imports)),
        "deleted": list(api._deleted_imports),
        "datas": sorted(set(map(tuple, api._added_datas))),
        "binaries": sorted(set(map(tuple, api._added_binaries))),
        "modes": api._module_collection_mode,
        "suppressed": sorted(api._bindepend_symlink_suppression),
    }


@of_hook
def pre_safe_import(path, basename, name, parent):
    from . import graph

    api = graph.pre_safe_import_api(basename, name, parent)
    if not answered(path):
        try:
            load(path).pre_safe_import_module(api)
        except ImportError:
            # As modulegraph has it: the module is missing.
            return None
    return [api.module_basename, api.module_name]


@of_hook
def pre_find_path(path, name, search_dirs):
    from . import graph

    api = graph.pre_find_api(name, search_dirs)
    if not answered(path):
        try:
            load(path).pre_find_module_path(api)
        except ImportError:
            # As modulegraph has it: nothing provides the module (`distutils` without setuptools).
            return []
    return list(map(str, api.search_dirs))


@handler
def collect(kind, package):
    """`--collect-submodules`, `--collect-data`, `--collect-binaries`."""
    from PyInstaller.utils import hooks

    if kind == "submodules":
        return helpers.collect_submodules(package)
    if kind == "data":
        return collected(hooks.collect_data_files(package))
    return collected(hooks.collect_dynamic_libs(package))


@handler
def metadata_of(distribution):
    """A distribution's metadata folder and those of all that it requires."""
    from PyInstaller.utils import hooks

    try:
        return [path for path, _ in hooks.copy_metadata(distribution, recursive=True)]
    except metadata.PackageNotFoundError:
        return []


@handler
def declare(texts):
    """Which of these hooks declare and do nothing else."""
    return [declarations.declares(base64.b64decode(text)) for text in texts]


@handler
def literal(text):
    """A Python literal, with pairs for a dict so that its order stays."""
    value = ast.literal_eval(text)
    return list(value.items()) if isinstance(value, dict) else value


@handler
def imports_of_source(text):
    try:
        tree = ast.parse(base64.b64decode(text))
    except (SyntaxError, ValueError):
        return None
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [{"n": alias.name} for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = list(dict.fromkeys(alias.name for alias in node.names))
            found.append({"n": node.module or "", "l": node.level, "f": names})
    return found


@handler
def imports_of_code(code):
    import dis

    try:
        todo = [marshal.loads(base64.b64decode(code))]
    except (EOFError, ValueError, TypeError):
        return None
    found = []
    while todo:
        unit = todo.pop()
        constants = []
        for instruction in dis.get_instructions(unit):
            if instruction.opname == "LOAD_CONST":
                constants.append(instruction.argval)
            elif instruction.opname == "IMPORT_NAME":
                level, names = constants[-2:]
                found.append({"n": instruction.argval, "l": level, "f": None if names is None else list(names)})
        todo.extend(constant for constant in unit.co_consts if isinstance(constant, types.CodeType))
    return found


@handler
def hello(**settings):
    """The first call: what the target is."""
    told = target.install(settings)
    dispatch.GIVEN.update(settings["answers"])
    metadata.install()
    libraries.install()
    helpers.install()
    modules.install()
    answers.install()
    target.become(told)


def run():
    rpc.open_pipes()
    rpc.serve()
