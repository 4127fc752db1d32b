//! Executables of several targets -> those of one table: an option has one value for all targets.
use std::collections::BTreeMap;

use permafreeze_packaging::target::Target;

use crate::finding::Findings;
use crate::settings::{Executable, Key, Setting};

/// What the options of Windows begin with.
const WINDOWS: &str = "windows.";

/// Puts the executables of the `wanted` targets together: by their place in the spec where two make as many, else by name. Lists are added to each other, of
/// other options the first target's value counts; those of Windows are `windows-amd64`'s.
pub fn merge(
    translated: &BTreeMap<Target, Vec<Executable>>,
    wanted: &[Target],
    findings: &mut Findings,
) -> Vec<Executable> {
    let of = |target: &Target| translated.get(target).map(|executables| (*target, executables));
    let all: Vec<(Target, &Vec<Executable>)> = wanted.iter().filter_map(of).collect();
    let longest = all.iter().map(|(_, executables)| *executables).max_by_key(|executables| executables.len());
    let Some(longest) = longest else { return Vec::new() };
    let mut merged = Vec::new();
    for (index, executable) in longest.iter().enumerate() {
        let like = |executables: &Vec<Executable>| -> Option<Executable> {
            let at_place = executables.get(index);
            if executables.len() == longest.len() {
                return at_place.cloned();
            }
            // A name that no other one has may be that of the target.
            let own = at_place.filter(|other| named(longest, other).is_none());
            named(executables, executable).or(own).cloned()
        };
        let each: Vec<(Target, Executable)> =
            all.iter().filter_map(|(target, executables)| Some((*target, like(executables)?))).collect();
        if each.len() < all.len() {
            let only = each.iter().map(|(target, _)| target.name()).collect::<Vec<_>>().join(", ");
            let name = executable.text("name").unwrap_or_default();
            let why = format!("the spec makes it for {only} alone: all executables are built for all targets");
            findings.note(None, format!("executable `{name}`"), why);
        }
        let windows = translated.get(&Target::WindowsAmd64).and_then(like);
        merged.push(one(&each, windows.as_ref(), findings));
    }
    merged
}

/// Returns the executable that has the name of another one.
fn named<'e>(executables: &'e [Executable], like: &Executable) -> Option<&'e Executable> {
    let name = like.text("name")?;
    executables.iter().find(|other| other.text("name").is_some_and(|other| other.eq_ignore_ascii_case(name)))
}

/// Returns the executables of different names: a spec may make one as a file and as a folder.
pub fn distinct(executables: Vec<Executable>, findings: &mut Findings) -> Vec<Executable> {
    let mut distinct: Vec<Executable> = Vec::new();
    for executable in executables {
        if named(&distinct, &executable).is_some() {
            let name = executable.text("name").unwrap_or_default();
            findings.note(None, format!("another `EXE` of the name `{name}`"), "the first one is taken");
        } else {
            distinct.push(executable);
        }
    }
    distinct
}

fn one(each: &[(Target, Executable)], windows: Option<&Executable>, findings: &mut Findings) -> Executable {
    let mut merged = Executable::default();
    let mut keys: Vec<Key> = each.iter().flat_map(|(_, executable)| executable.options.keys().copied()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys.into_iter().filter(|key| windows.is_none() || !key.starts_with(WINDOWS)) {
        let values: Vec<(Target, Option<&Setting>)> =
            each.iter().map(|(target, executable)| (*target, executable.options.get(key))).collect();
        let Some(first) = values.iter().find_map(|(_, value)| *value) else { continue };
        let is_same = values.iter().all(|(_, value)| *value == Some(first));
        let setting = if is_same { first.clone() } else { together(first, &values) };
        if !is_same {
            differs(key, &setting, &values, findings);
        }
        merged.set(key, setting);
    }
    let of_windows = windows.into_iter().flat_map(|executable| &executable.options);
    merged
        .options
        .extend(of_windows.filter(|(key, _)| key.starts_with(WINDOWS)).map(|(key, value)| (*key, value.clone())));
    merged
}

/// Returns what lists and tables have together; of other values the first.
fn together(first: &Setting, values: &[(Target, Option<&Setting>)]) -> Setting {
    let mut all = first.clone();
    for value in values.iter().filter_map(|(_, value)| *value) {
        match (&mut all, value) {
            (Setting::List(all), Setting::List(more)) => add(all, more),
            (Setting::Datas(all), Setting::Datas(more)) => add(all, more),
            (Setting::Texts(all), Setting::Texts(more)) => {
                for (key, text) in more {
                    all.entry(key.clone()).or_insert_with(|| text.clone());
                }
            }
            _ => {}
        }
    }
    all
}

fn add<T: Clone + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for value in more {
        if !all.contains(value) {
            all.push(value.clone());
        }
    }
}

/// Says that an option is another one for another target.
fn differs(key: Key, setting: &Setting, values: &[(Target, Option<&Setting>)], findings: &mut Findings) {
    let own = |value: &Option<&Setting>| match value {
        None => "nothing".to_owned(),
        Some(Setting::Text(text)) => format!("`{text}`"),
        Some(Setting::Flag(flag)) => format!("`{flag}`"),
        Some(Setting::List(list)) => format!("{} of {}", list.len(), length(setting)),
        Some(Setting::Datas(list)) => format!("{} of {}", list.len(), length(setting)),
        Some(Setting::Texts(texts)) => format!("{} of {}", texts.len(), length(setting)),
    };
    let all = values.iter().map(|(target, value)| format!("{} {}", target.name(), own(value)));
    let outcome = match setting {
        Setting::Text(_) | Setting::Flag(_) => "an option has one value for all targets: the first is written",
        _ => "an option has one value for all targets: all are written",
    };
    findings.note(None, format!("`{key}` ({})", all.collect::<Vec<_>>().join(", ")), outcome);
}

fn length(setting: &Setting) -> usize {
    match setting {
        Setting::Text(_) | Setting::Flag(_) => 1,
        Setting::List(list) => list.len(),
        Setting::Datas(list) => list.len(),
        Setting::Texts(texts) => texts.len(),
    }
}
