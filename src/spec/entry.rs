//! What is run: a script, or the module that it is.
use crate::context::Context;
use crate::places::{Place, is_dotted, parent, place};
use crate::project::Kind as FileKind;
use crate::recorded::Argument;
use crate::settings::{Executable, Setting};
use crate::value::{Kind, kind, values};

/// Takes what is run: the first script.
pub(crate) fn translate(
    context: &mut Context<'_>,
    scripts: &Argument,
    pathex: Option<&Argument>,
    made: &mut Executable,
) {
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
    if module.is_none() && !is_script(context, &script) {
        let why = "it is no Python: its name ends neither with `.py` nor with `.pyw`, and its first line does not name Python";
        context.findings.lost(scripts.line, format!("`scripts`: `{script}`"), why);
        return;
    }
    made.set("entry", Setting::Text(module.map_or(script, |module| format!("-m {module}"))));
}

/// Tells whether a file is a script of Python, by its name, or by its first line, as programs for Unix have it.
fn is_script(context: &Context<'_>, path: &str) -> bool {
    let names_python =
        |text: String| text.lines().next().is_some_and(|line| line.starts_with("#!") && line.contains("python"));
    path.ends_with(".py") || path.ends_with(".pyw") || context.project.files.read(path).is_some_and(names_python)
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

/// Returns a script's name as a module, if it is one of the package that it lies in: as `-m` it has the folder above that on
/// its search path. It is one if it imports the package, or if the spec says where the package is (`pathex`) and the script
/// imports nothing that lies beside it.
fn as_module(context: &Context<'_>, script: &str, folders: &[(String, Option<usize>)]) -> Option<String> {
    let is_there = |path: &str| context.project.files.kind(path).is_some();
    let text = context.project.files.read(script)?;
    let beside = imported(&text).any(|name| {
        let path = format!("{}/{name}", parent(script));
        is_there(&format!("{path}.py")) || is_there(&format!("{path}/__init__.py"))
    });
    // The innermost folder wins: `src/app/main.py` is `app.main`.
    [("src", "src/"), (".", "")].into_iter().find_map(|(folder, start)| {
        let module = script.strip_prefix(start)?.strip_suffix(".py")?.replace('/', ".");
        let (top, _) = module.split_once('.')?;
        let is_package = is_there(&format!("{start}{top}/__init__.py"));
        let is_given = folders.iter().any(|(given, _)| given == folder);
        let is_module =
            (is_package || is_given) && imported(&text).any(|name| name == top) || is_package && is_given && !beside;
        let is_named = is_dotted(&module) && !module.contains('-');
        (is_module && is_named).then(|| module.strip_suffix(".__main__").unwrap_or(&module).to_owned())
    })
}

/// Returns the first part of each absolute name that a script imports.
fn imported(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.trim_start();
        let rest = line.strip_prefix("from ").or_else(|| line.strip_prefix("import "))?.trim_start();
        rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().filter(|name| !name.is_empty())
    })
}
