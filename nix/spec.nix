# A PyInstaller spec, evaluated for targets: JSON of what it declares. The only step that runs code of a spec; it sees the
# project's folder and the host Python, and nothing else.
#
# Type: { root :: Path, job :: JSON text, see spec/main.py } -> Derivation
{ system, toolchain }:
{ root, job }:
let
  contents = import ./contents.nix;

  program = builtins.path {
    name = "evaluate-spec";
    path = ./spec;
    filter = path: _: contents.suffix ".py" path;
  };

  # No environment, nothing that tools keep for themselves, nothing that PyInstaller has made.
  tree = builtins.path {
    name = "project";
    path = root;
    filter =
      path: type:
      let
        name = baseNameOf path;
        isTop = toString (dirOf path) == toString root;
        isMade =
          name == "__pycache__"
          || name == "node_modules"
          || isTop && (name == "build" || name == "dist");
        isEnvironment = builtins.pathExists (path + "/pyvenv.cfg");
      in
      # What begins with a dot has secrets among it (`.env`), and everybody can read the store.
      type != "unknown"
      && !(contents.prefix "." name)
      && !(type == "directory" && (isMade || isEnvironment));
  };
in
derivation {
  inherit system job tree;
  name = "permafreeze-spec.json";
  builder = toolchain.hostPython;
  # A builder's argv[0] is its base name, by which a static Python finds neither its prefix nor itself.
  PYTHONHOME = dirOf (dirOf toolchain.hostPython);
  PYTHON = toolchain.hostPython;
  passAsFile = [ "job" ];
  # It takes a second, and nobody else has it.
  allowSubstitutes = false;
  preferLocalBuild = true;
  args = [
    "-s"
    "-S"
    "${program}/main.py"
  ];
}
