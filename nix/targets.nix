# What Nix must know of targets; the rest of it is in src/packaging/target.rs.
#
# isWindows:     Type: target :: String -> Bool
# programSuffix: what the file names of programs end with. Type: target :: String -> String
# bootloader:    its path below `PyInstaller/bootloader` (PyInstaller/compat.py, `PLATFORM`). Type: target :: String -> String
let
  isWindows = target: target == "windows-amd64";
  programSuffix = target: if isWindows target then ".exe" else "";
  platforms = {
    linux-amd64 = "Linux-64bit-intel";
    linux-arm64 = "Linux-64bit-arm";
    darwin-amd64 = "Darwin-64bit";
    darwin-arm64 = "Darwin-64bit";
    windows-amd64 = "Windows-64bit-intel";
  };
in
{
  inherit isWindows programSuffix;
  bootloader = target: "${platforms.${target}}/run${programSuffix target}";
}
