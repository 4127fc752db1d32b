# Evaluates a PyInstaller spec for each target and writes what it declares, in a sandbox without network and programs.
#
# usage: out=FILE jobPath=FILE tree=FOLDER PYTHON=PROGRAM PYTHONHOME=FOLDER main.py
#
# Run in an empty folder. `tree` is the project. The job is JSON: `spec` (its path there), `targets` (what each says of
# itself, see target.py), `folder` (the one that it takes paths from, or null), `environment` (variables) and `limit`
# (seconds for one target). $out is JSON: by target what `evaluate.py` gives. A spec that fails
# is part of it; one that does not end within the limit fails this program, so that a slow machine leaves no result.
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

# Bytes beyond which a file is linked instead of copied.
LARGE = 1 << 20
# The quality of an evaluation that no other place can better: all scripts are there.
COMPLETE = (1, 1.0)
# Lines of what an evaluation without a result has written, for Nix's log.
TAIL = 15
# The program that evaluates for one target.
EVALUATE = pathlib.Path(__file__).with_name("evaluate.py")


def main():
    job = json.loads(pathlib.Path(os.environ["jobPath"]).read_text("utf-8"))
    top = pathlib.Path.cwd()
    evaluated = {}
    for target in job["targets"]:
        best = None
        for folder, working_folder in places(job):
            found = evaluate(top, job, target, folder, working_folder)
            best = found if best is None else max(best, found, key=quality)
            if quality(best) == COMPLETE:
                break
        evaluated[target["name"]] = best
    text = json.dumps({"version": 1, "targets": evaluated}, indent=1, sort_keys=True)
    pathlib.Path(os.environ["out"]).write_text(text + "\n", "utf-8")


def places(job):
    """Returns the folders that the spec may take its paths from, each with the working folder.

    PyInstaller takes paths from the spec's folder and leaves the working folder as it is, so some specs expect their own,
    others the project's; and some are copied to the top of the project before they are used.
    """
    if job["folder"] is not None:
        return [(job["folder"], job["folder"])]
    own = os.path.dirname(job["spec"])
    return [(own, own), (own, ""), ("", "")] if own else [("", "")]


def quality(found):
    """Returns how good an evaluation is: without error, then by scripts that are there, or by the line that it came to."""
    if "error" in found:
        return (0, found["error"]["line"] or 0)
    return (1, found["scripts"])


def evaluate(top, job, target, folder, working_folder):
    """Evaluates in a fresh copy of the project; returns what was found."""
    work = top / "work"
    shutil.rmtree(work, ignore_errors=True)
    for name in ["home", "tmp"]:
        (work / name).mkdir(parents=True)
    project = work / "project"
    shutil.copytree(os.environ["tree"], project, symlinks=True, copy_function=copy)
    for path, _, _ in os.walk(project):
        os.chmod(path, 0o755)
    given = {
        "root": str(project),
        "spec": job["spec"],
        "target": target,
        "folder": folder,
        "working-folder": working_folder,
    }
    result = work / "result.json"
    (work / "given.json").write_text(json.dumps(given), "utf-8")
    variables = job["environment"] | {
        "HOME": str(work / "home"),
        "LC_ALL": "C.UTF-8",
        "PATH": "",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONHOME": os.environ["PYTHONHOME"],
        "PYTHONUTF8": "1",
        "TMPDIR": str(work / "tmp"),
        "TZ": "UTC",
    }
    command = [os.environ["PYTHON"], "-s", "-S", str(EVALUATE), str(work / "given.json"), str(result)]
    log = work / "log"
    code = run(command, project, variables, log, job["limit"], f"{job['spec']}` for `{target['name']}")
    try:
        return json.loads(result.read_text("utf-8"))
    except (OSError, ValueError):
        ended = f"signal {-code}" if code < 0 else f"exit code {code}"
        for line in log.read_text("utf-8", "replace").split("\n")[-TAIL:]:
            print(line[:400], file=sys.stderr)
        text = f"it ends the Python that evaluates it ({ended})"
        return {"error": {"kind": "ended", "line": None, "text": text, "unset": []}}


def copy(source, to):
    """Copies a file so that the spec may write to it, but for a large one."""
    if os.path.getsize(source) > LARGE:
        os.symlink(source, to)
    elif os.path.isfile(source):
        shutil.copyfile(source, to)


def run(command, folder, variables, log, limit, what):
    """Runs a program to its end, and ends what it has started; returns its exit code."""
    with (
        open(log, "wb") as output,
        subprocess.Popen(
            command,
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            print(f"error: evaluating `{what}` does not end within {limit} seconds", file=sys.stderr)
            print(
                "hint: does it wait for something? `PERMAFREEZE_SPEC_LIMIT` sets another limit, in seconds",
                file=sys.stderr,
            )
            sys.exit(1)
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


main()
