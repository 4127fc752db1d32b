# A JSON file of ours: its content, of the format version that this code knows.
#
# Type: { file :: Path, version :: Int, missing :: value if there is no file, hint :: String } -> value
# `hint` says what to do about another version.
{
  file,
  version,
  missing,
  hint,
}:
let
  read = builtins.fromJSON (builtins.readFile file);
in
if !builtins.pathExists file then
  missing
else if read.version != version then
  throw "permafreeze: ${toString file} has format version ${toString read.version}, expected ${toString version}: ${hint}"
else
  read
