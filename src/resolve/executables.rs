//! Which executables there are: the one of `[tool.permafreeze]`, or those of `[[tool.permafreeze.executable]]`.
use permafreeze_packaging::name::Name;
use permafreeze_packaging::windows;
use permafreeze_plan::plan::FILE_NAME;

use crate::document::TomlFile;
use crate::entry::{Entries, Said};
use crate::entry_point::EntryPoint;
use crate::error::Error;
use crate::settings::{ExecutableSettings, Settings};

/// The table of what all executables have.
const TABLE: &str = "tool.permafreeze";
/// How long a name may be: Nix, which adds the target to it, takes no more than 211 bytes.
const LONGEST_NAME: usize = 128;

/// What `permafreeze lock --entry` chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// This time.
    Given(String),
    /// An earlier time: the plan has it.
    Recorded(String),
}

/// An executable as the project wants it.
#[derive(Debug)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// What it runs.
    pub point: EntryPoint,
    /// Its options, those of all executables first.
    pub layers: Vec<Layer>,
}

/// Options and the table that has them.
#[derive(Debug)]
pub struct Layer {
    /// The table's dotted key.
    pub key: String,
    /// The options.
    pub options: ExecutableSettings,
}

impl Choice {
    fn entry(&self) -> &str {
        match self {
            Choice::Given(entry) | Choice::Recorded(entry) => entry,
        }
    }

    fn said(&self, plan: &str) -> Said {
        match self {
            Choice::Given(entry) => Said { place: format!("`--entry` is `{entry}`"), hint: None },
            Choice::Recorded(entry) => Said {
                place: format!("`{plan}`: `entry`, which `permafreeze lock --entry` chose, is `{entry}`"),
                hint: Some("choose again: `permafreeze lock --entry NAME`".to_owned()),
            },
        }
    }
}

/// Returns what of a choice the plan records: pyproject.toml has the last word.
pub fn recorded(settings: &Settings, choice: Option<&Choice>) -> Option<String> {
    let is_open = settings.entry.is_none() && settings.executable.is_empty();
    choice.filter(|_| is_open).map(|choice| choice.entry().to_owned())
}

/// Returns the executables that the project wants, in the order in which it names them.
///
/// # Errors
/// If it is in doubt what one runs, or a name is none or there twice.
pub fn wanted(entries: &Entries<'_>, choice: Option<&Choice>) -> Result<Vec<Wanted>, Error> {
    let settings = &entries.modules.pyproject.tool.permafreeze;
    check_conflicts(entries.file, settings, choice)?;
    if settings.executable.is_empty() {
        return Ok(vec![only(entries, settings, choice)?]);
    }
    let mut all: Vec<Wanted> = Vec::new();
    for (index, options) in settings.executable.iter().enumerate() {
        let key = format!("{TABLE}.executable[{index}]");
        let (name, point) = name_and_point(entries, &key, options)?;
        check_name(entries.file, &format!("{key}.name"), &name)?;
        // There are file systems that do not tell apart what differs in case only.
        if let Some(other) = all.iter().find(|other| other.name.eq_ignore_ascii_case(&name)) {
            let problem = format!("another executable has the name `{}`", other.name);
            return Err(entries.file.wrong(format!("{key}.name"), &name, problem));
        }
        let shared = Layer { key: TABLE.to_owned(), options: settings.of_executable() };
        all.push(Wanted { name, point, layers: vec![shared, Layer { key, options: options.clone() }] });
    }
    Ok(all)
}

/// Checks that what is run is said in one place.
fn check_conflicts(file: &TomlFile, settings: &Settings, choice: Option<&Choice>) -> Result<(), Error> {
    let given = match choice {
        Some(Choice::Given(entry)) => Some(entry),
        _ => None,
    };
    for (key, value) in [("name", &settings.name), ("entry", &settings.entry)] {
        if let Some(value) = value.as_ref().filter(|_| !settings.executable.is_empty()) {
            let problem = format!("`[[tool.permafreeze.executable]]` has a `{key}` for each executable");
            let hint = format!("move it into one of these tables, or remove `{key}` from `[tool.permafreeze]`");
            return Err(Said::by_option(file, &format!("{TABLE}.{key}"), value).wrong(problem, Some(hint)));
        }
    }
    let Some(given) = given else { return Ok(()) };
    let (said, hint) = match &settings.entry {
        Some(entry) if entry != given => {
            (format!("`tool.permafreeze.entry` is `{entry}`"), format!("change `entry` in `{}`", file.name))
        }
        None if !settings.executable.is_empty() => (
            "`[[tool.permafreeze.executable]]` says what is run".to_owned(),
            format!("leave out `--entry`, or add a table to `{}`", file.name),
        ),
        _ => return Ok(()),
    };
    let problem = format!("`{}` has the last word: {said}", file.name);
    Err(Choice::Given(given.clone()).said("").wrong(problem, Some(hint)))
}

fn only(entries: &Entries<'_>, settings: &Settings, choice: Option<&Choice>) -> Result<Wanted, Error> {
    let point = match (&settings.entry, choice) {
        (Some(entry), _) => entries.read(&Said::by_option(entries.file, &format!("{TABLE}.entry"), entry), entry)?,
        (None, Some(choice)) => entries.read(&choice.said(&entries.modules.tree.shown(FILE_NAME)), choice.entry())?,
        (None, None) => entries.default()?,
    };
    let project = entries.modules.pyproject.name().map(|name| Name::new(name).to_string());
    let name = settings.name.clone().or(project).unwrap_or_else(|| Name::new(point.stem()).to_string());
    check_name(entries.file, &format!("{TABLE}.name"), &name)?;
    let layers = vec![Layer { key: TABLE.to_owned(), options: settings.of_executable() }];
    Ok(Wanted { name, point, layers })
}

/// Returns name and entry point of a table; of a script, one is enough.
fn name_and_point(
    entries: &Entries<'_>,
    key: &str,
    options: &ExecutableSettings,
) -> Result<(String, EntryPoint), Error> {
    let nameless = |point: Option<&EntryPoint>| Error::Layout {
        file: entries.file.name.clone(),
        problem: format!("`{key}` has no `name`"),
        hint: format!("write one, as in `name = \"{}\"`", point.map_or("app", EntryPoint::stem)),
    };
    match (&options.name, &options.entry) {
        (name, Some(entry)) => {
            let point = entries.read(&Said::by_option(entries.file, &format!("{key}.entry"), entry), entry)?;
            let script = entries.scripts.get(entry.trim()).map(|script| script.name.clone());
            let name = name.clone().or(script).ok_or_else(|| nameless(Some(&point)))?;
            Ok((name, point))
        }
        (Some(name), None) => match entries.scripts.like(name) {
            Some(script) => Ok((name.clone(), entries.of_script(script)?)),
            None => {
                let problem = format!(
                    "it has no `entry`, and no script has its name (the project's scripts: {})",
                    entries.scripts.listed()
                );
                let hint =
                    "say what it runs: `entry = \"…\"`, a script, a `.py` file, `module:function` or `-m module`";
                let said = Said::by_option(entries.file, &format!("{key}.name"), name);
                Err(said.wrong(problem, Some(hint.to_owned())))
            }
        },
        (None, None) => Err(nameless(None)),
    }
}

/// Checks that a name is a file name on every system.
fn check_name(file: &TomlFile, key: &str, name: &str) -> Result<(), Error> {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "+._-".contains(character);
    let stem = name.split('.').next().unwrap_or_default();
    let problem = if !name.chars().all(allowed) || !name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        "letters, digits, `+`, `.`, `_` and `-` make a name, the first is a letter or digit".to_owned()
    } else if name.ends_with('.') {
        "a file name that ends with a dot loses it on Windows".to_owned()
    } else if windows::is_device(name) {
        format!("`{stem}` is a device on Windows, and no file name")
    } else if name.len() > LONGEST_NAME {
        format!("expected at most {LONGEST_NAME} characters")
    } else {
        return Ok(());
    };
    let hint = "choose another name with `name = \"…\"`".to_owned();
    Err(Said::by_option(file, key, name).wrong(problem, Some(hint)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_file_name_everywhere() {
        let file = TomlFile::parse("pyproject.toml".to_owned(), String::new()).expect("TOML");
        let problem = |name: &str| check_name(&file, "name", name).err().map(|error| error.to_string());
        for good in ["app", "App-2.0_x+y", "7z", "console", "com10", &"a".repeat(LONGEST_NAME)] {
            assert_eq!(problem(good), None, "{good}");
        }
        let bad = ["", "-app", ".app", "a b", "a/b", "a\\b", "ä", "app.", "con", "NUL.txt", "Com1", "a\n"];
        for bad in bad.map(str::to_owned).into_iter().chain([("a").repeat(LONGEST_NAME + 1)]) {
            assert!(problem(&bad).is_some_and(|text| text.starts_with("`pyproject.toml`: `name` is ")), "{bad:?}");
        }
    }
}
