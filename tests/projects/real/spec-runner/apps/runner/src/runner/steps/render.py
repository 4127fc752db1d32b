"""Renders a template that lies beside the program."""

import importlib
import os
import sys

import jinja2


def run(name, count):
    folder = getattr(sys, "_MEIPASS", os.path.join(os.path.dirname(__file__), "../../.."))
    loader = jinja2.FileSystemLoader(os.path.join(folder, "assets"))
    unit = importlib.import_module("tools." + "units").of(count)
    return jinja2.Environment(loader=loader).get_template("greeting.j2").render(name=name, count=count, unit=unit)
