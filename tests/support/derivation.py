"""Reads .drv files. Their text (ATerm) is also Python's literal syntax, so no Nix command is asked."""

import ast
import subprocess


class Derivation:
    """One derivation: name, outputs, builder, arguments, environment."""

    def __init__(self, path):
        call = ast.parse(open(path, encoding="utf-8").read(), mode="eval").body
        outputs, inputs, _sources, _system, builder, arguments, environment = (ast.literal_eval(a) for a in call.args)
        self.path = path
        self.builder = builder
        self.arguments = list(arguments)
        self.environment = dict(environment)
        self.name = self.environment["name"]
        self.inputs = [drv for drv, _ in inputs]
        self.output = outputs[0][1]
        self.fixed = bool(outputs[0][3])


def closure(*paths):
    """All derivations that `paths` need, they included, those with fixed outputs left out; by name."""
    paths = subprocess.run(["nix-store", "-qR", *paths], check=True, capture_output=True, text=True).stdout.split()
    derivations = (Derivation(p) for p in sorted(paths) if p.endswith(".drv"))
    return sorted((d for d in derivations if not d.fixed), key=lambda d: (d.name, d.path))


def of_attribute(flake, attribute):
    """The derivation of a flake's package, by its short name: for a full one Nix fetches nixpkgs too."""
    command = ["nix", "--extra-experimental-features", "nix-command flakes", "eval", "--raw", f"{flake}#{attribute}.drvPath"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
