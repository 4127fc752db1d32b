"""Writes what Hydra reads of a job's output, `nix-support`; the builder of `hydraJobs`.

usage: hydra.py products EXECUTABLE PROGRAM     `$out` links to what the output EXECUTABLE has, and lists as products its PROGRAM
                                                and the evidence beside it
       hydra.py release                         `$out` names the outputs in `$constituents`, as Nixpkgs' aggregates do
"""

import os
import sys


def support(name, lines):
    """Writes a file of `nix-support`."""
    folder = os.path.join(os.environ["out"], "nix-support")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "w") as file:
        file.writelines(f"{line}\n" for line in lines)


def products(executable, program):
    """`file KIND PATH` for each; the kind of evidence is its file name up to the first dot."""
    out = os.environ["out"]
    os.mkdir(out)
    for entry in sorted(os.listdir(executable)):
        os.symlink(os.path.join(executable, entry), os.path.join(out, entry))
    evidence = os.path.join(executable, "share", "permafreeze")
    files = [os.path.join(evidence, name) for name in sorted(os.listdir(evidence))]
    kinds = [(os.path.basename(file).split(".")[0], file) for file in files]
    support("hydra-build-products", [f"file {kind} {file}" for kind, file in [("executable", program), *kinds]])


def release():
    """The file that Nixpkgs' `releaseTools.aggregate` writes."""
    support("hydra-aggregate-constituents", os.environ["constituents"].split())


if __name__ == "__main__":
    {"products": products, "release": release}[sys.argv[1]](*sys.argv[2:])
