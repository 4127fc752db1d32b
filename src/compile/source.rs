//! A source tree (the application, a path dependency) -> an object.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::text::base64_url;
use permafreeze_base::{glob, sha256};
use permafreeze_object::format::{Origin, entry_script};
use permafreeze_object::writer::Writer;
use permafreeze_packaging::Version;
use permafreeze_packaging::name::Name;
use permafreeze_plan::plan::{Distribution, SourceContent};
use permafreeze_plan::version_text::says_version;
use serde::Deserialize;

use crate::assemble::{Compiler, Cores, Input, Item, Kind, assemble, kind_of};
use crate::error::Error;
use crate::path;
use crate::stored::Form;
use crate::worker::HostPython;

/// What Nix hands over, as JSON.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Job {
    /// The source's label, for messages.
    name: String,
    /// The source tree.
    tree: Utf8PathBuf,
    contents: Vec<SourceContent>,
    distribution: Option<Distribution>,
    /// Texts of files that the tree does not have, by path.
    #[serde(default)]
    generated: BTreeMap<String, String>,
    /// Entry points of the executables that the source is the application of, by the executable's name.
    #[serde(default)]
    entries: BTreeMap<String, EntryPoint>,
}

/// An object reference (entry points specification), or a module that is run as `python -m` runs it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct EntryPoint {
    /// The module, dotted.
    module: String,
    /// The callable in it, dotted; `None`: the module itself is run.
    function: Option<String>,
}

/// Where a file of the object comes from.
#[derive(Debug)]
enum FileOrigin {
    Disk(Utf8PathBuf),
    /// Made from the plan: version files, metadata, entry scripts.
    Made(Vec<u8>),
}

/// All files of the object to be, by path.
struct Sources {
    files: BTreeMap<String, FileOrigin>,
}

impl Input for Sources {
    fn read(&self, item: &Item) -> Result<Vec<u8>, Error> {
        match self.files.get(&item.origin) {
            Some(FileOrigin::Disk(path)) => read(path),
            Some(FileOrigin::Made(bytes)) => Ok(bytes.clone()),
            None => Ok(Vec::new()),
        }
    }
}

/// Compiles what a job file describes to an object at `out`.
pub fn compile_source(
    job: &Utf8Path,
    python: &Utf8Path,
    cores: usize,
    form: Form,
    out: &Utf8Path,
) -> Result<(), Error> {
    let Job { name, tree, contents, distribution, generated, entries } =
        serde_json::from_slice(&read(job)?).map_err(|source| Error::Job { path: job.to_owned(), source })?;
    let mut files = BTreeMap::new();
    for content in &contents {
        Walk { name: &name, tree: &tree, content, files: &mut files }.run()?;
    }
    let version = distribution.as_ref().and_then(|distribution| Version::from_str(&distribution.version).ok());
    for (path, text) in generated {
        path::check(&path).map_err(|why| Error::SourcePath { name: name.clone(), path: path.clone(), why })?;
        if !version.as_ref().is_some_and(|version| says_version(&path, &text, version)) {
            return Err(Error::Generated { name, path });
        }
        files.insert(path, FileOrigin::Made(text.into_bytes()));
    }
    let dist_info = distribution.as_ref().map(folder_name);
    if let (Some(distribution), Some(folder)) = (&distribution, &dist_info) {
        add_dist_info(&name, distribution, folder, &mut files)?;
    }
    for (executable, entry) in &entries {
        let path = entry_script(executable);
        path::check(&path).map_err(|why| Error::SourcePath { name: name.clone(), path: path.clone(), why })?;
        files.insert(path, FileOrigin::Made(entry_text(entry).into_bytes()));
    }
    let items: Vec<Item> = files
        .iter()
        .map(|(path, from)| {
            let executable = matches!(from, FileOrigin::Disk(file) if is_executable(file));
            Item { path: path.clone(), origin: path.clone(), kind: kind_of(path, &files), executable }
        })
        .collect();
    let modules = items.iter().filter(|item| matches!(item.kind, Kind::Module(_))).count();
    let cores = Cores(cores);
    let python = HostPython::new(python, cores.processes(modules));
    let mut writer = Writer::create(out)?;
    let compiler = Compiler { python: &python, cores, known: None, form };
    assemble(&items, &Sources { files }, compiler, &mut writer)?;
    let (name, version) = distribution.map(|it| (it.name, it.version)).unzip();
    writer.finish(Origin::Source { name, version, dist_info })?;
    Ok(())
}

/// What version control, and tools that are run on a tree, leave in its folders: no build backend packages it.
const LEFT_OUT: [&str; 14] = [
    ".DS_Store",
    ".bzr",
    ".direnv",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
];

/// Walks one [`SourceContent`].
struct Walk<'w> {
    name: &'w str,
    tree: &'w Utf8Path,
    content: &'w SourceContent,
    files: &'w mut BTreeMap<String, FileOrigin>,
}

impl Walk<'_> {
    fn run(&mut self) -> Result<(), Error> {
        let SourceContent { from, to, .. } = self.content;
        for path in [from, to].into_iter().filter(|path| *path != ".") {
            let bad = |why| Error::SourcePath { name: self.name.to_owned(), path: path.clone(), why };
            path::check(path).map_err(bad)?;
        }
        let start = if from == "." { self.tree.to_owned() } else { self.tree.join(from) };
        let place = if to == "." { String::new() } else { to.clone() };
        if start.symlink_metadata().is_err() {
            return Err(Error::NoContent { name: self.name.to_owned(), from: from.clone() });
        }
        let start = self.resolve(&start)?;
        if start.is_file() {
            return self.file(start, place);
        }
        self.folder(&start, "", &place, &mut BTreeSet::new())
    }

    /// `below` is the path relative to the content's start, for the globs. `parents` ends cycles of links.
    fn folder(
        &mut self,
        folder: &Utf8Path,
        below: &str,
        place: &str,
        parents: &mut BTreeSet<Utf8PathBuf>,
    ) -> Result<(), Error> {
        if !parents.insert(folder.to_owned()) {
            return Ok(());
        }
        for name in list(folder)? {
            // Beside scripts, what is hidden is no part of a program.
            let is_hidden = self.content.from == "." && below.is_empty() && name.starts_with('.');
            if is_hidden || LEFT_OUT.contains(&name.as_str()) || name.ends_with(".pyc") {
                continue;
            }
            let bad = |why| Error::SourcePath { name: self.name.to_owned(), path: name.clone(), why };
            path::check(&name).map_err(bad)?;
            let path = self.resolve(&folder.join(&name))?;
            let (below, place) = (join(below, &name), join(place, &name));
            if path.is_dir() {
                self.folder(&path, &below, &place, parents)?;
            } else if self.is_wanted(&below) {
                self.file(path, place)?;
            }
        }
        parents.remove(folder);
        Ok(())
    }

    fn is_wanted(&self, below: &str) -> bool {
        let any = |globs: &[String]| globs.iter().any(|glob| glob::matches(glob, below));
        (self.content.include.is_empty() || any(&self.content.include)) && !any(&self.content.exclude)
    }

    /// Follows a symbolic link, which must stay in the tree.
    fn resolve(&self, path: &Utf8Path) -> Result<Utf8PathBuf, Error> {
        let io = |source| Error::Io { action: "read", path: path.to_owned(), source };
        if !path.symlink_metadata().map_err(io)?.is_symlink() {
            return Ok(path.to_owned());
        }
        let root = self.tree.canonicalize_utf8().map_err(io)?;
        match path.canonicalize_utf8() {
            Ok(real) if real.starts_with(&root) => Ok(real),
            _ => {
                let target = path.read_link_utf8().map_err(io)?.into_string();
                let path = path.strip_prefix(self.tree).unwrap_or(path).to_string();
                Err(Error::SourceLink { name: self.name.to_owned(), path, target })
            }
        }
    }

    /// Two contents may name one file twice (`include` of a package's own data); two files for one place are an error.
    fn file(&mut self, path: Utf8PathBuf, place: String) -> Result<(), Error> {
        match self.files.get(&place) {
            Some(FileOrigin::Disk(first)) if *first != path => {
                Err(Error::SamePlace { path: place, first: first.to_string(), second: path.into_string() })
            }
            _ => {
                self.files.insert(place, FileOrigin::Disk(path));
                Ok(())
            }
        }
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn list(folder: &Utf8Path) -> Result<Vec<String>, Error> {
    let io = |source| Error::Io { action: "read", path: folder.to_owned(), source };
    let mut names = Vec::new();
    for entry in folder.read_dir_utf8().map_err(io)? {
        names.push(entry.map_err(io)?.file_name().to_owned());
    }
    names.sort();
    Ok(names)
}

fn read(path: &Utf8Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::Io { action: "read", path: path.to_owned(), source })
}

fn is_executable(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

/// Returns what an installer would write for an entry point; for a module, what `python -m` does, but for `sys.argv[0]`:
/// that is the executable.
fn entry_text(EntryPoint { module, function }: &EntryPoint) -> String {
    let Some(function) = function else {
        let run = format!("runpy._run_module_as_main(\"{module}\", alter_argv=False)");
        return format!("import runpy\nif __name__ == \"__main__\":\n    {run}\n");
    };
    let first = function.split('.').next().unwrap_or(function);
    format!("import sys\nfrom {module} import {first}\nif __name__ == \"__main__\":\n    sys.exit({function}())\n")
}

/// `Agent-Runner` 1.0 -> `agent_runner-1.0.dist-info` (PyPA, "Binary distribution format", escaping).
fn folder_name(distribution: &Distribution) -> String {
    let name = Name::new(&distribution.name).module();
    format!("{name}-{}.dist-info", distribution.version.replace('-', "_"))
}

fn add_dist_info(
    source: &str,
    distribution: &Distribution,
    folder: &str,
    files: &mut BTreeMap<String, FileOrigin>,
) -> Result<(), Error> {
    path::check(folder).map_err(|why| Error::SourcePath { name: source.to_owned(), path: folder.to_owned(), why })?;
    let wheel = "Wheel-Version: 1.0\nGenerator: permafreeze\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    let made = [
        ("METADATA", distribution.metadata.as_str()),
        ("WHEEL", wheel),
        ("entry_points.txt", distribution.entry_points.as_str()),
    ];
    for (name, text) in made.into_iter().filter(|(_, text)| !text.is_empty()) {
        files.insert(format!("{folder}/{name}"), FileOrigin::Made(text.as_bytes().to_vec()));
    }
    let record = record(folder, files)?;
    files.insert(format!("{folder}/RECORD"), FileOrigin::Made(record.into_bytes()));
    Ok(())
}

fn record(folder: &str, files: &BTreeMap<String, FileOrigin>) -> Result<String, Error> {
    let mut text = String::new();
    for (path, from) in files {
        let bytes = match from {
            FileOrigin::Disk(file) => read(file)?,
            FileOrigin::Made(bytes) => bytes.clone(),
        };
        let field = if path.contains([',', '"']) { format!("\"{}\"", path.replace('"', "\"\"")) } else { path.clone() };
        text.push_str(&format!("{field},sha256={},{}\n", base64_url(&sha256::digest(&bytes)), bytes.len()));
    }
    text.push_str(&format!("{folder}/RECORD,,\n"));
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry_of(entry: &str) -> String {
        entry_text(&serde_json::from_str(entry).expect("an entry point"))
    }

    #[test]
    fn an_entry_script_calls_a_function_or_runs_a_module() {
        assert_eq!(
            entry_of(r#"{"module": "app.cli", "function": "App.run"}"#),
            "import sys\nfrom app.cli import App\nif __name__ == \"__main__\":\n    sys.exit(App.run())\n"
        );
        assert_eq!(
            entry_of(r#"{"module": "app"}"#),
            "import runpy\nif __name__ == \"__main__\":\n    runpy._run_module_as_main(\"app\", alter_argv=False)\n"
        );
    }
}
