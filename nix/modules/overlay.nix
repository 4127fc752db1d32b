# `overlays.default`: permafreeze's functions as `pkgs.permafreeze-lib`, for the system that `pkgs` builds on.
# Example: (pkgs.permafreeze-lib.project { root = ./.; }).executables.hello-linux-amd64
final: prev:
let
  lib = import ../lib.nix;
  here = function: given: function ({ inherit (final.stdenv.buildPlatform) system; } // given);
in
{
  permafreeze-lib = (prev.permafreeze-lib or { }) // lib // {
    ociImage = here lib.ociImage;
    project = here lib.project;
  };
}
