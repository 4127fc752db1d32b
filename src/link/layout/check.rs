//! Refuses collections that would unpack outside of their folder or over themselves.
use std::borrow::Cow;
use std::collections::BTreeMap;

use permafreeze_executable::format::{BASE_LIBRARY_NAME, ModuleKind};
use permafreeze_executable::owner::Owner;

use super::Error;
use crate::collection::{CollectedFile, Collection, FileKind, Origin, PyzModule};
use crate::platform::names::Names;

/// Files by what their paths have in common with those of the same file ([`Names::key`]), each with its path.
type Files<'c> = BTreeMap<Cow<'c, str>, (&'c str, &'c Origin)>;

/// Checks all names of a collection, and that modules have code.
pub(super) fn check(collection: &Collection) -> Result<(), Error> {
    check_modules("the module", &collection.modules)?;
    check_modules("base_library's module", &collection.base_library)?;
    let names = Names::of(collection.target);
    let base_library = Origin { owner: Owner::Linker, path: BASE_LIBRARY_NAME.to_owned(), sha256: None };
    let mut files = Files::from([(names.key(BASE_LIBRARY_NAME), (BASE_LIBRARY_NAME, &base_library))]);
    for file in &collection.files {
        check_dest(file, names)?;
        if let Some((dest, first)) = files.insert(names.key(&file.dest), (&file.dest, &file.origin)) {
            return Err(match dest == file.dest {
                true => twice("the file", dest, first, &file.origin),
                false => one_file(collection, (dest, first), file),
            });
        }
    }
    check_folders(&files)?;
    match files.contains_key(&names.key(&collection.libpython)) {
        true => Ok(()),
        false => Err(Error::NoLibpython { name: collection.libpython.clone() }),
    }
}

fn check_modules(what: &'static str, modules: &[PyzModule]) -> Result<(), Error> {
    let mut seen = BTreeMap::new();
    for module in modules {
        if let Some(first) = seen.insert(module.name.as_str(), &module.origin) {
            return Err(twice(what, &module.name, first, &module.origin));
        }
        let namespace = module.kind == ModuleKind::NamespacePackage;
        if namespace == module.code.is_some() {
            let must = if namespace { "have no code: it is a namespace package" } else { "have code" };
            return Err(Error::Code { name: module.name.clone(), origin: describe(&module.origin), must });
        }
    }
    Ok(())
}

fn check_dest(file: &CollectedFile, names: Names) -> Result<(), Error> {
    let reason = bad_path(&file.dest).or_else(|| match &file.kind {
        FileKind::Symlink { target } => bad_target(&file.dest, target),
        _ => None,
    });
    match reason.map(str::to_owned).or_else(|| names.problem(&file.dest)) {
        Some(reason) => Err(Error::Dest { dest: file.dest.clone(), origin: describe(&file.origin), reason }),
        None => Ok(()),
    }
}

/// No file may lie below another: if that is a link, the bootloader would write through it.
fn check_folders(files: &Files<'_>) -> Result<(), Error> {
    for (key, (child, origin)) in files {
        for (end, _) in key.match_indices('/') {
            if let Some((parent, first)) = files.get(&key[..end]) {
                return Err(Error::FileAndFolder {
                    parent: (*parent).to_owned(),
                    child: (*child).to_owned(),
                    first: describe(first),
                    second: describe(origin),
                });
            }
        }
    }
    Ok(())
}

fn bad_path(path: &str) -> Option<&'static str> {
    match path {
        "" => Some("the path is empty"),
        path if path.contains('\0') => Some("the path contains NUL"),
        path if path.starts_with('/') => Some("the path is absolute"),
        path if path.split('/').any(|part| part == "..") => Some("the path contains `..`"),
        path if path.split('/').any(|part| part.is_empty() || part == ".") => Some("the path contains an empty part"),
        _ => None,
    }
}

fn bad_target(dest: &str, target: &str) -> Option<&'static str> {
    if target.is_empty() || target.contains('\0') {
        return Some("the link's target is empty or contains NUL");
    }
    if target.starts_with('/') {
        return Some("the link's target is absolute");
    }
    let mut depth = dest.matches('/').count();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(above) => depth = above,
                None => return Some("the link's target lies outside"),
            },
            _ => depth += 1,
        }
    }
    None
}

fn twice(what: &'static str, name: &str, first: &Origin, second: &Origin) -> Error {
    Error::Twice { what, name: name.to_owned(), first: describe(first), second: describe(second) }
}

fn one_file(collection: &Collection, (dest, first): (&str, &Origin), second: &CollectedFile) -> Error {
    Error::Case {
        dest: dest.to_owned(),
        other: second.dest.clone(),
        first: describe(first),
        second: describe(&second.origin),
        target: collection.target,
    }
}

fn describe(origin: &Origin) -> String {
    format!("`{}` of `{}`", origin.path, origin.owner)
}
