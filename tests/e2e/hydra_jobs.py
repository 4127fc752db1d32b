"""What Hydra would build of a flake: its `hydraJobs`, walked by the rules of nix-eval-jobs, which Hydra evaluates by.

usage: hydra_jobs.py FLAKE PROJECT JOB EXECUTABLE

Every attribute is a derivation or a set of jobs (`--force-recurse`); nothing is built to evaluate; each job evaluates in a
process of its own, by its path, to what the walk has seen; no derivation is in two jobs; names are what Hydra's links take;
every job has a description; the aggregate `release` has every other job as a constituent. JOB is built: its products are
EXECUTABLE and the evidence. The jobset in docs/nix.md has the keys that Hydra takes.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/nix.md"
# Hydra's `validateDeclarativeJobset` (lib/Hydra/Helper/AddBuilds.pm); any other key is an error there.
KEYS = {
    *["enabled", "hidden", "type", "flake", "description", "nixexprinput", "nixexprpath", "checkinterval", "inputs"],
    *["schedulingshares", "enableemail", "enable_dynamic_run_command", "emailoverride", "keepnr"],
}
NIX = ["nix", "--extra-experimental-features", "nix-command flakes"]
# Hydra's `attrNameRE` (lib/Hydra/Helper/CatalystUtils.pm); a job's name is such names with dots between them.
ATTRIBUTE = r"[A-Za-z_][A-Za-z0-9_-]*"
# What nix-eval-jobs tells of a job: `constituents` are those in the context of the attribute's text.
TELL = """value: {
  inherit (value) name drvPath system;
  outputs = builtins.listToAttrs (map (name: { inherit name; value = value.${name}.outPath; }) (value.outputs or [ "out" ]));
  meta = value.meta or null;
  constituents =
    if value._hydraAggregate or false then builtins.attrNames (builtins.getContext (toString value.constituents)) else null;
}"""
WALK = f"""jobs: let
  tell = {TELL};
  walk = path: value:
    if !builtins.isAttrs value then [ {{ inherit path; other = builtins.typeOf value; }} ]
    else if value.type or null == "derivation" then [ ({{ inherit path; }} // tell value) ]
    else builtins.concatMap (name: walk (path ++ [ name ]) value.${{name}}) (builtins.attrNames value);
in walk [ ] jobs"""


def evaluate(flake, attribute, function):
    """The value of a function of a flake's attribute; a build, or a look into nixpkgs, is an error."""
    no_builds = ["--option", "allow-import-from-derivation", "false"]
    return json.loads(nix("eval", "--json", *no_builds, f"{flake}#{attribute}", "--apply", function))


def nix(*arguments):
    """What Nix prints."""
    run = subprocess.run([*NIX, *arguments], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"nix {' '.join(arguments)}: {run.stderr}")
    return run.stdout


def complaints(jobs):
    """What Hydra would not take of jobs."""
    found, seen = [], {}
    every = {job["drvPath"] for job in jobs if "drvPath" in job and job["constituents"] is None}
    for job in jobs:
        name = ".".join(job["path"])
        if "other" in job:
            found.append(f"{name}: neither a derivation nor a set: {job['other']}")
            continue
        if not all(re.fullmatch(ATTRIBUTE, part) for part in job["path"]):
            found.append(f"{name}: no name of a job")
        if job["drvPath"] in seen:
            found.append(f"{name}: the derivation of {seen[job['drvPath']]}")
        seen[job["drvPath"]] = name
        if not (job["meta"] or {}).get("description"):
            found.append(f"{name}: no description")
        if job["constituents"] is not None and set(job["constituents"]) != every:
            found.append(f"{name}: not every other job is a constituent")
    return found


def try_the_rules():
    """Each rule finds what is against it."""
    good = {"path": ["a", "b"], "drvPath": "/b.drv", "meta": {"description": "it"}, "constituents": None}
    whole = {**good, "path": ["release"], "drvPath": "/r.drv", "constituents": ["/b.drv"]}
    assert complaints([good, whole]) == []
    for bad, word in [
        ([{"path": ["a"], "other": "string"}], "neither"),
        ([{**good, "path": ["a", "b.c"]}], "no name"),
        ([{**good, "path": ["7z"]}], "no name"),
        ([good, {**good, "path": ["c"]}], "the derivation of a.b"),
        ([{**good, "meta": None}], "no description"),
        ([good, {**whole, "constituents": []}], "not every"),
    ]:
        found = complaints(bad)
        assert len(found) == 1 and word in found[0], (found, word)


def products(flake, job):
    """The files that a job offers, by their kind."""
    nix("build", "--no-link", f"{flake}#hydraJobs.{job}")
    out = Path(nix("eval", "--raw", f"{flake}#hydraJobs.{job}.outPath"))
    lines = [line.split(" ") for line in (out / "nix-support/hydra-build-products").read_text().splitlines()]
    assert all(len(line) == 3 and line[0] == "file" and line[2].startswith("/nix/store/") for line in lines), lines
    return {kind: Path(path) for _, kind, path in lines}


def try_jobset():
    """The documented file is a static declaration: an object of objects, each a jobset that is a flake (type 1)."""
    [text] = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    for name, jobset in json.loads(text).items():
        assert set(jobset) <= KEYS, f"{name}: {set(jobset) - KEYS}"
        assert jobset["type"] == 1 and jobset["enabled"] == 1 and jobset["flake"], name


def main():
    flake, project, built, executable = sys.argv[1], Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
    try_the_rules()
    try_jobset()
    jobs = evaluate(flake, "hydraJobs", WALK)
    found = complaints(jobs)
    assert not found, "\n".join(found)
    plan = json.loads((project / "permafreeze.lock").read_text())
    wanted = {f"{target}.{name}" for target in plan["targets"] for name in plan["executables"]}
    names = {".".join(job["path"]) for job in jobs}
    assert wanted | {"release"} <= names, f"missing: {wanted - names}"
    assert any(name.startswith("checks.") for name in names), "no comparison with a pin: the test is void"
    for job in jobs:
        alone = evaluate(flake, ".".join(["hydraJobs", *job["path"]]), TELL)
        assert {"path": job["path"], **alone} == job, f"{job['path']} evaluates otherwise by itself"
    offered = products(flake, built)
    assert set(offered) == {"executable", "provenance", "reasons", "report", "sbom"}, offered
    assert offered.pop("executable").read_bytes() == executable.read_bytes(), "the product is another executable"
    assert all(json.loads(file.read_text()) for file in offered.values()), "evidence that is no JSON"
    print(f"{len(jobs)} jobs, each by itself: {' '.join(sorted(names))}")


if __name__ == "__main__":
    main()
