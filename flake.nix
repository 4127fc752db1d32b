{
  description = "permafreeze: turns a Poetry project into one executable file whose bytes are the same everywhere";

  # For contributors' tools only: no build evaluates it (inputs are lazy).
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { nixpkgs, ... }:
    let
      lib = import ./nix/lib.nix;
      example = lib.mkFlake { root = ./examples/agent-runner; };
    in
    example
    // {
      lib = example.lib // lib;
      overlays.default = import ./nix/modules/overlay.nix;
      flakeModules.default = ./nix/modules/flake-parts.nix;
      nixosModules.default.imports = [ ./nix/modules/nixos.nix ];
      # `nix flake init -t`: a project that builds, and one that is imported of a PyInstaller spec.
      templates = {
        default = {
          path = ./templates/default;
          description = "A Python package that becomes one executable";
          welcomeText = ''
            Write into `flake.nix` where you have this template from; README.md has the rest.
          '';
        };
        spec = {
          path = ./templates/spec;
          description = "A project with a PyInstaller spec, whose options are taken over";
          welcomeText = ''
            `permafreeze init --from hello.spec` is the next step; README.md has the rest.
          '';
        };
      };
      # Names without a look into nixpkgs: Nix searches here also for what `packages` has.
      legacyPackages = builtins.mapAttrs (system: _: {
        inherit (nixpkgs.legacyPackages.${system})
          deadnix
          nixfmt
          poetry
          shellcheck
          statix
          ;
      }) (import ./nix/hosts.nix);
    };
}
