//! `wheels` of `[tool.permafreeze]`: wheels that the project brings itself, for packages that have none.
use std::str::FromStr;

use permafreeze_packaging::Version;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::wheel_file_name::WheelFileName;
use permafreeze_plan::plan::PinnedFile;

use crate::address::{is_of_a_server, without_credentials};
use crate::document::TomlFile;
use crate::error::Error;
use crate::lockfile::Locked;
use crate::settings::Wheel;
use crate::tree::{Kind, OUTSIDE, Tree, inside};

const KEY: &str = "tool.permafreeze.wheels";

/// A wheel that the project brings.
#[derive(Debug, Clone)]
pub struct Given {
    /// Its file name.
    pub file: String,
    /// The parts of its file name.
    pub name: WheelFileName,
    /// The file.
    pub pinned: PinnedFile,
}

impl Given {
    /// Returns whether it is a wheel of this version of a distribution.
    pub fn is_of(&self, name: &str, version: &str) -> bool {
        self.name.name == Name::new(name) && same_version(&self.name.version, version)
    }
}

fn same_version(a: &str, b: &str) -> bool {
    match (Version::from_str(a), Version::from_str(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// Reads the wheels that `[tool.permafreeze]` names.
///
/// # Errors
/// If one is no wheel, is not there, has no sha256, or no such version is locked.
pub fn wheels(tree: &dyn Tree, file: &TomlFile, lock: &Locked, wheels: &[Wheel]) -> Result<Vec<Given>, Error> {
    wheels.iter().map(|wheel| given(tree, file, lock, wheel)).collect()
}

fn given(tree: &dyn Tree, file: &TomlFile, lock: &Locked, wheel: &Wheel) -> Result<Given, Error> {
    let (shown, path) = match (&wheel.file, &wheel.url) {
        (Some(path), None) => (path, Some(local(tree, file, path)?)),
        (None, Some(url)) if is_of_a_server(url) => (&without_credentials(url), None),
        (None, Some(url)) => {
            let shown = without_credentials(url);
            return Err(file.wrong(KEY, &shown, "`url` must begin with `https://` or `http://`; `file` is a path"));
        }
        _ => return Err(file.wrong(KEY, "{ … }", "a wheel has either `file` (a path in the project) or `url`")),
    };
    let digits = |sha256: &str| sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !digits(&wheel.sha256) {
        let problem = format!("`sha256` of {shown}: expected 64 hexadecimal digits (`sha256sum FILE` prints them)");
        return Err(file.wrong(KEY, &wheel.sha256, problem));
    }
    let name = shown.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let parts: WheelFileName = name.parse().map_err(|error| file.wrong(KEY, shown, format!("{error}")))?;
    let is_it = |name: &str, version: &str| Name::new(name) == parts.name && same_version(version, &parts.version);
    let Some(package) = lock.packages.iter().find(|package| is_it(&package.name, &package.version)) else {
        let problem = format!("`{} {}` is not locked: a wheel stands for a locked version", parts.name, parts.version);
        return Err(file.wrong(KEY, shown, problem));
    };
    let pinned = PinnedFile {
        package: parts.name.to_string(),
        version: package.version.clone(),
        sha256: wheel.sha256.to_ascii_lowercase(),
        size: None,
        url: wheel.url.as_deref().map(without_credentials),
        index: None,
        path,
        git: None,
    };
    Ok(Given { file: name.to_owned(), name: parts, pinned })
}

fn local(tree: &dyn Tree, file: &TomlFile, path: &str) -> Result<String, Error> {
    let joined = inside(path).ok_or_else(|| file.wrong(KEY, path, OUTSIDE))?;
    match tree.kind(&joined) {
        Some(Kind::File) => Ok(joined),
        _ => Err(file.wrong(KEY, path, "there is no such file")),
    }
}
