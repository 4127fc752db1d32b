"""Asks every package of the namespace `acme.area`, which three distributions share."""

import importlib
import pkgutil

import acme.area
import acme.area.circle
from acme.area import square
from acme.area.triangle import area as triangle_area


def main():
    print(round(acme.area.circle.area(1), 3), square.area(2), triangle_area(3, 4))
    for found in sorted(pkgutil.iter_modules(acme.area.__path__), key=lambda found: found.name):
        module = importlib.import_module(f"acme.area.{found.name}")
        print(found.name, module.CORNERS)
