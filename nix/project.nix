# A project: from its plan to objects and executables. No import from derivation, no Nix code per package.
#
# Type: { root :: Path } -> { plan, wheels :: [Derivation], wheelsOf :: { files, builds, python ? String } -> AttrSet of Derivation, executables :: { "<name>-<target>" = Derivation; }, checks :: AttrSet of Derivation, shell :: Derivation, jobs :: what Hydra builds, objects :: { "<name>-<target>" = [Derivation]; } }
{
  system,
  fetch,
  default,
  pythons,
}:
{ root }:
let
  file = root + "/permafreeze.lock";
  plan = import ./read.nix {
    inherit file;
    version = 2;
    missing = throw "permafreeze: ${toString file} is missing: run `permafreeze lock` and add it to version control";
    hint = "run `permafreeze lock` with this version of permafreeze";
  };

  # What builds with a Python are made by.
  of =
    python:
    pythons.${python}
      or (throw "permafreeze: the plan names Python ${python}, which this toolchain does not have; it has: ${builtins.concatStringsSep ", " (builtins.attrNames pythons)}. Take another for `python` in [tool.permafreeze] and run `permafreeze lock`");
  inherit (of plan.python) toolchain compile link;

  fetched = fetchedOf plan.files;

  # The project's lock file, from which the plan was made.
  lock = plan.lock or "poetry.lock";

  locked = import ./locked.nix { inherit root lock; };

  # A file that is installed: the project's own lock has its hash, too.
  installed =
    name:
    let
      file = plan.files.${name};
      # Of the tree of a commit the lock has the commit. Its archive has a name of its own, under which `permafreeze fetch`
      # puts nothing else into the store, and is downloaded from nowhere.
      isTree =
        file ? git
        && builtins.match ".*-${builtins.substring 0 12 file.git.commit}\\.tar" name != null
        && !(file ? url || file ? path);
      key = if isTree then "commit:${file.git.commit}" else "sha256:${file.sha256}";
    in
    if locked ? ${key} then
      fetched name
    else
      throw "permafreeze: ${toString root}/permafreeze.lock has ${name} with ${builtins.replaceStrings [ ":" ] [ " " ] key}, and ${toString root}/${lock} has no file with it: run `permafreeze lock`, and look at who has changed the plan";

  # A file of a plan's `files`, by name.
  fetchedOf =
    files: name:
    let
      file = {
        inherit name;
      }
      // files.${name};
    in
    {
      inherit name;
      inherit (file) sha256 package;
      path = if file ? path then brought file else fetch.file file;
    };

  # A file that the project brings: its store path is that of a fetched one.
  brought =
    {
      name,
      path,
      sha256,
      ...
    }:
    let
      found = builtins.hashFile "sha256" (root + "/${path}");
    in
    if found != sha256 then
      throw "permafreeze: ${path} has sha256 ${found}, the plan has ${sha256}: correct `wheels` in [tool.permafreeze], or lock it anew in ${lock}, then run `permafreeze lock`"
    else
      builtins.path {
        name = fetch.storeName name;
        path = root + "/${path}";
        recursive = false;
        inherit sha256;
      };

  # Wheels that are built of source distributions, by the source distribution: what a plan says, or a part of one.
  wheelsOf =
    {
      files,
      builds,
      python ? default,
    }:
    builtins.mapAttrs (
      name: build:
      (of python).sdist {
        sdist = fetchedOf files name;
        inherit build;
        environment = map (fetchedOf files) build.environment;
      }
    ) builds;

  built =
    builtins.mapAttrs
      (name: path: {
        inherit path;
        inherit (plan.files.${name}) package;
        name = plan.builds.${name}.wheel;
      })
      (wheelsOf {
        inherit (plan) files python;
        builds = plan.builds or { };
      });

  # What a source distribution is called that is the tree of a commit.
  commitOf = file: name: if file ? git then "git+${file.git.url}@${file.git.commit}" else name;

  # What the bill of materials and the provenance say of such a wheel.
  origin = sdist: {
    name = plan.builds.${sdist}.wheel;
    value = {
      sdist = commitOf plan.files.${sdist} sdist;
      inherit (plan.files.${sdist}) sha256;
      environment = builtins.listToAttrs (
        map (file: {
          name = file;
          value = plan.files.${file}.sha256;
        }) plan.builds.${sdist}.environment
      );
    };
  };

  # Entry points of executables, by name: the application's object has an entry script for each.
  entries = builtins.listToAttrs (
    builtins.concatMap (
      name:
      let
        inherit (plan.executables.${name}) entry;
      in
      if entry ? module then
        [
          {
            inherit name;
            value = entry;
          }
        ]
      else
        [ ]
    ) (builtins.attrNames plan.executables)
  );

  object =
    compile: package:
    if package ? file then
      compile.wheel (installed package.file)
    else if package ? sdist then
      builtins.seq (installed package.sdist) (compile.wheel built.${package.sdist})
    else
      compile.source {
        label =
          if package.source == "." then
            plan.project
          else
            builtins.replaceStrings [ "/" ".." ] [ "-" "up" ] package.source;
        tree = root + "/${package.source}";
        source = plan.sources.${package.source};
        entries = if package.source == "." then entries else { };
      };

  targets = builtins.attrNames plan.targets;

  # One attribute per executable and target.
  each =
    make:
    builtins.listToAttrs (
      builtins.concatMap (
        name:
        map (target: {
          name = "${name}-${target}";
          value = make name target;
        }) targets
      ) (builtins.attrNames plan.executables)
    );

  # How the objects of an executable are compiled. Bundles and folders have no symbols if nothing is said; only ELF files are
  # stripped.
  compiled =
    name: target:
    let
      inherit (import ./targets.nix) form isLinux;
      executable = plan.executables.${name};
      what = form target executable;
      isUnpacked = isLinux target && what != "onefile";
      said = plan.strip or { };
      every = said."*" or (if isUnpacked then "symbols" else "none");
    in
    compile {
      frames =
        if !isUnpacked then
          null
        else if what == "bundle" then
          executable.compression or "fast"
        else
          "fast";
      strip =
        package:
        if !isLinux target then
          "none"
        else if package == null then
          every
        else
          said.${package} or every;
    };

  packages = name: target: map (object (compiled name target)) plan.targets.${target}.packages;

  executables = each (
    name: target:
    let
      runtime = plan.targets.${target}.runtime or null;
    in
    if !(builtins.elem (toolchain.runtime target runtime).place toolchain.runtimes) then
      throw "permafreeze: the plan names target `${target}`, which this toolchain cannot build with Python ${plan.python}; it has: ${builtins.concatStringsSep ", " toolchain.runtimes}. Take it out of `targets` in [tool.permafreeze] and run `permafreeze lock`, or name other targets to build"
    else
      link {
        inherit name target runtime;
        runtimeObject = (compiled name target).runtime target runtime;
        executable = plan.executables.${name};
        packages = packages name target;
        digest = plan.digests."${name}-${target}";
        wheels = builtins.concatMap (
          package: if package ? file then [ (installed package.file) ] else [ ]
        ) plan.targets.${target}.packages;
        built = builtins.listToAttrs (
          builtins.concatMap (package: if package ? sdist then [ (origin package.sdist) ] else [ ])
            plan.targets.${target}.packages
        );
        freezer = builtins.mapAttrs (_: installed) (plan.targets.${target}.freezer or { });
      }
  );

  checks = import ./repro.nix {
    inherit
      system
      toolchain
      plan
      root
      executables
      ;
  };

  shell = import ./develop.nix { inherit system toolchain plan; };
in
{
  inherit
    plan
    executables
    wheelsOf
    checks
    shell
    ;
  wheels = map (name: built.${name}.path) (builtins.attrNames built);
  objects = each packages;
  jobs = import ./hydra.nix {
    inherit
      system
      toolchain
      plan
      executables
      checks
      ;
  };
}
