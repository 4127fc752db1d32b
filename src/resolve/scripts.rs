//! The project's scripts: what an installer makes commands of. Other entry points (plugins) and the scripts of
//! dependencies are none.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_base::path::join;
use permafreeze_packaging::name::Name;

use crate::document::TomlFile;
use crate::entry_point::{EntryPoint, extras, reference};
use crate::error::Error;
use crate::pyproject::{self, PyProject};

/// The scripts, by name.
#[derive(Debug)]
pub struct Scripts(BTreeMap<String, Script>);

/// A script.
#[derive(Debug)]
pub struct Script {
    /// Its name.
    pub name: String,
    /// What it runs, as it is written.
    pub text: String,
    /// The table that has it.
    table: &'static str,
    /// What it runs; `None` if that cannot be read.
    point: Option<EntryPoint>,
}

/// What is run if nobody says it.
#[derive(Debug)]
pub enum DefaultScript<'a> {
    /// This script.
    One(&'a Script),
    /// There is no script.
    None,
    /// There are several that run different things.
    Several,
}

impl Script {
    /// Returns what the script runs.
    ///
    /// # Errors
    /// If it is no object reference.
    pub fn point(&self, file: &TomlFile) -> Result<EntryPoint, Error> {
        self.point.clone().ok_or_else(|| {
            file.wrong(format!("{}.{}", self.table, self.name), &self.text, "expected `module:function`")
        })
    }

    /// Returns whether another script runs the same.
    pub fn is_like(&self, other: &Script) -> bool {
        match (&self.point, &other.point) {
            (None, None) => self.text == other.text,
            (own, others) => own == others,
        }
    }
}

impl Scripts {
    /// Collects the scripts of a project: those of `[project.scripts]` and `[project.gui-scripts]`, and of
    /// `[tool.poetry.scripts]` those of other names.
    pub fn of(pyproject: &PyProject) -> Scripts {
        let mut all = BTreeMap::new();
        let poetry = pyproject.tool.poetry.scripts.iter().map(|(name, script)| of_poetry(name, script));
        let project = pyproject.project.iter().flat_map(|project| {
            let gui = project.gui_scripts.iter().map(|pair| ("project.gui-scripts", pair));
            gui.chain(project.scripts.iter().map(|pair| ("project.scripts", pair)))
        });
        let project = project.map(|(table, (name, text))| script(table, name, text));
        all.extend(poetry.chain(project).map(|script| (script.name.clone(), script)));
        Scripts(all)
    }

    /// Returns the script of a name.
    pub fn get(&self, name: &str) -> Option<&Script> {
        self.0.get(name)
    }

    /// Returns the script of a name, or the one whose normalised name (PEP 503) is that of `name`.
    pub fn like(&self, name: &str) -> Option<&Script> {
        let mut alike = self.0.values().filter(|script| Name::new(&script.name) == Name::new(name));
        match (self.get(name), alike.next()) {
            (Some(exact), _) => Some(exact),
            (None, Some(first)) => alike.all(|other| other.is_like(first)).then_some(first),
            (None, None) => None,
        }
    }

    /// Returns what is run if nobody says it: the script with the project's name, else the only one, else the only one
    /// with whose name the project's begins or ends. Scripts that run the same are one.
    pub fn default(&self, project: Option<&str>) -> DefaultScript<'_> {
        if let Some(script) = project.and_then(|project| self.like(project)) {
            return DefaultScript::One(script);
        }
        let distinct = self.distinct();
        match &distinct[..] {
            [] => return DefaultScript::None,
            [only] => return DefaultScript::One(only),
            _ => {}
        }
        let part = |script: &&Script| project.is_some_and(|project| is_part(&script.name, project));
        let mut parts = self.0.values().filter(part);
        match parts.next() {
            Some(first) if parts.all(|other| other.is_like(first)) => DefaultScript::One(first),
            _ => DefaultScript::Several,
        }
    }

    /// Returns the scripts, of those that run the same the first.
    pub fn distinct(&self) -> Vec<&Script> {
        let mut distinct: Vec<&Script> = Vec::new();
        for script in self.0.values() {
            if !distinct.iter().any(|known| known.is_like(script)) {
                distinct.push(script);
            }
        }
        distinct
    }

    /// Returns all scripts, by name.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &Script> {
        self.0.values()
    }

    /// Returns the extras that scripts want, each once.
    pub fn extras(&self) -> BTreeSet<Name> {
        self.0.values().flat_map(|script| extras(&script.text)).collect()
    }

    /// Returns the scripts' names for people.
    pub fn listed(&self) -> String {
        if self.0.is_empty() {
            return "there are none".to_owned();
        }
        self.0.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }
}

/// Tells whether a project's name begins or ends with a script's, as whole words: `shandy-sqlfmt` with `sqlfmt`.
fn is_part(script: &str, project: &str) -> bool {
    let (script, project) = (Name::new(script), Name::new(project));
    let begins = project.as_str().strip_prefix(script.as_str()).is_some_and(|rest| rest.starts_with('-'));
    begins || project.as_str().strip_suffix(script.as_str()).is_some_and(|rest| rest.ends_with('-'))
}

fn script(table: &'static str, name: &str, text: &str) -> Script {
    Script { name: name.to_owned(), text: text.to_owned(), table, point: reference(text) }
}

fn of_poetry(name: &str, written: &pyproject::Script) -> Script {
    const TABLE: &str = "tool.poetry.scripts";
    match written {
        pyproject::Script::Table { reference: path, kind } if kind == "file" => {
            let point = Some(EntryPoint::File(join(".", path)));
            Script { name: name.to_owned(), text: path.clone(), table: TABLE, point }
        }
        pyproject::Script::Reference(text) | pyproject::Script::Table { reference: text, .. } => {
            script(TABLE, name, text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripts(text: &str) -> Scripts {
        let file = TomlFile::parse("pyproject.toml".to_owned(), text.to_owned()).expect("TOML");
        Scripts::of(&file.convert().expect("a pyproject.toml"))
    }

    fn default(text: &str, project: &str) -> String {
        let scripts = scripts(text);
        match scripts.default(Some(project)) {
            DefaultScript::One(script) => script.name.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_script_with_the_projects_name_is_the_default() {
        let text = "[project.scripts]\nmy_tool = \"a:a\"\nother = \"a:b\"\n";
        assert_eq!(default(text, "My.Tool"), "my_tool");
        assert_eq!(default(text, "third"), "Several");
        // Of two that are alike, the one that is spelt so.
        let text = "[project.scripts]\nmy_tool = \"a:a\"\nmy-tool = \"a:b\"\n";
        assert_eq!(default(text, "my-tool"), "my-tool");
        assert_eq!(default(text, "my.tool"), "Several");
    }

    #[test]
    fn the_only_script_with_whose_name_the_projects_begins_or_ends_is_the_default() {
        let of = |names: &[&str], project: &str| {
            let lines = names.iter().map(|name| format!("\"{name}\" = \"m:{}\"\n", name.trim_end_matches('2')));
            default(&format!("[project.scripts]\n{}", lines.collect::<String>()), project)
        };
        assert_eq!(of(&["sqlfmt", "sqlfmt_primer"], "shandy-sqlfmt"), "sqlfmt");
        assert_eq!(of(&["psr", "semantic-release"], "python_semantic_release"), "semantic-release");
        assert_eq!(of(&["elia", "other"], "elia-chat"), "elia");
        assert_eq!(of(&["i", "interpreter", "interpreter2", "wtf"], "open-interpreter"), "interpreter");
        assert_eq!(of(&["open", "interpreter"], "open-interpreter"), "Several");
        assert_eq!(of(&["fmt", "other"], "sqlfmt"), "Several", "whole words");
        assert_eq!(of(&["b", "other"], "a-b-c"), "Several", "no word in the middle");
    }

    #[test]
    fn scripts_that_run_the_same_are_one() {
        assert_eq!(default("[project.scripts]\na = \"m:f\"\nb = \"m : f [x]\"\n", "third"), "a");
        assert_eq!(default("[project.scripts]\na = \"m:f\"\nb = \"m:g\"\n", "third"), "Several");
        assert_eq!(default("[project.scripts]\na = \"m.f\"\nb = \"m.g\"\n", "third"), "Several");
    }

    #[test]
    fn extras_of_scripts_are_collected() {
        let text = "[project.scripts]\na = \"m:f [Web, fast_path]\"\nb = \"m:g[web]\"\nc = \"m:h []\"\nd = \"m:i\"\n";
        let found: Vec<String> = scripts(text).extras().iter().map(Name::to_string).collect();
        assert_eq!(found, ["fast-path", "web"]);
    }

    #[test]
    fn every_table_of_scripts_counts_and_no_other() {
        assert_eq!(default("[project.gui-scripts]\na = \"m:f\"\n", "x"), "a");
        assert_eq!(default("[tool.poetry.scripts]\na = { reference = \"bin/a.py\", type = \"file\" }\n", "x"), "a");
        assert_eq!(default("[tool.poetry.scripts]\na = { callable = \"m:f\" }\n", "x"), "a");
        assert_eq!(default("[project.scripts]\na = \"m:f\"\n[tool.poetry.scripts]\nb = \"m:g\"\n", "x"), "Several");
        assert_eq!(default("[project.scripts]\na = \"m:f\"\n[tool.poetry.scripts]\na = \"m:g\"\n", "x"), "a");
        let plugins = "[tool.poetry.plugins.\"x.y\"]\na = \"m:f\"\n[project.entry-points.\"x.z\"]\na = \"m:f\"\n";
        assert_eq!(default(plugins, "x"), "None");
    }

    #[test]
    fn a_script_that_cannot_be_read_is_told_when_it_is_run() {
        let file = TomlFile::parse("pyproject.toml".to_owned(), String::new()).expect("TOML");
        let scripts = scripts("[tool.poetry.scripts]\na = \"m.f\"\n");
        let error = scripts.get("a").expect("a script").point(&file).expect_err("no reference");
        assert_eq!(error.to_string(), "`pyproject.toml`: `tool.poetry.scripts.a` is `m.f`: expected `module:function`");
    }
}
