//! `Analysis`: what is run, what is added, what is left out.
use serde_json::Value;

use crate::context::Context;
use crate::entry;
use crate::places::is_dotted;
use crate::recorded::{Argument, Object};
use crate::settings::{Executable, Key, Setting};
use crate::sources::{found, package_of, pair};
use crate::value::{Kind, items, kind, shown, values};

/// Translates an `Analysis`.
pub(crate) fn translate(context: &mut Context<'_>, analysis: &Object, made: &mut Executable) {
    let argument = |name: &str| analysis.keywords.get(name);
    if let Some(scripts) = argument("scripts") {
        entry::translate(context, scripts, argument("pathex"), made);
    }
    let lists: [(&str, Key); 2] = [("hiddenimports", "hidden-imports"), ("excludes", "exclude-modules")];
    for (name, key) in lists {
        for (value, line) in argument(name).into_iter().flat_map(values) {
            names(context, (name, key), value, line, made);
        }
    }
    let paths: [(&str, Key); 2] = [("hookspath", "hooks"), ("runtime_hooks", "runtime-hooks")];
    for (name, key) in paths {
        for (value, line) in argument(name).into_iter().flat_map(values) {
            match kind(context.tape, value) {
                Kind::Nothing => {}
                Kind::Text(path) => {
                    if let Some(path) = context.existing(&format!("`{name}`"), path, line) {
                        made.add(key, &path);
                    }
                }
                _ => context.unknown(&format!("`{name}`"), value, line),
            }
        }
    }
    for name in ["datas", "binaries"] {
        for (value, line) in argument(name).into_iter().flat_map(values) {
            pair(context, name, value, line, made);
        }
    }
    modes(context, argument("module_collection_mode"), made);
    unsaid(context, analysis);
}

/// Takes a name of a list, or of what a function finds.
fn names(
    context: &mut Context<'_>,
    (name, key): (&str, Key),
    value: &Value,
    line: Option<usize>,
    made: &mut Executable,
) {
    match kind(context.tape, value) {
        Kind::Nothing => {}
        Kind::Found(call, _) if key == "exclude-modules" => match package_of(call) {
            Some(package) => made.add(key, package),
            None => context.unknown(&format!("`{name}`"), value, line),
        },
        Kind::Found(call, part) => found(context, call, part, name, made),
        Kind::Text(text) if is_dotted(text) => made.add(key, text),
        Kind::Text(text) => {
            let line = context.line_of(text, line);
            let text = text.to_owned();
            context.findings.lost(line, format!("`{name}`: `{text}`"), "it is no name of a module");
        }
        _ => context.unknown(&format!("`{name}`"), value, line),
    }
}

/// Takes `module_collection_mode`.
fn modes(context: &mut Context<'_>, argument: Option<&Argument>, made: &mut Executable) {
    let Some(Argument { value, line }) = argument else { return };
    let known = |mode: &str| match mode {
        "py+pyz" => Some("pyz+py".to_owned()),
        "pyz" | "pyc" | "py" | "pyz+py" => Some(mode.to_owned()),
        _ => None,
    };
    let mut modes = std::collections::BTreeMap::new();
    for (module, mode) in items(value) {
        match mode.as_str().and_then(known) {
            Some(mode) => {
                modes.insert(module.clone(), mode);
            }
            None => {
                let what = format!("`module_collection_mode` of `{module}`: `{}`", shown(mode));
                context.findings.lost(*line, what, "expected `pyz`, `pyc`, `py` or `pyz+py`");
            }
        }
    }
    if !modes.is_empty() {
        made.set("module-collection-mode", Setting::Texts(modes));
    }
}

/// Says which arguments no option says.
fn unsaid(context: &mut Context<'_>, analysis: &Object) {
    const UNSAID: &[(&str, &str)] = &[
        ("hooksconfig", "hooks have no configuration"),
        (
            "noarchive",
            "modules are in the executable's archive: `module-collection-mode` takes packages out of it, as `py`",
        ),
        ("optimize", "code is compiled without optimisation: `assert` and docstrings stay"),
        ("cipher", "PyInstaller 6 has no encryption"),
    ];
    for (name, why) in UNSAID {
        let Some(Argument { value, line }) = analysis.keywords.get(*name) else { continue };
        let is_default = *name == "optimize" && value.as_i64().is_some_and(|level| level <= 0);
        if !is_default && !matches!(kind(context.tape, value), Kind::Nothing) {
            context.findings.lost(*line, format!("`{name}={}`", shown(value)), *why);
        }
    }
}
