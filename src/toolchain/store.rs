//! The Nix store: where a pinned file is in it, whether it is there, how it gets in and stays in. Uses what Nix 2.8 to
//! 2.34 have in common.
use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_plan::StorePath;
use permafreeze_plan::pins::Made;

use crate::error::{Error, Result};
use crate::files::{create_folder, failed};

/// Returns a made file's path in the store.
///
/// # Errors
/// If a hash in the pins is malformed.
pub fn path(made: &Made) -> Result<StorePath> {
    Ok(match &made.nar_sha256 {
        Some(nar_sha256) => StorePath::recursive(&made.name, nar_sha256)?,
        None => StorePath::flat(&made.name, &made.sha256)?,
    })
}

/// Returns whether a path is in the store.
///
/// # Errors
/// [`Error::NoNix`].
pub fn is_valid(path: &StorePath) -> Result<bool> {
    let run = duct::cmd!("nix-store", "--check-validity", path.as_str())
        .stdin_null()
        .stdout_null()
        .stderr_null()
        .unchecked()
        .run();
    Ok(run.map_err(|_| Error::NoNix)?.status.success())
}

/// Adds a file, already checked, to the store.
///
/// # Errors
/// If Nix refuses, or puts it elsewhere than the pins say.
pub fn add(made: &Made, file: &Utf8Path) -> Result<()> {
    // Its name in the store is its file's name, and the mode of an executable counts.
    let folder = tempfile::tempdir_in(file.parent().unwrap_or(Utf8Path::new("."))).map_err(failed("write in", file))?;
    let named = Utf8PathBuf::from_path_buf(folder.path().join(&made.name))
        .map_err(|path| Error::WorkFolder { path: path.to_string_lossy().into_owned().into() })?;
    std::fs::copy(file, &named).map_err(failed("copy", file))?;
    let mode = if made.nar_sha256.is_some() { 0o755 } else { 0o644 };
    std::fs::set_permissions(&named, std::fs::Permissions::from_mode(mode)).map_err(failed("write", &named))?;
    let got = run(&add_arguments(made, &named))?;
    let expected = path(made)?;
    if got == expected.as_str() {
        return Ok(());
    }
    Err(Error::Command {
        command: format!("nix-store {}", add_arguments(made, &named).join(" ")),
        output: format!("gave `{got}`, expected `{expected}`"),
    })
}

fn add_arguments(made: &Made, file: &Utf8Path) -> Vec<String> {
    let recursive = made.nar_sha256.is_some().then_some("--recursive");
    ["--add-fixed"].into_iter().chain(recursive).chain(["sha256", file.as_str()]).map(str::to_owned).collect()
}

/// Keeps a valid path from being collected, by the link `folder/NAME`.
///
/// # Errors
/// If Nix refuses.
pub fn protect(path: &StorePath, folder: &Utf8Path, name: &str) -> Result<()> {
    create_folder(folder)?;
    let link = folder.join(name);
    if link.read_link_utf8().is_ok_and(|target| target == path.as_str()) {
        return Ok(());
    }
    let arguments = ["--realise", path.as_str(), "--add-root", link.as_str(), "--indirect"];
    run(&arguments.map(str::to_owned)).map(drop)
}

fn run(arguments: &[String]) -> Result<String> {
    let output = duct::cmd("nix-store", arguments)
        .stdin_null()
        .stdout_capture()
        .stderr_capture()
        .unchecked()
        .run()
        .map_err(|_| Error::NoNix)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::Command { command: format!("nix-store {}", arguments.join(" ")), output: said.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn made(nar: bool) -> Made {
        Made {
            name: "permafreeze-link".into(),
            sha256: HASH.into(),
            size: 3,
            nar_sha256: nar.then(|| HASH.to_owned()),
            urls: Vec::new(),
        }
    }

    #[test]
    fn an_archive_is_added_flat_and_an_executable_with_its_mode() {
        let file = Utf8Path::new("/a/permafreeze-link");
        assert_eq!(add_arguments(&made(false), file), ["--add-fixed", "sha256", "/a/permafreeze-link"]);
        assert_eq!(add_arguments(&made(true), file), ["--add-fixed", "--recursive", "sha256", "/a/permafreeze-link"]);
    }

    #[test]
    fn the_path_depends_on_how_it_is_added() {
        let executable = path(&made(true)).expect("good hash");
        assert_eq!(executable.as_str(), "/nix/store/f1ialhxgd0fa0wc5w0zdc6m6pl4xc7wl-permafreeze-link");
        assert_ne!(path(&made(false)).expect("good hash"), executable);
    }

    #[test]
    fn a_bad_hash_in_the_pins_is_refused() {
        let bad = Made { sha256: "abc".into(), ..made(false) };
        let text = path(&bad).expect_err("bad hash").to_string();
        assert_eq!(text, "bad sha256 `abc` of `permafreeze-link`: expected 64 lower-case hexadecimal digits");
    }
}
