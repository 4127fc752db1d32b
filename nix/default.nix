# The public functions, for one host system. Nothing here needs nixpkgs: every builder is a static executable that
# the toolchain's pins name.
#
# Type: { system :: String, mirrors ? [String] } -> { project :: { root :: Path } -> { executables, objects, plan, wheelsOf }, spec, toolchain }
# Example: (import ./nix { system = "x86_64-linux"; }).project { root = ./examples/agent-runner; }
{
  system,
  mirrors ? [ ],
}:
let
  pins = builtins.fromJSON (builtins.readFile ./toolchain.json);
  # Who asks for no other Python has this one: specs, checks, what is built before there is a plan (src/packaging/python.rs has
  # the same default).
  default = "3.13";
  inherit (builtins.getAttr default pythons) toolchain;
  fetch = import ./fetch.nix { inherit system toolchain mirrors; };

  # What builds with a Python are made by.
  of =
    python:
    let
      toolchain = import ./toolchain.nix {
        inherit
          system
          fetch
          pins
          python
          ;
      };
      compile = how: import ./compile.nix ({ inherit system toolchain; } // how);
    in
    {
      inherit toolchain compile;
      link = import ./link.nix { inherit system toolchain compile; };
      sdist = import ./sdist.nix { inherit system toolchain fetch; };
    };
  pythons = builtins.mapAttrs (python: _: of python) pins.pythons;
in
{
  inherit toolchain;
  spec = import ./spec.nix { inherit system toolchain; };
  project = import ./project.nix {
    inherit
      system
      fetch
      default
      pythons
      ;
  };
}
