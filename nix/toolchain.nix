# What builds with one Python are made with, for one host system: from the pins to store paths.
#
# Type: { system, fetch, pins, python :: String, as "3.13" } -> { compile, environment, link, launcher, hostPython, hostStdlib, hooksEnv, runtime, wheel, runtimes, tools, pins }
{
  system,
  fetch,
  pins,
  python,
}:
let
  made =
    name:
    fetch.made (
      pins.made.${name}
        or (throw "permafreeze: the toolchain has no `${name}`; it has: ${builtins.concatStringsSep ", " (builtins.attrNames pins.made)}")
    );

  wheel =
    name:
    let
      pin = pins.wheels.${name} or (throw "permafreeze: the toolchain has no wheel `${name}`");
    in
    {
      name = pin.file;
      inherit (pin) sha256;
      path = fetch.file {
        name = pin.file;
        inherit (pin) sha256;
      };
    };

  compile = made "compile-${system}";

  # The Python that compiles code and runs hooks, unpacked.
  hostTree = derivation {
    inherit system;
    name = "permafreeze-host-python-${pins.pythons.${python}}";
    builder = "${compile}";
    args = [
      "unpack"
      "--archive"
      "${made "host-python-${python}-${system}"}"
    ];
  };

  # The interpreter must be started by its full path: a builder's argv[0] is its base name, by which a static Python
  # does not find its prefix.
  hostPython = "${hostTree}/python/bin/python${python}";

  # Wheels, unpacked to one folder for the host Python.
  environment =
    name: wheels:
    derivation {
      inherit system name;
      builder = "${compile}";
      args = [
        "install"
        "--python"
        hostPython
      ]
      ++ map (w: "${w.name}=${w.path}") wheels;
    };

  # What PyInstaller and its hooks import; the same for every project and target.
  hooksWheels = map wheel [
    "altgraph"
    "packaging"
    "setuptools"
  ];
in
{
  inherit
    pins
    compile
    wheel
    environment
    ;
  link = made "link-${system}";

  # The head of a target's bundles. It is the same program whatever builds it, and only asked for where a target is linked
  # with `unpack = "cache"`.
  launcher = target: made "launcher-${target}";

  # The runtimes that this toolchain has of this Python, as targets with their sources.
  runtimes = builtins.concatMap (
    name:
    let
      target = builtins.match "runtime-${builtins.replaceStrings [ "." ] [ "[.]" ] python}-(.*)" name;
    in
    if target == null then [ ] else target
  ) (builtins.attrNames pins.made);

  # The archive of a target's runtime, of the toolchain's first source or of another one, with its pin.
  runtime =
    target: source:
    rec {
      # As in `runtimes`, and with the Python, as in runtime-libraries.json.
      place = "${target}${if source == null then "" else "-${source}"}";
      label = "${python}-${place}";
      inherit (pins.made."runtime-${label}") name sha256;
      archive = made "runtime-${label}";
    };

  # sha256 of everything that builds run, by file name.
  tools = builtins.listToAttrs (
    map
      (tool: {
        inherit (tool) name;
        value = tool.sha256;
      })
      (
        map (name: pins.made.${name}) [
          "compile-${system}"
          "host-python-${python}-${system}"
          "link-${system}"
        ]
        ++ hooksWheels
      )
  );

  inherit hostPython;
  hostStdlib = "${hostTree}/python/lib/python${python}";

  # The environment in which hooks run, of the chosen wheels of PyInstaller and hooks-contrib.
  hooksEnv =
    { pyinstaller, hooks }:
    environment "permafreeze-hooks-env" (
      hooksWheels
      ++ [
        pyinstaller
        hooks
      ]
    );
}
