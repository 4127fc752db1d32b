"""Clean builds under other circumstances give the same executables: by this machine's Nix, into stores of their own.

usage: run.py CHECKOUT ATTRIBUTE…

A store gets what was fetched and nothing that was built. Between them the variants have another checkout folder (with
blanks in its path, a git repository, other modification times and permissions), build directory, TMPDIR, TZ, LC_ALL,
umask, number of jobs, cores and processors, and a file system that lists folders in another order. A probe is built
too: it tells what builders really saw. (Nix itself keeps TZ, LC_ALL and umask from builders; same_bytes.py does not.)
The executables must have the sha256 that the plan pins, or, where it pins none, that of this machine's; every
derivation's output must be this machine's. At last a byte of a store is changed, which must be found. Prints `N passed,
N failed`; ends with 77, after a line that says SKIPPED and why, where this machine has no such file system.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "support"))
from clean import SKIPPED, Reference, compare, environment, expected, remove, snapshot  # noqa: E402

PROBE = os.path.join(HERE, "circumstances.py")
SETUP = os.path.join(HERE, "..", "..", "..", "nix", "setup.sh")


@dataclass
class Variant:
    """Circumstances of a build; `seen`: what builders must see, None where it must be other than in a plain build."""

    name: str
    checkout: str
    options: list
    environment: dict
    umask: int
    seen: dict
    processors: int = 0
    git: bool = False
    disorder: bool = False
    results: list = field(default_factory=list)

    def say(self, text):
        print(f"{self.name}: {text}", flush=True)

    def check(self, ok, text):
        self.results.append(bool(ok))
        self.say(f"{'ok ' if ok else 'FAIL'} {text}")


def variants():
    return [
        Variant(
            name="another order of directory entries",
            checkout="checkout",
            options=["--cores", "1", "--max-jobs", "4", "--option", "sandbox-build-dir", "/elsewhere/a longer/folder"],
            environment={"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
            umask=0o077,
            seen={
                "build directory": "/elsewhere/a longer/folder",
                "cores it may use": "1",
                "order of a folder": None,
                "order of its own files": None,
                "hash seed": None,
            },
            git=True,
            disorder=True,
        ),
        Variant(
            name="another checkout",
            checkout="a folder with blanks/ünd mehr/" + "x" * 60,
            options=["--cores", "3", "--max-jobs", "1", "--option", "sandbox-build-dir", "/b"],
            environment={"TZ": "America/St_Johns", "LC_ALL": "C", "HOME": "home", "USER": "somebody"},
            umask=0o002,
            seen={"build directory": "/b", "cores it may use": "3", "hash seed": None, "processors": 1},
            processors=1,
        ),
    ]


class Disorder:
    """File systems that list folders in another order than this machine's: each `mount` makes one at a folder."""

    @staticmethod
    def disorderfs(behind, folder):
        """Lists a folder in another order each time."""
        if not shutil.which("disorderfs"):
            subprocess.run([SETUP, "disorderfs"], check=False, stdout=subprocess.DEVNULL)
        multi_user = "yes" if os.geteuid() == 0 else "no"
        options = ["--quiet", "--shuffle-dirents=yes", "--reverse-dirents=no", f"--multi-user={multi_user}"]
        return run("disorderfs", *options, behind, folder)

    @staticmethod
    def tmpfs(_behind, folder):
        """Lists what was made last first."""
        return run("mount", "-t", "tmpfs", "-o", "size=4g,mode=755", "tmpfs", folder)

    @staticmethod
    def ext4(behind, folder):
        """Lists by a hash, with a seed that each file system has for itself."""
        image = os.path.join(behind, "image")
        with open(image, "wb") as file:
            file.truncate(4 << 30)
        return run("mkfs.ext4", "-q", image) and run("mount", "-o", "loop", image, folder)

    @classmethod
    def mount(cls, scratch, sample):
        """Mounts the first that this machine has and that lists a copy of `sample` otherwise; its name and folder."""
        for kind in (cls.disorderfs, cls.tmpfs, cls.ext4):
            behind, folder = (os.path.join(scratch, f"{kind.__name__}-{part}") for part in ("behind", "mounted"))
            os.makedirs(behind)
            os.makedirs(folder)
            if not kind(behind, folder):
                continue
            for name in sorted(os.listdir(sample)):
                os.makedirs(os.path.join(folder, "sample", name))
            if os.listdir(os.path.join(folder, "sample")) != os.listdir(sample):
                return kind.__name__, folder
        return None, None


def run(*command):
    """Whether a command succeeds; prints what it says if not."""
    try:
        made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError:
        print(f"no {command[0]}")
        return False
    if made.returncode:
        print(f"{command[0]}: {made.stdout.strip()}")
    return made.returncode == 0


def nix(variant, store, arguments, cwd):
    """Runs `nix build` for a store, or this machine's (""); its JSON."""
    environment_ = environment() | variant.environment
    environment_["TMPDIR"] = os.path.join(os.path.dirname(cwd), "temporary folder")
    environment_["HOME"] = os.path.join(os.path.dirname(cwd), "home")
    for folder in (environment_["TMPDIR"], environment_["HOME"]):
        os.makedirs(folder, exist_ok=True)
    into = ["--store", store] if store else []
    command = ["nix", "build", "--no-link", "--json", *into, *variant.options, *arguments]
    limit = set(sorted(os.sched_getaffinity(0))[: variant.processors or None])
    made = subprocess.run(
        command,
        cwd=cwd,
        env=environment_,
        umask=variant.umask,
        preexec_fn=lambda: os.sched_setaffinity(0, limit),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if made.returncode:
        variant.check(False, f"nix {' '.join(arguments)}\n{made.stderr[-4000:]}")
        return None
    return json.loads(made.stdout)


def checkout(flake, variant, folder):
    """Copies the flake: other modification times, permissions as the umask has them; a git repository if wanted."""
    shutil.copytree(flake, folder, symlinks=True)
    for path, _, names in os.walk(folder):
        for place in [path, *(os.path.join(path, name) for name in names)]:
            if not os.path.islink(place):
                executable = os.path.isdir(place) or os.access(place, os.X_OK)
                os.chmod(place, (0o777 if executable else 0o666) & ~variant.umask)
                os.utime(place, (86400 * 400, 86400 * 400))
    if variant.git:
        subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
        subprocess.run(["git", "add", "--all", "--force"], cwd=folder, check=True)


def probe(reference):
    """The arguments of `nix build` for the probe, which needs the unpacked host Python."""
    host = next(d.output for d in reference.made if d.name.startswith("permafreeze-host-python"))
    expression = f"""
      let host = builtins.storePath "{host}"; in derivation {{
        name = "circumstances"; system = builtins.currentSystem;
        builder = "${{host}}/python/bin/python3.13"; PYTHONHOME = "${{host}}/python";
        args = [ "-s" "-S" {PROBE} "${{host}}/python/lib/python3.13" ];
      }}"""
    return ["--impure", "--expr", expression], host + "/python/lib/python3.13"


def circumstances(variant, store, arguments, cwd):
    made = nix(variant, store, arguments, cwd)
    if made:
        with open(store + made[0]["outputs"]["out"], encoding="utf-8") as file:
            return json.load(file)
    return None


def short(value):
    return f"{', '.join(value[:3])}, …" if isinstance(value, list) else value


def try_variant(variant, flake, reference, hashes, plain, place):
    """Builds in the folder `place`."""
    store, source = os.path.join(place, "store"), os.path.join(place, variant.checkout)
    checkout(flake, variant, source)
    export = subprocess.Popen(["nix-store", "--export", *reference.fetched], stdout=subprocess.PIPE)
    subprocess.run(
        ["nix-store", "--store", store, "--import"], stdin=export.stdout, stdout=subprocess.DEVNULL, check=True
    )
    started = time.monotonic()
    # "." and not the folder: Nix 2.8 takes no blank in a `path:` that is given.
    made = nix(variant, store, [f".#{attribute}" for attribute in reference.attributes], source)
    if made is None:
        return
    variant.say(f"built in {time.monotonic() - started:.1f} s with {' '.join(variant.options)}")
    failed = compare(reference, hashes, store, variant.say)
    variant.check(not failed, f"the same executables, and the same output of each of {len(reference.made)} derivations")
    seen = circumstances(variant, store, probe(reference)[0], source)
    for name, value in (seen or {}).items():
        text = f"builders saw the {name}: {short(value)}; in a plain build: {short(plain[name])}"
        if name in variant.seen:
            wanted = variant.seen[name]
            variant.check(value != plain[name] if wanted is None else value == wanted, text)
        else:
            variant.say(text)


def planted(reference, hashes, store, variant):
    """One byte of the last object and of an executable is changed: the comparison must find the first of them."""
    [victim] = [d for d in reference.made if d.name == "object-stdlib"]
    path = os.path.join(store + victim.output, "blobs")
    attribute = reference.attributes[-1]
    folder = os.path.join(store + reference.executables[attribute], "bin")
    for file in (path, os.path.join(folder, os.listdir(folder)[0])):
        os.chmod(file, 0o755)
        with open(file, "r+b") as opened:
            opened.seek(1000)
            byte = opened.read(1)
            opened.seek(1000)
            opened.write(bytes([byte[0] ^ 1]))
    said = []
    failed = compare(reference, hashes, store, said.append)
    found = failed and any(attribute in line for line in said) and "object-stdlib: blobs: " in said[-1]
    variant.check(found, f"a changed byte is found: {' '.join(said)}")


def main(checkout_, attributes):
    with tempfile.TemporaryDirectory(prefix="variations-") as scratch:
        flake = os.path.join(scratch, "flake")
        snapshot(checkout_, flake)
        reference = Reference(flake, attributes)
        hashes = expected(reference, os.path.join(flake, "examples", "agent-runner"))
        arguments, sample = probe(reference)
        default = Variant("plain build", "", [], {}, 0o022, {})
        plain = circumstances(default, "", arguments, flake) or sys.exit("the probe does not build")
        kind, disordered = Disorder.mount(scratch, sample)
        todo = [variant for variant in variants() if kind or not variant.disorder]
        for variant in todo:
            if variant.disorder:
                orders = [short(os.listdir(folder)) for folder in (os.path.join(disordered, "sample"), sample)]
                variant.say(f"{kind} lists {orders[0]} where this machine lists {orders[1]}")
            place = os.path.join(disordered if variant.disorder else scratch, "variant")
            os.makedirs(place)
            try:
                try_variant(variant, flake, reference, hashes, plain, place)
                if variant is todo[-1] and all(variant.results):
                    planted(reference, hashes, os.path.join(place, "store"), variant)
            finally:
                remove(place)
        results = [ok for variant in [default, *todo] for ok in variant.results]
        print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
        if not kind:
            print("SKIPPED, not proved: a file system with another order of directory entries; this machine has none")
        code = 1 if not all(results) or not results else 0 if kind else SKIPPED
        # What was mounted here goes with this namespace, which ends after this process.
        if kind:
            subprocess.run(["umount", "--lazy", disordered], check=False)
    sys.exit(code)


def enter():
    """This program again, in namespaces in which it may mount, and with which its mounts and processes end."""
    as_user = [] if os.geteuid() == 0 else ["--map-root-user"]
    words = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"]
    command = ["unshare", *as_user, *words]
    if not run(*command, "true"):
        print("SKIPPED, not proved: builds under other circumstances; this machine has no namespaces")
        sys.exit(SKIPPED)
    os.execvp("unshare", [*command, sys.executable, __file__, "--inside", *sys.argv[1:]])


if __name__ == "__main__":
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if sys.argv[1] == "--inside":
        main(sys.argv[2], sys.argv[3:])
    else:
        enter()
