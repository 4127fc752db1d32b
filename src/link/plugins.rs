//! Entry points of the installed distributions (PyPA, "Entry points specification"): what plugins are.
//!
//! A program that loads plugins asks for a group by its name. So the modules of a group belong to the executable when the
//! name of the group is a string in code that is linked, whether or not anybody imports the distribution.
use std::collections::{BTreeMap, BTreeSet};

use crate::error::LinkError;
use crate::load::Objects;

/// Groups that installers read, not programs.
const SCRIPTS: [&str; 2] = ["console_scripts", "gui_scripts"];
/// What a string must end with to be the start of a group's name.
const SEPARATORS: [char; 3] = ['.', '_', '-'];

/// One entry point.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryPoint {
    /// The object of the distribution that has it.
    pub object: u32,
    /// The module that it names.
    pub module: String,
}

/// All entry points by group, without scripts.
#[derive(Debug, Clone, Default)]
pub struct EntryPoints(BTreeMap<String, BTreeSet<EntryPoint>>);

impl EntryPoints {
    /// Reads the `entry_points.txt` of every package.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn read(objects: &Objects) -> Result<EntryPoints, LinkError> {
        let mut groups: BTreeMap<String, BTreeSet<EntryPoint>> = BTreeMap::new();
        for object in 0..objects.packages {
            let Some(dist_info) = objects.object(object).dist_info() else { continue };
            let Some(file) = objects.find(object, &format!("{dist_info}/entry_points.txt")) else { continue };
            let text = objects.read(file)?;
            for (group, module) in parse(&String::from_utf8_lossy(&text)) {
                if !SCRIPTS.contains(&group.as_str()) {
                    groups.entry(group).or_default().insert(EntryPoint { object, module });
                }
            }
        }
        Ok(EntryPoints(groups))
    }

    /// Returns the groups that a string names: the one of this name, or those that begin with it, if it ends in a
    /// separator (`f"opentelemetry_{provider}"`).
    pub fn named<'s>(&'s self, text: &'s str) -> impl Iterator<Item = (&'s str, &'s BTreeSet<EntryPoint>)> {
        let starts = text.len() > 3 && text.ends_with(SEPARATORS);
        self.0
            .range(text.to_owned()..)
            .take_while(move |(group, _)| *group == text || starts && group.starts_with(text))
            .map(|(group, points)| (group.as_str(), points))
    }
}

/// Returns group and module of each line.
fn parse(text: &str) -> Vec<(String, String)> {
    let mut group = String::new();
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            group = name.trim().to_owned();
        } else if let (false, Some((_, value))) = (line.starts_with(['#', ';']), line.split_once('=')) {
            let module = value.split([':', '[']).next().unwrap_or_default().trim();
            found.push((group.clone(), module.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_entry_points() {
        let text = "# x = y\n[a.b]\none = m.n:f\ntwo=m [extra]\n\n[c]\n three = o : p.q [x, y]\n";
        let expected = [("a.b", "m.n"), ("a.b", "m"), ("c", "o")];
        assert_eq!(parse(text), expected.map(|(group, module)| (group.to_owned(), module.to_owned())));
    }

    #[test]
    fn a_string_names_a_group_or_its_start() {
        let point = |module: &str| BTreeSet::from([EntryPoint { object: 0, module: module.to_owned() }]);
        let groups = ["otel_a", "otel_b", "other"].map(|group| (group.to_owned(), point(group)));
        let points = EntryPoints(groups.into());
        let named = |text: &str| points.named(text).map(|(group, _)| group.to_owned()).collect::<Vec<_>>();
        assert_eq!(named("otel_"), ["otel_a", "otel_b"]);
        assert_eq!(named("otel_a"), ["otel_a"]);
        assert_eq!(named("otel"), Vec::<String>::new());
        assert_eq!(named("o"), Vec::<String>::new());
        assert_eq!(named(""), Vec::<String>::new());
    }
}
