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
  fetch = import ./fetch.nix { inherit system toolchain mirrors; };
  toolchain = import ./toolchain.nix {
    inherit system fetch;
    pins = builtins.fromJSON (builtins.readFile ./toolchain.json);
  };
  compile = how: import ./compile.nix ({ inherit system toolchain; } // how);
  link = import ./link.nix { inherit system toolchain compile; };
  sdist = import ./sdist.nix { inherit system toolchain fetch; };
in
{
  inherit toolchain;
  spec = import ./spec.nix { inherit system toolchain; };
  project = import ./project.nix {
    inherit
      system
      toolchain
      fetch
      compile
      link
      sdist
      ;
  };
}
