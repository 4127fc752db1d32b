# Cases of nix/locked.nix; the value is the list of those that fail.
# Run by tests/e2e/build.rs: nix-instantiate --eval --strict tests/nix/locked.nix
let
  projects = ../projects;
  lockedOf =
    root: lock:
    import ../../nix/locked.nix {
      inherit root lock;
    };
  locked = project: lockedOf (projects + "/${project}");
  # Every sha256 of a project's plan that its lock file must have.
  planned =
    project:
    let
      plan = builtins.fromJSON (builtins.readFile (projects + "/${project}/permafreeze.lock"));
    in
    map (file: "sha256:${file.sha256}") (builtins.attrValues plan.files);
  has = known: key: known ? ${key};
  whole =
    project: lock: count:
    let
      known = locked project lock;
    in
    builtins.all (has known) (planned project) && builtins.length (builtins.attrNames known) == count;
  refused =
    lock: !(builtins.tryEval (builtins.length (builtins.attrNames (locked "lock-uv" lock)))).success;
  cases = {
    "poetry.lock 1.1" = whole "lock-poetry-table-1.1" "poetry.lock" 970;
    "poetry.lock 2.1" = whole "lock-project-table" "poetry.lock" 647;
    "uv.lock" = whole "lock-uv" "uv.lock" 33;
    "pylock.toml with dates" = whole "lock-pylock" "pylock.deploy.toml" 15;
    "a lock above" =
      builtins.length (builtins.attrNames (locked "lock-uv/libs/drum" "../../uv.lock")) == 33;
    "no lock file" = locked "lock-uv" "pylock.toml" == { };
    "another file" = refused "pyproject.toml" && refused "permafreeze.lock" && refused "Cargo.lock";
    "a file below" = refused "libs/uv.lock" && refused "./uv.lock" && refused "a/../uv.lock";
    "an absolute path" = refused "/uv.lock";
    "a name like one" = refused "my-uv.lock" && refused "pylock.a.b.toml" && refused "uv.lock.toml";
    "commits" = builtins.all (lock: lockedOf ./commits lock == commit) [
      "poetry.lock"
      "uv.lock"
      "pylock.toml"
    ];
  };
  commit = {
    "commit:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" = null;
  };
in
builtins.filter (name: !cases.${name}) (builtins.attrNames cases)
