"""A builder that writes what a builder sees of its circumstances, as JSON: circumstances.py FOLDER

FOLDER is one of the store with many entries.
"""

import json
import os
import sys

umask = os.umask(0o022)
os.umask(umask)
seen = {
    "build directory": os.getcwd(),
    "cores it may use": os.environ.get("NIX_BUILD_CORES"),
    "processors": len(os.sched_getaffinity(0)),
    "order of a folder": os.listdir(sys.argv[1]),
    "order of its own files": [],
    "hash seed": hash("seed"),
    "umask": f"{umask:03o}",
    "TZ": os.environ.get("TZ"),
    "LC_ALL": os.environ.get("LC_ALL"),
}
for number in range(50):
    with open(f"file{number}", "w", encoding="utf-8"):
        pass
seen["order of its own files"] = [name for name in os.listdir(".") if name.startswith("file")]
with open(os.environ["out"], "w", encoding="utf-8") as file:
    json.dump(seen, file)
