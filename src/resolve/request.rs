//! What `[tool.permafreeze]` asks for, checked: targets, glibc, groups and extras.
use std::collections::BTreeSet;

use permafreeze_packaging::name::Name;
use permafreeze_plan::target::Target;

use crate::document::TomlFile;
use crate::error::Error;
use crate::groups::Groups;
use crate::pyproject::PyProject;
use crate::select::Wanted;

/// The glibc that the runtime itself needs.
const OLDEST_GLIBC: (u32, u32) = (2, 17);

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The targets.
    pub targets: BTreeSet<Target>,
    /// Linux: the oldest glibc.
    pub glibc: (u32, u32),
    /// Groups and extras.
    pub wanted: Wanted,
}

impl Request {
    /// Reads the request of a project.
    ///
    /// # Errors
    /// If a target, a group or an extra is not known, or the glibc is none or too old.
    pub fn of(file: &TomlFile, pyproject: &PyProject, groups: &Groups) -> Result<Request, Error> {
        let settings = &pyproject.tool.permafreeze;
        let mut targets = BTreeSet::new();
        for target in &settings.targets {
            let known: Result<Target, _> = target.parse();
            let target = known.map_err(|_| {
                let problem =
                    format!("there is no such target: expected one of {}", listed(Target::ALL.map(Target::name)));
                file.wrong("tool.permafreeze.targets", target, problem)
            })?;
            targets.insert(target);
        }
        if targets.is_empty() {
            let problem = format!("name at least one of {}", listed(Target::ALL.map(Target::name)));
            return Err(file.wrong("tool.permafreeze.targets", "[]", problem));
        }
        let known_groups = groups.groups.keys().map(Name::as_str);
        let known_extras = groups.extras.iter().map(Name::as_str);
        let wanted = Wanted {
            groups: names(file, "group", &settings.groups, known_groups)?,
            extras: names(file, "extra", &settings.extras, known_extras)?,
        };
        Ok(Request { targets, glibc: glibc(file, &settings.glibc)?, wanted })
    }
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

fn glibc(file: &TomlFile, text: &str) -> Result<(u32, u32), Error> {
    let key = "tool.permafreeze.glibc";
    let parsed = text.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    match parsed {
        Some(version @ (2, _)) if version >= OLDEST_GLIBC => Ok(version),
        Some((2, _)) => Err(file.wrong(key, text, "the runtime itself needs glibc 2.17")),
        _ => Err(file.wrong(key, text, "expected a version of glibc, as `2.28`")),
    }
}
