"""Checks the bill of materials and the provenance beside an executable.

usage: check.py PROJECT EXECUTABLE [VENV]

The bill must follow CycloneDX's schema, and have what the plan has, what importlib.metadata knows of the venv, and the
dependencies that `packaging` finds; without a venv of the target the plan alone is compared with. The provenance must be a statement to in-toto's own reader.
"""

import copy
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

Json = dict[str, Any]


def components(component: Json) -> list[Json]:
    """Lists a component and all within it."""
    return [component, *(inner for part in component.get("components", []) for inner in components(part))]


def check_schema(bill: Json) -> None:
    """The bill follows the schema, and the validator would say if it did not."""
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    error = validator.validate_str(json.dumps(bill))
    assert error is None, error
    for spoil in (
        lambda bad: bad["components"][0].pop("name"),
        lambda bad: bad["components"][0].update(licenses=[{"license": {"id": "No-Such-Licence"}}]),
        lambda bad: bad.update(serialNumber="urn:uuid:1"),
        lambda bad: bad["dependencies"][0].update(other=1),
    ):
        bad = copy.deepcopy(bill)
        spoil(bad)
        assert validator.validate_str(json.dumps(bad)) is not None, "the validator takes anything"
    assert "timestamp" not in bill["metadata"], "a time is another one at every build"


def check_references(bill: Json) -> None:
    """References are unique, dependencies lead to what is there, package URLs are canonical."""
    own = [bill["metadata"]["component"], *bill["components"]]
    everything = [inner for component in own for inner in components(component)]
    references = [component["bom-ref"] for component in everything]
    assert len(references) == len(set(references)), "a reference is there twice"
    for dependency in bill["dependencies"]:
        unknown = {dependency["ref"], *dependency.get("dependsOn", [])} - set(references)
        assert not unknown, f"{dependency['ref']} depends on what is not there: {unknown}"
    for component in everything:
        if "purl" in component:
            PackageURL.from_string(component["purl"])
    for component in bill["components"]:
        purl = component["purl"]
        assert PackageURL.from_string(purl).to_string() == purl, f"{purl} is not canonical"
    reached = {dependency["ref"] for dependency in bill["dependencies"]}
    left = {component["bom-ref"] for component in own} - reached
    assert not left, f"without an entry among the dependencies: {left}"


def indexed(bill: Json) -> dict[str, Json]:
    """Returns the components that an index has, by normalised name."""
    found = [component for component in bill["components"] if component["purl"].startswith("pkg:pypi/")]
    return {str(canonicalize_name(component["name"])): component for component in found}


def check_digest(plan: Json, target: str) -> str:
    """The plan's digest of its one executable is that of what decides it; returns it."""
    ((name, executable),) = plan["executables"].items()
    packages, freezer = plan["targets"][target]["packages"], plan["targets"][target].get("freezer", {})
    files = [package["file"] for package in packages if "file" in package] + [*freezer.values()]
    decides = {
        "name": name,
        "target": target,
        "executable": executable,
        "files": {file: plan["files"][file]["sha256"] for file in files},
        "packages": packages,
        "freezer": freezer,
        "project": plan["project"],
        "python": plan["python"],
        "sources": {
            package["source"]: plan["sources"][package["source"]] for package in packages if "source" in package
        },
    }
    text = json.dumps(decides, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert plan["digests"][f"{name}-{target}"] == digest, "the artifact's digest is another one"
    return digest


def check_plan(bill: Json, plan: Json, target: str) -> str:
    """The bill has exactly the target's wheels, with their hashes; returns the plan's own."""
    of_target = plan["targets"][target]
    files = [package["file"] for package in of_target["packages"] if "file" in package]
    pinned = [plan["files"][file] for file in {*files, *of_target.get("freezer", {}).values()}]
    wanted = {(pin["package"], pin["version"], pin["sha256"]) for pin in pinned}
    found = {(name, part["version"], part["hashes"][0]["content"]) for name, part in indexed(bill).items()}
    # Without a PyInstaller of its own the project gets the toolchain's.
    extra = {part for part in found - wanted if part[0] not in ("pyinstaller", "pyinstaller-hooks-contrib")}
    assert not extra and not wanted - found, f"too much: {extra}, missing: {wanted - found}"
    sources = {source["distribution"]["name"] for source in plan["sources"].values() if "distribution" in source}
    generic = {part["name"] for part in bill["components"] if part["bom-ref"].startswith("source:")}
    assert sources <= generic, f"{sources} are not in {generic}"

    digest = check_digest(plan, target)
    properties = {entry["name"]: entry["value"] for entry in bill["metadata"]["component"]["properties"]}
    assert properties["permafreeze:plan-sha256"] == digest, "the plan's hash is another one"
    return digest


def edges(distributions: dict[str, Json], environment: Json) -> dict[str, set[str]]:
    """Returns what requires what, as `packaging` reads it; extras are handed on until nothing is new."""
    asked: dict[str, set[str]] = {name: set() for name in distributions}
    found: dict[str, set[str]] = {}
    while True:
        before = copy.deepcopy(asked)
        for name, distribution in distributions.items():
            found[name] = set()
            for requirement in map(Requirement, distribution["requires"]):
                marker = requirement.marker
                extras = asked[name] or {""}
                if marker and not any(marker.evaluate({**environment, "extra": extra}) for extra in extras | {""}):
                    continue
                other = str(canonicalize_name(requirement.name))
                if other in distributions and other != name:
                    found[name].add(other)
                    asked[other] |= requirement.extras
        if asked == before:
            return found


def check_venv(bill: Json, venv: Path) -> int:
    """Names, versions, licences and dependencies are those of the venv; returns how many licences were compared."""
    script = Path(__file__).with_name("installed.py")
    output = subprocess.run([venv / "bin/python", "-IB", script], check=True, capture_output=True).stdout
    installed = json.loads(output)
    distributions = {str(canonicalize_name(found["name"])): found for found in installed["distributions"]}
    by_name = {str(canonicalize_name(part["name"])): part for part in bill["components"] if part["type"] == "library"}
    frozen_with = ("pyinstaller", "permafreeze-")
    freezer = {name for name in by_name if name.startswith(frozen_with) and name not in distributions}
    assert by_name.keys() - freezer == distributions.keys(), by_name.keys() ^ distributions.keys()
    compared = 0
    for name, distribution in distributions.items():
        part = by_name[name]
        assert part["version"] == distribution["version"], f"{name}: {part['version']}, {distribution['version']}"
        if distribution["license"] and part["bom-ref"].startswith("pkg:"):
            assert part["licenses"] == [{"expression": distribution["license"]}], f"{name}: {part['licenses']}"
            compared += 1
    names = {part["bom-ref"]: name for name, part in by_name.items()}
    found = {
        names[entry["ref"]]: {names[other] for other in entry.get("dependsOn", [])}
        for entry in bill["dependencies"]
        if names.get(entry["ref"]) in distributions
    }
    wanted = edges(distributions, installed["environment"])
    different = {name: (found[name], wanted[name]) for name in wanted if found[name] != wanted[name]}
    assert not different, f"dependencies, ours and packaging's: {different}"
    assert sum(map(len, wanted.values())) > len(wanted) / 2, "there is next to nothing to compare"
    return compared


def check_provenance(statement: Json, bill: Json, plan: str, sha256: str, share: Path) -> None:
    """The statement is one to in-toto's reader, and names executable, plan, wheels, runtime and by-products."""
    Statement.copy_from_pb(json_format.ParseDict(statement, statement_pb2.Statement())).validate()
    predicate = json_format.ParseDict(statement["predicate"], provenance_pb2.Provenance())
    dependencies = predicate.build_definition.resolved_dependencies
    for dependency in dependencies:
        ResourceDescriptor.copy_from_pb(dependency).validate()
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert [dict(subject["digest"]) for subject in statement["subject"]] == [{"sha256": sha256}]
    parameters = statement["predicate"]["buildDefinition"]["externalParameters"]
    assert parameters["plan"]["digest"]["sha256"] == plan
    hashes = {dependency.digest["sha256"] for dependency in dependencies if "sha256" in dependency.digest}
    stated = {entry["content"] for part in bill["components"] for entry in part.get("hashes", [])}
    assert stated <= hashes, f"not among what was taken: {stated - hashes}"
    assert all(len(value) == 64 for dependency in dependencies for value in dependency.digest.values())
    for file in predicate.run_details.byproducts:
        found = hashlib.sha256((share / file.name).read_bytes()).hexdigest()
        assert found == file.digest["sha256"], f"{file.name}: {found}"


def main() -> None:
    """Checks everything; the first assertion that fails ends the program."""
    project, executable, *venvs = map(Path, sys.argv[1:])
    share = executable.parent / f".{executable.name}" / "share/permafreeze"
    bill = json.loads((share / "sbom.cdx.json").read_text())
    statement = json.loads((share / "provenance.json").read_text())
    plan = json.loads((project / "permafreeze.lock").read_text())
    target = next(target for target in plan["targets"] if executable.name.endswith(target))
    sha256 = hashlib.sha256(executable.read_bytes()).hexdigest()

    check_schema(bill)
    check_references(bill)
    assert bill["metadata"]["component"]["hashes"][0] == {"alg": "SHA-256", "content": sha256}
    digest = check_plan(bill, plan, target)
    compared = sum(check_venv(bill, venv) for venv in venvs)
    check_provenance(statement, bill, digest, sha256, share)
    inner = sum(len(components(part)) - 1 for part in bill["components"])
    print(f"{executable.name}: {len(bill['components'])} components, {inner} within them")
    for venv in venvs:
        print(f"names, versions, dependencies and {compared} licence expressions are those of {venv.name}")


main()
