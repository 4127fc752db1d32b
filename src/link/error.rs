//! What can go wrong while linking.
use std::io;

use camino::Utf8PathBuf;
use permafreeze_executable::owner::Owner;
use permafreeze_executable::pyinstaller::PyInstaller;
use permafreeze_packaging::python::UnknownPython;

use crate::conflicts::{self, Conflict};
use crate::syntax::{self, SyntaxFault};

/// A link that failed. Nothing has been written then.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The job's file is not a job.
    #[error("the job `{path}` is not readable as JSON of a link job")]
    Job {
        /// The job's file.
        path: Utf8PathBuf,
        /// What the reader said.
        #[source]
        source: serde_json::Error,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} `{path}`")]
    Io {
        /// What was tried, as `read`.
        action: &'static str,
        /// On what.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The runtime is of a Python that nothing is linked for.
    #[error("cannot link with the runtime `{path}`")]
    Python {
        /// The runtime's object.
        path: Utf8PathBuf,
        /// Which it is.
        #[source]
        source: UnknownPython,
    },
    /// An object is damaged or of another format.
    #[error("cannot read the object `{path}`")]
    Object {
        /// The object's folder.
        path: Utf8PathBuf,
        /// What its reader said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An object is of the wrong kind.
    #[error("the object `{path}` is not a {expected}")]
    WrongObject {
        /// The object's folder.
        path: Utf8PathBuf,
        /// What it should be.
        expected: &'static str,
    },
    /// Nothing is known of this version of PyInstaller.
    #[error(
        "the link job has PyInstaller {version}: expected a version from {} to {}",
        PyInstaller::OLDEST,
        PyInstaller::NEWEST
    )]
    PyInstaller {
        /// The version, as `6.18.0`.
        version: String,
    },
    /// Two distributions own one file with different bytes; all such files.
    #[error("{}", conflicts::text(.0))]
    Collision(Vec<Conflict>),
    /// A distribution has a file where another one has a folder.
    #[error("`{path}` is a file of `{file}` and a folder of `{folder}`")]
    FileAndFolder {
        /// Path below site-packages.
        path: String,
        /// The owner of the file.
        file: Owner,
        /// The owner of a file in the folder.
        folder: Owner,
    },
    /// `precedence` names an owner that does not own the file.
    #[error("precedence of `{path}` is given to `{distribution}`, which has no such file: its owners are {owners}")]
    Precedence {
        /// Path below site-packages.
        path: String,
        /// The distribution that was named.
        distribution: String,
        /// Who owns it.
        owners: String,
    },
    /// A file that the executable's options name does not exist.
    #[error("{option} `{path}` does not exist in the application's files")]
    NoFile {
        /// The option, as `entry script`.
        option: &'static str,
        /// What it says.
        path: String,
    },
    /// The list of run-time hooks that may be put off cannot be understood.
    #[error("the loader's list `{path}` is not a table of sha256 by name: {source}")]
    Deferred {
        /// Its path.
        path: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The job's bootloader does not exist.
    #[error("the bootloader `{path}` of `{owner}` does not exist in the objects of the link job")]
    NoBootloader {
        /// The object's owner.
        owner: String,
        /// Path in the object.
        path: String,
    },
    /// Modules or scripts that the executable needs do not compile.
    #[error("{}", syntax::text(.0))]
    Syntax(Vec<SyntaxFault>),
    /// The entry point's module does not exist.
    #[error("the entry point `{entry}` names a module that no package has: `{module}`")]
    NoModule {
        /// The entry point, as it is written.
        entry: String,
        /// The module.
        module: String,
    },
    /// A distribution whose metadata is wanted is not installed.
    #[error("copy-metadata names `{name}`, which is none of the installed distributions")]
    NoDistribution {
        /// The distribution.
        name: String,
    },
    /// A hook failed.
    #[error("the hook `{hook}` failed: {message}")]
    Hook {
        /// The hook's file and its owner.
        hook: String,
        /// Exception and traceback.
        message: String,
    },
    /// A hook wants to run package code and there is no static answer.
    #[error("the hook `{hook}` runs package code in `{function}`, which a link never does ({what})")]
    HookRunsCode {
        /// The hook's file name.
        hook: String,
        /// The function, as it stands in the hook.
        function: String,
        /// What it wanted to run.
        what: String,
    },
    /// A hook ended the process that runs hooks. What it wrote stands before this error in the build's log, and
    /// `permafreeze` shows it, because the text says `above`.
    #[error("the hook `{hook}` stopped the hook process ({how}); its last lines are above")]
    HookStopped {
        /// The hook.
        hook: String,
        /// How the process ended: `exit 1`, `signal: 9 (SIGKILL)`.
        how: String,
    },
    /// The host python spoke nonsense, or did not start.
    #[error("the hook server ({python}) broke off: {message}")]
    Server {
        /// The interpreter.
        python: Utf8PathBuf,
        /// What was seen.
        message: String,
    },
    /// A library is for another machine.
    #[error("`{file}` of `{owner}` is {found}, but target `{target}` needs {expected}")]
    Machine {
        /// Path of the library in its owner.
        file: String,
        /// The wheel.
        owner: String,
        /// What it is, as "an ELF file for `x86_64`".
        found: String,
        /// The target.
        target: String,
        /// What the target needs, as "ELF for `x86_64`".
        expected: String,
    },
    /// A library is missing that the target's systems may lack.
    #[error(
        "library `{library}`, which `{file}` of `{owner}` needs, is in no package for it, and not part of the target's system"
    )]
    NoLibrary {
        /// The library.
        library: String,
        /// Path of the library that needs it, in its owner.
        file: String,
        /// The owner.
        owner: String,
        /// The distribution that has it.
        provider: &'static str,
    },
    /// A file that is shown of the executable is not what it should be.
    #[error("{option} `{path}`: {problem}")]
    Resource {
        /// The option, as `windows.icon`.
        option: &'static str,
        /// The file, by its path in its owner.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A library must be changed to be loaded, and cannot be.
    #[error("`{file}` of `{owner}` must be changed to be loaded from the executable ({reason}), which fails")]
    Change {
        /// Path of the library in its owner.
        file: String,
        /// The wheel.
        owner: Owner,
        /// What must be changed, and why.
        reason: String,
        /// Why it cannot be.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The marshalled code of a module is damaged.
    #[error("the code of `{path}` is damaged")]
    Code {
        /// The module's file.
        path: String,
        /// What the reader said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A collection mode that does not exist.
    #[error("unknown module collection mode `{mode}` for `{module}`: expected `pyz`, `pyc`, `py` or `pyz+py`")]
    CollectionMode {
        /// The module.
        module: String,
        /// The mode.
        mode: String,
    },
    /// Writing the executable failed.
    #[error("cannot write the executable `{name}`")]
    Write {
        /// The executable's name.
        name: String,
        /// What the writer said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl LinkError {
    /// Returns the fix, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            LinkError::Collision(conflicts) => Some(conflicts::hint(conflicts)),
            LinkError::Syntax(faults) => Some(syntax::hint(faults)),
            LinkError::FileAndFolder { file, folder, .. } => Some(format!(
                "no installation can have both: lock another version of `{file}` or `{folder}` (`poetry update`), or \
                 remove one of them"
            )),
            LinkError::HookRunsCode { hook, function, .. } => {
                let answer = format!("\n# or, where a list of names is wanted:\n# {} = [\"…\"]", key(function));
                Some(format!("{}{answer}", answer_for(hook)))
            }
            LinkError::Hook { hook, .. } if hook.contains("hook-") => Some(answer_for(file_of(hook))),
            LinkError::NoDistribution { name } => {
                Some(format!("remove `{name}` from copy-metadata or add it to the lock"))
            }
            LinkError::Machine { owner, .. } => Some(format!(
                "`{owner}` was built wrongly for its tags: lock another version of it (`poetry update`), or, if nothing \
                 loads the file, name it in `datas` or leave its module out with `exclude-modules`"
            )),
            LinkError::NoLibrary { provider, .. } => Some(format!(
                "add `{provider}`, which has it, to the dependencies: `\"{provider}; sys_platform == 'win32'\"`, by `poetry add` or \
                 `uv add`"
            )),
            LinkError::Change { owner, .. } => Some(format!(
                "lock another version of `{owner}` (`poetry update`), or, if nothing loads the file, leave its module out \
                 with `exclude-modules`"
            )),
            LinkError::NoFile { .. } => {
                Some("paths are below the application's files as [tool.permafreeze] places them".to_owned())
            }
            _ => None,
        }
    }

    pub(crate) fn io(action: &'static str, path: impl Into<Utf8PathBuf>) -> impl FnOnce(io::Error) -> LinkError {
        let path = path.into();
        move |source| LinkError::Io { action, path, source }
    }
}

/// Returns the file name of a hook, `hook-x.py`, from its path and owner.
fn file_of(hook: &str) -> &str {
    let path = hook.split(" of ").next().unwrap_or(hook);
    path.rsplit('/').next().unwrap_or(path)
}

/// Returns what a user can write in place of a hook.
fn answer_for(hook: &str) -> String {
    let module = hook.strip_prefix("hook-").and_then(|name| name.strip_suffix(".py")).unwrap_or(hook);
    let package = module.split('.').next().unwrap_or(module);
    format!(
        "leave the package out with `exclude-modules = [\"{package}\"]`, or answer in place of the hook with the \
         modules that it would add (and name data files of the package with `collect-data`):\n\
         [tool.permafreeze.hook-answers.\"{hook}\"]\nhiddenimports = []"
    )
}

/// Returns a key of TOML: quoted, unless it is a bare one.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|char| char.is_ascii_alphanumeric() || "_-".contains(char));
    if bare { name.to_owned() } else { format!("\"{name}\"") }
}
