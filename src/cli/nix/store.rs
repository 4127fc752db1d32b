//! What `verify` asks of Nix: closures, builds that are compared, hashes in other stores.

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_verify::reproduce::derivation::Derivation;

use super::{Nix, NixError};

/// What another store holds for a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Contents with this hash (of the NAR).
    Hash(String),
    /// Nothing.
    Nothing,
    /// The store could not be asked.
    Unreachable(String),
}

impl Nix {
    /// Returns every derivation that `derivation` needs, itself included, but those whose outputs are fixed: their
    /// bytes are proven by their hash. Sorted by path.
    ///
    /// # Errors
    /// [`NixError::Failed`].
    pub fn closure(&self, derivation: &Utf8Path) -> Result<Vec<(Utf8PathBuf, Derivation)>, NixError> {
        let output = self.read("nix-store", &["--query", "--requisites", derivation.as_str()])?;
        let mut found = Vec::new();
        for path in output.lines().filter(|path| path.ends_with(".drv")) {
            let failed = |output: String| NixError::Failed { command: format!("reading `{path}`"), output };
            let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
            let derivation = Derivation::parse(&text).map_err(|error| failed(error.to_string()))?;
            if !derivation.is_fixed() {
                found.push((Utf8PathBuf::from(path), derivation));
            }
        }
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(found)
    }

    /// Brings the outputs of derivations into the store: builds or fetches what is not there.
    ///
    /// # Errors
    /// [`NixError::Failed`].
    pub fn realise_all(&self, derivations: &[(Utf8PathBuf, Derivation)]) -> Result<(), NixError> {
        let there = |derivation: &Derivation| derivation.outputs.values().all(|out| Utf8Path::new(&out.path).exists());
        let missing: Vec<&str> =
            derivations.iter().filter(|(_, drv)| !there(drv)).map(|(path, _)| path.as_str()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let arguments = [vec!["--realise"], missing].concat();
        self.read("nix-store", &arguments).map(drop)
    }

    /// Builds derivations again and compares; different outputs are kept beside the ones in the store. `on_start` hears
    /// the name of each that Nix begins with. Returns whether all were the same, and what Nix said.
    ///
    /// # Errors
    /// [`NixError::Missing`].
    pub fn check(&self, derivations: &[&Utf8Path], mut on_start: impl FnMut(&str)) -> Result<(bool, String), NixError> {
        let mut arguments = vec!["--realise", "--check", "--keep-failed", "--keep-going"];
        arguments.extend(derivations.iter().map(|path| path.as_str()));
        let (same, said) = self.watch(&arguments, "checking outputs of '", &mut on_start)?;
        Ok((same, said.join("\n")))
    }

    /// Returns the hash of a path in the store of this machine.
    ///
    /// # Errors
    /// [`NixError::Failed`].
    pub fn hash(&self, path: &str) -> Result<String, NixError> {
        self.read("nix-store", &["--query", "--hash", path])
    }

    /// Asks another store (a binary cache) what it holds for a path.
    ///
    /// # Errors
    /// [`NixError::Missing`].
    pub fn held(&self, store: &str, path: &str) -> Result<Held, NixError> {
        // Each with its own name for the store: `nix-store` has no option for it in every version.
        let options = ["--option", "connect-timeout", "5", "--option", "download-attempts", "1"];
        let arguments = [&["--query", "--hash", path][..], &options].concat();
        let output = self
            .command("nix-store", &arguments)
            .env("NIX_REMOTE", store)
            .stdout_capture()
            .stderr_capture()
            .unchecked()
            .run()
            .map_err(|_| NixError::Missing { program: "nix-store".to_owned() })?;
        if output.status.success() {
            return Ok(Held::Hash(String::from_utf8_lossy(&output.stdout).trim().to_owned()));
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Ok(if said.contains("is not valid") { Held::Nothing } else { Held::Unreachable(said) })
    }

    /// Returns the binary caches that are configured.
    pub fn caches(&self) -> Vec<&str> {
        let names = ["substituters", "extra-substituters"];
        let all = names.into_iter().filter_map(|name| self.settings.get(name)).flat_map(|urls| urls.split_whitespace());
        let mut caches: Vec<&str> = all.collect();
        caches.sort_unstable();
        caches.dedup();
        caches
    }

    fn read(&self, program: &str, arguments: &[&str]) -> Result<String, NixError> {
        let output = self
            .command(program, arguments)
            .stdout_capture()
            .stderr_capture()
            .unchecked()
            .run()
            .map_err(|_| NixError::Missing { program: program.to_owned() })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let shown = arguments.iter().take(3).copied().collect::<Vec<_>>().join(" ");
        Err(NixError::Failed { command: format!("{program} {shown}"), output })
    }
}
