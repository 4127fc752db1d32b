//! Answers the reference tests' questions: a JSON object a line in, a JSON value a line out.
//!
//! `{"do": "marker", "marker", "target", "extras"}` -> true, false or `{"error"}`;
//! `{"do": "tags", "target", "oldest"}` -> the ordered tags; `{"do": "choose", "files", "target", "oldest"}` -> a file or null;
//! `{"do": "hash", "pyproject"}` -> the content hash; `{"do": "select", "project", "settings", "target"}` -> names and
//! versions of the packages to install; `{"do": "plan", "project", "settings"}` -> the plan or `{"error"}`;
//! `{"do": "says-version", "path", "text", "version"}` -> whether the file says the version and nothing else. All take a
//! `python`, as `3.14`; without it they answer for the default.
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{self, BufRead};
use std::process::ExitCode;
use std::sync::LazyLock;
use std::{fs, path::Path};

use permafreeze_packaging::environment::Environment;
use permafreeze_packaging::marker::Marker;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::platform::Platform;
use permafreeze_packaging::python::{DEFAULT, Python};
use permafreeze_packaging::tag::{SupportedTags, Tag};
use permafreeze_packaging::target::Target;
use permafreeze_packaging::wheel_file_name::{WheelFileName, choose};
use permafreeze_plan::pins::Pins;
use permafreeze_plan::version_text::says_version;
use permafreeze_resolve::content_hash::content_hash;
use permafreeze_resolve::document::TomlFile;
use permafreeze_resolve::lockfile::find::find;
use permafreeze_resolve::pyproject::PyProject;
use permafreeze_resolve::request::Request;
use permafreeze_resolve::sdist::known::Known;
use permafreeze_resolve::select::select;
use permafreeze_resolve::tree::{Kind, Tree};
use permafreeze_resolve::{Pythons, Version, locked, resolve};
use serde_json::{Value, json};

use crate::Outcome;

type Answer = Result<Value, Box<dyn Error>>;

/// A project on the disk, with other settings than its own.
struct Project<'a> {
    folder: &'a Path,
    settings: &'a str,
}

impl Tree for Project<'_> {
    fn read(&self, path: &str) -> io::Result<Option<String>> {
        let file = self.folder.join(path);
        if !file.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(file)?;
        if path != "pyproject.toml" || self.settings.is_empty() {
            return Ok(Some(text));
        }
        let own = text.split("\n[tool.permafreeze]\n").next().unwrap_or_default();
        let others = text.split("\n[tool.permafreeze]\n").nth(1).and_then(|rest| Some(&rest[rest.find("\n[")?..]));
        Ok(Some(format!("{own}\n[tool.permafreeze]\n{}\n{}", self.settings, others.unwrap_or_default())))
    }

    fn kind(&self, path: &str) -> Option<Kind> {
        let metadata = fs::metadata(self.folder.join(path)).ok()?;
        Some(if metadata.is_dir() { Kind::Folder } else { Kind::File })
    }

    fn folders(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.folder.join(path)).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.path().is_dir());
        let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }
}

fn text<'a>(question: &'a Value, key: &str) -> &'a str {
    question[key].as_str().unwrap_or_default()
}

fn texts(question: &Value, key: &str) -> Vec<String> {
    question[key].as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// The Pythons that are frozen: read once, for there are thousands of questions.
static PYTHONS: LazyLock<Pythons> = LazyLock::new(|| {
    let pins: Pins = serde_json::from_str(include_str!("../../nix/toolchain.json")).expect("the pins are good");
    let release = |(python, version): (Python, String)| (python, version.parse().expect("a version"));
    pins.pythons.into_iter().map(release).collect()
});

/// A target, and the oldest system that is asked for.
type Asked = (Target, Option<(u32, u32)>);
/// The tags of every Python, target and oldest system that was asked for.
type AllTags = BTreeMap<(Python, Asked), SupportedTags>;

/// The Python that a question is about.
fn python(question: &Value) -> Result<Python, Box<dyn Error>> {
    Ok(question["python"].as_str().map_or(Ok(DEFAULT), str::parse)?)
}

/// Its patch release.
fn version(question: &Value) -> Result<Version, Box<dyn Error>> {
    Ok(PYTHONS.get(&python(question)?).cloned().ok_or("it is not pinned")?)
}

/// Its target, and the oldest system that it asks for: the minor version of glibc 2, or the major one of macOS.
fn target(question: &Value) -> Result<Asked, Box<dyn Error>> {
    let target: Target = text(question, "target").parse()?;
    let number = question["oldest"].as_u64().map(u32::try_from).transpose()?;
    let oldest = number.map(|number| if target.is_linux() { (2, number) } else { (number, 0) });
    Ok((target, oldest.or(target.oldest())))
}

/// The platform of its target.
fn platform(question: &Value) -> Result<Platform, Box<dyn Error>> {
    let (target, oldest) = target(question)?;
    Ok(oldest.map_or(target.platform(), |oldest| target.platform_from(oldest)))
}

fn marker(question: &Value) -> Answer {
    let environment = Environment::cpython(&version(question)?, platform(question)?);
    let extras: BTreeSet<Name> = texts(question, "extras").iter().map(|extra| Name::new(extra)).collect();
    let marker: Marker = text(question, "marker").parse()?;
    Ok(json!(marker.holds(&environment, &extras)))
}

fn supported<'a>(question: &Value, all: &'a mut AllTags) -> Result<&'a SupportedTags, Box<dyn Error>> {
    let (python, platform) = (python(question)?, platform(question)?);
    Ok(all.entry((python, target(question)?)).or_insert_with(|| SupportedTags::cpython(python.minor(), platform)))
}

fn tags(question: &Value, all: &mut AllTags) -> Answer {
    let supported = supported(question, all)?;
    Ok(json!(supported.tags().iter().map(Tag::to_string).collect::<Vec<_>>()))
}

fn chosen(question: &Value, all: &mut AllTags) -> Answer {
    let supported = supported(question, all)?;
    let files = texts(question, "files");
    let wheels: Vec<(WheelFileName, &String)> =
        files.iter().filter_map(|file| Some((file.parse().ok()?, file))).collect();
    Ok(json!(choose(wheels.iter().map(|(name, file)| (name, *file)), supported)))
}

fn hash(question: &Value) -> Answer {
    let file = TomlFile::parse("pyproject.toml".to_owned(), text(question, "pyproject").to_owned())?;
    Ok(json!(content_hash(&file, true)))
}

fn plan(question: &Value) -> Answer {
    let project = Project { folder: Path::new(text(question, "project")), settings: text(question, "settings") };
    Ok(serde_json::to_value(resolve(&project, &PYTHONS, None, &Known::default())?)?)
}

fn says(question: &Value) -> Answer {
    let version: Version = text(question, "version").parse()?;
    Ok(json!(says_version(text(question, "path"), text(question, "text"), &version)))
}

fn selected(question: &Value) -> Answer {
    let project = Project { folder: Path::new(text(question, "project")), settings: text(question, "settings") };
    let file = |name: &str| -> Result<TomlFile, Box<dyn Error>> {
        Ok(TomlFile::parse(name.to_owned(), project.read(name)?.unwrap_or_default())?)
    };
    let pyproject_file = file("pyproject.toml")?;
    let pyproject: PyProject = pyproject_file.convert()?;
    let found = find(&project, &pyproject_file, pyproject.tool.permafreeze.lock.as_deref())?;
    let lock_file = file(&found.path)?;
    let (groups, lock) = locked(&project, (&pyproject_file, &pyproject), &found, &lock_file)?;
    let wanted = Request::of(&pyproject_file, &pyproject, &groups)?.wanted;
    let environment = Environment::cpython(&version(question)?, platform(question)?);
    let packages = select(&lock_file, &lock, &groups, &wanted, &environment)?;
    Ok(json!(packages.iter().map(|package| [&package.name, &package.version]).collect::<Vec<_>>()))
}

/// Runs the tool.
pub(crate) fn run() -> Outcome {
    let mut all = AllTags::new();
    for line in io::stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        let answer = match text(&question, "do") {
            "marker" => marker(&question),
            "tags" => tags(&question, &mut all),
            "choose" => chosen(&question, &mut all),
            "hash" => hash(&question),
            "select" => selected(&question),
            "plan" => plan(&question),
            "says-version" => says(&question),
            other => Err(format!("unknown question `{other}`").into()),
        };
        println!("{}", answer.unwrap_or_else(|error| json!({"error": error.to_string()})));
    }
    Ok(ExitCode::SUCCESS)
}
