# What Nix must know of targets; the rest of it is in src/packaging/target.rs.
#
# isWindows:     Type: target :: String -> Bool
# isLinux:       Type: target :: String -> Bool
# programSuffix: what the file names of programs end with. Type: target :: String -> String
# form:          what an executable is there, of its options in the plan; only Linux has a launcher (src/plan/form.rs has the
#                same rule). Type: target :: String -> executable :: AttrSet -> "onefile", "bundle" or "onedir"
# output:        the path of what is delivered of it, below the output (src/plan/artifact.rs has the same rule).
#                Type: target :: String -> name :: String -> form :: String -> String
# of:            what runs on a system of Nix. Type: system :: String -> String
# system:        the system of Nix that it runs on. Type: target :: String -> String
# bootloader:    its path below `PyInstaller/bootloader` (PyInstaller/compat.py, `PLATFORM`). Type: target :: String -> String
let
  contents = import ./contents.nix;
  isWindows = target: target == "windows-amd64";
  isLinux = contents.prefix "linux-";
  programSuffix = target: if isWindows target then ".exe" else "";
  known = {
    linux-amd64 = {
      system = "x86_64-linux";
      platform = "Linux-64bit-intel";
    };
    linux-arm64 = {
      system = "aarch64-linux";
      platform = "Linux-64bit-arm";
    };
    darwin-amd64 = {
      system = "x86_64-darwin";
      platform = "Darwin-64bit";
    };
    darwin-arm64 = {
      system = "aarch64-darwin";
      platform = "Darwin-64bit";
    };
    windows-amd64 = {
      system = "x86_64-windows";
      platform = "Windows-64bit-intel";
    };
  };
in
{
  inherit isWindows isLinux programSuffix;
  form =
    target: executable:
    if executable.mode or "onefile" == "onedir" then
      "onedir"
    else if isLinux target && executable.unpack or "always" == "cache" then
      "bundle"
    else
      "onefile";
  of =
    host: builtins.head (builtins.filter (it: known.${it}.system == host) (builtins.attrNames known));
  system = target: known.${target}.system;
  output =
    target: name: form:
    if form == "onedir" then "${name}.tar.zst" else "bin/${name}${programSuffix target}";
  bootloader = target: "${known.${target}.platform}/run${programSuffix target}";
}
