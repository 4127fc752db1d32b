//! Paths of a spec: what they name.
use permafreeze_base::path::join;

use crate::recorded::Tape;

/// The folder of packages in any environment.
const SITE_PACKAGES: &str = "/site-packages/";

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A path of the project, relative to its folder; `.` for the folder itself.
    Project(String),
    /// A path above the project's folder, relative to it: `../libs/x`.
    Above(String),
    /// A package, and the path in it; empty for the package.
    Package(String, String),
    /// A path of the machine.
    Machine(String),
}

/// Says what a path names: relative ones are relative to the recording's folder.
pub(crate) fn place(tape: &Tape, path: &str) -> Place {
    let path = path.replace('\\', "/");
    if let Some(below) = path.strip_prefix(&tape.packages).and_then(|rest| rest.strip_prefix('/')) {
        return of_package(below);
    }
    let of_project = |path: &str| {
        let joined = join(".", path);
        if joined == ".." || joined.starts_with("../") { Place::Above(joined) } else { Place::Project(joined) }
    };
    if path == tape.root {
        return Place::Project(".".to_owned());
    }
    if let Some(below) = path.strip_prefix(&tape.root).and_then(|rest| rest.strip_prefix('/')) {
        return of_project(below);
    }
    if let Some((_, below)) = path.split_once(SITE_PACKAGES) {
        return of_package(below);
    }
    // The work folder of the sandbox: what lies above the copy of the project.
    if let Some(below) = above(&tape.root, &path) {
        return Place::Above(below);
    }
    let is_drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with('/') || path.starts_with('~') || path.starts_with('%') || is_drive {
        return Place::Machine(path);
    }
    of_project(&format!("{}/{path}", tape.folder))
}

/// Returns a path beside the copy of the project, relative to it.
fn above(root: &str, path: &str) -> Option<String> {
    let parent = root.rsplit_once('/')?.0;
    let below = path.strip_prefix(parent)?;
    (below.is_empty() || below.starts_with('/')).then(|| format!("..{below}"))
}

fn of_package(below: &str) -> Place {
    let (package, rest) = below.split_once('/').unwrap_or((below, ""));
    // What a package's code would give has its path as a suffix: `certifi/where()`.
    let package = package.split('.').next().filter(|_| !package.ends_with("-info")).unwrap_or(package);
    let rest = if rest.contains(['(', '[']) { "" } else { rest };
    Place::Package(package.trim_end_matches(".py").to_owned(), rest.to_owned())
}

/// Returns the folder of a path; `.` for a name alone.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

/// Returns the last part of a path.
pub(crate) fn base(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Whether a text is a module's name.
pub(crate) fn is_dotted(text: &str) -> bool {
    // `importlib` imports what no statement can: a name with `-` in it.
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
    text.split('.').all(is_name)
}
