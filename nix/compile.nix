# Objects: one derivation per wheel, source tree and runtime.
#
# wheel:   Type: { name :: String, path :: Derivation, ... } -> Derivation
# source:  Type: { label :: String, tree :: Path, source :: AttrSet of the plan } -> Derivation
# runtime: Type: String -> Derivation
{ system, toolchain }:
let
  # The standard library's modules, the same for every target: compiled once, from the host Python's folder.
  stdlib = compile "object-stdlib" [ "source" ] {
    passAsFile = [ "job" ];
    job = builtins.toJSON {
      name = "stdlib";
      tree = toolchain.hostStdlib;
      contents = [
        {
          from = ".";
          to = ".";
          include = [ "**/*.py" ];
          exclude = [
            "site-packages/**"
            "_sysconfigdata_*.py"
          ];
        }
      ];
      distribution = null;
    };
  };

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

  # What of a source tree is its object's input: what its contents take. `compile` decides to the letter; here a file
  # that cannot matter (an executable in dist/, a README) must not make the object anew.
  below = folder: path: builtins.substring 0 (builtins.stringLength folder + 1) path == folder + "/";

  # A plan's glob as a regular expression; null for one with a class, which is left to `compile`.
  regex =
    glob:
    if builtins.match ".*\\[.*" glob != null then
      null
    else
      builtins.replaceStrings
        [
          "**/"
          "**"
          "*"
          "?"
          "."
          "+"
          "("
          ")"
          "{"
          "}"
          "|"
          "^"
          "$"
        ]
        [
          "(.*/)?"
          ".*"
          "[^/]*"
          "[^/]"
          "\\."
          "\\+"
          "\\("
          "\\)"
          "\\{"
          "}"
          "\\|"
          "\\^"
          "\\$"
        ]
        glob;
  matches =
    unknown: globs: path:
    builtins.any (
      glob:
      let
        expression = regex glob;
      in
      if expression == null then unknown else builtins.match expression path != null
    ) globs;

  # Whether one content takes `path` (relative to the tree), or may take something below it.
  takes =
    path: isFolder:
    {
      from,
      include ? [ ],
      exclude ? [ ],
      ...
    }:
    let
      relative =
        if from == "." then path else builtins.substring (builtins.stringLength from + 1) (-1) path;
    in
    if path == from || below path from then
      true
    else if from != "." && !(below from path) then
      false
    else if isFolder then
      !(matches false exclude (relative + "/"))
    else
      (include == [ ] || matches true include relative) && !(matches false exclude relative);

  ignored = name: builtins.match "\\..*|__pycache__|.*\\.pyc" name != null;
in
{
  wheel =
    { name, path, ... }:
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
          path: type:
          !(ignored (baseNameOf path))
          && builtins.any (takes (builtins.substring prefix (-1) path) (type == "directory")) source.contents;
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
      "--stdlib"
      "${stdlib}"
    ] { };
}
