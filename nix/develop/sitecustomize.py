"""What `nix develop` wants of a shell, written by the host Python.

For `nix develop` and `nix print-dev-env`, Nix builds a derivation whose builder is called `bash`, with a script of its own
that writes the variables of the build as JSON, in bash (Nix: src/nix/get-env.sh). The builds of permafreeze have no bash:
Python, under that name, reads this module before it would read the script, and writes the same.
"""

import json
import os

# What the shell gets: `out` and `outputs` are what Nix itself looks for, the hook is what the shell evaluates.
NAMES = ("name", "out", "outputs", "shellHook")

variables = {name: {"type": "var", "value": os.environ[name]} for name in NAMES}
with open(os.environ["out"], "w", encoding="utf-8") as file:
    json.dump({"bashFunctions": {}, "variables": variables}, file, indent=1, sort_keys=True)
    file.write("\n")
os._exit(0)
