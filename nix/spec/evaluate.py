# Evaluates a PyInstaller spec for one target.
#
# usage: evaluate.py GIVEN RESULT
#
# GIVEN is JSON: `root` (the project, which the spec may change), `spec` (its path there), `target` (see target.py),
# `folder` (its paths are relative to that) and `working-folder`. RESULT becomes JSON: `objects`, `calls`, `touched`,
# `phantoms` (record.py, phantom.py), `lines` of the spec's texts, `root`, `packages`, `folder`, `scripts` (the part of its
# scripts that are there); or `error`: `kind`, `line`
# of the spec (or null), `text`, and the variables of the environment that it asked for in vain: `unset`.
import ast
import json
import os
import pathlib
import socket
import sys
import urllib.error

import phantom
import pyinstaller
import record
import target


def main():
    given, result_file = (pathlib.Path(path) for path in sys.argv[1:])
    given = json.loads(given.read_text("utf-8"))
    spec = os.path.join(given["root"], given["spec"])
    try:
        result = evaluate(given, spec)
    except BaseException as error:  # noqa: B902 - SystemExit and KeyboardInterrupt are faults of the spec, too
        result = {"error": fault(error, spec) | {"unset": sorted(target.Environment.asked)}}
    result_file.write_text(json.dumps(result), "utf-8")


def evaluate(given, spec):
    text = pathlib.Path(spec).read_bytes()
    tree = ast.parse(text, spec)
    tape = record.Tape(spec, tree)
    folder = os.path.normpath(os.path.join(given["root"], given["folder"]))
    os.chdir(os.path.join(given["root"], given["working-folder"]))
    sys.argv = [spec]
    # The project's own modules are installed where PyInstaller runs.
    sys.path += [folder, given["root"], os.path.join(given["root"], "src")]
    target.imitate(given["target"], given["root"])
    namespace = pyinstaller.install(tape, folder, given["target"]["sys-platform"])
    phantom.install(tape)
    exec(compile(tree, spec, "exec"), namespace)
    scripts = tape.scripts
    return {
        "folder": given["folder"],
        "scripts": sum(map(os.path.exists, scripts)) / len(scripts) if scripts else 1.0,
        "root": given["root"],
        "packages": phantom.PACKAGES,
        "lines": tape.lines,
        "objects": tape.objects,
        "calls": tape.calls,
        "touched": tape.touched,
        "phantoms": sorted(tape.phantoms),
    }


def fault(error, spec):
    """Says what is wrong with a spec, and where."""
    line, inner = None, None
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file == spec:
            line, inner = trace.tb_lineno, None
        elif line is not None and file.startswith(os.path.dirname(spec)):
            inner = f"{os.path.relpath(file, os.path.dirname(spec))}:{trace.tb_lineno}"
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename == spec:
        return {"kind": "syntax", "line": error.lineno, "text": f"it is no Python: {error.msg}"}
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    said = said.replace(os.path.dirname(spec) + os.sep, "")
    if inner:
        said = f"{said} ({inner})"
    network = (socket.gaierror, urllib.error.URLError, ConnectionError, TimeoutError)
    if isinstance(error, target.NoProgram):
        return {"kind": "program", "line": line, "text": f"it runs `{error}`, and no program is in the sandbox"}
    if isinstance(error, network) or isinstance(error, OSError) and error.errno in target.NETWORK:
        return {
            "kind": "network",
            "line": line,
            "text": f"it opens the network, which the sandbox does not have: {said}",
        }
    if isinstance(error, FileNotFoundError):
        name = os.path.relpath(str(error.filename), os.path.dirname(spec)) if error.filename else said
        return {"kind": "file", "line": line, "text": f"it reads `{name}`, which is not in the project"}
    if isinstance(error, target.Unset):
        return {
            "kind": "environment",
            "line": line,
            "text": f"it reads the environment's variable {error}, which is not set",
        }
    if isinstance(error, SystemExit):
        return {"kind": "ended", "line": line, "text": f"it ends itself: {said}"}
    return {"kind": "raises", "line": line, "text": f"it raises {said}"}


main()
