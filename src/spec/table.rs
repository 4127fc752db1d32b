//! Options -> the text of `[tool.permafreeze]`, and pyproject.toml with it.
use permafreeze_packaging::target::Target;
use toml_edit::{Array, DocumentMut, InlineTable, Key as TomlKey, Value};

use crate::settings::{Executable, Key, Setting};

/// The options of an executable in the order in which they are written.
const ORDER: [Key; 15] = [
    "name",
    "entry",
    "hidden-imports",
    "exclude-modules",
    "collect-submodules",
    "collect-data",
    "collect-binaries",
    "collect-all",
    "copy-metadata",
    "datas",
    "runtime-hooks",
    "hooks",
    "module-collection-mode",
    "mode",
    "unpack",
];
/// Options that are the same for all executables.
const OF_PROJECT: [Key; 1] = ["strip"];
/// The options of Windows in the order in which they are written.
const WINDOWS: [Key; 5] =
    ["windows.icon", "windows.manifest", "windows.uac-admin", "windows.console", "windows.version"];
/// Letters beyond which a list has a line per value.
const WIDTH: usize = 100;

/// What is wrong with the pyproject.toml that the table is for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no TOML.
    #[error("it is no TOML: {0}")]
    Malformed(String),
    /// It has the table.
    #[error("it has a table `[tool.permafreeze]`")]
    There,
    /// No table can be added: `tool` is written as an inline table, or by dotted keys.
    #[error("`tool` is no table of its own there, so `[tool.permafreeze]` cannot be added")]
    Closed,
}

/// Returns the text of the table and those below it.
pub fn text(executables: &[Executable], targets: &[Target]) -> String {
    let executables: Vec<Executable> = executables.iter().map(with_all).collect();
    let targets = Setting::List(targets.iter().map(|target| target.name().to_owned()).collect());
    let mut text = "[tool.permafreeze]\n".to_owned();
    if let [one] = &executables[..] {
        lines(&mut text, &ORDER[..2], one);
        line(&mut text, "targets", &targets);
        lines(&mut text, &ORDER[2..], one);
        lines(&mut text, &OF_PROJECT, one);
        windows(&mut text, "tool.permafreeze", one);
        return text;
    }
    line(&mut text, "targets", &targets);
    let (shared, own) = shared(&executables);
    lines(&mut text, &ORDER, &shared);
    lines(&mut text, &OF_PROJECT, &shared);
    windows(&mut text, "tool.permafreeze", &shared);
    for executable in own {
        text.push_str("\n[[tool.permafreeze.executable]]\n");
        lines(&mut text, &ORDER, &executable);
        windows(&mut text, "tool.permafreeze.executable", &executable);
    }
    text
}

/// Joins what `collect-all` says in one word.
fn with_all(executable: &Executable) -> Executable {
    const PARTS: [Key; 3] = ["collect-submodules", "collect-data", "collect-binaries"];
    let mut joined = executable.clone();
    let has = |key: Key, package: &str| matches!(executable.options.get(key), Some(Setting::List(list)) if list.iter().any(|known| known == package));
    let Some(Setting::List(packages)) = executable.options.get(PARTS[0]) else { return joined };
    for package in packages.iter().filter(|package| PARTS.iter().all(|key| has(key, package))) {
        joined.add("collect-all", package);
        for key in PARTS {
            if let Some(Setting::List(list)) = joined.options.get_mut(key) {
                list.retain(|known| known != package);
            }
        }
    }
    joined.options.retain(|_, setting| !matches!(setting, Setting::List(list) if list.is_empty()));
    joined
}

/// Returns the options that all executables have with the same value, or that are the project's, and those of each.
fn shared(executables: &[Executable]) -> (Executable, Vec<Executable>) {
    let mut shared = Executable::default();
    let mut own = executables.to_vec();
    let Some(first) = executables.first() else { return (shared, own) };
    let is_same = |key: Key, setting: &Setting| executables.iter().all(|other| other.options.get(key) == Some(setting));
    for (key, setting) in &first.options {
        if !["name", "entry"].contains(key) && is_same(key, setting) {
            shared.set(key, setting.clone());
        }
    }
    for executable in executables {
        for key in OF_PROJECT {
            shared.options.extend(executable.options.get(key).map(|setting| (key, setting.clone())));
        }
    }
    for executable in &mut own {
        executable.options.retain(|key, _| !shared.options.contains_key(key));
    }
    (shared, own)
}

fn lines(text: &mut String, keys: &[Key], executable: &Executable) {
    for key in keys {
        if let Some(setting) = executable.options.get(key) {
            line(text, key, setting);
        }
    }
}

fn windows(text: &mut String, table: &str, executable: &Executable) {
    if WINDOWS.iter().any(|key| executable.options.contains_key(key)) {
        text.push_str(&format!("\n[{table}.windows]\n"));
        for key in WINDOWS {
            if let Some(setting) = executable.options.get(key) {
                line(text, key.trim_start_matches("windows."), setting);
            }
        }
    }
}

fn line(text: &mut String, key: &str, setting: &Setting) {
    text.push_str(&format!("{key} = {}\n", value(setting)));
}

/// Returns an option's value in TOML.
fn value(setting: &Setting) -> String {
    match setting {
        Setting::Text(text) => Value::from(text.as_str()).to_string(),
        Setting::Flag(flag) => flag.to_string(),
        Setting::List(list) => array(list.iter().map(|text| Value::from(text.as_str()))),
        Setting::Datas(datas) => array(datas.iter().map(|(from, to)| {
            let pairs = [("from", from), ("to", to)];
            InlineTable::from_iter(pairs.map(|(key, text)| (key, Value::from(text.as_str())))).into()
        })),
        Setting::Texts(texts) => {
            let each = texts.iter().map(|(key, text)| (TomlKey::new(key), Value::from(text.as_str())));
            InlineTable::from_iter(each).to_string()
        }
    }
}

fn array(values: impl Iterator<Item = Value>) -> String {
    let array: Array = values.collect();
    let text = array.to_string();
    if text.len() <= WIDTH && !array.iter().any(Value::is_inline_table) {
        return text;
    }
    let lines = array.iter().map(|value| format!("    {},\n", value.clone().decorated("", "")));
    format!("[\n{}]", lines.collect::<String>())
}

/// Returns pyproject.toml with the table at its end; all else stays as it is. With `force` it takes the place of one that
/// is there.
///
/// # Errors
/// If the file is no TOML, has the table, or can have none.
pub fn add(pyproject: &str, table: &str, force: bool) -> Result<String, Error> {
    let mut document: DocumentMut =
        pyproject.parse().map_err(|error: toml_edit::TomlError| Error::Malformed(error.message().to_owned()))?;
    let tool = document.get_mut("tool").and_then(|tool| tool.as_table_like_mut());
    let is_there = tool.as_ref().is_some_and(|tool| tool.contains_key("permafreeze"));
    if is_there && !force {
        return Err(Error::There);
    }
    if is_there && let Some(tool) = tool {
        tool.remove("permafreeze");
    }
    let before = if is_there { document.to_string() } else { pyproject.to_owned() };
    let before = before.trim_end();
    let text = if before.is_empty() { table.to_owned() } else { format!("{before}\n\n{table}") };
    text.parse::<DocumentMut>().map_err(|_| Error::Closed)?;
    Ok(text)
}
