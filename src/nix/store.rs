//! The Nix store: what is in it, what gets in, what stays, what is built.
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::FileError;

use crate::builds::{CheckOutcome, Step};
use crate::call::{Call, Program};
use crate::cause;
use crate::derivation::Derivation;
use crate::error::Error;
use crate::store_path::StorePath;

/// Paths that are given to one command: far below the limit of a command line.
pub(crate) const PATHS_AT_ONCE: usize = 500;

/// The Nix store.
#[derive(Debug, Clone, Default)]
pub struct Store {
    /// The `NIX_CONFIG` of every call; `None`: the caller's.
    config: Option<String>,
}

/// How a file is added to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addition {
    /// Its bytes alone: the store has it without the executable bit.
    Flat,
    /// With its mode.
    Recursive,
}

/// What another store (a binary cache) holds for a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Substitute {
    /// Contents with this hash (of the NAR).
    Hash(String),
    /// Nothing.
    Nothing,
    /// The store could not be asked; why.
    Unreachable(String),
}

impl Store {
    /// Returns the store, used with this `NIX_CONFIG`.
    pub(crate) fn with_config(config: &str) -> Store {
        Store { config: Some(config.to_owned()) }
    }

    /// Adds lines to the settings.
    pub(crate) fn configure(&mut self, lines: &str) {
        self.config.get_or_insert_default().push_str(lines);
    }

    pub(crate) fn call<'a>(&self, program: Program, arguments: impl IntoIterator<Item = &'a str>) -> Call {
        let call = Call::new(program, arguments);
        match &self.config {
            Some(config) => call.env("NIX_CONFIG", config),
            None => call,
        }
    }

    fn nix_store<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Call {
        self.call(Program::NixStore, arguments)
    }

    /// Returns those of the paths that are not in the store.
    ///
    /// # Errors
    /// If Nix is missing or fails.
    pub fn missing<'p>(&self, paths: impl IntoIterator<Item = &'p StorePath>) -> Result<BTreeSet<String>, Error> {
        self.invalid(&paths.into_iter().map(StorePath::as_str).collect::<Vec<_>>())
    }

    pub(crate) fn invalid(&self, paths: &[&str]) -> Result<BTreeSet<String>, Error> {
        let mut invalid = BTreeSet::new();
        for paths in paths.chunks(PATHS_AT_ONCE) {
            let call = self.nix_store(["--check-validity", "--print-invalid"]).with(paths.iter().copied());
            invalid.extend(call.output()?.lines().map(str::to_owned));
        }
        Ok(invalid)
    }

    /// Adds a file under its own name. Nix writes beside and renames, so the store never has a part of it.
    ///
    /// # Errors
    /// If Nix is missing or fails, or puts the file elsewhere than at `expected`.
    pub fn add(&self, file: &Utf8Path, how: Addition, expected: &StorePath) -> Result<(), Error> {
        let recursive = (how == Addition::Recursive).then_some("--recursive");
        let arguments = ["--add-fixed"].into_iter().chain(recursive).chain(["sha256", file.as_str()]);
        let added = self.nix_store(arguments).output()?;
        if added == expected.as_str() {
            return Ok(());
        }
        Err(Error::Misplaced { added, expected: expected.to_string() })
    }

    /// Adds a folder as it is, and returns its path in the store; nothing keeps it from the garbage collector.
    ///
    /// # Errors
    /// If Nix is missing or fails.
    pub fn add_folder(&self, folder: &Utf8Path) -> Result<Utf8PathBuf, Error> {
        self.nix_store(["--add", folder.as_str()]).output().map(Utf8PathBuf::from)
    }

    /// Keeps a valid path from the garbage collector as long as `link` is there.
    ///
    /// # Errors
    /// If Nix is missing or fails, or the folder of `link` cannot be made.
    pub fn keep(&self, link: &Utf8Path, path: &str) -> Result<(), Error> {
        if link.read_link_utf8().is_ok_and(|target| target == path) {
            return Ok(());
        }
        self.add_root(link, path)
    }

    /// Keeps many valid paths from the garbage collector as long as `link` is there.
    ///
    /// The link leads to a text in the store that lists the paths: a store file keeps what it refers to, so this is
    /// one root for all, and to read it is enough to know what it keeps.
    ///
    /// # Errors
    /// If Nix is missing or fails, or the folder of `link` cannot be made.
    pub fn keep_all<'p>(&self, link: &Utf8Path, paths: impl IntoIterator<Item = &'p str>) -> Result<(), Error> {
        let paths: BTreeSet<&str> = paths.into_iter().collect();
        let text: String = paths.iter().map(|path| format!("{path}\n")).collect();
        if std::fs::read_to_string(link).is_ok_and(|kept| kept == text) {
            return Ok(());
        }
        let list = self.add_list(&paths)?;
        self.add_root(link, &list)
    }

    fn add_root(&self, link: &Utf8Path, path: &str) -> Result<(), Error> {
        let link = camino::absolute_utf8(link).map_err(FileError::of("find", link))?;
        if let Some(folder) = link.parent() {
            std::fs::create_dir_all(folder).map_err(FileError::of("make the folder", folder))?;
        }
        self.nix_store(["--realise", path, "--add-root", link.as_str(), "--indirect"]).output().map(drop)
    }

    /// `builtins.toFile` is the one way to make a store file with references that needs no build.
    fn add_list(&self, paths: &BTreeSet<&str>) -> Result<String, Error> {
        let lines: String = paths.iter().map(|path| format!("${{builtins.storePath \"{path}\"}}\n")).collect();
        let expression = format!("builtins.toFile \"permafreeze-kept\" \"{lines}\"");
        // Without --read-write-mode, --eval only computes the path.
        let arguments = ["--eval", "--read-write-mode", "-E", &expression];
        let printed = self.call(Program::NixInstantiate, arguments).output()?;
        Ok(printed.trim_matches('"').to_owned())
    }

    /// Builds derivations of one output together, and shares the machine between them; `on_step` hears how far it is.
    /// Returns their output paths, in order.
    ///
    /// # Errors
    /// [`Error::Builder`] with every build that failed; what else Nix says.
    pub fn realise(
        &self,
        derivations: &[Utf8PathBuf],
        on_step: &mut dyn FnMut(Step<'_>),
    ) -> Result<Vec<Utf8PathBuf>, Error> {
        let derivations = derivations.iter().map(|derivation| derivation.as_str());
        let printed = self.nix_store(["--realise", "--keep-going"]).with(derivations).output_watched(on_step)?;
        Ok(printed.lines().filter(|line| line.starts_with('/')).map(Utf8PathBuf::from).collect())
    }

    /// Tells whether every output of a derivation is in the store.
    ///
    /// # Errors
    /// If Nix is missing or fails.
    pub fn is_built(&self, derivation: &Utf8Path) -> Result<bool, Error> {
        let outputs = self.nix_store(["--query", "--outputs", derivation.as_str()]).output()?;
        Ok(self.invalid(&outputs.lines().collect::<Vec<_>>())?.is_empty())
    }

    /// Returns every derivation that `derivation` needs, itself included, but those whose outputs are fixed: their
    /// bytes are proven by their hash. Sorted by path.
    ///
    /// # Errors
    /// If Nix is missing or fails, or a derivation cannot be read.
    pub fn closure(&self, derivation: &Utf8Path) -> Result<Vec<(Utf8PathBuf, Derivation)>, Error> {
        let output = self.nix_store(["--query", "--requisites", derivation.as_str()]).output()?;
        let mut found = Vec::new();
        for path in output.lines().filter(|path| path.ends_with(".drv")).map(Utf8PathBuf::from) {
            let text = std::fs::read_to_string(&path).map_err(FileError::of("read", &path))?;
            match Derivation::parse(&text) {
                Ok(derivation) if derivation.is_fixed() => {}
                Ok(derivation) => found.push((path, derivation)),
                Err(source) => return Err(Error::Derivation { path, source }),
            }
        }
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(found)
    }

    /// Makes the outputs of derivations valid: builds or downloads what is not there.
    ///
    /// # Errors
    /// [`Error::Builder`] with every build that failed; what else Nix says.
    pub fn realise_missing(&self, derivations: &[(Utf8PathBuf, Derivation)]) -> Result<(), Error> {
        let there = |derivation: &Derivation| derivation.outputs.values().all(|out| Utf8Path::new(&out.path).exists());
        let missing: Vec<&str> =
            derivations.iter().filter(|(_, drv)| !there(drv)).map(|(path, _)| path.as_str()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        self.nix_store(["--realise"]).with(missing).output().map(drop)
    }

    /// Rebuilds derivations and compares; different outputs are kept beside the ones in the store. `on_step` hears
    /// how far it is. Returns those that were not the same, by path.
    ///
    /// # Errors
    /// If Nix is missing, or fails without a build that differs or fails.
    pub fn check(
        &self,
        derivations: &[&Utf8Path],
        on_step: &mut dyn FnMut(Step<'_>),
    ) -> Result<BTreeMap<String, CheckOutcome>, Error> {
        let call = self
            .nix_store(["--realise", "--check", "--keep-failed", "--keep-going"])
            .with(derivations.iter().map(|path| path.as_str()));
        let finished = call.finish(on_step)?;
        let found = finished.log.builds.differing(&finished.log.errors);
        if !finished.status.success() && found.is_empty() {
            return Err(cause::of_call(&call, &finished));
        }
        Ok(found)
    }

    /// Returns the hash of a path in this store.
    ///
    /// # Errors
    /// If Nix is missing or fails, or the path is not valid.
    pub fn hash(&self, path: &str) -> Result<String, Error> {
        self.nix_store(["--query", "--hash", path]).output()
    }

    /// Asks another store (a binary cache) what it holds for a path.
    ///
    /// # Errors
    /// If Nix is missing.
    pub fn substitute(&self, store: &str, path: &str) -> Result<Substitute, Error> {
        // Each with its own name for the store: `nix-store` has no option for it in every version.
        let options = ["--option", "connect-timeout", "5", "--option", "download-attempts", "1"];
        let call = self.nix_store(["--query", "--hash", path]).with(options).env("NIX_REMOTE", store);
        let finished = call.finish(&mut |_| {})?;
        Ok(if finished.status.success() {
            Substitute::Hash(finished.stdout)
        } else if cause::is_not_valid(&finished) {
            Substitute::Nothing
        } else {
            Substitute::Unreachable(cause::said(&finished))
        })
    }
}
