"""METADATA and entry_points.txt against poetry-core's builder."""

import email
import io

import support
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from poetry.core.factory import Factory
from poetry.core.masonry.builders.wheel import WheelBuilder


def requirement(text: str) -> tuple:
    # A path dependency is a URL of this machine to poetry-core, which is no use to a reader on another one.
    text = text.partition(" @ file:")[0]
    parsed = Requirement(text)
    return (parsed.name, sorted(parsed.extras), parsed.specifier, str(parsed.marker))


def summary(text: str) -> dict:
    message = email.message_from_string(text)
    return {
        "Name": message["Name"],
        "Version": message["Version"],
        "Summary": message["Summary"],
        "Requires-Python": SpecifierSet(message["Requires-Python"] or ""),
        "Provides-Extra": sorted(message.get_all("Provides-Extra", [])),
        "Requires-Dist": sorted(map(requirement, message.get_all("Requires-Dist", [])), key=str),
    }


def main() -> None:
    outcomes = support.Outcomes("metadata")
    plans = support.ask([{"do": "plan", "project": str(project), "settings": ""} for project in support.PROJECTS])
    for project, plan in zip(support.PROJECTS, plans, strict=True):
        for path, source in plan["sources"].items():
            builder = WheelBuilder(Factory().create_poetry(project / path))
            theirs, ours = summary(builder.get_metadata_content()), summary(source["distribution"]["metadata"])
            for field, expected in theirs.items():
                outcomes.check(f"{field} of {project.name}/{path}", expected, ours[field])
            entry_points = io.StringIO()
            builder._write_entry_points(entry_points)
            found = source["distribution"].get("entry-points", "")
            outcomes.check(f"entry points of {project.name}/{path}", entry_points.getvalue(), found)
    outcomes.finish()


if __name__ == "__main__":
    main()
