//! permafreeze's own Nix code, that of the release, in the store: for a project without a flake.nix, and for specs.
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::FileError;
use permafreeze_nix::Store;

use crate::failure::Failure;

/// The folder's name, which decides its path in the store.
const NAME: &str = "permafreeze-nix";

/// The path and the text of each file.
macro_rules! files {
    ($($path:literal)+) => {
        const FILES: &[(&str, &str)] = &[$(($path, include_str!(concat!("../../nix/", $path)))),+];
    };
}

files! {
    "build-wheel.py"
    "compile.nix"
    "contents.nix"
    "default.nix"
    "develop.nix"
    "develop/bash.py"
    "develop/hook.sh"
    "develop/sitecustomize.py"
    "fetch.nix"
    "host.nix"
    "hosts.nix"
    "hydra.nix"
    "hydra.py"
    "lib.nix"
    "link.nix"
    "loader/deferred.json"
    "loader/pyiboot01_bootstrap.py"
    "loader/pyimod01_archive.py"
    "locked.nix"
    "mk-flake.nix"
    "oci-image.nix"
    "oci.py"
    "open-project.nix"
    "project.nix"
    "read.nix"
    "repro.nix"
    "repro.py"
    "runtime-libraries.json"
    "script.nix"
    "sdist.nix"
    "spec.nix"
    "spec/evaluate.py"
    "spec/main.py"
    "spec/phantom.py"
    "spec/pyinstaller.py"
    "spec/record.py"
    "spec/target.py"
    "spec/versioninfo.py"
    "targets.nix"
    "toolchain.json"
    "toolchain.nix"
}

/// Adds the code to the store, once per command, and returns its folder there.
///
/// # Errors
/// Kind `Outside` if there is no Nix, or no place for a temporary folder.
pub fn folder() -> Result<Utf8PathBuf, Failure> {
    static ADDED: OnceLock<Utf8PathBuf> = OnceLock::new();
    if let Some(folder) = ADDED.get() {
        return Ok(folder.clone());
    }
    let temporary = Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap_or_else(|_| Utf8PathBuf::from("/tmp"));
    let made = tempfile::tempdir_in(&temporary).map_err(FileError::of("make a folder in", &temporary))?;
    let folder = Utf8Path::from_path(made.path()).unwrap_or(&temporary).join(NAME);
    for (path, text) in FILES {
        let file = folder.join(path);
        let write = |file: &Utf8Path| {
            std::fs::create_dir_all(file.parent().unwrap_or(&folder))?;
            std::fs::write(file, text)
        };
        write(&file).map_err(FileError::of("write", &file))?;
    }
    let added = Store::default().add_folder(&folder)?;
    Ok(ADDED.get_or_init(|| added).clone())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use permafreeze_packaging::python::DEFAULT;

    use super::*;

    #[test]
    fn nix_has_the_default_python_that_plans_have() {
        let (_, text) = FILES.iter().find(|(path, _)| *path == "default.nix").expect("it is there");
        assert!(text.contains(&format!("  default = \"{DEFAULT}\";\n")), "{text}");
    }

    #[test]
    fn every_file_that_builds_need_is_in_the_release() {
        let nix = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../nix");
        let mut there = BTreeSet::new();
        for folder in ["", "develop/", "loader/", "spec/"] {
            for entry in std::fs::read_dir(nix.join(folder)).expect("a folder") {
                let entry = entry.expect("an entry");
                let name = entry.file_name().into_string().expect("UTF-8");
                // It prepares a machine for `make`.
                if entry.path().is_file() && name != "setup.sh" {
                    there.insert(format!("{folder}{name}"));
                }
            }
        }
        assert_eq!(FILES.iter().map(|(path, _)| (*path).to_owned()).collect::<BTreeSet<_>>(), there);
    }
}
