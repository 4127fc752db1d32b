"""The tables of docs/compatibility.md and docs/spec.md: rows of what was run, beside those of what was not run this time."""

import os
import re

from freeze import NOT_TRIED

OURS = ["project", "verdict", "options needed", "size", "modules", "PyInstaller's", "build", "cause"]
PUBLIC = ["project", "commit", "outcome", "option needed", "cause"]
SPECS = ["project", "commit", "outcome", "options written", "what no option says (lines of the spec)", "cause"]
# Causes are cut: a page is read, a log is searched.
LONGEST = 300


def cell(text):
    """A text as one cell of a table."""
    return re.sub(r"\s+", " ", str(text)).replace("|", "\\|").strip()


def cause(result):
    """The line that says most of why it does not work, as code; or what is known of it."""
    if result.note:
        return cell(result.note)
    lines = [line.strip() for line in result.cause.splitlines() if line.strip()]
    if not lines:
        return ""
    if result.verdict == NOT_TRIED:
        return cell(lines[-1])
    errors = [line for line in lines if re.match(r"(\w+\.)*\w*(Error|Exception|NotFound)\b", line)]
    if "check" in result.verdict or "run" in result.verdict:
        chosen = cell(errors[-1] if errors else result.cause)
    else:
        chosen = cell(" ".join(lines[: 2 if lines[0].endswith(":") else 1])).removeprefix("error: ")
    chosen = chosen if len(chosen) <= LONGEST else chosen[:LONGEST] + "…"
    return f"`` {chosen} ``" if "`" in chosen else f"`{chosen}`"


def ours(result):
    size = f"{result.size / 1e6:.1f} MB" if result.size else ""
    time = f"{result.seconds:.0f} s" if result.seconds else ""
    options = ", ".join(f"`{option}`" for option in result.options)
    return [result.name, result.verdict, options, size, result.modules or "", result.plain, time, cause(result)]


def public(result):
    options = ", ".join(f"`{option}`" for option in result.options)
    return [result.name, f"`{result.commit[:12]}`", result.verdict, options, cause(result)]


def specs(result):
    options = ", ".join(f"`{option}`" for option in result.options)
    unsaid = "; ".join(cell(what) for what in result.unsaid)
    return [result.name, f"`{result.commit[:12]}`", result.verdict, options, unsaid, cause(result)]


KINDS = {"ours": (OURS, ours), "public": (PUBLIC, public), "specs": (SPECS, specs)}


def table(text, columns, results, row, known):
    """Replaces the rows of what was run in a table; rows of projects that are gone go."""
    rows = {line.split("|")[1].strip(): line for line in text.splitlines()[2:] if line.startswith("|")}
    rows |= {result.name: f"| {' | '.join(str(value) for value in row(result))} |" for result in results}
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return "\n".join([*head, *(rows[name] for name in sorted(rows) if name in known)]) + "\n"


def write(path, kind, results, known):
    """Writes the table of a kind, one of KINDS, between its marks: beside the page, then renamed."""
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(f"<!-- {kind} -->\n")
    old, end, after = rest.partition(f"<!-- /{kind} -->")
    if not begin or not end:
        raise ValueError(f"{path}: expected `<!-- {kind} -->` and `<!-- /{kind} -->`")
    columns, row = KINDS[kind]
    new = path.with_name(path.name + ".new")
    new.write_text(before + begin + table(old, columns, results, row, known) + end + after, encoding="utf-8")
    os.replace(new, path)
