# Builds a pure wheel of a source distribution (PEP 517), in a sandbox without network, shell and compiler.
#
# usage: out=FILE PYTHON=PROGRAM PYTHONHOME=FOLDER build-wheel.py SDIST SDIST_NAME WHEEL_NAME BACKEND BACKEND_PATH SUBDIRECTORY ENVIRONMENT
#
# Run in an empty folder. BACKEND_PATH is colon-separated; SUBDIRECTORY is the folder of the source distribution that is the
# project, empty for its top; ENVIRONMENT is a folder with what the build requires. The wheel is written to $out, in
# a canonical form: members sorted and stored, one time, RECORD made anew. The build runs twice; what differs is refused.
import base64
import csv
import hashlib
import io
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import time
import zipfile

# Seconds that one build may take.
LIMIT = int(os.environ.get("LIMIT", "600"))
# Bytes that a source distribution may unpack to.
SIZE_LIMIT = 4 << 30
# 1980-01-01, the first day that a zip file knows.
EPOCH = "315532800"
TIME = (1980, 1, 1, 0, 0, 0)
# Lines of the build's output that are shown when it fails.
TAIL = 15

NATIVE_ENDS = (".so", ".pyd", ".dylib", ".dll", ".o", ".a")
# A program for Windows may lie in a pure wheel as data: launchers of scripts do.
NATIVE_HEADS = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe")

# What runs in the build's own process: the backend's hook.
HOOK = """
import importlib, os, sys
hook, backend, wheels = sys.argv[1:4]
name, _, attribute = backend.partition(":")
module = importlib.import_module(name)
for part in filter(None, attribute.split(".")):
    module = getattr(module, part)
if hook == "build":
    print(module.build_wheel(wheels), file=open(wheels + ".name", "w"))
else:
    requires = getattr(module, "get_requires_for_build_wheel", lambda: [])()
    print(*requires, sep="\\n", file=open(wheels + ".requires", "w"))
"""

WAYS_OUT = (
    "lock a version of `{name}` that has a wheel (`poetry add {name}@…`); or build one "
    "(`pip wheel --no-deps {name}=={version}`) and name it in `[tool.permafreeze]`: "
    '`wheels = [{{ file = "….whl", sha256 = "…" }}]`'
)


class Refused(Exception):
    def __init__(self, problem, hint=None):
        super().__init__(problem)
        self.hint = hint


def main():
    sdist, sdist_name, wheel_name, backend, backend_path, subdirectory, environment = sys.argv[1:]
    job = (sdist, sdist_name, wheel_name, backend, backend_path, subdirectory, environment)
    out = pathlib.Path(os.environ["out"])
    top = pathlib.Path.cwd()
    name, version = wheel_name.split("-")[:2]
    try:
        first = build(top, *job)
        # A time in the wheel has seconds: nothing of the second build is done in the same one.
        time.sleep(1.1)
        second = build(top, *job)
        compare(first, second)
        if out.exists() or out.is_symlink():
            raise Refused("its build writes to the store itself")
    except Refused as refused:
        print(f"error: `{sdist_name}` cannot be built: {refused}", file=sys.stderr)
        if refused.hint:
            print(f"hint: {refused.hint}", file=sys.stderr)
        # The last hint is the one for all: `lock` says it once for several.
        print(f"hint: {WAYS_OUT.format(name=name.replace('_', '-'), version=version)}", file=sys.stderr)
        sys.exit(1)
    out.write_bytes(archive(first))


def build(top, sdist, sdist_name, wheel_name, backend, backend_path, subdirectory, environment):
    """Builds in a fresh folder of one name; returns the members of the wheel."""
    work = top / "build"
    shutil.rmtree(work, ignore_errors=True)
    if work.exists():
        raise Refused("its build leaves files that cannot be deleted")
    source = work / "source"
    source.mkdir(parents=True)
    unpack(sdist, sdist_name, source)
    root = project_root(source) / subdirectory
    if not root.is_dir():
        raise Refused(f"it has no folder `{subdirectory}`, which is locked as the project")
    # A source distribution says its version there; the tree of a repository has it in its history, which is not there.
    is_tree = not (root / "PKG-INFO").exists()
    wheels = work / "wheels"
    wheels.mkdir()
    (work / "home").mkdir()
    (work / "tmp").mkdir()
    variables = {
        "CC": "cc",
        "CXX": "c++",
        "HOME": str(work / "home"),
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "PATH": "",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONHOME": os.environ["PYTHONHOME"],
        "PYTHONPATH": os.pathsep.join([*(str(root / part) for part in backend_path.split(":") if part), environment]),
        "PYTHONUTF8": "1",
        "SOURCE_DATE_EPOCH": EPOCH,
        "TMPDIR": str(work / "tmp"),
        "TZ": "UTC",
    }
    if is_tree:
        variables |= of_version(*wheel_name.split("-")[:2])
    lacking = lambda: missing(root, variables, backend, wheels, environment)
    output = run(["build", backend, str(wheels)], root, variables)
    if output is not None:
        explain(output, lacking)
    return checked(wheels, wheel_name, is_tree, lacking)


def of_version(name, version):
    """What tells backends the version that they would ask git for."""
    known = dict.fromkeys(
        ("SETUPTOOLS_SCM_PRETEND_VERSION", "PBR_VERSION", "PDM_BUILD_SCM_VERSION", "UV_DYNAMIC_VERSIONING_BYPASS"), version
    )
    own = re.sub(r"[-_.]+", "_", name).upper()
    return known | {f"SETUPTOOLS_SCM_PRETEND_VERSION_FOR_{own}": version, "POETRY_DYNAMIC_VERSIONING_BYPASS": version}


def run(arguments, folder, variables):
    """Runs a hook; returns what it printed if it fails, else nothing."""
    command = [os.environ["PYTHON"], "-s", "-c", HOOK, *arguments]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise Refused(f"its build does not end within {LIMIT} seconds") from None
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    return output.decode("utf-8", "replace") if process.returncode else None


def unpack(sdist, name, folder):
    """Unpacks regular files, folders and links that stay inside."""
    try:
        if name.endswith(".zip"):
            with zipfile.ZipFile(sdist) as file:
                if sum(member.file_size for member in file.infolist()) > SIZE_LIMIT:
                    raise Refused(f"it unpacks to more than {SIZE_LIMIT} bytes")
                for member in file.infolist():
                    parts = pathlib.PurePosixPath(member.filename).parts
                    if member.filename.startswith("/") or ".." in parts:
                        raise Refused(f"`{member.filename}` lies outside of it")
                file.extractall(folder)
        else:
            with tarfile.open(sdist) as file:
                total = 0
                for member in file:
                    total += member.size
                    if total > SIZE_LIMIT:
                        raise Refused(f"it unpacks to more than {SIZE_LIMIT} bytes")
                    file.extract(member, folder, filter="data")
    except (OSError, EOFError, ValueError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise Refused(f"it cannot be unpacked: {error}") from None
    for path in folder.rglob("*"):
        if not path.is_symlink():
            os.utime(path, (int(EPOCH), int(EPOCH)))


def project_root(source):
    folders = [path for path in source.iterdir() if path.is_dir() and path.name != "pax_global_header"]
    if len(folders) != 1:
        raise Refused("it does not hold exactly one folder (PEP 625)")
    return folders[0]


def missing(root, variables, backend, wheels, environment):
    """Returns what the backend requires besides, by name, that is not there."""
    if run(["requires", backend, str(wheels)], root, variables) is not None:
        return []
    requires = pathlib.Path(f"{wheels}.requires").read_text("utf-8").split("\n")
    there = {normalised(path.name.split("-")[0]) for path in pathlib.Path(environment).glob("*.dist-info")}
    wanted = [text.strip() for text in requires if text.strip()]
    return [text for text in wanted if normalised(re.match(r"[\w.-]*", text)[0]) not in there]


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


COMPILERS = [
    r"command '([^']+)' failed",
    r"unable to execute '([^']+)'",
    r"No such file or directory: '([^'/]*(?:cc|gcc|clang|c\+\+|g\+\+|cmake|cargo|rustc|ninja|make|gfortran|swig)[^'/]*)'",
    r"Unknown compiler\(s\): \[\['([^']+)'",
    r"can't find (Rust compiler)",
]
NETWORK = re.compile(
    r"Temporary failure in name resolution|Name or service not known|Network is unreachable|urlopen error|"
    r"Failed to establish a new connection|ConnectionError|nodename nor servname"
)


def explain(output, missing):
    """Refuses with the cause that the output of a failed build shows."""
    for line in output.strip().split("\n")[-TAIL:]:
        print(f"  {line}"[:400], file=sys.stderr)
    for pattern in COMPILERS:
        if found := re.search(pattern, output):
            raise Refused(f"it is not pure Python: it wants `{found[1]}`, and no compiler is in the sandbox")
    if NETWORK.search(output):
        raise Refused("its build downloads, and a build has no network: see above")
    wanted = missing()
    module = re.search(r"ModuleNotFoundError: No module named '([^']+)'", output)
    if not wanted and module:
        name = module[1].split(".")[0]
        if name in sys.stdlib_module_names:
            raise Refused(f"its build imports `{name}`, and the Python that builds run with is made without it")
        wanted = [name]
    if wanted:
        raise Refused("its build requires more than it says: see above", extra(wanted))
    raise Refused("its build fails: see above")


def extra(wanted):
    names = ", ".join(f'"{text}"' for text in wanted)
    return f"add to `[tool.permafreeze.extra-build-dependencies]` what it lacks: `NAME = [{names}]`, and run `permafreeze lock`"


def checked(wheels, wheel_name, is_tree, missing):
    """Returns the members of the one wheel by name: (bytes, executable)."""
    try:
        found = wheels / pathlib.Path(f"{wheels}.name").read_text("utf-8").strip()
        with zipfile.ZipFile(found) as file:
            infos = [info for info in file.infolist() if not info.is_dir()]
            if sum(info.file_size for info in infos) > SIZE_LIMIT:
                raise Refused(f"its wheel unpacks to more than {SIZE_LIMIT} bytes")
            members = {info.filename: (file.read(info), bool(info.external_attr >> 16 & stat.S_IXUSR)) for info in infos}
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise Refused(f"its backend makes no wheel: {error}") from None
    if is_tree:
        members = with_local_version(members, wheel_name)
    check_metadata(members, wheel_name, missing)
    for name, (content, _) in sorted(members.items()):
        if is_native(name, content):
            raise Refused(f"it is not pure Python: its wheel has the native file `{name}`")
    return members


def is_native(name, content):
    return name.endswith(NATIVE_ENDS) or content.startswith(NATIVE_HEADS) and not name.endswith((".class", ".pyc"))


def dist_info(members):
    """Returns the one folder with METADATA at the top of a wheel."""
    found = [member for member in members if re.fullmatch(r"[^/]+\.dist-info/METADATA", member)]
    if len(found) != 1:
        raise Refused("its wheel has no METADATA")
    return found[0].split("/")[0]


def fields_of(members):
    """Returns the header of METADATA; of a field that is repeated the first."""
    head = members[f"{dist_info(members)}/METADATA"][0].decode("utf-8", "replace").split("\n\n")[0]
    return dict(line.split(": ", 1) for line in reversed(head.split("\n")) if ": " in line and line[0] != " ")


def with_local_version(members, wheel_name):
    """Adds the local part of the locked version (`1.0+20260715.137441c`) where only it is missing: git has said it, when
    the project was locked."""
    version = wheel_name.split("-")[1]
    public, local = version.partition("+")[::2]
    found = fields_of(members).get("Version", "").strip()
    if not local or not same_version(found, public):
        return members
    folder = dist_info(members)
    stem = folder.removesuffix(".dist-info")
    whole = f"{stem.split('-')[0]}-{version}"
    metadata, executable = members[f"{folder}/METADATA"]
    metadata = metadata.replace(f"\nVersion: {found}".encode(), f"\nVersion: {version}".encode(), 1)
    members = members | {f"{folder}/METADATA": (metadata, executable)}
    ours = (f"{folder}/", f"{stem}.data/")
    return {whole + name.removeprefix(stem) if name.startswith(ours) else name: members[name] for name in members}


def check_metadata(members, wheel_name, missing):
    name, version = wheel_name.split("-")[:2]
    fields = fields_of(members)
    is_it = normalised(fields.get("Name", "")) == normalised(name) and same_version(fields.get("Version", ""), version)
    if not is_it:
        problem = f"its wheel is `{fields.get('Name')} {fields.get('Version')}`, `{name} {version}` is locked"
        wanted = missing()
        raise Refused(problem, extra(wanted) if wanted else None)


def same_version(a, b):
    """Compares as far as a lock and metadata differ in writing: `1.0` and `1.0.0`, `1.0-1` and `1.0_1`."""

    def plain(text):
        text = text.strip().lower().lstrip("v").replace("_", "-").replace("-", ".")
        return re.sub(r"(\.0)+(?=$|[^.\d])", "", text)

    return plain(a) == plain(b)


def compare(first, second):
    for name in sorted(first.keys() | second.keys()):
        if name.endswith(".dist-info/RECORD"):
            continue
        if first.get(name) != second.get(name):
            raise Refused(f"two builds of it differ: `{name}` is not the same")


def archive(members):
    """Returns the canonical wheel."""
    folder = dist_info(members)
    record = f"{folder}/RECORD"
    kept = {member: content for member, content in members.items() if member != record and not is_bytecode(member)}
    kept[f"{folder}/WHEEL"] = (pure(kept.get(f"{folder}/WHEEL", (b"", False))[0]), False)
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    for member, (content, _) in sorted(kept.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        writer.writerow([member, f"sha256={digest}", len(content)])
    writer.writerow([record, "", ""])
    kept[record] = (rows.getvalue().encode(), False)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as wheel:
        for member, (content, executable) in sorted(kept.items()):
            info = zipfile.ZipInfo(member, TIME)
            info.create_system = 3
            info.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
            wheel.writestr(info, content)
    return file.getvalue()


def is_bytecode(member):
    return member.endswith(".pyc") or "/__pycache__/" in member


def pure(text):
    """WHEEL of a pure wheel: a backend that could have compiled something names the machine that it ran on."""
    lines = [line for line in text.decode("utf-8", "replace").split("\n") if line.strip()]
    kept = [line for line in lines if not line.startswith(("Tag:", "Root-Is-Purelib:", "Build:"))]
    return "\n".join([*kept, "Root-Is-Purelib: true", "Tag: py3-none-any", ""]).encode()


main()
