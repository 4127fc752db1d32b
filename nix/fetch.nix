# Fixed-output paths: a name and a sha256. Whoever has the bytes may bring them into the store.
#
# file:  a plan's or a pin's file. Valid without network once `permafreeze fetch` has added it; with a URL, or `mirrors`, Nix
#   downloads it. A mirror is a URL in which `{sha256}` and `{file}` stand for those of a file; the first is asked.
#   Type: { name :: String, sha256 :: String, url ? null } -> Derivation
# made:  what `permafreeze toolchain build` makes.
#   Type: { name :: String, sha256 :: String, nar-sha256 ? null, urls ? [ ] } -> Derivation
{
  system,
  toolchain,
  mirrors ? [ ],
}:
let
  fixed = {
    outputHashAlgo = "sha256";
    preferLocalBuild = true;
  };

  # Nix's own downloader; `executable` adds the mode bit, and the hash is then the one of the NAR.
  download =
    {
      name,
      url,
      hash,
      executable,
    }:
    derivation (
      fixed
      // {
        inherit name url executable;
        urls = [ url ];
        builder = "builtin:fetchurl";
        system = "builtin";
        unpack = false;
        outputHashMode = if executable then "recursive" else "flat";
        outputHash = hash;
        impureEnvVars = [
          "http_proxy"
          "https_proxy"
          "ftp_proxy"
          "all_proxy"
          "no_proxy"
        ];
      }
    );

  # Where the first mirror has a file. Nix's own downloader knows one place for each.
  mirrored =
    name: sha256:
    builtins.replaceStrings [ "{sha256}" "{file}" ] [ sha256 name ] (builtins.head mirrors);

  checked =
    name: url:
    if builtins.match "https?://.*" url != null then
      url
    else
      throw "permafreeze: the plan says that `${name}` is at `${url}`, expected a URL with `http` or `https`: run `permafreeze lock`";

  # A store path's name has only these characters; the same rule is in src/nix/store_path.rs.
  storeName =
    name:
    let
      allowed = c: builtins.match "[0-9A-Za-z+._?=-]" c != null;
      replaced = builtins.concatStringsSep "" (
        builtins.map (c: if allowed c then c else "_") (characters name)
      );
    in
    if builtins.substring 0 1 replaced == "." then
      "_" + builtins.substring 1 (-1) replaced
    else
      replaced;

  characters = s: builtins.genList (i: builtins.substring i 1 s) (builtins.stringLength s);
in
{
  inherit storeName;

  file =
    {
      name,
      sha256,
      url ? null,
      ...
    }:
    if mirrors != [ ] || url != null then
      download {
        name = storeName name;
        hash = sha256;
        executable = false;
        url = if mirrors != [ ] then mirrored name sha256 else checked name url;
      }
    else
      derivation (
        fixed
        // {
          inherit system;
          name = storeName name;
          builder = "${toolchain.compile}";
          args = [
            "missing"
            "--name"
            name
            "--command"
            "permafreeze fetch"
          ];
          outputHashMode = "flat";
          outputHash = sha256;
        }
      );

  made =
    {
      name,
      sha256,
      nar-sha256 ? null,
      urls ? [ ],
      ...
    }:
    download {
      inherit name;
      # There is no builder yet that could say it in words of its own, so the "URL" does.
      url =
        if urls != [ ] then
          builtins.head urls
        else
          "file:///${name} is not in the Nix store: run `permafreeze toolchain build`";
      hash = if nar-sha256 != null then nar-sha256 else sha256;
      executable = nar-sha256 != null;
    };
}
