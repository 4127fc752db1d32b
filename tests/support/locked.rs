//! `permafreeze lock` of a project with one package whose table in poetry.lock is written by the test. Needs no Nix.
use std::fs;
use std::process::Command;

use permafreeze_resolve::content_hash::content_hash;
use permafreeze_resolve::document::TomlFile;

const PYPROJECT: &str = "[project]\nname = \"app\"\nversion = \"1.0\"\nrequires-python = \">=3.13\"\n\
                         dependencies = [\"demo\"]\n[project.scripts]\napp = \"app:main\"\n";

/// What `lock` did.
pub(crate) struct Locked {
    /// The exit code.
    pub(crate) code: i32,
    /// What it wrote to stderr.
    pub(crate) stderr: String,
    /// The plan, if there is one.
    pub(crate) plan: Option<String>,
}

/// Locks a package `demo` with this one of its `files`, on line 7, and `more` after them.
pub(crate) fn lock(file: &str, more: &str) -> Locked {
    let folder = tempfile::tempdir().expect("a folder");
    let pyproject = TomlFile::parse("pyproject.toml".to_owned(), PYPROJECT.to_owned()).expect("TOML");
    let lock = format!(
        "[[package]]\nname = \"demo\"\nversion = \"1\"\noptional = false\npython-versions = \"*\"\n\
         groups = [\"main\"]\nfiles = [{file}]\n{more}\n[metadata]\nlock-version = \"2.1\"\n\
         python-versions = \">=3.13\"\ncontent-hash = \"{}\"\n",
        content_hash(&pyproject, true)
    );
    for (name, text) in [("pyproject.toml", PYPROJECT), ("poetry.lock", &lock), ("app.py", "def main(): pass\n")] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_permafreeze"));
    let output = command.arg("lock").current_dir(folder.path()).env_clear().output().expect("runs");
    Locked {
        code: output.status.code().unwrap_or(-1),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        plan: fs::read_to_string(folder.path().join("permafreeze.lock")).ok(),
    }
}
