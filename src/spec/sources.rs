//! What a spec adds: files and folders of the project and of packages, and what PyInstaller's functions would find.
use permafreeze_base::path::join;
use serde_json::Value;

use crate::context::Context;
use crate::places::{Place, base, is_dotted, parent, place};
use crate::project::Kind as FileKind;
use crate::recorded::Call;
use crate::settings::Executable;
use crate::value::{Kind, each, kind};

/// The argument of a function that names the package.
const PACKAGE: [&str; 3] = ["package", "package_name", "name"];
/// Files that a glob may stand for, each written as an entry of its own.
const MOST_MATCHES: usize = 100;

/// Returns the package that a function is asked about.
pub(crate) fn package_of(call: &Call) -> Option<&str> {
    let named = || PACKAGE.iter().find_map(|name| call.keywords.get(*name));
    call.arguments.first().or_else(named)?.as_str()
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
    let named = call.keywords.iter().filter(|(name, _)| *name != "on_error" && !PACKAGE.contains(&name.as_str()));
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
pub(crate) fn pair(context: &mut Context<'_>, name: &str, value: &Value, line: Option<usize>, made: &mut Executable) {
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
    join(".", &to.replace('\\', "/"))
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
    let to = join(".", parent(name));
    if let Place::Package(package, rest) = place(context.tape, from) {
        let key = if is_binary { "collect-binaries" } else { "collect-data" };
        let own = join(".", parent(&format!("{package}/{rest}")));
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
