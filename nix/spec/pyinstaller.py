# PyInstaller as a spec sees it: the names of its namespace, and the modules that it imports. Everything records.
import glob
import os
import sys
import types

import phantom
import versioninfo
from record import Analysis, Mark, Marker, Recorder, Toc

# Of this version is what a spec is told.
VERSION = "6.22.3"
# Functions of PyInstaller.utils.hooks that give lists of files, of modules, or both; what each part is.
COLLECTORS = {
    "collect_all": ("datas", "binaries", "hiddenimports"),
    "collect_data_files": "datas",
    "collect_dynamic_libs": "binaries",
    "collect_entry_point": ("datas", "hiddenimports"),
    "collect_submodules": "hiddenimports",
    "collect_system_data_files": "datas",
    "copy_metadata": "datas",
    "collect_nltk_data_files": "datas",
    "get_hook_config": "unknown",
    "get_module_collection_mode": "unknown",
}
SYSTEMS = {"is_win": "win32", "is_darwin": "darwin", "is_linux": "linux"}


def install(tape, folder, system):
    """Makes the modules of PyInstaller importable; returns the namespace that a spec is evaluated in."""
    building = building_of(tape, folder)
    compat = {name: system == value for name, value in SYSTEMS.items()}
    other = dict.fromkeys(
        ["is_aix", "is_cygwin", "is_freebsd", "is_musl", "is_solar", "is_termux", "is_conda", "is_venv"], False
    )
    compat |= other | {
        "is_unix": system != "win32",
        "is_64bits": True,
        "architecture": "64bit",
        "is_win_10": system == "win32",
    }
    for version in range(5, 15):
        compat[f"is_py3{version}"] = version <= sys.version_info[1]
    name = os.path.splitext(os.path.basename(tape.spec))[0]
    places = {
        "DISTPATH": os.path.join(folder, "dist"),
        "HOMEPATH": phantom.PACKAGES,
        "SPEC": os.path.join(folder, os.path.basename(tape.spec)),
        "SPECPATH": folder,
        "WARNFILE": os.path.join(folder, "build", name, f"warn-{name}.txt"),
        "specnm": name,
        "workpath": os.path.join(folder, "build", name),
    }
    hooks = hooks_of(tape)
    module(
        "PyInstaller",
        __version__=VERSION,
        HOMEPATH=places["HOMEPATH"],
        PLATFORM=system,
        DEFAULT_DISTPATH=places["DISTPATH"],
    )
    module("PyInstaller.compat", **compat)
    configuration = {
        "spec": tape.spec,
        "specpath": folder,
        "distpath": places["DISTPATH"],
        "workpath": places["workpath"],
    }
    module("PyInstaller.config", CONF=configuration | {"specnm": name, "upx_available": False, "upx_dir": None})
    module("PyInstaller.utils")
    module("PyInstaller.utils.hooks", **hooks, **compat)
    module("PyInstaller.utils.win32")
    module("PyInstaller.utils.win32.versioninfo", **versioninfo.NAMES)
    module("PyInstaller.building")
    for part in ["api", "build_main", "datastruct", "osx", "splash"]:
        module(f"PyInstaller.building.{part}", **building)
    return (
        building
        | places
        | {
            "__builtins__": __builtins__,
            "__file__": tape.spec,
            "os": os,
            "pyi_crypto": unknown("PyInstaller", "pyi_crypto"),
        }
    )


def module(name, **names):
    """Makes a module that can be imported."""
    made = types.ModuleType(name)
    made.__path__ = []
    made.__dict__.update(names)
    made.__dict__.setdefault("__getattr__", lambda own: unknown(name, own))
    sys.modules[name] = made
    parent, _, own = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, made)
    return made


def unknown(module, name):
    """Returns what stands for a name that is not recorded."""
    if name.startswith("__"):
        raise AttributeError(name)
    return phantom.Unknown(f"{phantom.module_path(module)}/{name}")


def building_of(tape, folder):
    def recorder(kind):
        return lambda *positional, **keywords: Recorder(tape, kind, positional, keywords)

    def analysis(*positional, **keywords):
        for key in ["datas", "binaries"]:
            if key in keywords:
                keywords[key] = [matched(folder, entry) for entry in keywords[key] or []]
        made = Analysis(tape, positional, keywords)
        for script in scripts_of(positional, keywords):
            tape.scripts.append(os.path.join(folder, str(script).replace("\\", os.sep)))
        return made

    def exe(*positional, **keywords):
        keywords = {name: version(folder, value) if name == "version" else value for name, value in keywords.items()}
        made = Recorder(tape, "EXE", positional, keywords)
        made.__dict__["toc"] = Toc()
        return made

    def tree(root="", prefix="", excludes=None, typecode="DATA"):
        number = tape.call("Tree", [str(root), str(prefix or "")], {"excludes": list(excludes or [])})
        return Toc(
            [Mark((str(prefix or ""), str(root), typecode), {"$": "marker", "call": number, "part": "datas"})],
            tape,
            "Tree",
        )

    kinds = ["PYZ", "COLLECT", "BUNDLE", "MERGE", "PKG"]
    splash = recorder("SPLASH")
    names = {kind: recorder(kind) for kind in kinds}
    return names | {"Analysis": analysis, "EXE": exe, "Tree": tree, "TOC": Toc, "Splash": splash, "SPLASH": splash}


def scripts_of(positional, keywords):
    scripts = keywords.get("scripts", positional[0] if positional else None) or []
    return [scripts] if isinstance(scripts, str) else scripts


def matched(folder, entry):
    """Returns an entry of `datas` with what its glob matches, (glob, folder, [paths]); a whole folder as such."""
    if isinstance(entry, Mark) or len(entry) != 2 or isinstance(entry[0], Marker):
        return entry
    source, to = str(entry[0]).replace("\\", os.sep), str(entry[1])
    if not any(character in source for character in "*?["):
        return entry
    found = sorted(glob.glob(os.path.join(folder, source)))
    parents = {os.path.dirname(path) for path in found}
    if len(parents) == 1 and all(map(os.path.isfile, found)) and len(os.listdir(*parents)) == len(found):
        return (*parents, to)
    return (source, to, found)


def version(folder, value):
    """Returns the texts of a version resource, of its object or its file."""
    if isinstance(value, (str, os.PathLike)) and not isinstance(value, Marker):
        path = os.path.join(folder, os.fspath(value).replace("\\", os.sep))
        try:
            with open(path, encoding="utf-8-sig") as file:
                value = eval(file.read(), dict(versioninfo.NAMES))
        except Exception:
            return value
    return versioninfo.texts(value) if isinstance(value, versioninfo.Structure) else value


def hooks_of(tape):
    def collector(name, parts):
        def collect(*arguments, **keywords):
            number = tape.call(name, arguments, keywords)
            named = [keywords[key] for key in ("package", "package_name", "name") if key in keywords]
            package = str((*arguments, *named, "")[0])
            mark = lambda part: {"$": "marker", "call": number, "part": part}
            folder = phantom.module_path(package)

            def entries(part):
                if part == "hiddenimports":
                    return [Marker(package, mark(part))]
                return [Mark((folder, package.replace(".", "/")), mark(part))]

            return entries(parts) if isinstance(parts, str) else tuple(entries(part) for part in parts)

        return collect

    names = {name: collector(name, parts) for name, parts in COLLECTORS.items()}
    folder_of = lambda name: phantom.module_path(name)
    true = lambda *_, **__: True
    return names | {
        # Whatever else it has finds something, too.
        "__getattr__": lambda name: unknown("hooks", name) if name.startswith("__") else collector(name, "datas"),
        "can_import_module": true,
        "check_requirement": true,
        "get_all_package_paths": lambda package: [folder_of(package)],
        "get_module_attribute": lambda package, name: phantom.Unknown(f"{folder_of(package)}/{name}"),
        "get_module_file_attribute": lambda package: f"{folder_of(package)}/__init__.py",
        "get_package_paths": lambda package: (phantom.PACKAGES, folder_of(package)),
        "is_module_satisfies": true,
        "is_package": true,
        "logger": phantom.Unknown("logger"),
        "package_base_path": lambda path, _: os.path.dirname(path),
        "remove_prefix": lambda text, prefix: text.removeprefix(prefix),
        "remove_suffix": lambda text, suffix: text.removesuffix(suffix),
    }
