"""`lib.ociImage`: images of the template's executable above small base images, in each form that a base may have.

usage: oci_image.py CHECKOUT

A base has what of this machine's system an executable needs. The image is read by code of its own: every blob has the hash that
it is named by, its layers have those of its config. Its root, unpacked, runs the executable in an empty environment. Two
builds give the same bytes, whatever form the base has. Bases that are damaged or for another processor are refused.
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

LIBRARIES = [f"lib{name}" for name in ["c.so.6", "dl.so.2", "gcc_s.so.1", "m.so.6", "pthread.so.0", "rt.so.1", "util.so.1", "z.so.1"]]
IMAGE = """let permafreeze = import {checkout}; in permafreeze.ociImage ({{
  base = {base};
  executable = (permafreeze.project {{ root = {project}; }}).executables.hello-linux-amd64;
}} // {more})"""
WINDOWS = '{ executable = { outPath = "/a"; meta = { mainProgram = "a.exe"; platforms = [ "x86_64-windows" ]; }; }; }'
LAYER = "application/vnd.oci.image.layer.v1.tar"
HEX = hashlib.sha256


class Refused(Exception):
    """What Nix said of an image that it did not build."""


def root_layer():
    """The layer of a base: glibc, its loader, zlib, a folder for what is temporary."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for folder, mode in [("etc", 0o755), ("lib64", 0o755), ("tmp", 0o1777), ("usr", 0o755), ("usr/lib", 0o755)]:
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, mode
            archive.addfile(info)
        places = [("lib64", "/lib64/ld-linux-x86-64.so.2")]
        places += [("usr/lib", f"/lib/x86_64-linux-gnu/{name}") for name in LIBRARIES]
        for folder, path in places:
            path = Path(path)
            info = tarfile.TarInfo(f"{folder}/{path.name}")
            info.mode, info.size = 0o755, path.stat().st_size
            archive.addfile(info, path.open("rb"))
    return file.getvalue()


def config(layer, architecture="amd64"):
    return {
        "architecture": architecture,
        "os": "linux",
        "config": {"Env": ["PATH=/bin", "LEVEL=info"], "User": "65534", "Cmd": ["sh"], "Labels": {"of": "the base"}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{HEX(layer).hexdigest()}"]},
        "history": [{"created_by": "a test"}],
    }


def write_layout(folder, layer, architecture="amd64"):
    """An OCI image layout of one layer, which is compressed, for two processors."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def blob(content, kind):
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        (blobs / HEX(content).hexdigest()).write_bytes(content)
        digest = f"sha256:{HEX(content).hexdigest()}"
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": digest, "size": len(content)}

    packed = blob(gzip.compress(layer, 1, mtime=0), "layer.v1.tar+gzip")
    manifests = []
    for its in [architecture, "s390x"]:
        settings = blob(config(layer, its), "config.v1+json")
        manifest = blob({"schemaVersion": 2, "config": settings, "layers": [packed]}, "manifest.v1+json")
        manifests.append({**manifest, "platform": {"architecture": its, "os": "linux"}})
    inner = blob({"schemaVersion": 2, "manifests": manifests}, "index.v1+json")
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [inner]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def write_docker(folder, layer):
    """What older versions of `docker save` write."""
    (folder / "a").mkdir(parents=True)
    (folder / "a/layer.tar").write_bytes(layer)
    (folder / "config.json").write_text(json.dumps(config(layer)))
    saved = {"Config": "config.json", "RepoTags": None, "Layers": ["a/layer.tar"]}
    (folder / "manifest.json").write_text(json.dumps([saved]))


def packed(folder):
    """A folder as an archive, which is beside it."""
    path = folder.with_suffix(".tar.gz")
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, arcname=".")
    return path


def image(checkout, base, more="{ }", again=False, project=None):
    """Builds an image, and gives its path."""
    project = project or checkout / "templates/default"
    expression = IMAGE.format(checkout=checkout, base=base, more=more, project=project)
    instantiated = run("nix-instantiate", "--expr", expression)
    return run("nix-store", "--realise", *(["--check"] if again else []), instantiated)


def run(*command):
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise Refused(run.stderr)
    return run.stdout.strip()


def read(path):
    """Manifest, config, and layers without compression; all of them as their hashes say."""
    with tarfile.open(path) as archive:
        members = {member.name: member for member in archive}
        content = {name: archive.extractfile(member).read() for name, member in members.items() if member.isfile()}
    assert list(members) == [*list(members)[:5], *sorted(list(members)[5:])], "blobs in no order"
    assert all((it.mtime, it.uid, it.gid, it.uname) == (0, 0, 0, "") for it in members.values())
    for name, bytes_ in content.items():
        assert not name.startswith("blobs/") or name == f"blobs/sha256/{HEX(bytes_).hexdigest()}", name

    def blob(descriptor):
        bytes_ = content["blobs/" + descriptor["digest"].replace(":", "/")]
        assert len(bytes_) == descriptor["size"]
        return bytes_

    [entry] = json.loads(content["index.json"])["manifests"]
    manifest = json.loads(blob(entry))
    settings = json.loads(blob(manifest["config"]))
    kinds = {"": bytes, "+gzip": gzip.decompress}
    layers = [kinds[it["mediaType"].removeprefix(LAYER)](blob(it)) for it in manifest["layers"]]
    assert [f"sha256:{HEX(layer).hexdigest()}" for layer in layers] == settings["rootfs"]["diff_ids"]
    assert len(settings["history"]) == len(layers)
    [docker] = json.loads(content["manifest.json"])
    assert content[docker["Config"]] == blob(manifest["config"])
    assert docker["Layers"] == ["blobs/" + it["digest"].replace(":", "/") for it in manifest["layers"]]
    return settings, layers, docker["RepoTags"]


def start(layers, command):
    """What a command prints in the root that layers make, in an empty environment."""
    with tempfile.TemporaryDirectory() as root:
        for layer in layers:
            subprocess.run(["tar", "-xf", "-", "-C", root], input=layer, check=True)
        enter = [shutil.which("unshare"), *([] if os.getuid() == 0 else ["--map-root-user"]), "--mount", "--pid", "--fork"]
        chroot = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin")
        ran = subprocess.run([*enter, chroot, root, *command], env={}, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


def as_folder(template, project):
    """The template, with an executable that is a folder. Its plan says so at once: `permafreeze lock` is tested elsewhere."""
    shutil.copytree(template, project)
    plan = json.loads((project / "permafreeze.lock").read_text())
    del plan["executables"]["hello"]["unpack"]
    plan["executables"]["hello"]["mode"] = "onedir"
    (project / "permafreeze.lock").write_text(json.dumps(plan))
    return project


def refuses(checkout, base, words, more="{ }"):
    try:
        image(checkout, base, more)
    except Refused as refused:
        assert words in str(refused), refused
    else:
        raise AssertionError(f"it is built, expected: {words}")


def try_faults(checkout, work, layer, layout):
    refuses(checkout, layout, "an image has an executable for Linux", WINDOWS)
    write_layout(work / "foreign", layer, "arm64")
    refuses(checkout, work / "foreign", "no single manifest for `amd64`, but for: arm64, s390x")
    changed = shutil.copytree(layout, work / "changed")
    blob = max((changed / "blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(blob.read_bytes())
    content[100] ^= 1
    blob.write_bytes(content)
    refuses(checkout, changed, f"expected `sha256:{blob.name}`")
    blob.unlink()
    refuses(checkout, changed, f"lacks the blob `sha256:{blob.name}`")
    (work / "text").write_text("no image")
    refuses(checkout, work / "text", "the base image is no archive")


def main():
    checkout = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="oci-") as work:
        work, layer = Path(work), root_layer()
        write_layout(work / "layout", layer)
        write_docker(work / "docker", layer)
        built = {base: image(checkout, base) for base in [work / "layout", packed(work / "layout")]}
        one, other = (Path(path).read_bytes() for path in built.values())
        assert one == other, "a folder and an archive of it give different images"
        image(checkout, work / "layout", again=True)
        settings, layers, tags = read(built[work / "layout"])
        assert tags == ["hello:latest"] and settings["config"] == {
            **config(layer)["config"],
            "Entrypoint": ["/opt/hello/hello"],
            "Cmd": [],
        }
        assert start(layers, settings["config"]["Entrypoint"]) == "Hello, world!\n"

        more = '{ name = "example.com/hello"; tag = "1"; environment.LEVEL = "debug"; arguments = [ "you" ]; user = "1"; }'
        settings, layers, tags = read(image(checkout, packed(work / "docker"), more))
        its = settings["config"]
        assert tags == ["example.com/hello:1"] and its["User"] == "1" and its["Env"] == ["PATH=/bin", "LEVEL=debug"]
        assert start(layers, its["Entrypoint"] + its["Cmd"]) == "Hello, you!\n"

        project = as_folder(checkout / "templates/default", work / "project")
        settings, layers, _ = read(image(checkout, work / "layout", project=project))
        assert start(layers, settings["config"]["Entrypoint"]) == "Hello, world!\n"
        with tarfile.open(fileobj=io.BytesIO(layers[-1])) as archive:
            assert "opt/hello/_internal/base_library.zip" in archive.getnames()
        try_faults(checkout, work, layer, work / "layout")
    print("4 images built and started, 5 bases refused")


if __name__ == "__main__":
    main()
