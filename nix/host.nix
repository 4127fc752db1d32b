# The Linux system whose derivations are built for who types on a system of Nix.
#
# Type: system :: String -> String
system:
let
  hosts = import ./hosts.nix;
in
hosts.${system}
  or (throw "permafreeze: there is no toolchain for `${system}`; expected ${builtins.concatStringsSep ", " (builtins.attrNames hosts)}")
