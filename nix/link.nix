# Executables: one derivation per target. Its attribute `unsandboxed` is the same for a machine without a sandbox; the
# provenance says so. `program` is the file that is delivered: what runs, or the
# archive of its folder.
#
# Type: { name, target, runtime :: String or null, runtimeObject :: Derivation, executable, packages :: [Derivation], freezer :: AttrSet of { name, path, sha256 }, wheels :: [{ name, path, sha256 }], built :: AttrSet, digest :: String } -> Derivation
# `digest` is the artifact's in the plan; `wheels` are those that `packages` are made of,
# `built` says of wheels that are built what they are built of.
{
  system,
  toolchain,
  compile,
}:
{
  name,
  target,
  runtime,
  runtimeObject,
  executable,
  packages,
  freezer,
  wheels,
  built,
  digest,
}:
let
  targets = import ./targets.nix;
  form = targets.form target executable;
  # For what little is linked of PyInstaller and its hooks.
  plain = compile {
    frames = null;
    strip = _: "none";
  };
  pyinstaller = freezer.pyinstaller or (toolchain.wheel "pyinstaller-${target}");
  hooks = freezer.pyinstaller-hooks-contrib or (toolchain.wheel "hooks-contrib");
  pythonRuntime = toolchain.runtime target runtime;

  # Where all of it comes from, for the bill of materials and the provenance.
  inputs = {
    plan = digest;
    inherit (toolchain) tools;
    inherit built;
    wheels = builtins.listToAttrs (
      map
        (wheel: {
          inherit (wheel) name;
          value = wheel.sha256;
        })
        (
          wheels
          ++ [
            pyinstaller
            hooks
          ]
        )
    );
    runtime = {
      inherit (pythonRuntime) name sha256;
    };
    libraries = builtins.filter (library: builtins.elem pythonRuntime.label library.runtimes) (
      builtins.fromJSON (builtins.readFile ./runtime-libraries.json)
    );
  };
  derivationOf =
    more:
    derivation {
      inherit system;
      name = "${name}-${target}";
      builder = "${toolchain.link}";
      passAsFile = [ "job" ];
      job = builtins.toJSON (
        {
          inherit
            name
            target
            inputs
            ;
          # What it shows on Windows decides nothing elsewhere, when it unpacks is said by `launcher`, and how small it is by
          # its objects (src/plan/digest.rs has the same rules).
          executable = removeAttrs executable (
            [
              "unpack"
              "compression"
            ]
            ++ (if targets.isWindows target then [ ] else [ "windows" ])
          );
          packages = map (object: "${object}") packages;
          runtime = "${runtimeObject}";
          pyinstaller = "${plain.wheel pyinstaller}";
          hooks-contrib = "${plain.wheel hooks}";
          loader = "${plain.loader}";
          launcher = if form == "bundle" then "${toolchain.launcher target}" else null;
          bootloader = {
            owner = pyinstaller.name;
            path = "PyInstaller/bootloader/${targets.bootloader target}";
          };
          host-python = toolchain.hostPython;
          hooks-env = "${toolchain.hooksEnv { inherit pyinstaller hooks; }}";
        }
        // more
      );
    };
  linked = derivationOf { };
in
linked
// {
  unsandboxed = derivationOf { unsandboxed = true; };
  program = "${linked}/${targets.output target name form}";
  # What `nix run` starts, and what Hydra shows.
  meta = {
    description = "${name} for ${target}, one file with all that it needs";
    mainProgram = "${name}${targets.programSuffix target}";
    # Where it runs; it is built on Linux.
    platforms = [ (targets.system target) ];
  };
}
