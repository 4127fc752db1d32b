# Objects: one derivation per wheel, source tree and runtime.
#
# wheel:   Type: { name :: String, path :: Derivation } -> Derivation
# source:  Type: { label :: String, tree :: Path, source :: AttrSet of the plan } -> Derivation
# runtime: Type: String -> Derivation
{ system, toolchain }:
let
  compile =
    name: args: extra:
    derivation (
      {
        inherit system name;
        builder = "${toolchain.compile}";
        args = args ++ [
          "--python"
          toolchain.hostPython
        ];
      }
      // extra
    );

  # A name without what a store path may not have.
  label = name: builtins.replaceStrings [ "/" "@" " " "!" "~" ] [ "-" "-" "-" "_" "_" ] name;

  # Whether `path` (relative, "" is the tree itself) lies on the way to, or below, what a content takes.
  wanted =
    contents: path:
    builtins.any (
      { from, ... }:
      from == "." || path == "" || path == from || below from path || below path from
    ) contents;
  below = folder: path: builtins.substring 0 (builtins.stringLength folder + 1) path == folder + "/";

  ignored = name: builtins.match "\\..*|__pycache__|.*\\.pyc" name != null;
in
{
  wheel =
    { name, path }:
    compile "object-${label name}" [
      "wheel"
      "--wheel"
      "${path}"
      "--name"
      name
    ] { };

  source =
    {
      label,
      tree,
      source,
    }:
    let
      prefix = builtins.stringLength (toString tree) + 1;
      files = builtins.path {
        name = "source-${label}";
        path = tree;
        filter =
          path: _type:
          wanted source.contents (builtins.substring prefix (-1) path) && !(ignored (baseNameOf path));
      };
    in
    compile "object-${label}" [ "source" ] {
      passAsFile = [ "job" ];
      job = builtins.toJSON {
        name = label;
        tree = "${files}";
        inherit (source) contents;
        distribution = source.distribution or null;
      };
    };

  runtime =
    target:
    compile "object-runtime-${target}" [
      "runtime"
      "--archive"
      "${toolchain.runtimeArchive target}"
    ] { };
}
