//! What Nix could not do, and what fixes it.
use camino::Utf8PathBuf;
use permafreeze_base::FileError;

use crate::builds::BuildFailure;
use crate::derivation::Malformed;

/// A fault of Nix. Each has its own cause; `cause` decides which it is.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program is not on the PATH.
    #[error("`{program}` is not on the PATH")]
    Missing {
        /// The program.
        program: &'static str,
    },
    /// The program is there, but cannot be started.
    #[error("cannot start `{program}`")]
    NotStarted {
        /// The program.
        program: &'static str,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// Nix is there, but too old for flakes.
    #[error("Nix {version} has no flakes: expected 2.8 or newer")]
    NoFlakes {
        /// What `nix --version` says.
        version: String,
    },
    /// The Nix daemon cannot be reached.
    #[error("{failed}: the Nix daemon cannot be reached: {said}")]
    NoDaemon {
        /// The command that failed, and how it ended.
        failed: Ended,
        /// What Nix said.
        said: String,
    },
    /// The store, or Nix's state beside it, cannot be written to.
    #[error("{failed}: the Nix store cannot be written to: {said}")]
    NotWritable {
        /// The command that failed, and how it ended.
        failed: Ended,
        /// What Nix said.
        said: String,
    },
    /// There is no space left.
    #[error("{failed}: the disk is full: {said}")]
    DiskFull {
        /// The command that failed, and how it ended.
        failed: Ended,
        /// What Nix said.
        said: String,
    },
    /// Evaluation failed: the flake, or the plan in it, is not in order.
    #[error("{said}")]
    Evaluation {
        /// What Nix said.
        said: String,
    },
    /// This version of Nix has no reference for the flake's folder.
    #[error("Nix {version} cannot read a flake whose path has {}: `{folder}`", named(*character))]
    Folder {
        /// The flake's folder.
        folder: Utf8PathBuf,
        /// What it cannot have in it.
        character: char,
        /// The version.
        version: String,
    },
    /// The folder that Nix copies has something that is no file, folder or link.
    #[error("`{path}` is no file, folder or link, but a pipe, a socket or a device: Nix cannot copy its folder")]
    SpecialFile {
        /// Where it is.
        path: String,
    },
    /// Builders refused their input.
    #[error("{}", failures.iter().map(told).collect::<Vec<_>>().join("\n"))]
    Builder {
        /// The builds, at least one.
        failures: Vec<BuildFailure>,
    },
    /// Nix failed otherwise.
    #[error("{failed}: {said}")]
    Failed {
        /// The command that failed, and how it ended.
        failed: Ended,
        /// What Nix said.
        said: String,
    },
    /// Nix has put something elsewhere than where it must be.
    #[error("Nix added `{added}`: expected `{expected}`")]
    Misplaced {
        /// Where it is.
        added: String,
        /// Where it must be.
        expected: String,
    },
    /// A store of this kind does not sign what it is given.
    #[error("the store `{store}` signs nothing: expected `file:`, `http:`, `https:` or `s3:` with a key")]
    Unsigned {
        /// The store's URL.
        store: String,
    },
    /// A derivation's file is not one.
    #[error("cannot read `{path}`")]
    Derivation {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong in it.
        source: Malformed,
    },
    /// A file or folder could not be used.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A command that failed, and how: `` `nix-store --realise` failed (exit 1)``.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The program and its first arguments.
    pub command: String,
    /// How it ended: `exit 1`, `signal 9`.
    pub how: String,
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` failed ({})", self.command, self.how)
    }
}

fn named(character: char) -> String {
    if character == ' ' { "a blank".to_owned() } else { format!("`{character}`") }
}

fn told(failure: &BuildFailure) -> String {
    let before: String = failure.before.iter().map(|line| format!("\n  {line}")).collect();
    let before = if before.is_empty() { before } else { format!("\n  the last lines before it:{before}") };
    format!("{}{before}\n  while building {}", failure.log, failure.name())
}

impl Error {
    /// Returns what fixes it, if that is known.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Error::Missing { .. } | Error::NoFlakes { .. } => {
                "install Nix: on Debian and Ubuntu `apt-get install nix-bin`, elsewhere see https://nixos.org/download"
            }
            Error::NoDaemon { .. } => {
                "is nix-daemon running? Start it: on Linux `sudo systemctl start nix-daemon`, on macOS \
                 `sudo launchctl kickstart -k system/org.nixos.nix-daemon`; NIX_REMOTE, if set, says where it is"
            }
            Error::NotWritable { .. } => {
                "is the file system of /nix mounted read-only, or the store another user's? Mount it writable \
                 (`mount -o remount,rw`), or run as a user who may write to it"
            }
            Error::DiskFull { .. } => {
                "free space on the disk of /nix and of TMPDIR; `nix-collect-garbage` deletes what nothing uses"
            }
            Error::Folder { .. } => {
                "rename the folder, or install Nix 2.19 or newer: an older one has no way to write the path"
            }
            Error::SpecialFile { .. } => {
                "delete it, or move it out of the folder; or make the folder a git repository (`git init`, `git add`): \
                 of one Nix copies only what git tracks"
            }
            Error::Unsigned { .. } => {
                "sign the paths themselves before (`nix store sign --key-file FILE PATH…`), and leave the key out"
            }
            Error::NotStarted { .. } | Error::Failed { .. } => "`permafreeze doctor` checks this machine",
            _ => return None,
        })
    }

    /// Returns whether the user's input is wrong, not Nix or the machine.
    pub fn is_input(&self) -> bool {
        matches!(
            self,
            Error::Evaluation { .. }
                | Error::Builder { .. }
                | Error::Folder { .. }
                | Error::SpecialFile { .. }
                | Error::Unsigned { .. }
        )
    }
}
