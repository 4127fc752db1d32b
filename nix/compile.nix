# Objects: one derivation per wheel, source tree and runtime.
#
# wheel:   Type: { name :: String, path :: Derivation, package ? String, ... } -> Derivation
# source:  Type: { label :: String, tree :: Path, source :: AttrSet of the plan, entries :: { <executable> = { module, function? }; } } -> Derivation
# loader:  Type: Derivation: permafreeze's own modules among those that make the importer, the same for every target
# runtime: Type: target :: String -> source :: String or null -> Derivation
# `frames` says how much is spent on zstd frames, "fast" or "small", in which native libraries and code are then, as bundles
# have them; null: zlib streams, as PyInstaller's archives have them. `strip` says what is zeroed in the native libraries of a package, or of the runtime (null): "symbols",
# "debug" or "none".
{
  system,
  toolchain,
  frames,
  strip,
}:
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
        args =
          args
          ++ [
            "--python"
            toolchain.hostPython
          ]
          ++ (
            if frames == null then
              [ ]
            else
              [
                "--frames"
                frames
              ]
          );
      }
      // extra
    );

  stripped =
    package:
    if strip package == "none" then
      [ ]
    else
      [
        "--strip"
        (strip package)
      ];

  # A name without what a store path may not have.
  label = name: builtins.replaceStrings [ "/" "@" " " "!" "~" ] [ "-" "-" "-" "_" "_" ] name;

  contents = import ./contents.nix;

  # What `compile` takes from no tree (LEFT_OUT in src/compile/source.rs).
  leftOut = [
    ".DS_Store"
    ".bzr"
    ".direnv"
    ".git"
    ".hg"
    ".ipynb_checkpoints"
    ".mypy_cache"
    ".nox"
    ".pytest_cache"
    ".ruff_cache"
    ".svn"
    ".tox"
    ".venv"
    "__pycache__"
  ];
  ignored = name: builtins.elem name leftOut || contents.suffix ".pyc" name;
in
{
  loader = compile "object-loader" [ "source" ] {
    passAsFile = [ "job" ];
    job = builtins.toJSON {
      name = "loader";
      tree = "${
        builtins.path {
          name = "source-loader";
          path = ./loader;
          filter = path: type: !(ignored (baseNameOf path));
        }
      }";
      contents = [
        {
          from = ".";
          to = ".";
          include = [ "**" ];
          exclude = [ ];
        }
      ];
      distribution = null;
    };
  };

  wheel =
    {
      name,
      path,
      package ? null,
      ...
    }:
    compile "object-${label name}" ([
      "wheel"
      "--wheel"
      "${path}"
      "--name"
      name
    ]
    # A wheel for every machine has no native library: one object serves whatever is stripped.
    ++ (if contents.suffix "-any.whl" name then [ ] else stripped package)) { };

  source =
    {
      label,
      tree,
      source,
      entries,
    }:
    let
      prefix = builtins.stringLength (toString tree) + 1;
      files = builtins.path {
        name = "source-${label}";
        path = tree;
        filter =
          path: type:
          !(ignored (baseNameOf path))
          && builtins.any (contents.takes (builtins.substring prefix (-1) path) (type == "directory")) source.contents;
      };
    in
    compile "object-${label}" ([ "source" ] ++ stripped null) {
      passAsFile = [ "job" ];
      job = builtins.toJSON {
        name = label;
        tree = "${files}";
        inherit (source) contents;
        inherit entries;
        distribution = source.distribution or null;
        generated = source.generated or { };
      };
    };

  runtime =
    target: source:
    compile "object-runtime-${target}" ([
      "runtime"
      "--archive"
      "${(toolchain.runtime target source).archive}"
      "--stdlib"
      "${stdlib}"
    ] ++ stripped null) { };
}
