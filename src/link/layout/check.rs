//! Refuses collections that would unpack outside of their folder or over themselves.
use std::collections::BTreeMap;

use permafreeze_executable::format::{BASE_LIBRARY_NAME, ModuleKind};
use permafreeze_executable::owner::Owner;

use super::Error;
use crate::collection::{CollectedFile, Collection, FileKind, Origin, PyzModule};

/// Checks all names of a collection, and that modules have code.
pub(super) fn check(collection: &Collection) -> Result<(), Error> {
    check_modules("the module", &collection.modules)?;
    check_modules("base_library's module", &collection.base_library)?;
    let files = check_files(&collection.files)?;
    if !files.contains_key(collection.libpython.as_str()) {
        return Err(Error::NoLibpython { name: collection.libpython.clone() });
    }
    Ok(())
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

fn check_files(files: &[CollectedFile]) -> Result<BTreeMap<&str, &Origin>, Error> {
    let made = |path: &'static str| Origin { owner: Owner::Linker, path: path.to_owned(), sha256: None };
    let mut seen = BTreeMap::new();
    for file in files {
        let refuse = |reason| Err(Error::Dest { dest: file.dest.clone(), origin: describe(&file.origin), reason });
        if let Some(reason) = bad_path(&file.dest) {
            return refuse(reason);
        }
        if let FileKind::Symlink { target } = &file.kind
            && let Some(reason) = bad_target(&file.dest, target)
        {
            return refuse(reason);
        }
        if file.dest == BASE_LIBRARY_NAME {
            return Err(twice("the file", &file.dest, &file.origin, &made(BASE_LIBRARY_NAME)));
        }
        if let Some(first) = seen.insert(file.dest.as_str(), &file.origin) {
            return Err(twice("the file", &file.dest, first, &file.origin));
        }
    }
    check_folders(&seen)?;
    Ok(seen)
}

/// No file may lie below another: if that is a link, the bootloader would write through it.
fn check_folders(files: &BTreeMap<&str, &Origin>) -> Result<(), Error> {
    for (child, origin) in files {
        for (end, _) in child.match_indices('/') {
            if let Some(first) = files.get(&child[..end]) {
                return Err(Error::FileAndFolder {
                    parent: child[..end].to_owned(),
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

fn describe(origin: &Origin) -> String {
    format!("`{}` of `{}`", origin.path, origin.owner)
}
