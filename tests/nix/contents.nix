# Cases of nix/contents.nix; the value is the list of those that fail.
# Run by tests/e2e/build.rs: nix-instantiate --eval --strict tests/nix/contents.nix
let
  inherit (import ../../nix/contents.nix) takes;
  package = {
    from = "src/app";
    to = "app";
  };
  scripts = {
    from = ".";
    to = ".";
    include = [ "**/*.py" ];
    exclude = [
      "dist/**"
      "src/app/**"
      "a.py"
      "**/*.gen.py"
    ];
  };
  include = glob: {
    from = ".";
    to = ".";
    include = [ glob ];
  };
  case = expected: content: isFolder: path: {
    inherit expected path;
    found = takes path isFolder content;
  };
  taken = case true;
  left = case false;
  cases =
    map (left package false) [
      "dist/x"
      "README.md"
      "src/app2/x"
    ]
    ++ map (taken package true) [
      "src"
      "src/app"
    ]
    ++ map (taken package false) [
      "src/app/README.md"
      "src/app/.github/x.yml"
    ]
    ++ map (left scripts true) [ ".venv" ]
    ++ map (left scripts false) [ ".x.py" ]
    ++ map (left scripts false) [
      "README.md"
      "dist/y.py"
      "a.py"
      "x/y.gen.py"
    ]
    ++ map (left scripts true) [
      "dist"
      "src/app"
    ]
    ++ map (taken scripts false) [
      "b.py"
      "x/y.py"
    ]
    ++ map (taken scripts true) [
      "x"
      "src"
      "distx"
    ]
    ++ [
      (taken (include "**/z") false "z")
      (taken (include "x/**/z") false "x/z")
      # What `compile` decides by a class, Nix leaves to it.
      (taken (include "[a-z]x") false "ax")
      (taken (include "[a") false "[a")
      (left (include "data") false "data/x")
      (left (include "a/*.txt") false "b/x.txt")
    ];
in
builtins.filter (case: case.found != case.expected) cases
