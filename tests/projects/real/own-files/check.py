import sqlite3
import sys

from frozen import run, same

EXPECTED = """\
columns: id name
sweep: swept
wipe: wiped
source: def main():
"""
same(run(sys.argv[1]).stdout, EXPECTED)
with sqlite3.connect("own.sqlite3") as database:
    same(database.execute("SELECT version_num FROM alembic_version").fetchall(), [("0002",)])
