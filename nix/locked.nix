# The sha256 of every file that a project has locked itself: in poetry.lock, and in `wheels` of [tool.permafreeze]; and the
# commits of git repositories, whose ids are hashes of their trees. A plan is derived from these; one that names another
# hash for an installed file was not.
#
# Type: { root :: Path } -> AttrSet of null, by `sha256:<hex>` and `commit:<hex>`
{ root }:
let
  read =
    name: if builtins.pathExists (root + "/${name}") then builtins.readFile (root + "/${name}") else "";
  lock = builtins.fromTOML (read "poetry.lock");
  # Lock files of Poetry before 1.5 have the files of all packages in one table.
  files =
    builtins.concatMap (package: package.files or [ ]) (lock.package or [ ])
    ++ builtins.concatLists (builtins.attrValues (lock.metadata.files or { }));
  lower = builtins.replaceStrings [ "A" "B" "C" "D" "E" "F" ] [ "a" "b" "c" "d" "e" "f" ];
  commits = builtins.concatMap (
    package:
    if package ? source.resolved_reference then
      [ "commit:${lower package.source.resolved_reference}" ]
    else
      [ ]
  ) (lock.package or [ ]);
  # Every sha256 that pyproject.toml says. It is written by hand, and Nix does not read all TOML that others read.
  brought = builtins.concatMap (part: if builtins.isList part then part else [ ]) (
    builtins.split "([0-9a-fA-F]{64})" (read "pyproject.toml")
  );
in
builtins.listToAttrs (
  map (name: {
    inherit name;
    value = null;
  }) (map (file: file.hash) files ++ commits ++ map (sha256: "sha256:${lower sha256}") brought)
)
