# Cases of nix/link.nix and nix/targets.nix; the value is the list of those that fail.
# Run by tests/e2e/build.rs: nix-instantiate --eval --strict tests/nix/link.nix
let
  targets = import ../../nix/targets.nix;
  wheel = name: {
    inherit name;
    path = name;
    sha256 = "00";
  };
  link = import ../../nix/link.nix {
    system = "x86_64-linux";
    toolchain = {
      inherit wheel;
      link = "link";
      hostPython = "python";
      hooksEnv = _: "env";
      tools = { };
      launcher = target: "launcher-${target}";
      runtime = target: _: {
        name = "runtime-${target}";
        sha256 = "00";
        label = target;
      };
    };
    compile = _: {
      wheel = file: "object-${file.name}";
      loader = "object-loader";
    };
  };
  linked =
    target: executable:
    link {
      inherit target executable;
      name = "app";
      runtime = null;
      runtimeObject = "object-runtime-${target}";
      packages = [ ];
      freezer = { };
      wheels = [ ];
      built = { };
      digest = "00";
    };
  plain = {
    hooks = [ ];
  };
  drawn = plain // {
    windows.icon = "app.ico";
  };
  folder = plain // {
    mode = "onedir";
  };
  cached = plain // {
    unpack = "cache";
  };
  every = [
    "darwin-amd64"
    "darwin-arm64"
    "linux-amd64"
    "linux-arm64"
  ];
  job = target: executable: builtins.fromJSON (linked target executable).job;
  case = name: found: expected: { inherit name found expected; };
  cases = [
    (case "an icon is of Windows" (job "windows-amd64" drawn).executable drawn)
    (case "an icon is of nothing else" (job "linux-amd64" drawn) (job "linux-amd64" plain))
    (case "nor of macOS" (job "darwin-arm64" drawn) (job "darwin-arm64" plain))
    (case "a bundle has a launcher" (job "linux-arm64" cached).launcher "launcher-linux-arm64")
    (case "a onefile has none" (job "linux-arm64" plain).launcher null)
    (case "there is no bundle for Windows" (job "windows-amd64" cached) (job "windows-amd64" plain))
    (case "a program for Windows"
      (builtins.match ".*/bin/(.*)" (linked "windows-amd64" plain).program)
      [ "app.exe" ]
    )
    (case "a program for Linux"
      (builtins.match ".*/bin/(.*)" (linked "linux-arm64" plain).program)
      [ "app" ]
    )
    (case "what is delivered of a folder is its archive"
      (builtins.match ".*-app-linux-arm64/(.*)" (linked "linux-arm64" folder).program)
      [ "app.tar.zst" ]
    )
    (case "a folder has no launcher" (job "linux-arm64" folder).launcher null)
    (case "`nix run` starts the program" (linked "linux-arm64" folder).meta.mainProgram "app")
    (case "how small a bundle is made is its objects' affair"
      (job "linux-arm64" (cached // { compression = "small"; }))
      (job "linux-arm64" cached)
    )
    (case "what runs on a Mac" (targets.of "aarch64-darwin") "darwin-arm64")
    (case "what an executable runs on" (linked "windows-amd64" plain).meta.platforms [
      "x86_64-windows"
    ])
    (case "a target's system has the target" (map (target: targets.of (targets.system target)) every)
      every
    )
    (case "a bootloader for Windows" (job "windows-amd64" plain).bootloader.path
      "PyInstaller/bootloader/Windows-64bit-intel/run.exe"
    )
    (case "a bootloader for macOS" (job "darwin-amd64" plain).bootloader.path
      "PyInstaller/bootloader/Darwin-64bit/run"
    )
  ];
in
builtins.filter (case: case.found != case.expected) cases
