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
