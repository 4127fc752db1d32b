# The sha256 of every file that a project has locked itself: in its lock file, and in `wheels` of [tool.permafreeze]; and
# the commits of git repositories, whose ids are hashes of their trees. A plan is derived from these; one that names another
# hash for an installed file was not.
#
# Type: { root :: Path, lock :: String } -> AttrSet of null, by `sha256:<hex>` and `commit:<hex>`
# `lock` is what the plan names: a lock file beside it, or in a folder above it, and no other file.
{ root, lock }:
let
  read =
    name: if builtins.pathExists (root + "/${name}") then builtins.readFile (root + "/${name}") else "";
  text = read lock;
  lower = builtins.replaceStrings [ "A" "B" "C" "D" "E" "F" ] [ "a" "b" "c" "d" "e" "f" ];
  # What the parentheses of a regular expression match, all over a text. Nix does not read all TOML that others read:
  # pylock.toml has dates, and pyproject.toml is written by hand.
  all =
    expression: text:
    builtins.concatMap (part: if builtins.isList part then [ (lower (builtins.head part)) ] else [ ]) (
      builtins.split expression text
    );
  hashes = all "([0-9a-fA-F]{64})";

  isPylock = builtins.match "(.*/)?pylock\\.([^./]+\\.)?toml" lock != null;
  isLock = isPylock || builtins.match "(.*/)?(poetry|uv)\\.lock" lock != null;
  isAbove = builtins.match "(\\.\\./)*[^/]*" lock != null;

  packages = (builtins.fromTOML text).package or [ ];
  # uv.lock
  ofUv = package: (package.wheels or [ ]) ++ (if package ? sdist then [ package.sdist ] else [ ]);
  # poetry.lock; files of Poetry before 1.5 are in one table for all packages.
  together = builtins.concatLists (
    builtins.attrValues ((builtins.fromTOML text).metadata.files or { })
  );
  files = builtins.concatMap (package: (package.files or [ ]) ++ ofUv package) packages ++ together;
  commitOf =
    package:
    if package ? source.resolved_reference then
      [ (lower package.source.resolved_reference) ]
    else if package ? source.git then
      all "#([0-9a-fA-F]{40,64})$" package.source.git
    else
      [ ];

  locked =
    if !(isLock && isAbove) then
      throw "permafreeze: ${toString root}/permafreeze.lock has `lock` ${lock}, which is no lock file beside it: run `permafreeze lock`"
    else if isPylock then
      {
        sha256 = hashes text;
        commits = all "commit-id *= *[\"']([0-9a-fA-F]{40,64})[\"']" text;
      }
    else
      {
        sha256 = builtins.concatMap (file: all "^sha256:([0-9a-f]{64})$" (file.hash or "")) files;
        commits = builtins.concatMap commitOf packages;
      };
in
builtins.listToAttrs (
  map (name: {
    inherit name;
    value = null;
  }) (
    map (sha256: "sha256:${sha256}") (locked.sha256 ++ hashes (read "pyproject.toml"))
    ++ map (commit: "commit:${commit}") locked.commits
  )
)
