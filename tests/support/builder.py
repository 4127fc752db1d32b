"""Runs a derivation's builder outside of Nix, and compares what it made with what is in the store."""

import filecmp
import os
import subprocess


def run_builder(derivation, folder, circumstances, replace=None, before=()):
    """Runs a builder as Nix would, but here; returns its output path.

    circumstances: further environment variables, and `umask`; replace: paths to give instead of others, in arguments
    and job; before: words before the builder's command.
    """
    out = os.path.join(folder, "out")
    scratch = os.path.join(folder, "a longer scratch folder", "x" * 40)
    os.makedirs(scratch)
    for name in ("zz", "aa", "mm"):
        open(os.path.join(scratch, name), "w").close()
    environment = {key: value for key, value in circumstances.items() if key != "umask"}
    environment |= {"out": out, "TMPDIR": scratch, "TMP": scratch, "NIX_BUILD_TOP": scratch, "HOME": "/homeless"}
    if "job" in derivation.environment:
        environment["jobPath"] = os.path.join(folder, "job.json")
        with open(environment["jobPath"], "w", encoding="utf-8") as file:
            file.write(replaced(derivation.environment["job"], replace))
    arguments = [a.replace(derivation.output, out) for a in derivation.arguments]
    command = [*before, derivation.builder, *(replaced(a, replace) for a in arguments)]
    umask = int(circumstances.get("umask", "022"), 8)
    subprocess.run(command, check=True, env=environment, cwd=scratch, umask=umask, stdin=subprocess.DEVNULL)
    return out


def replaced(text, replace):
    for old, new in (replace or {}).items():
        text = text.replace(old, new)
    return text


def differences(left, right, path=""):
    """Relative paths of files that differ in bytes, in the executable bit, or are only on one side."""
    a, b = os.path.join(left, path), os.path.join(right, path)
    if os.path.isdir(a) and os.path.isdir(b) and not os.path.islink(a):
        for name in sorted(set(os.listdir(a)) | set(os.listdir(b))):
            yield from differences(left, right, os.path.join(path, name))
    elif not (os.path.lexists(a) and os.path.lexists(b)):
        yield f"{path} (only on one side)"
    elif os.path.islink(a) or os.path.islink(b):
        if not (os.path.islink(a) and os.path.islink(b)) or os.readlink(a) != os.readlink(b):
            yield path
    elif not filecmp.cmp(a, b, shallow=False) or os.access(a, os.X_OK) != os.access(b, os.X_OK):
        yield path
