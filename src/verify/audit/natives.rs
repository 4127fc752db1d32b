//! Native files of an executable, and the libraries that they bring for each other.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_archive::{EntryKind, Executable};
use permafreeze_executable::owner::Owner;
use permafreeze_object::native::{Format, Native};
use permafreeze_packaging::manylinux::Version;
use permafreeze_packaging::target::Target;

use super::{Audit, File};
use crate::finding::Finding;
use crate::macho::Signature;

/// A native file.
#[derive(Debug, Clone)]
pub(super) struct NativeFile {
    /// Path in the unpacked folder.
    pub name: String,
    /// Whose it is.
    pub owner: Option<Owner>,
    /// Whether it is unpacked to be loaded or run; else it lies about as data.
    pub binary: bool,
    /// Its facts.
    pub native: Native,
    /// What is known of the signature of a Mach-O file for one machine.
    pub signature: Option<Signature>,
}

/// What to do about a file that is for something else.
pub(super) const OTHER_WHEEL: &str = "choose another version of the package: its wheel is made for other systems";
/// What to do about a library that nobody has.
pub(super) const ALLOW: &str = "add a package that brings it, or allow it: `libraries` in `[tool.permafreeze.policy]`";

impl NativeFile {
    /// Tells whether the target could load the file. If it is unpacked to be loaded, it must.
    pub(super) fn fits(&self, format: Format, target: Target, audit: &mut Audit) -> bool {
        let (native, machine) = (&self.native, target.architecture().name());
        if native.format == format && native.machines.iter().any(|found| found == machine) {
            return true;
        }
        let problem = format!("is {:?} for `{}`, the target is `{target}`", native.format, native.machine);
        match self.binary {
            true => audit.findings.push(self.finding(problem, OTHER_WHEEL)),
            false => audit.notes.push(self.finding(problem, "it is data for the target, and not loaded")),
        }
        false
    }

    /// Returns what the audit lists of the file: the versions and the libraries that the system must have.
    pub(super) fn listed(&self, newest: BTreeMap<String, Version>, system_libraries: BTreeSet<String>) -> File {
        let native = &self.native;
        File {
            name: self.name.clone(),
            owner: self.owner.clone(),
            format: native.format,
            machine: native.machine.clone(),
            newest,
            system_libraries,
            run_paths: native.rpath.iter().chain(&native.runpath).cloned().collect(),
            interpreter: native.interpreter.clone(),
            executable_stack: native.executable_stack,
            relro: (native.format == Format::Elf).then_some(native.relro),
        }
    }

    /// Returns a finding that blames the owner.
    pub(super) fn finding(&self, problem: impl Into<String>, hint: impl Into<String>) -> Finding {
        let finding = Finding::new(self.name.as_str(), problem).hint(hint);
        Finding { blame: self.owner.as_ref().map(String::from), ..finding }
    }
}

/// Libraries that are in an executable.
#[derive(Debug, Default)]
pub(super) struct BundledLibraries {
    names: BTreeSet<String>,
    lower: BTreeSet<String>,
}

impl BundledLibraries {
    /// Collects file names, the names that libraries give themselves, and names of links to them.
    pub(super) fn new(executable: &Executable, natives: &[NativeFile]) -> BundledLibraries {
        let base = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned();
        let mut names: BTreeSet<String> = natives.iter().map(|file| base(&file.name)).collect();
        names.extend(natives.iter().filter_map(|file| file.native.soname.as_deref().map(base)));
        let links = executable.entries().iter().filter(|entry| entry.kind == EntryKind::Symlink);
        names.extend(links.map(|entry| base(&entry.name)));
        let lower = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        BundledLibraries { names, lower }
    }

    /// Tells whether a library is bundled.
    pub(super) fn has(&self, library: &str) -> bool {
        self.names.contains(library)
    }

    /// Tells whether a library is in the executable; capitals do not count (Windows).
    pub(super) fn has_in_any_case(&self, library: &str) -> bool {
        self.lower.contains(&library.to_ascii_lowercase())
    }
}

/// Returns findings of links that lead to nothing or out of the unpacked folder.
pub(super) fn broken_links(executable: &Executable) -> Vec<Finding> {
    let entries: BTreeMap<&str, ()> = executable.entries().iter().map(|entry| (entry.name.as_str(), ())).collect();
    let links = executable.entries().iter().filter(|entry| entry.kind == EntryKind::Symlink);
    let broken = links.filter_map(|entry| {
        let target = String::from_utf8_lossy(executable.raw(entry)).trim_end_matches('\0').to_owned();
        let folder = entry.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let problem = match inside(folder, &target) {
            Some(place) if entries.contains_key(place.as_str()) => return None,
            // A link to a folder.
            Some(place) if entries.keys().any(|name| name.starts_with(&format!("{place}/"))) => return None,
            Some(_) => format!("is a link to `{target}`, which is not in the executable"),
            None => format!("is a link to `{target}`, which leads out of the unpacked folder"),
        };
        Some(Finding::new(entry.name.as_str(), problem))
    });
    broken.collect()
}

/// Returns the path that `target` means from `folder`, both below the unpacked folder; `None` if it leads out of it.
pub(super) fn inside(folder: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_inside() {
        assert_eq!(inside("PIL", "../pillow.libs").as_deref(), Some("pillow.libs"));
        assert_eq!(inside("", "a/./b").as_deref(), Some("a/b"));
        assert_eq!(inside("a/b", "").as_deref(), Some("a/b"));
        assert_eq!(inside("a", "../../b"), None);
        assert_eq!(inside("a", "/b"), None);
    }
}
