"""Prints quotes, found in every way in which people find files of their package."""

import json
import pkgutil
from importlib import metadata, resources
from pathlib import Path

from jinja2 import Environment, PackageLoader

HERE = Path(__file__).parent


def main():
    print("resources:", (resources.files("quotes") / "texts" / "one.txt").read_text().strip())
    with resources.as_file(resources.files("quotes") / "texts" / "two.txt") as path:
        print("as_file:", path.read_text().strip())
    print("get_data:", pkgutil.get_data("quotes", "texts/one.txt").decode().strip())
    print("__file__:", (HERE / "texts" / "two.txt").read_text().strip())
    print("folder:", sorted(path.name for path in (HERE / "texts").iterdir()))
    print("json:", json.loads((HERE / "quotes.json").read_text(encoding="utf-8"))["author"])
    template = Environment(loader=PackageLoader("quotes")).get_template("quote.txt.j2")
    print("template:", template.render(text="well said"))
    print("version:", metadata.version("quotes"))
