# What of a source tree may be part of its object. `compile` decides to the letter, by its globs; here a file that
# cannot be (an executable in dist/, a README) is left out, so that it does not rebuild the object.
#
# Type: { prefix, suffix :: String -> String -> Bool; takes :: String -> Bool -> AttrSet -> Bool }
let
  prefix = start: text: builtins.substring 0 (builtins.stringLength start) text == start;
  suffix =
    end: text:
    let
      length = builtins.stringLength text - builtins.stringLength end;
    in
    length >= 0 && builtins.substring length (-1) text == end;
  below = folder: prefix "${folder}/";

  # What a glob has before its first wildcard, and after its last one within the last part.
  start = glob: builtins.head (builtins.match "([^]*?[]*).*" glob);
  end = glob: builtins.elemAt (builtins.match "(.*[]*?[/])?([^]*?[/]*)" glob) 1;

  # Whether a glob may match a path.
  mayMatch =
    path: glob: if start glob == glob then path == glob else prefix (start glob) path && suffix (end glob) path;

  # Whether a glob surely matches a path, or all that is below it: `**`, `folder/**`, `**/*.ending`, a path.
  surelyMatches =
    path: isFolder: glob:
    let
      folder = start glob;
    in
    glob == "**"
    || glob == folder && path == glob
    || glob == "${folder}**" && suffix "/" folder && prefix folder (if isFolder then "${path}/" else path)
    || glob == "**/*${end glob}" && !isFolder && suffix (end glob) path;
in
{
  inherit prefix suffix;

  # Whether one content of a plan takes `path` (relative to the tree), or may take something below it.
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
    path == from
    || below path from
    # Beside scripts, what is hidden is no part of a program.
    || (
      (if from == "." then !(prefix "." path) else below from path)
      && (isFolder || include == [ ] || builtins.any (mayMatch relative) include)
      && !(builtins.any (surelyMatches relative isFolder) exclude)
    );
}
