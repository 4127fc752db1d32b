{
  # Write here where you have this template from.
  inputs.permafreeze.url = "flake:permafreeze";

  outputs = { permafreeze, ... }: permafreeze.lib.mkFlake { root = ./.; };
}
