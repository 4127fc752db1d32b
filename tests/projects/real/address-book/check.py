import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from frozen import free_port, listening, run, same, skip, wait_for

EXPECTED = """\
Ada ada@example.org ['first']
UniqueViolation
postgresql psycopg
"""


def programs():
    """The folder of PostgreSQL's programs."""
    known = shutil.which("initdb")
    folders = [Path(known).parent] if known else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else skip("there is no PostgreSQL server")


def account():
    """PostgreSQL does not run as root: who it runs as."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return skip("PostgreSQL does not run as root, and there is no other user")


def serve(folder, port):
    """Starts a server with a database of its own."""
    who = account() | {"cwd": folder, "stdout": subprocess.DEVNULL}
    if "user" in who:
        os.chown(folder, who["user"], who["group"])
    bin_folder = programs()
    subprocess.run([bin_folder / "initdb", "-D", "data", "-U", "ada", "-A", "trust", "-E", "UTF8"], check=True, **who)
    options = ["-D", "data", "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    return subprocess.Popen([bin_folder / "postgres", *options], stderr=subprocess.DEVNULL, **who)


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    port = free_port()
    server = serve(folder, port)
    try:
        wait_for(lambda: listening(port), "PostgreSQL")
        done = run(sys.argv[1], f"postgresql+psycopg://ada@127.0.0.1:{port}/postgres")
        same(done.stdout, EXPECTED)
    finally:
        server.terminate()
        server.wait()
