"""Prints the notes of a release: its section of CHANGELOG.md, with links that lead to the tag.

usage: notes.py TAG REPOSITORY-URL

TAG is `v` and the version that Cargo.toml has. The section's title is that version and a date; one that says
`(unreleased)` is refused, so a release cannot be made by a tag alone.
"""

import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).parents[2]


def version_of(tag, manifest):
    """The version that a tag names. `manifest` is the text of Cargo.toml."""
    version = tomllib.loads(manifest)["workspace"]["package"]["version"]
    if tag != f"v{version}":
        raise ValueError(f"the tag is `{tag}`, Cargo.toml has version `{version}`: expected `v{version}`")
    return version


def section(changelog, version):
    """The text below the title of a version."""
    titles = list(re.finditer(r"^## (\S+)(.*)$", changelog, re.MULTILINE))
    for title, following in zip(titles, [*titles[1:], None]):
        if title[1] != version:
            continue
        if "unreleased" in title[2]:
            raise ValueError(f"CHANGELOG.md has `{title[0]}`: write the date there")
        text = changelog[title.end() : following.start() if following else None].strip()
        if not text:
            raise ValueError(f"CHANGELOG.md says nothing below `{title[0]}`")
        return text
    known = ", ".join(f"`{title[1]}`" for title in titles)
    raise ValueError(f"CHANGELOG.md has no `## {version}`; it has {known}")


def absolute(text, base):
    """Links to files of the repository, as the page of a release needs them: below `base`."""
    return re.sub(r"\]\((?![a-z]+:|#|/)([^)\s]+)\)", rf"]({base}/\1)", text)


def main(tag, repository):
    """Prints the notes; returns the exit code."""
    try:
        version = version_of(tag, (ROOT / "Cargo.toml").read_text())
        text = section((ROOT / "CHANGELOG.md").read_text(), version)
    except ValueError as error:
        print(f"notes.py: {error}", file=sys.stderr)
        return 1
    print(absolute(text, f"{repository}/blob/{tag}"))
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: notes.py TAG REPOSITORY-URL")
    sys.exit(main(*sys.argv[1:]))
