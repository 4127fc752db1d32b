"""Writes the times and results of a lane into the table of docs/proof.md, with the commit that they were measured at.

usage: proof.py LANE.json PROOF.md      LANE.json is what tests/run.sh writes
"""

import json
import sys
from pathlib import Path

BEGIN, END = "<!-- measured -->\n", "<!-- /measured -->\n"


def table(run):
    """The lines between the marks."""
    changed = ", with changes that are not committed" if run["changed"] else ""
    minutes = f"{run['seconds'] // 60} min {run['seconds'] % 60} s"
    lines = [
        f"Lane `{run['lane']}` at commit `{run['commit']}`{changed}, on {run['processors']} processors: {minutes}.",
        "",
        "| step | result | seconds |",
        "|---|---|---:|",
        *(f"| `{step['name']}` | {step['result']} | {step['seconds']} |" for step in run["steps"]),
    ]
    return "\n".join(lines) + "\n"


def main(measured, page):
    """Replaces what is between the marks."""
    path = Path(page)
    text = path.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"{page}: expected one `{BEGIN.strip()}` and one `{END.strip()}`")
    before, _, rest = text.partition(BEGIN)
    run = json.loads(Path(measured).read_text(encoding="utf-8"))
    path.write_text(before + BEGIN + table(run) + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
