//! Which files of a source tree go where: the layout as poetry-core finds it, or another [`crate::backend`].
use permafreeze_base::path::join;
use permafreeze_packaging::name::Name;
use permafreeze_plan::plan::SourceContent;

use crate::backend::{Packaged, packaged};
use crate::document::TomlFile;
use crate::error::Error;
use crate::pyproject::{Include, PackageInclude, PyProject};
use crate::tree::{Kind, Tree, below};

/// Folders beside a script that are never part of a program.
const NOT_PROGRAM: [&str; 4] = ["build/**", "dist/**", "node_modules/**", "venv/**"];
/// All modules, wherever they are.
const MODULES: &str = "**/*.py";
/// Characters that make a glob of a path.
const GLOB: [char; 3] = ['*', '?', '['];

/// Returns the contents of the distribution in `folder`.
///
/// # Errors
/// If a package is not where it must be.
pub fn of_package(
    tree: &dyn Tree,
    folder: &str,
    file: &TomlFile,
    pyproject: &PyProject,
    name: &Name,
) -> Result<Vec<SourceContent>, Error> {
    if let Some(packaged) = packaged(tree, folder, file, pyproject, name) {
        return of_backend(tree, folder, &file.name, &packaged, name);
    }
    let file = &file.name;
    let poetry = &pyproject.tool.poetry;
    let in_wheel = |package: &&PackageInclude| package.format.as_ref().is_none_or(|format| format.has_wheel());
    let mut contents = Vec::new();
    if poetry.packages.is_empty() {
        contents.push(found(tree, folder, file, name)?);
    }
    for package in poetry.packages.iter().filter(in_wheel) {
        contents.push(declared(tree, folder, file, package)?);
    }
    for include in &poetry.include {
        if let Include::Table { path, format: Some(format) } = include
            && format.has_wheel()
        {
            let content = content(tree, folder, ".", path, ".");
            // poetry-core takes what there is: a folder that only a build makes need not be there.
            if tree.kind(&join(folder, &content.from)).is_some() {
                contents.push(content);
            }
        }
    }
    within(tree, folder, file, &mut contents)?;
    for content in &mut contents {
        content.exclude = poetry.exclude.iter().flat_map(|pattern| excluded(&content.from, pattern)).collect();
    }
    Ok(contents)
}

/// Returns the contents that another backend than Poetry's packages: where its rules find nothing, the package of the
/// distribution's name is looked for.
fn of_backend(
    tree: &dyn Tree,
    folder: &str,
    file: &str,
    packaged: &Packaged,
    name: &Name,
) -> Result<Vec<SourceContent>, Error> {
    let mut contents: Vec<SourceContent> = packaged.parts.iter().map(|part| plain(&part.from, &part.to)).collect();
    if contents.is_empty() && !packaged.says_none {
        let hint = format!(
            "say where it is with {}, or set `package = false` in `[tool.uv]` if the project is plain scripts",
            packaged.option
        );
        contents.push(found(tree, folder, file, name).map_err(|error| match error {
            Error::Layout { file, problem, .. } => Error::Layout { file, problem, hint: hint.clone() },
            other => other,
        })?);
    }
    within(tree, folder, file, &mut contents)?;
    if let Some(missing) = contents.iter().find(|content| tree.kind(&join(folder, &content.from)).is_none()) {
        let problem = format!("package `{}`: `{}` does not exist", missing.to, missing.from);
        return Err(layout(file, problem, &format!("correct {}", packaged.option)));
    }
    for content in &mut contents {
        content.exclude = packaged.exclude.iter().flat_map(|pattern| excluded(&content.from, pattern)).collect();
    }
    Ok(contents)
}

/// Takes a package of the project's folder itself (`include = "app", from = ".."`) for that folder.
///
/// # Errors
/// If another one lies outside of it.
fn within(tree: &dyn Tree, folder: &str, file: &str, contents: &mut [SourceContent]) -> Result<(), Error> {
    let above = folder.rsplit_once('/').map_or(folder, |(_, name)| name);
    let own = if folder == "." { tree.name() } else { Some(above.to_owned()) }.map(|name| format!("../{name}"));
    for content in contents.iter_mut().filter(|content| below(".", &content.from).is_none()) {
        let inside = own.as_deref().and_then(|own| below(own, &content.from)).map(str::to_owned);
        let Some(inside) = inside else {
            let problem = format!("package `{}`: `{}` is outside of the project's folder", content.to, content.from);
            return Err(layout(file, problem, "make a project of it, and that a path dependency; or move it"));
        };
        content.from = inside;
    }
    Ok(())
}

/// Finds the one import package that has the distribution's name.
fn found(tree: &dyn Tree, folder: &str, file: &str, name: &Name) -> Result<SourceContent, Error> {
    let module = name.module();
    for base in [".", "src"] {
        let package = join(base, &module);
        let script = format!("{package}.py");
        let at = |path: &str| tree.kind(&join(folder, path));
        match (at(&package), at(&script)) {
            (Some(Kind::Folder), Some(Kind::File)) => {
                return Err(layout(
                    file,
                    format!("both `{package}` and `{script}` exist"),
                    "say which one is the package with `packages` in `[tool.poetry]`",
                ));
            }
            (Some(Kind::Folder), _) => return Ok(plain(&package, &module)),
            (_, Some(Kind::File)) => return Ok(plain(&script, &format!("{module}.py"))),
            _ => {}
        }
    }
    Err(layout(
        file,
        format!("no package `{module}`: looked for `{module}`, `{module}.py`, `src/{module}`, `src/{module}.py`"),
        "say where it is with `packages = [{ include = \"…\" }]` in `[tool.poetry]`, or set `package-mode = false` there \
         if the project is plain scripts",
    ))
}

fn declared(tree: &dyn Tree, folder: &str, file: &str, package: &PackageInclude) -> Result<SourceContent, Error> {
    let from = package.from.as_deref().unwrap_or(".");
    let content = content(tree, folder, from, &package.include, package.to.as_deref().unwrap_or("."));
    if tree.kind(&join(folder, &content.from)).is_none() {
        return Err(layout(
            file,
            format!("package `{}` of `tool.poetry.packages`: `{}` does not exist", package.include, content.from),
            "correct `include` or `from`",
        ));
    }
    Ok(content)
}

/// Makes a content of a path or a glob below `from`.
fn content(tree: &dyn Tree, folder: &str, from: &str, path: &str, to: &str) -> SourceContent {
    // A path that exists is no glob, whatever characters it has.
    if !path.contains(GLOB) || tree.kind(&join(folder, &join(from, path))).is_some() {
        return plain(&join(from, path), &join(to, path));
    }
    let literal: Vec<&str> = path.split('/').take_while(|part| !part.contains(GLOB)).collect();
    let pattern = path.split('/').skip(literal.len()).collect::<Vec<_>>().join("/");
    let base = literal.join("/");
    SourceContent { include: vec![pattern], ..plain(&join(from, &base), &join(to, &base)) }
}

fn plain(from: &str, to: &str) -> SourceContent {
    SourceContent { from: from.to_owned(), to: to.to_owned(), include: Vec::new(), exclude: Vec::new() }
}

/// Returns Poetry's `exclude` pattern, which is relative to the project, relative to a content. What it matches is left
/// out with everything below.
fn excluded(from: &str, pattern: &str) -> Vec<String> {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    let relative = match below(from, pattern) {
        Some(".") => "**",
        Some(relative) => relative,
        None if pattern.starts_with("**/") => pattern,
        None if below(pattern, from).is_some() => "**",
        None => return Vec::new(),
    };
    if relative.ends_with("**") {
        return vec![relative.to_owned()];
    }
    vec![relative.to_owned(), format!("{relative}/**")]
}

fn layout(file: &str, problem: String, hint: &str) -> Error {
    Error::Layout { file: file.to_owned(), problem, hint: hint.to_owned() }
}

/// The modules beside a script, which is run with its folder on the module search path, and all files of the packages
/// there.
pub fn beside_script(tree: &dyn Tree, script: &str, contents: &[SourceContent]) -> SourceContent {
    let folder = script.rsplit_once('/').map_or(".", |(folder, _)| folder);
    let mut exclude: Vec<String> = NOT_PROGRAM.iter().map(|pattern| (*pattern).to_owned()).collect();
    // A module has one place: what another content has already is not placed a second time.
    for content in contents {
        match below(folder, &content.from) {
            Some(relative) if content.from.ends_with(".py") => exclude.push(relative.to_owned()),
            Some(relative) => exclude.push(format!("{relative}/**")),
            None => {}
        }
    }
    let is_package = |name: &String| tree.kind(&join(folder, &format!("{name}/__init__.py"))) == Some(Kind::File);
    // No module has a name with characters of globs, or with a dot.
    let names = tree.folders(folder).into_iter().filter(|name| !name.contains(GLOB) && !name.contains('.'));
    let packages = names.filter(is_package).map(|name| format!("{name}/**"));
    let include = std::iter::once(MODULES.to_owned()).chain(packages).collect();
    SourceContent { include, exclude, ..plain(folder, ".") }
}

/// Returns where `path` of the source tree is placed below site-packages, if a content has it.
pub fn placed(contents: &[SourceContent], path: &str) -> Option<String> {
    contents.iter().find_map(|content| {
        let relative = below(&content.from, path)?;
        let all = content.include.is_empty()
            || (content.include.iter().any(|glob| glob == MODULES)
                && path.ends_with(".py")
                && !is_excluded(content, relative));
        all.then(|| join(&content.to, relative))
    })
}

fn is_excluded(content: &SourceContent, relative: &str) -> bool {
    content.exclude.iter().any(|pattern| match pattern.strip_suffix("/**") {
        Some(folder) => below(folder, relative).is_some(),
        None => pattern == relative,
    })
}

/// Adds `path` to the contents unless they have it, and returns where it is placed.
pub fn place(contents: &mut Vec<SourceContent>, path: &str) -> String {
    if let Some(placed) = placed(contents, path) {
        return placed;
    }
    contents.push(plain(path, path));
    path.to_owned()
}

/// Adds a script to the contents unless they have it, and returns where it is placed. Code is what ends with `.py`: another
/// script gets a name that does, and that no import finds, for there may be a package of its name.
pub fn place_script(contents: &mut Vec<SourceContent>, path: &str) -> String {
    if path.ends_with(".py") {
        return place(contents, path);
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let to = format!("{}.script.py", name.strip_suffix(".pyw").unwrap_or(name));
    let content = plain(path, &to);
    if !contents.contains(&content) {
        contents.push(content);
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NoFiles;

    impl Tree for NoFiles {
        fn read(&self, _: &str) -> std::io::Result<Option<String>> {
            Ok(None)
        }

        fn kind(&self, _: &str) -> Option<Kind> {
            None
        }

        fn folders(&self, _: &str) -> Vec<String> {
            Vec::new()
        }
    }

    #[test]
    fn excludes_are_made_relative() {
        assert_eq!(excluded("src/a", "src/a/tests"), ["tests", "tests/**"]);
        assert_eq!(excluded("src/a", "**/*.json"), ["**/*.json", "**/*.json/**"]);
        assert_eq!(excluded("src/a", "src"), ["**"]);
        assert_eq!(excluded("src/a", "src/b"), Vec::<String>::new());
    }

    #[test]
    fn a_script_brings_its_neighbours_but_not_a_package_twice() {
        let package = plain("src/app", "app");
        let content = beside_script(&NoFiles, "run.py", std::slice::from_ref(&package));
        assert_eq!((content.from.as_str(), content.to.as_str()), (".", "."));
        assert!(content.exclude.contains(&"src/app/**".to_owned()));
        let contents = [package, content];
        assert_eq!(placed(&contents, "run.py").as_deref(), Some("run.py"));
        assert_eq!(placed(&contents, "src/app/x.py").as_deref(), Some("app/x.py"));
        assert_eq!(placed(&contents, "data/x.json"), None);
    }
}
