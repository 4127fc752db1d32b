# `lib.ociImage`: an image of one executable for Linux above a base image, as one archive with the same bytes everywhere: an OCI
# image layout that `docker load`, `podman load` and skopeo take.
#
# Type: { executable :: Derivation, base :: Path, name ? String, tag ? String, environment ? AttrSet of String, arguments ? [String], user ? String, system ? String } -> Derivation
# `base` has glibc and what else the executable expects of a system (`permafreeze verify audit` lists it); it is an OCI image
# layout, as a folder or an archive, or an archive of `docker save`, of which all layers are there. The executable is what
# the image runs, as /opt/NAME/NAME; `arguments` are those that a user may replace; `environment` is added to the
# base's; without `user` it runs as the base's does. `system` is where it is built [default: this machine's].
# Example: ociImage { executable = project.executables.app-linux-amd64; base = ./cc-debian12.tar; system = "x86_64-linux"; }
{
  executable,
  base,
  name ? executable.meta.mainProgram,
  tag ? "latest",
  environment ? { },
  arguments ? [ ],
  user ? null,
  system ?
    builtins.currentSystem
      or (throw "permafreeze: name the `system` that the image is built on: a flake does not know it"),
}:
let
  architectures = {
    x86_64-linux = "amd64";
    aarch64-linux = "arm64";
  };
  target = builtins.head executable.meta.platforms;
  host = import ./host.nix system;
  script = import ./script.nix {
    system = host;
    inherit (import ./default.nix { system = host; }) toolchain;
  };
in
script {
  name = "${executable.meta.mainProgram}-oci.tar";
  script = ./oci.py;
  arguments = [
    "${executable}"
    "${base}"
  ];
  image = builtins.toJSON {
    program = executable.meta.mainProgram;
    architecture =
      architectures.${target}
        or (throw "permafreeze: an image has an executable for Linux, and this one is for ${target}");
    reference = "${name}:${tag}";
    inherit environment arguments user;
  };
}
// {
  meta.description = "${executable.meta.mainProgram} as an OCI image";
}
