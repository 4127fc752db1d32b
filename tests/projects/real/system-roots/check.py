"""An authority of our own is put where systems keep those that they trust, in a root that has nothing else in /etc."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from frozen import holds, same, skip

ENTER = Path(__file__).resolve().parents[3] / "support/enter_root.sh"
# As nix/toolchain/openssl-roots.c has them.
FILES = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
]


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True).stdout.strip()


def certificates():
    """An authority, and a server's certificate that it has signed."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    signs = ["-addext", "keyUsage=critical,keyCertSign"]
    openssl("req", "-x509", *key, *signs, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    names = ["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:FALSE"]
    by = ["-CA", "ca.pem", "-CAkey", "ca.key"]
    openssl("req", "-x509", *key, *by, *names, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.pem")
    return openssl("x509", "-hash", "-noout", "-in", "ca.pem")


def root():
    """A root with this machine's /usr and an empty /etc."""
    folder = Path("root").absolute()
    for name in ("usr", "proc", "sys", "dev", "tmp", "etc", ".oldroot"):
        (folder / name).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        if Path("/", name).exists():
            (folder / name).symlink_to(f"usr/{name}")
    return folder


def run(place=None, variables=()):
    """Runs the executable with the authority at a place."""
    shutil.rmtree(folder / "etc")
    (folder / "etc").mkdir()
    (folder / "etc/hosts").write_text("127.0.0.1 localhost\n")
    if place:
        (folder / place[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("ca.pem", folder / place[1:])
    variables = [word for variable in variables for word in ("--set", variable)]
    command = [ENTER, "--bind", "/usr", "--bind", executable, "--bind", os.getcwd(), *variables, folder, executable]
    done = subprocess.run([*command, *files], capture_output=True, text=True, timeout=120)
    if done.returncode:
        sys.exit(f"{place}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


if not shutil.which("openssl"):
    skip("there is no openssl")
executable = os.path.realpath(sys.argv[1])
folder = root()
if subprocess.run([ENTER, "--bind", "/usr", folder, "true"], capture_output=True).returncode:
    skip("no namespaces can be made here")
hashed = certificates()
files = [os.path.abspath(name) for name in ("server.pem", "server.key")]

holds(run(), "refused: [SSL: CERTIFICATE_VERIFY_FAILED]", "file: None")
for place in FILES:
    same(run(place), f"page: hello\nfile: {place}\ngiven on:")
same(run(f"/etc/ssl/certs/{hashed}.0"), "page: hello\nfile: None\ngiven on:")
same(run("/etc/own.pem", ["SSL_CERT_FILE=/etc/own.pem"]), "page: hello\nfile: /etc/own.pem\ngiven on: SSL_CERT_FILE=/etc/own.pem")
