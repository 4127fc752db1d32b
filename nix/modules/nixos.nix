# `nixosModules.default`: executables for Linux as services of systemd, each under a user of its own that systemd makes up.
#
# Example: services.permafreeze.worker = { executable = inputs.app.packages.x86_64-linux.default; arguments = [ "serve" ]; };
# An executable needs the loader of glibc at its usual place, and the usual libraries: nix-ld provides them. Every setting of a
# unit gives way to `systemd.services.<name>`.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;

  settings =
    { name, config, ... }:
    {
      options = {
        executable = mkOption {
          type = types.package;
          description = "What permafreeze has made for this machine, with `unpack = \"cache\"` or as a folder for a quick start.";
        };
        program = mkOption {
          type = types.str;
          default = lib.getExe config.executable;
          defaultText = lib.literalExpression "lib.getExe executable";
          description = "The file that is started.";
        };
        arguments = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "What the program gets, each as it is.";
        };
        environment = mkOption {
          type = types.attrsOf types.str;
          default = { };
          description = "Variables of the program; no secrets, for everybody can read the Nix store.";
        };
        environmentFiles = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "/run/secrets/worker.env" ];
          description = "Files with more variables, read when the service starts: for secrets.";
        };
        description = mkOption {
          type = types.str;
          default = name;
          description = "What systemd calls the service.";
        };
      };
    };

  # What a program needs that opens sockets and writes into its own folders; systemd.exec(5) has the words.
  confined = {
    DynamicUser = true;
    CapabilityBoundingSet = "";
    LockPersonality = true;
    NoNewPrivileges = true;
    PrivateDevices = true;
    PrivateTmp = true;
    ProtectClock = true;
    ProtectControlGroups = true;
    ProtectHome = true;
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    ProtectProc = "invisible";
    ProtectSystem = "strict";
    RemoveIPC = true;
    RestrictAddressFamilies = [
      "AF_INET"
      "AF_INET6"
      "AF_NETLINK"
      "AF_UNIX"
    ];
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    SystemCallArchitectures = "native";
    UMask = "0077";
  };

  service = name: it: {
    inherit (it) description;
    wantedBy = [ "multi-user.target" ];
    wants = [ "network-online.target" ];
    after = [ "network-online.target" ];
    # Where a bundle is unpacked, once for each version (docs/launch.md).
    environment = lib.mapAttrs (_: lib.mkDefault) (
      { PERMAFREEZE_CACHE_DIR = "%C/${name}"; } // it.environment
    );
    serviceConfig = lib.mapAttrs (_: lib.mkDefault) (
      confined
      // {
        ExecStart = utils.escapeSystemdExecArgs ([ it.program ] ++ it.arguments);
        EnvironmentFile = it.environmentFiles;
        CacheDirectory = name;
        CacheDirectoryMode = "0700";
        StateDirectory = name;
        WorkingDirectory = "%S/${name}";
        Restart = "on-failure";
      }
    );
  };
in
{
  options.services.permafreeze = mkOption {
    type = types.attrsOf (types.submodule settings);
    default = { };
    description = "Services that permafreeze's executables are started as, by the name of the unit.";
  };

  config = lib.mkIf (config.services.permafreeze != { }) {
    programs.nix-ld.enable = lib.mkDefault true;
    systemd.services = lib.mapAttrs service config.services.permafreeze;
  };
}
