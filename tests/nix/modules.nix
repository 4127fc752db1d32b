# Cases of default.nix and nix/modules, with a stub of nixpkgs' module system; the value is the list of those that fail.
# Run by tests/e2e/build.rs: nix-instantiate --eval --strict tests/nix/modules.nix
let
  root = ../../templates/default;
  functions = import ../../default.nix;

  # What the modules use of nixpkgs' lib: an option is its declaration, what is set stays as it is.
  lib = {
    inherit (builtins) mapAttrs;
    types = builtins.listToAttrs (
      map
        (name: {
          inherit name;
          value = name;
        })
        [
          "package"
          "path"
          "raw"
          "str"
        ]
    )
    // {
      attrsOf = of: { inherit of; };
      lazyAttrsOf = of: { inherit of; };
      listOf = of: { inherit of; };
      submodule = module: module;
    };
    mkOption = declaration: declaration;
    mkDefault = value: { default = value; };
    mkIf = condition: value: if condition then value else { };
    literalExpression = text: text;
    getExe = package: "${package}/bin/${package.meta.mainProgram}";
  };
  plain = builtins.mapAttrs (_: it: it.default);

  parts = import ../../nix/modules/flake-parts.nix {
    inherit lib;
    config.permafreeze = {
      inherit root;
      mirrors = [ ];
    };
    flake-parts-lib.mkSubmoduleOptions = options: options;
  };
  partsOf = system: parts.config.perSystem { inherit system; };
  made = functions.mkFlake { inherit root; };

  nixos =
    services:
    import ../../nix/modules/nixos.nix {
      inherit lib;
      config.services.permafreeze = services;
      utils.escapeSystemdExecArgs = builtins.concatStringsSep " ";
    };
  declared =
    ((nixos { }).options.services.permafreeze.type.of {
      name = "worker";
      config.executable = {
        outPath = "/app";
        meta.mainProgram = "hello";
      };
    }).options;
  worker = builtins.mapAttrs (_: option: option.default or null) declared // {
    arguments = [ "serve" ];
    environment.LEVEL = "debug";
    environmentFiles = [ "/run/secrets/worker" ];
  };
  unit = (nixos { inherit worker; }).config.systemd.services.worker;
  settings = plain unit.serviceConfig;

  overlay = import ../../nix/modules/overlay.nix;
  pkgs = overlay { stdenv.buildPlatform.system = "aarch64-darwin"; } { permafreeze-lib.own = 1; };
  drv = project: project.executables.hello-linux-amd64.drvPath;

  imageOf =
    target: more:
    {
      executable = made.packages.x86_64-linux.${target};
      base = root + "/pyproject.toml";
    }
    // more;

  case = name: found: expected: { inherit name found expected; };
  cases = [
    (case "a project without a flake" (drv (functions.project {
      inherit root;
      system = "x86_64-linux";
    })) made.packages.x86_64-linux.default.drvPath)
    (case "an unknown system" (builtins.tryEval (drv (functions.project {
      inherit root;
      system = "riscv64-linux";
    }))).success false)
    (case "the overlay builds for the system of pkgs" (drv (pkgs.permafreeze-lib.project {
      inherit root;
    })) made.packages.aarch64-linux.hello-linux-amd64.drvPath)
    (case "another system may be named" (drv (pkgs.permafreeze-lib.project {
      inherit root;
      system = "x86_64-linux";
    })) made.packages.x86_64-linux.default.drvPath)
    (case "an image is built there, too"
      (pkgs.permafreeze-lib.ociImage (imageOf "hello-linux-amd64" { })).drvPath
      (functions.ociImage (imageOf "hello-linux-amd64" { system = "aarch64-linux"; })).drvPath
    )
    (case "an image says what it runs and for what"
      (builtins.fromJSON (pkgs.permafreeze-lib.ociImage (imageOf "hello-linux-amd64" { tag = "2"; })).image)
      {
        program = "hello";
        architecture = "amd64";
        reference = "hello:2";
        environment = { };
        arguments = [ ];
        user = null;
      }
    )
    (case "what is there stays" pkgs.permafreeze-lib.own 1)

    (case "flake-parts: packages" (builtins.attrNames (partsOf "x86_64-linux").packages) [
      "default"
      "hello-linux-amd64"
    ])
    (case "flake-parts: the same ones" (partsOf "x86_64-linux").packages.default.drvPath
      made.packages.x86_64-linux.default.drvPath
    )
    (case "flake-parts: a system that nothing is built on" (partsOf "riscv64-linux") {
      packages = { };
      checks = { };
      devShells = { };
    })
    (case "flake-parts: the shell" (partsOf "x86_64-linux").devShells.default.drvPath
      made.devShells.x86_64-linux.default.drvPath
    )
    (case "a shell's builder is what Nix takes for a bash" (baseNameOf made.devShells.x86_64-linux.default.builder)
      "bash"
    )
    (case "what has no target here has no shell" (builtins.attrNames made.devShells) [
      "aarch64-linux"
      "x86_64-linux"
    ])
    (case "flake-parts: what the command asks for" (builtins.attrNames parts.config.flake.lib) [
      "wheelsOf"
    ])
    (case "flake-parts: jobs" (parts.config.flake.hydraJobs ? release) true)
    (case "flake-parts: root must be said" (parts.options.permafreeze.root ? default) false)

    (case "NixOS: no service, nothing is set" (nixos { }).config { })
    (case "NixOS: the loader of glibc" (nixos { inherit worker; }).config.programs.nix-ld.enable.default
      true
    )
    (case "NixOS: what is started" settings.ExecStart "/app/bin/hello serve")
    (case "NixOS: a cache of its own" settings.CacheDirectory "worker")
    (case "NixOS: where the launcher unpacks" (plain unit.environment) {
      LEVEL = "debug";
      PERMAFREEZE_CACHE_DIR = "%C/worker";
    })
    (case "NixOS: secrets" settings.EnvironmentFile [ "/run/secrets/worker" ])
    (case "NixOS: a user that systemd makes up" settings.DynamicUser true)
    (case "NixOS: code in the cache may be run" (settings ? MemoryDenyWriteExecute || settings ? NoExecPaths) false)
    (case "NixOS: all of it gives way" (builtins.all (it: it ? default) (builtins.attrValues unit.serviceConfig)) true)
  ];
in
builtins.filter (case: case.found != case.expected) cases
