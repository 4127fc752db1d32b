//! What can go wrong, and what mends it.
use camino::Utf8PathBuf;
use permafreeze_base::FileError;
use thiserror::Error as ThisError;

/// A result of this package.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong in making the toolchain.
#[derive(Debug, ThisError)]
pub enum Error {
    /// A file or folder could not be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// Recipes would break on such a path.
    #[error("the work folder `{path}` has a character that configure scripts cannot take")]
    WorkFolder {
        /// The folder.
        path: Utf8PathBuf,
    },
    /// Programs that recipes use are not on the PATH.
    #[error("missing programs: {}", programs.join(", "))]
    MissingPrograms {
        /// Their names.
        programs: Vec<String>,
        /// The Debian packages that have them.
        packages: Vec<String>,
    },
    /// The pins hold nothing of that name.
    #[error("the toolchain has no `{name}`; it has: {}", known.join(", "))]
    UnknownProduct {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// This release has no recipe for it, and no URL has its bytes.
    #[error("no recipe makes `{name}`")]
    NoRecipe {
        /// The name in the pins.
        name: String,
    },
    /// A runtime whose bytes its release alone has.
    #[error("the runtime of `{target}` is downloaded from its release, and that cannot be reached")]
    NotMade {
        /// The target.
        target: String,
    },
    /// This machine is no host.
    #[error("builds do not run on `{host}`; they run on {}", known.join(", "))]
    NoHost {
        /// The machine, as `x86_64-macos`.
        host: String,
        /// The hosts.
        known: Vec<&'static str>,
    },
    /// A product whose bytes only one host makes.
    #[error("`{name}` is made on {host} only")]
    MadeElsewhere {
        /// The name in the pins.
        name: String,
        /// The host that makes it.
        host: String,
    },
    /// The pins lack what a recipe needs.
    #[error("the pins have no {kind} `{name}`")]
    NotPinned {
        /// `source` or `wheel`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The pins cannot be read.
    #[error("bad pins in `{path}`")]
    BadPins {
        /// The file.
        path: Utf8PathBuf,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// The pins are in a format of another release.
    #[error("`{path}` has version `{got}`: expected `{expected}`")]
    PinsVersion {
        /// The file.
        path: Utf8PathBuf,
        /// The version that this release reads.
        expected: u32,
        /// The version of the file.
        got: u32,
    },
    /// A pinned hash is malformed.
    #[error(transparent)]
    BadSha256(#[from] permafreeze_nix::store_path::BadSha256),
    /// A file has other bytes than the pins say. It is not used.
    #[error("`{file}` has sha256 `{got}`: expected `{expected}`")]
    WrongSha256 {
        /// The file.
        file: String,
        /// What the pins say.
        expected: String,
        /// What it has.
        got: String,
    },
    /// A list of hashes is not in the format of coreutils' `sha256sum`.
    #[error("line {line} of `{path}`: expected a sha256, two blanks and a file name")]
    BadSums {
        /// The file.
        path: Utf8PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// Pieces of the toolchain are not in the store.
    #[error("not in the Nix store: {}", names.join(", "))]
    NotInStore {
        /// Their names in the pins.
        names: Vec<String>,
    },
    /// No way to a source or wheel worked.
    #[error("cannot get `{name}`:{}", tried.iter().map(|line| format!("\n  {line}")).collect::<String>())]
    Unobtainable {
        /// Its name.
        name: String,
        /// What was tried, and why it failed.
        tried: Vec<String>,
    },
    /// The newest version of a source or wheel is not known.
    #[error("cannot tell the newest version of `{name}`: {said}")]
    NoNewest {
        /// Its name in the pins.
        name: String,
        /// What the package client said.
        said: String,
    },
    /// A recipe failed. The step is done afresh the next time; those before it are kept.
    #[error("step `{step}` failed; the end of `{log}`:\n{tail}")]
    StepFailed {
        /// The step.
        step: String,
        /// Its whole log.
        log: Utf8PathBuf,
        /// The last lines of it.
        tail: String,
    },
    /// What was built is not what is pinned. It does not enter the store.
    #[error(
        "`{name}` is not what is pinned\n  expected: {expected}\n       got: {got}\n  the file: {file}\n  built with {compilers}"
    )]
    PinMismatch {
        /// The name in the pins.
        name: String,
        /// The pinned sha256.
        expected: String,
        /// The sha256 of what was built.
        got: String,
        /// What was built.
        file: Utf8PathBuf,
        /// The compilers and their versions.
        compilers: String,
    },
    /// The bytes are right, but the pin says something else of them: name, size or NAR hash.
    #[error("the pin of `{name}` is stale: the bytes are the pinned ones, but not their name, size or NAR hash")]
    StalePin {
        /// The name in the pins.
        name: String,
    },
    /// The static tools are made from a source checkout only.
    #[error("`{name}` is built from the source of permafreeze, and there is no `nix/toolchain.json` here or above")]
    NoCheckout {
        /// The name in the pins.
        name: String,
    },
    /// The pinned Rust compiler is not there.
    #[error("the static tools are built with rustc `{expected}`; this machine has `{got}`")]
    Rustc {
        /// The pinned version.
        expected: String,
        /// What there is.
        got: String,
    },
    /// The Rust standard library for the tools is not there.
    #[error("rustc `{rustc}` has no target `{target}`")]
    RustTarget {
        /// The compiler's version.
        rustc: String,
        /// The target.
        target: String,
    },
    /// A program could not be started or said no.
    #[error("`{command}` failed: {output}")]
    Command {
        /// The command line.
        command: String,
        /// What it said, or why it could not start.
        output: String,
    },
    /// Nix fails.
    #[error(transparent)]
    Nix(#[from] permafreeze_nix::Error),
}

impl Error {
    /// Returns what mends it, if anything does.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::WorkFolder { .. } => Some("give another with `--work DIR`: letters, digits and `/._-` only".into()),
            Error::MissingPrograms { packages, .. } => {
                Some(format!("on Debian and Ubuntu: apt-get install {}", packages.join(" ")))
            }
            Error::PinMismatch { .. } => Some(
                "after a change of the recipes or of the tools' source: permafreeze toolchain pin; else the compilers \
                 differ from the pinned ones"
                    .into(),
            ),
            Error::NotMade { target } => Some(format!(
                "where it can never be reached: `permafreeze toolchain build --target {target} --from wheels`, and \
                 `runtimes = {{ {target} = \"wheels\" }}` in [tool.permafreeze]; see docs/targets.md"
            )),
            Error::StalePin { .. } | Error::NotPinned { .. } => Some("permafreeze toolchain pin".into()),
            Error::NotInStore { names } => Some(format!("permafreeze toolchain build {}", names.join(" "))),
            Error::NoCheckout { .. } => Some("run in a checkout, or name one with `--source DIR`".into()),
            Error::Rustc { expected, .. } => Some(format!("rustup toolchain install {expected}")),
            Error::RustTarget { rustc, target } => Some(format!("rustup target add {target} --toolchain {rustc}")),
            Error::Unobtainable { .. } => {
                Some("one of these ways must work; apt needs an `apt-get update` once".into())
            }
            Error::Nix(error) => error.hint().map(str::to_owned),
            _ => None,
        }
    }

    /// Returns whether the fault lies outside: network, Nix, another program.
    pub fn is_outside(&self) -> bool {
        matches!(
            self,
            Error::Unobtainable { .. }
                | Error::NotMade { .. }
                | Error::NoNewest { .. }
                | Error::Command { .. }
                | Error::File(_)
                | Error::Nix(_)
                | Error::MissingPrograms { .. }
        )
    }
}
