//! Whether builds on this machine see the machine. What settings say is no proof: a daemon ignores those of users whom it
//! does not trust, and a kernel without namespaces makes Nix build without a sandbox unless that is forbidden.
use std::fs::{File, OpenOptions};
use std::io::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::{FileError, sha256};

use crate::call::Program;
use crate::cause;
use crate::error::Error;
use crate::store::Store;

/// What Nix says where it cannot make a sandbox and may not build without (`src/libstore/build`).
const NO_NAMESPACES: &[&str] = &[
    "kernel namespaces",
    "cloning builder process",
    "unable to start build process",
    "setting up a private mount namespace",
];

/// What a build sees of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sandbox {
    /// Nothing: a build looked for a file of the machine and did not find it.
    Proved,
    /// A build read a file of the machine.
    Absent,
    /// Nix refuses to build: this machine has no namespaces, or forbids them; what it said.
    Impossible(String),
}

/// A file of the machine, for as long as the value lives.
struct Witness {
    path: Utf8PathBuf,
    sha256: String,
}

impl Witness {
    /// Makes a file that nothing else has: the hash of what is in it is the name of what the probe builds.
    fn new() -> Result<Witness, Error> {
        let time = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos());
        let text = format!("{}-{time}\n", std::process::id());
        let folder = Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap_or_else(|_| Utf8PathBuf::from("/tmp"));
        let path = folder.join(format!("permafreeze-probe-{}", text.trim()));
        let write = || -> std::io::Result<File> {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
            file.write_all(text.as_bytes())?;
            Ok(file)
        };
        write().map_err(FileError::of("write", &path))?;
        Ok(Witness { sha256: sha256::of(text.as_bytes()), path })
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // It is in the folder for temporary files, and may stay there.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Store {
    /// Builds a derivation that reads a file of this machine: Nix's own downloader is its builder, and runs where builders
    /// run. No cache is asked for it.
    ///
    /// # Errors
    /// If Nix is missing, or fails for another reason than the sandbox.
    pub fn probe_sandbox(&self) -> Result<Sandbox, Error> {
        let witness = Witness::new()?;
        let derivation =
            self.call(Program::NixInstantiate, ["-E", &expression(&witness.path, &witness.sha256)]).output()?;
        let call = self.call(Program::NixStore, ["--option", "substitute", "false", "--realise", &derivation]);
        let finished = call.finish(&mut |_| {})?;
        if finished.status.success() {
            return Ok(Sandbox::Absent);
        }
        let said = cause::said(&finished);
        let all = finished.log.everything();
        if all.contains(&format!("unable to download 'file://{}'", witness.path)) {
            return Ok(Sandbox::Proved);
        }
        if NO_NAMESPACES.iter().any(|words| all.contains(words)) {
            return Ok(Sandbox::Impossible(said));
        }
        Err(cause::of_call(&call, &finished))
    }
}

fn expression(path: &Utf8Path, sha256: &str) -> String {
    format!(
        "derivation {{ name = \"permafreeze-probe\"; system = \"builtin\"; builder = \"builtin:fetchurl\"; url = \
         \"file://{path}\"; urls = [ \"file://{path}\" ]; outputHashMode = \"flat\"; outputHashAlgo = \"sha256\"; \
         outputHash = \"{sha256}\"; executable = false; unpack = false; preferLocalBuild = true; allowSubstitutes = false; \
         }}"
    )
}
