"""Writes an image of one executable above a base image; the builder of `lib.ociImage`.

usage: oci.py EXECUTABLE BASE      EXECUTABLE is the output of a link for Linux, BASE an image: an OCI image layout, as a folder
                                   or an archive, or an archive that `docker save` writes

`$image` (JSON) has `program`, `architecture`, `reference`, `environment`, `arguments` and `user`. `$out` gets a tar archive
that is an OCI image layout (image-spec 1.1) and, for older programs, a docker-archive. The layers of the base are in it as they
are; the last one has the executable in /opt. No time, no owner and no order of a directory is in what is written.
"""

import hashlib
import io
import json
import os
import re
import sys
import tarfile
import tempfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
# What a compressed layer begins with.
MAGIC = {b"\x1f\x8b": "+gzip", b"\x28\xb5": "+zstd"}
EPOCH = "1970-01-01T00:00:00Z"


def fail(text, hint):
    sys.exit(f"error: {text}\nhint: {hint}")


class Files:
    """The files of a base image, in a folder or an archive, by name."""

    def __init__(self, path):
        self.folder = path if os.path.isdir(path) else None
        if self.folder is None:
            try:
                self.archive = tarfile.open(path)
            except tarfile.TarError as error:
                fail(f"the base image is no archive: {error}", "`skopeo copy IMAGE oci-archive:base.tar` writes one")
            self.members = {os.path.normpath(member.name): member for member in self.archive}

    def open(self, name):
        """Opens a file, or gives None if there is none."""
        if self.folder is not None:
            path = os.path.join(self.folder, name)
            return open(path, "rb") if os.path.isfile(path) else None
        member = self.members.get(os.path.normpath(name))
        return member and self.archive.extractfile(member)

    def read(self, name):
        """The whole of a file that must be there."""
        file = self.open(name) or fail(f"the base image has no `{name}`", "save it again")
        with file:
            return file.read()


class Blob:
    """A file of an image, known by its hash."""

    def __init__(self, file, kind=None):
        """Takes the file to itself; without a kind, it is a layer."""
        digest, self.size = hashlib.sha256(), 0
        head = file.read(2)
        file.seek(0)
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            self.size += len(chunk)
        self.file, self.hex = file, digest.hexdigest()
        self.kind = kind or LAYER + MAGIC.get(head, "")

    @property
    def descriptor(self):
        return {"mediaType": self.kind, "digest": f"sha256:{self.hex}", "size": self.size}


def encoded(value, kind=None):
    """A blob of JSON."""
    return Blob(io.BytesIO(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()), kind)


def blob_of(files, descriptor):
    """The blob of a base image that a descriptor names; its hash must be the one that is said."""
    digest = descriptor["digest"]
    if not re.fullmatch("sha256:[0-9a-f]{64}", digest):
        fail(f"the base image has the digest `{digest}`, expected sha256", "save it again")
    file = files.open("blobs/" + digest.replace(":", "/"))
    if file is None:
        fail(f"the base image lacks the blob `{digest}`", "save it whole, with every layer")
    blob = Blob(file)
    if digest != f"sha256:{blob.hex}":
        fail(f"a blob of the base image has the sha256 `{blob.hex}`, expected `{digest}`", "save it again")
    return blob


def read_blob(files, descriptor):
    blob = blob_of(files, descriptor)
    blob.file.seek(0)
    return json.load(blob.file)


def oci_base(files, architecture):
    """Config and layers of an OCI image layout; of an index, what is for the architecture."""
    value = json.loads(files.read("index.json"))
    while "manifests" in value:
        platforms = [(it, it.get("platform") or {}) for it in value["manifests"]]
        fitting = [it for it, platform in platforms if platform.get("architecture") == architecture]
        if not fitting and len(platforms) == 1:
            fitting = [platforms[0][0]]
        if len(fitting) != 1:
            found = ", ".join(str(platform.get("architecture")) for _, platform in platforms)
            fail(f"the base image has no single manifest for `{architecture}`, but for: {found}", "save the image for one")
        value = read_blob(files, fitting[0])
    return read_blob(files, value["config"]), [blob_of(files, layer) for layer in value["layers"]]


def docker_base(files):
    """Config and layers of what older versions of `docker save` write."""
    images = json.loads(files.read("manifest.json"))
    if len(images) != 1:
        fail(f"the base archive has {len(images)} images, expected one", "save one")
    layers = [files.open(name) or fail(f"the base image has no `{name}`", "save it again") for name in images[0]["Layers"]]
    return json.loads(files.read(images[0]["Config"])), [Blob(layer) for layer in layers]


def base_image(path, architecture):
    files = Files(path)
    config, layers = oci_base(files, architecture) if files.open("index.json") else docker_base(files)
    found = config.get("architecture")
    if found != architecture or config.get("os") != "linux":
        fail(
            f"the base image is for `{config.get('os')}` on `{found}`, the executable for `linux` on `{architecture}`",
            "take the base image of the executable's target",
        )
    if len(config["rootfs"]["diff_ids"]) != len(layers):
        fail("the base image has another number of layers than its config says", "save it again")
    return config, layers


def add(archive, name, data=None, mode=0o644, link=None):
    """Adds a folder (without data), a file or a link to an archive."""
    info = tarfile.TarInfo(name)
    info.mode = mode
    if link is not None:
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, link, 0o777
    elif data is None:
        info.type, info.mode = tarfile.DIRTYPE, 0o755
    else:
        info.size = data.seek(0, os.SEEK_END)
        data.seek(0)
    archive.addfile(info, data)


def add_tree(archive, path, name):
    """Adds a file, or a folder with all that is in it."""
    if os.path.islink(path):
        add(archive, name, link=os.readlink(path))
    elif os.path.isdir(path):
        add(archive, name)
        for entry in sorted(os.listdir(path)):
            add_tree(archive, os.path.join(path, entry), f"{name}/{entry}")
    else:
        with open(path, "rb") as file:
            add(archive, name, file, 0o755 if os.access(path, os.X_OK) else 0o644)


def layer_of(executable, program):
    """The layer with the executable: its folder, if it is one, else its file."""
    file = tempfile.TemporaryFile()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        add(archive, "opt")
        folder = os.path.join(executable, "lib", program)
        if os.path.isdir(folder):
            add_tree(archive, folder, f"opt/{program}")
        else:
            add(archive, f"opt/{program}")
            add_tree(archive, os.path.join(executable, "bin", program), f"opt/{program}/{program}")
    file.seek(0)
    return Blob(file)


def config_of(base, image, layer):
    """The config of the base, with the executable as what is run."""
    run = dict(base.get("config") or {})
    environment = dict(entry.split("=", 1) for entry in run.get("Env") or [])
    environment |= image["environment"]
    run["Env"] = [f"{name}={value}" for name, value in environment.items()]
    run["Entrypoint"] = [f"/opt/{image['program']}/{image['program']}"]
    run["Cmd"] = image["arguments"]
    if image["user"] is not None:
        run["User"] = image["user"]
    config = base | {"config": run, "created": EPOCH}
    config["rootfs"] = base["rootfs"] | {"diff_ids": [*base["rootfs"]["diff_ids"], f"sha256:{layer.hex}"]}
    if base.get("history"):
        config["history"] = [*base["history"], {"created": EPOCH, "created_by": "permafreeze"}]
    return encoded(config, CONFIG)


def main(executable, base):
    image = json.loads(os.environ["image"])
    config, layers = base_image(base, image["architecture"])
    layers.append(layer_of(executable, image["program"]))
    config = config_of(config, image, layers[-1])
    descriptors = [layer.descriptor for layer in layers]
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config.descriptor, "layers": descriptors}
    manifest = encoded(manifest, MANIFEST)
    named = manifest.descriptor | {
        "annotations": {"org.opencontainers.image.ref.name": image["reference"].rsplit(":", 1)[1]},
        "platform": {"architecture": image["architecture"], "os": "linux"},
    }
    docker = {
        "Config": f"blobs/sha256/{config.hex}",
        "RepoTags": [image["reference"]],
        "Layers": [f"blobs/sha256/{layer.hex}" for layer in layers],
    }
    blobs = {blob.hex: blob for blob in [config, manifest, *layers]}
    with open(os.environ["out"], "wb") as out, tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        add(archive, "oci-layout", encoded({"imageLayoutVersion": "1.0.0"}).file)
        add(archive, "index.json", encoded({"schemaVersion": 2, "mediaType": INDEX, "manifests": [named]}).file)
        add(archive, "manifest.json", encoded([docker]).file)
        add(archive, "blobs")
        add(archive, "blobs/sha256")
        for name in sorted(blobs):
            add(archive, f"blobs/sha256/{name}", blobs[name].file)


if __name__ == "__main__":
    main(*sys.argv[1:])
