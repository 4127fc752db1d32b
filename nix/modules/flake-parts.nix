# `flakeModules.default`: the outputs of `lib.mkFlake`, for a flake made by flake-parts.
#
# Example: imports = [ permafreeze.flakeModules.default ]; permafreeze.root = ./.;
# `packages`, `checks` and `devShells` are merged with those of other modules. `lib.wheelsOf` is what `permafreeze lock` asks
# for where a plan has source distributions.
{
  config,
  lib,
  flake-parts-lib,
  ...
}:
let
  outputs = import ../mk-flake.nix { inherit (config.permafreeze) root mirrors; };
in
{
  options = {
    permafreeze = {
      root = lib.mkOption {
        type = lib.types.path;
        example = lib.literalExpression "./.";
        description = "The project's folder: where `pyproject.toml` and `permafreeze.lock` are.";
      };
      mirrors = lib.mkOption {
        type = lib.types.listOf lib.types.str;
        default = [ ];
        example = [ "https://wheels.example.com/{sha256}/{file}" ];
        description = "Where wheels are downloaded from, whatever the plan says.";
      };
    };
    flake = flake-parts-lib.mkSubmoduleOptions {
      lib = lib.mkOption {
        type = lib.types.lazyAttrsOf lib.types.raw;
        default = { };
        description = "Functions.";
      };
    };
  };

  config = {
    flake = {
      inherit (outputs) hydraJobs lib;
    };
    perSystem =
      { system, ... }:
      {
        packages = outputs.packages.${system} or { };
        checks = outputs.checks.${system} or { };
        devShells = outputs.devShells.${system} or { };
      };
  };
}
