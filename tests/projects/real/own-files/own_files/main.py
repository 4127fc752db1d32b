"""Brings a database up to date with Alembic, runs the steps that it finds in a folder, and quotes itself."""

import importlib
import inspect
import pkgutil
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect as inspect_database

from own_files import steps

URL = "sqlite:///own.sqlite3"


def main():
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", URL)
    command.upgrade(config, "head")
    print("columns:", *(column["name"] for column in inspect_database(create_engine(URL)).get_columns("thing")))
    for found in pkgutil.iter_modules(steps.__path__):
        module = importlib.import_module(f"{steps.__name__}.{found.name}")
        print(f"{found.name}:", module.run())
    print("source:", inspect.getsource(main).splitlines()[0])
