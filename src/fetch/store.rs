//! The Nix store, through `nix-store` (the same on Nix 2.8 to 2.34).
use std::collections::BTreeSet;
use std::io;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_plan::StorePath;

use crate::error::Error;

/// Paths that are given to one command: far below the limit of a command line.
const PATHS_AT_ONCE: usize = 500;

/// The Nix store.
#[derive(Debug, Clone)]
pub struct Store {
    nix_store: String,
    nix_instantiate: String,
}

impl Default for Store {
    fn default() -> Store {
        Store { nix_store: "nix-store".to_owned(), nix_instantiate: "nix-instantiate".to_owned() }
    }
}

impl Store {
    /// Returns those of the paths that are not in the store.
    ///
    /// # Errors
    /// If Nix is not installed or fails.
    pub fn missing<'p>(&self, paths: impl IntoIterator<Item = &'p StorePath>) -> Result<BTreeSet<String>, Error> {
        let paths: Vec<&str> = paths.into_iter().map(StorePath::as_str).collect();
        let mut missing = BTreeSet::new();
        for paths in paths.chunks(PATHS_AT_ONCE) {
            let mut arguments = vec!["--check-validity", "--print-invalid"];
            arguments.extend(paths);
            missing.extend(run(&self.nix_store, &arguments)?.lines().map(str::to_owned));
        }
        Ok(missing)
    }

    /// Adds a file under its own name. Nix writes beside and renames, so the store never has a part of it.
    ///
    /// # Errors
    /// If Nix fails, or puts the file anywhere else than at `expected`.
    pub fn add(&self, file: &Utf8Path, expected: &StorePath) -> Result<(), Error> {
        let arguments = ["--add-fixed", "sha256", file.as_str()];
        let added = run(&self.nix_store, &arguments)?;
        if added.trim() == expected.as_str() {
            return Ok(());
        }
        let reason = format!("it added `{}`, expected `{expected}`", added.trim());
        Err(Error::Nix { command: format!("{} {}", self.nix_store, arguments.join(" ")), reason })
    }

    /// Keeps paths from the garbage collector as long as `link` is there. Returns at once if it already does.
    ///
    /// The link leads to a text in the store that lists the paths: a store file keeps what it refers to, so this is
    /// one root for all, and to read it is enough to know what it keeps.
    ///
    /// # Errors
    /// If Nix fails or the folder of `link` cannot be made.
    pub fn keep<'p>(&self, link: &Utf8Path, paths: impl IntoIterator<Item = &'p StorePath>) -> Result<(), Error> {
        let paths: BTreeSet<&str> = paths.into_iter().map(StorePath::as_str).collect();
        let text: String = paths.iter().map(|path| format!("{path}\n")).collect();
        if std::fs::read_to_string(link).is_ok_and(|kept| kept == text) {
            return Ok(());
        }
        let folder = link.parent().filter(|folder| *folder != "").unwrap_or(Utf8Path::new("."));
        std::fs::create_dir_all(folder).map_err(Error::io("make", folder))?;
        let link = absolute(link)?;
        let list = self.add_list(&paths)?;
        run(&self.nix_store, &["--realise", &list, "--add-root", link.as_str(), "--indirect"]).map(drop)
    }

    /// `builtins.toFile` is the one way to make a store file with references that needs no build.
    fn add_list(&self, paths: &BTreeSet<&str>) -> Result<String, Error> {
        let lines: String = paths.iter().map(|path| format!("${{builtins.storePath \"{path}\"}}\n")).collect();
        let expression = format!("builtins.toFile \"permafreeze-fetched\" \"{lines}\"");
        // Without --read-write-mode, --eval only computes the path.
        let arguments = ["--eval", "--read-write-mode", "-E", &expression];
        let printed = run(&self.nix_instantiate, &arguments)?;
        Ok(printed.trim().trim_matches('"').to_owned())
    }
}

fn absolute(path: &Utf8Path) -> Result<Utf8PathBuf, Error> {
    camino::absolute_utf8(path).map_err(Error::io("find", path))
}

fn run(program: &str, arguments: &[&str]) -> Result<String, Error> {
    let shown = || {
        let first: Vec<&str> =
            arguments.iter().take_while(|a| !a.starts_with("/nix/store/")).take(4).copied().collect();
        format!("{program} {}", first.join(" "))
    };
    let failed = |reason: String| Error::Nix { command: shown(), reason };
    let output = Command::new(program).args(arguments).output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::NoNix { program: program.to_owned() },
        _ => failed(error.to_string()),
    })?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(|error| failed(error.to_string()));
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(failed(format!("{}: {}", output.status, stderr.trim())))
}
