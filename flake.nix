{
  description = "Turns a Poetry project into one executable file whose bytes are the same everywhere";

  # For contributors' tools only: no build evaluates it (inputs are lazy).
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { nixpkgs, ... }:
    let
      mkFlake = import ./nix/mk-flake.nix;
      example = mkFlake { root = ./examples/agent-runner; };
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
    in
    example
    // {
      lib = example.lib // {
        inherit mkFlake;
      };
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
      legacyPackages = builtins.listToAttrs (
        map (system: {
          name = system;
          value = {
            inherit (nixpkgs.legacyPackages.${system})
              deadnix
              nixfmt
              poetry
              shellcheck
              statix
              ;
          };
        }) systems
      );
    };
}
