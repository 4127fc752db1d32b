//! What `[tool.permafreeze]` asks for, checked: targets, glibc, groups and extras.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_packaging::name::Name;
use permafreeze_packaging::target::{MACOS, OLDEST_GLIBC, Os, Target};
use permafreeze_plan::plan::{Policy, RuntimeSource};

use crate::document::TomlFile;
use crate::error::Error;
use crate::groups::Groups;
use crate::pyproject::PyProject;
use crate::scripts::Scripts;

/// The extra that has, by its name, what a project's scripts require besides: httpx, litestar, strawberry have one.
const OF_SCRIPTS: &str = "cli";

/// What the user wants of the project.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The groups.
    pub groups: BTreeSet<Name>,
    /// The extras.
    pub extras: BTreeSet<Name>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The targets.
    pub targets: BTreeSet<Target>,
    /// Linux: the oldest glibc, if the project says it.
    pub glibc: Option<(u32, u32)>,
    /// macOS: the oldest one, if the project says it.
    pub macos: Option<(u32, u32)>,
    /// Other sources of Python runtimes.
    pub runtimes: BTreeMap<Target, RuntimeSource>,
    /// Groups and extras.
    pub wanted: Wanted,
    /// What the executables may want of the user's machine.
    pub policy: Policy,
    /// Commands with which `verify` runs each executable.
    pub smoke: Vec<Vec<String>>,
}

impl Request {
    /// Reads the request of a project.
    ///
    /// # Errors
    /// If a target, a group or an extra is not known, a glibc is none or too old, or the policy or a smoke command is
    /// wrong.
    pub fn of(file: &TomlFile, pyproject: &PyProject, groups: &Groups) -> Result<Request, Error> {
        let settings = &pyproject.tool.permafreeze;
        let targets = settings.targets.iter().map(|name| target(file, "tool.permafreeze.targets", name));
        let targets = targets.collect::<Result<BTreeSet<Target>, Error>>()?;
        if targets.is_empty() {
            let problem = format!("name at least one of {}", listed(Target::ALL.map(Target::name)));
            return Err(file.wrong("tool.permafreeze.targets", "[]", problem));
        }
        let known_groups = groups.groups.keys().map(Name::as_str);
        let known_extras = groups.extras.iter().map(Name::as_str);
        let asked = settings.extras.as_deref().unwrap_or_default();
        let mut wanted = Wanted {
            groups: names(file, "group", &settings.groups, known_groups)?,
            extras: names(file, "extra", asked, known_extras)?,
        };
        // An installer leaves it to the user to ask for them; here a script without them can do nothing.
        let scripts = Scripts::of(pyproject);
        let mut of_scripts = scripts.extras();
        if settings.extras.is_none() && scripts.all().len() > 0 {
            of_scripts.insert(Name::new(OF_SCRIPTS));
        }
        wanted.extras.extend(of_scripts.into_iter().filter(|extra| groups.extras.contains(extra)));
        Ok(Request {
            targets,
            glibc: said(&settings.glibc, |text| glibc(file, "tool.permafreeze.glibc", text))?,
            macos: said(&settings.macos, |text| macos(file, text))?,
            runtimes: runtimes(file, &settings.runtimes)?,
            wanted,
            policy: policy(file, &settings.policy)?,
            smoke: smoke(file, "tool.permafreeze.smoke", &settings.smoke)?,
        })
    }

    /// Returns the oldest glibc or macOS that the project says for a target.
    pub fn oldest(&self, target: Target) -> Option<(u32, u32)> {
        match target.os() {
            Os::Linux => self.glibc,
            Os::Darwin => self.macos,
            Os::Windows => None,
        }
    }
}

fn target(file: &TomlFile, key: &str, name: &str) -> Result<Target, Error> {
    name.parse().map_err(|_| {
        let problem = format!("there is no such target: expected one of {}", listed(Target::ALL.map(Target::name)));
        file.wrong(key, name, problem)
    })
}

/// Checks the sources of runtimes. Runtimes for Linux are built from source, so there is no other.
fn runtimes(file: &TomlFile, given: &BTreeMap<String, String>) -> Result<BTreeMap<Target, RuntimeSource>, Error> {
    let read = |(name, source): (&String, &String)| {
        let key = "tool.permafreeze.runtimes";
        let target = target(file, key, name)?;
        let key = format!("{key}.{name}");
        if target.is_linux() {
            return Err(file.wrong(key, source, "the runtime of a Linux target is built from source alone"));
        }
        match RuntimeSource::ALL.into_iter().find(|known| known.name() == source) {
            Some(source) => Ok((target, source)),
            None => {
                let known = listed(RuntimeSource::ALL.map(RuntimeSource::name));
                Err(file.wrong(key, source, format!("there is no such source: expected {known}")))
            }
        }
    };
    given.iter().map(read).collect()
}

fn names<'a>(
    file: &TomlFile,
    what: &str,
    given: &[String],
    known: impl Iterator<Item = &'a str>,
) -> Result<BTreeSet<Name>, Error> {
    let known: BTreeSet<&str> = known.collect();
    let names: BTreeSet<Name> = given.iter().map(|name| Name::new(name)).collect();
    match names.iter().find(|name| !known.contains(name.as_str())) {
        None => Ok(names),
        Some(name) => {
            let problem = format!("there is no such {what}: the project has {}", listed(known));
            Err(file.wrong(format!("tool.permafreeze.{what}s"), name.as_str(), problem))
        }
    }
}

fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Checks the policy; its lists are sorted, for their order means nothing.
fn policy(file: &TomlFile, given: &Policy) -> Result<Policy, Error> {
    if let Some(text) = &given.glibc {
        glibc(file, "tool.permafreeze.policy.glibc", text)?;
    }
    if let Some(text) = &given.macos
        && version(text).is_none()
    {
        return Err(file.wrong("tool.permafreeze.policy.macos", text, "expected a version of macOS, as `12.3`"));
    }
    if let Some(library) = given.libraries.iter().find(|library| library.is_empty() || library.contains('/')) {
        let problem = "expected the name that a file asks the loader for, as `libGL.so.1`";
        return Err(file.wrong("tool.permafreeze.policy.libraries", library, problem));
    }
    let outside = |path: &&String| path.is_empty() || path.starts_with('/') || path.split('/').any(|part| part == "..");
    if let Some(path) = given.executable_stack.iter().find(outside) {
        let problem = "expected a path in the executable's unpacked folder, as `package/module.so`";
        return Err(file.wrong("tool.permafreeze.policy.executable-stack", path, problem));
    }
    let sorted = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    Ok(Policy {
        glibc: given.glibc.clone(),
        macos: given.macos.clone(),
        libraries: sorted(&given.libraries),
        executable_stack: sorted(&given.executable_stack),
    })
}

/// Checks commands with which `verify` runs an executable; `key` is the option that has them.
///
/// # Errors
/// If none could be one.
pub fn smoke(file: &TomlFile, key: &str, commands: &[Vec<String>]) -> Result<Vec<Vec<String>>, Error> {
    if commands.iter().any(Vec::is_empty) {
        return Err(file.wrong(key, "[]", "expected the arguments of a command, as `[\"--version\"]`"));
    }
    match commands.iter().flatten().find(|word| word.contains('\0')) {
        Some(word) => Err(file.wrong(key, &word.escape_debug().to_string(), "no argument has a NUL")),
        None => Ok(commands.to_vec()),
    }
}

fn said<T>(text: &Option<String>, read: impl Fn(&str) -> Result<T, Error>) -> Result<Option<T>, Error> {
    text.as_deref().map(read).transpose()
}

/// Reads a version of two numbers.
fn version(text: &str) -> Option<(u32, u32)> {
    text.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)))
}

/// Since macOS 11 wheels are for a major version; the runtimes are built for [`MACOS`].
fn macos(file: &TomlFile, text: &str) -> Result<(u32, u32), Error> {
    let key = "tool.permafreeze.macos";
    match version(text) {
        Some(version @ (_, 0)) if version >= MACOS => Ok(version),
        Some(version) if version < MACOS => {
            Err(file.wrong(key, text, format!("the runtime itself needs macOS {}.{}", MACOS.0, MACOS.1)))
        }
        _ => Err(file.wrong(key, text, "expected a version of macOS, as `13.0`")),
    }
}

fn glibc(file: &TomlFile, key: &str, text: &str) -> Result<(u32, u32), Error> {
    match version(text) {
        Some(version @ (2, _)) if version >= OLDEST_GLIBC => Ok(version),
        Some((2, _)) => Err(file.wrong(key, text, "the runtime itself needs glibc 2.17")),
        _ => Err(file.wrong(key, text, "expected a version of glibc, as `2.28`")),
    }
}
