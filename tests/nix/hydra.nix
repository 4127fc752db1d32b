# Cases of nix/hydra.nix; the value is the list of those that fail.
# Run by tests/e2e/build.rs: nix-instantiate --eval --strict tests/nix/hydra.nix
let
  executable = name: {
    outPath = "/${name}";
    program = "/${name}/bin/${name}";
    meta.description = name;
  };
  jobsOf =
    names:
    import ../../nix/hydra.nix {
      system = "x86_64-linux";
      toolchain.hostPython = "/python/bin/python3.13";
      plan = {
        project = "hello";
        targets.linux-amd64 = { };
        executables = builtins.listToAttrs (
          map (name: {
            inherit name;
            value = { };
          }) names
        );
      };
      executables = builtins.listToAttrs (
        map (name: {
          name = "${name}-linux-amd64";
          value = executable name;
        }) names
      );
      checks."repro-my.app" = derivation {
        name = "repro";
        system = "x86_64-linux";
        builder = "/python";
      };
    };
  jobs = jobsOf [
    "7z"
    "app"
    "my.app"
  ];
  collision =
    (jobsOf [
      "my.app"
      "my_app"
    ]).linux-amd64.my_app;
  context = value: builtins.attrNames (builtins.getContext (toString value));
  all = builtins.attrValues jobs.linux-amd64 ++ builtins.attrValues jobs.checks;
  case = name: found: expected: { inherit name found expected; };
  cases = [
    (case "targets and what is of all" (builtins.attrNames jobs) [
      "checks"
      "linux-amd64"
      "release"
    ])
    (case "names are attribute names for Hydra" (builtins.attrNames jobs.linux-amd64) [
      "_7z"
      "app"
      "my_app"
    ])
    (case "of comparisons, too" (builtins.attrNames jobs.checks) [ "repro-my_app" ])
    (case "a job is its executable's" jobs.linux-amd64.my_app.meta.description "my.app")
    (case "two executables are not one job" (builtins.tryEval collision.drvPath).success false)
    (case "an aggregate" jobs.release._hydraAggregate true)
    (case "of every job" (context jobs.release.constituents) (
      builtins.sort builtins.lessThan (map (job: builtins.unsafeDiscardStringContext job.drvPath) all)
    ))
  ];
in
builtins.filter (case: case.found != case.expected) cases
