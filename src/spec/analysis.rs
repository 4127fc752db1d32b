//! `Analysis`: what is run, what is added, what is left out.
use serde_json::Value;

use crate::places::{Place, base, join, parent, place};
use crate::project::Kind as FileKind;
use crate::recorded::{Argument, Call, Object};
use crate::settings::{Executable, Key, Setting};
use crate::translate::Context;
use crate::value::{Kind, each, items, kind, shown};

/// Files that a glob may stand for, each written as an entry of its own.
const MOST_MATCHES: usize = 100;

/// Translates an `Analysis`.
pub(crate) fn translate(context: &mut Context<'_>, analysis: &Object, made: &mut Executable) {
    let argument = |name: &str| analysis.keywords.get(name);
    if let Some(scripts) = argument("scripts") {
        entry(context, scripts, argument("pathex"), made);
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

/// Returns the values of a list, with the line of the argument.
fn values(argument: &Argument) -> impl Iterator<Item = (&Value, Option<usize>)> {
    each(&argument.value).iter().map(|value| (value, argument.line))
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

fn is_dotted(text: &str) -> bool {
    // `importlib` imports what no statement can: a name with `-` in it.
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
    text.split('.').all(is_name)
}

/// Returns the package that a function is asked about.
fn package_of(call: &Call) -> Option<&str> {
    call.arguments.first().or_else(|| call.keywords.values().next())?.as_str()
}

/// Takes what a function of PyInstaller's finds; `part` of its results.
pub(crate) fn found(context: &mut Context<'_>, call: &Call, part: &str, argument: &str, made: &mut Executable) {
    let Some(package) = package_of(call) else {
        let what = format!("`{}` in `{argument}`", call.name);
        context.findings.lost(call.line, what, "the value is not known without running code of packages");
        return;
    };
    let what = format!("`{}('{package}')`", call.name);
    let key = match (call.name.as_str(), part) {
        ("Tree", _) => return tree(context, call, made),
        ("copy_metadata", _) if !context.project.has_distribution(package) => {
            context.findings.lost(call.line, what, format!("`{package}` is not in poetry.lock"));
            return;
        }
        ("copy_metadata", _) => "copy-metadata",
        ("collect_submodules", _) | ("collect_all", "hiddenimports") => "collect-submodules",
        ("collect_data_files", _) | ("collect_all", "datas") => "collect-data",
        ("collect_dynamic_libs", _) | ("collect_all", "binaries") => "collect-binaries",
        _ => {
            context.findings.lost(call.line, what, "there is no option for it: name what it finds in the spec itself");
            return;
        }
    };
    if says_more(call) {
        let why = format!("`{key}` takes all of `{package}`: what else the call says is left out");
        context.findings.note(call.line, what, why);
    }
    made.add(key, package);
}

/// Whether a call says more than its package: a filter, a folder.
fn says_more(call: &Call) -> bool {
    let named =
        call.keywords.iter().filter(|(name, _)| !["on_error", "package", "package_name"].contains(&name.as_str()));
    let more = call.arguments.iter().skip(1).chain(named.map(|(_, value)| value));
    more.into_iter().any(|value| !matches!(value, Value::Null | Value::Bool(false)))
}

/// Takes a `Tree`: a folder and where its files go.
fn tree(context: &mut Context<'_>, call: &Call, made: &mut Executable) {
    let argument = |index: usize| call.arguments.get(index).and_then(Value::as_str).unwrap_or_default();
    let (root, prefix) = (argument(0), argument(1));
    if call.keywords.get("excludes").is_some_and(|excludes| !each(excludes).is_empty()) {
        context.findings.note(
            call.line,
            format!("`excludes` of `Tree('{root}')`"),
            "all files of the folder are added",
        );
    }
    if let Some(from) = context.existing("`Tree`", root, call.line) {
        made.add_data(&from, &folder(prefix));
    }
}

/// Takes an entry of `datas` or `binaries`: (path or glob, folder), or (glob, folder, what it matches).
fn pair(context: &mut Context<'_>, name: &str, value: &Value, line: Option<usize>, made: &mut Executable) {
    let entry = match kind(context.tape, value) {
        Kind::Nothing => return,
        Kind::Found(call, part) => return found(context, call, part, name, made),
        Kind::List(entry) => entry,
        _ => return context.unknown(&format!("`{name}`"), value, line),
    };
    let is_binary = name == "binaries";
    match entry {
        [Value::String(from), Value::String(to)] => {
            let name = format!("{}/{}", folder(to), base(&from.replace('\\', "/")));
            let line = context.line_of(from, line);
            added(context, from, &name, is_binary, line, made);
        }
        [Value::String(glob), Value::String(to), Value::Array(matched)] => {
            let line = context.line_of(glob, line);
            globbed(context, (glob, to, matched), is_binary, line, made);
        }
        // Entries as those of an Analysis: (name, path, type).
        [Value::String(name), Value::String(from), Value::String(_)] => {
            let line = context.line_of(name, line);
            added(context, from, name, is_binary, line, made);
        }
        _ => context.unknown(&format!("`{name}`"), value, line),
    }
}

/// Takes what a glob matches; a whole folder as such.
fn globbed(
    context: &mut Context<'_>,
    (glob, to, matched): (&str, &str, &[Value]),
    is_binary: bool,
    line: Option<usize>,
    made: &mut Executable,
) {
    let (what, in_package) = match place(context.tape, glob) {
        Place::Project(path) | Place::Above(path) | Place::Machine(path) => (format!("`{path}`"), None),
        Place::Package(package, rest) => (format!("`{package}/{rest}`"), Some(package)),
    };
    match in_package {
        Some(package) if is_dotted(&package) => {
            return added(context, glob, &format!("{}/{}", folder(to), base(glob)), is_binary, line, made);
        }
        Some(_) => {
            let why = "it names files of packages: `collect-data` and `collect-binaries` take those of a package";
            context.findings.lost(line, what, why);
            return;
        }
        None => {}
    }
    if matched.is_empty() || matched.len() > MOST_MATCHES {
        let why = match matched.len() {
            0 => "it matches no file of the project".to_owned(),
            many => format!("it matches {many} files: name their folder in `datas`"),
        };
        context.findings.lost(line, what, why);
        return;
    }
    for path in matched.iter().filter_map(Value::as_str) {
        added(context, path, &format!("{}/{}", folder(to), base(path)), is_binary, line, made);
    }
}

/// Returns a folder of the executable as `datas` has it.
fn folder(to: &str) -> String {
    join(&to.replace('\\', "/"))
}

/// Takes a file or folder that goes to `name` in the executable (a folder: its files go into the folder of `name`).
pub(crate) fn added(
    context: &mut Context<'_>,
    from: &str,
    name: &str,
    is_binary: bool,
    line: Option<usize>,
    made: &mut Executable,
) {
    let what = if is_binary { "`binaries`" } else { "`datas`" };
    let to = join(parent(name));
    if let Place::Package(package, rest) = place(context.tape, from) {
        let key = if is_binary { "collect-binaries" } else { "collect-data" };
        let own = join(parent(&format!("{package}/{rest}")));
        let (key, why) = if let Some(distribution) = package.split('-').next().filter(|_| package.ends_with("-info")) {
            made.add("copy-metadata", distribution);
            return;
        } else if rest.is_empty() || own == to {
            (key, format!("`{key}` takes all such files of `{package}`, to where the package looks for them"))
        } else {
            (key, format!("`{key}` takes all such files of `{package}`, to `{own}` instead of `{to}`"))
        };
        context.findings.note(line, format!("{what}: `{package}/{rest}`"), why);
        made.add(key, &package);
        return;
    }
    let Some(found) = context.existing(what, from, line) else { return };
    let is_file = context.project.files.kind(&found) == Some(FileKind::File);
    if to.starts_with("..") || name.starts_with('/') {
        context.findings.lost(line, format!("{what}: `{found}`"), "it would go to a folder outside of the executable");
        return;
    }
    if is_file && base(name) != base(&found) {
        let why =
            format!("a file keeps its name: `{}` cannot become `{}`; rename it in the project", found, base(name));
        context.findings.lost(line, format!("{what}: `{found}`"), why);
        return;
    }
    if is_binary {
        let why = "it is added as a file: libraries that it needs are not looked for";
        context.findings.note(line, format!("{what}: `{found}`"), why);
    }
    made.add_data(&found, &to);
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

/// Takes what is run: the first script.
fn entry(context: &mut Context<'_>, scripts: &Argument, pathex: Option<&Argument>, made: &mut Executable) {
    let mut found = Vec::new();
    for (value, line) in values(scripts) {
        match kind(context.tape, value) {
            Kind::Text(path) => found.extend(context.existing_file("`scripts`", path, line).map(|path| (path, line))),
            _ => context.unknown("`scripts`", value, line),
        }
    }
    let mut found = found.into_iter();
    let Some((script, _)) = found.next() else { return };
    for (other, line) in found {
        let why = format!("one script is run, `{script}`: import the others there, or make run-time hooks of them");
        context.findings.lost(line, format!("`scripts`: `{other}`"), why);
    }
    let folders = search_path(context, pathex);
    let module = as_module(context, &script, &folders);
    for (folder, line) in &folders {
        let is_searched = *folder == parent(&script)
            || (context.project.is_package || module.is_some()) && ["src", "."].contains(&folder.as_str())
            || context.project.is_path_dependency(folder);
        if !is_searched && context.project.files.kind(folder) == Some(FileKind::Folder) {
            let why = "modules there are found if they are packages of the project (`packages` in `[tool.poetry]`), or of \
                       a path dependency";
            context.findings.lost(*line, format!("`pathex`: `{folder}`"), why);
        }
    }
    if module.is_none() && !script.ends_with(".py") {
        let why = "a script that is run has a name that ends with `.py`";
        context.findings.lost(scripts.line, format!("`scripts`: `{script}`"), why);
        return;
    }
    made.set("entry", Setting::Text(module.map_or(script, |module| format!("-m {module}"))));
}

/// Returns the folders of `pathex`, `.` for the project's, with their lines.
fn search_path(context: &mut Context<'_>, pathex: Option<&Argument>) -> Vec<(String, Option<usize>)> {
    let mut folders = Vec::new();
    for (value, line) in pathex.into_iter().flat_map(values) {
        let path = match kind(context.tape, value) {
            Kind::Nothing => continue,
            Kind::Text(path) => path,
            _ => {
                context.unknown("`pathex`", value, line);
                continue;
            }
        };
        let line = context.line_of(path, line);
        match place(context.tape, path) {
            Place::Package(..) => {}
            Place::Project(folder) | Place::Above(folder) => folders.push((folder, line)),
            Place::Machine(folder) => {
                context.findings.note(line, format!("`pathex`: `{folder}`"), "packages are those of poetry.lock");
            }
        }
    }
    folders
}

/// Returns a script's name as a module, if it imports the package that it lies in: as `-m` it has the folder above that on
/// its search path.
fn as_module(context: &Context<'_>, script: &str, folders: &[(String, Option<usize>)]) -> Option<String> {
    let above = [".", "src"].into_iter().filter(|folder| {
        let top = if *folder == "." { "" } else { "src/" };
        let Some(below) = script.strip_prefix(top).filter(|below| below.contains('/')) else { return false };
        let package = format!("{top}{}", below.split('/').next().unwrap_or_default());
        let is_package = context.project.files.kind(&format!("{package}/__init__.py")).is_some();
        is_package || folders.iter().any(|(given, _)| given == folder)
    });
    let text = context.project.files.read(script)?;
    // The innermost folder wins: `src/app/main.py` is `app.main`.
    above.collect::<Vec<_>>().into_iter().rev().find_map(|folder| {
        let below = script.strip_prefix(if folder == "." { "" } else { "src/" })?;
        let module = below.strip_suffix(".py")?.replace('/', ".");
        let top = module.split('.').next()?;
        let imports = |line: &str| {
            let line = line.trim_start();
            let rest = line.strip_prefix("from ").or_else(|| line.strip_prefix("import "));
            let word = rest.map(|rest| rest.trim_start().split(|c: char| !(c.is_alphanumeric() || c == '_')).next());
            word.flatten() == Some(top)
        };
        let is_module = is_dotted(&module) && !module.contains('-') && text.lines().any(imports);
        is_module.then(|| module.strip_suffix(".__main__").unwrap_or(&module).to_owned())
    })
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
