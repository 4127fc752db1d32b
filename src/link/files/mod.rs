//! Files that are unpacked at run time: which, and where to.
pub mod beside;
pub mod data;
pub mod libraries;
pub mod machine;
pub mod metadata;
pub mod runtime;

use std::collections::BTreeMap;

use crate::graph::NodeId;
use crate::load::FileId;

/// What an entry of the table is. The greater one wins a place (PyInstaller/building/datastruct.py).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TocKind {
    /// Data.
    Data,
    /// A shared library.
    Binary,
    /// An extension module.
    Extension,
    /// A symbolic link.
    Symlink,
}

impl TocKind {
    fn priority(self) -> u8 {
        match self {
            TocKind::Data => 0,
            TocKind::Binary | TocKind::Extension => 1,
            TocKind::Symlink => 2,
        }
    }
}

/// Where an entry's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TocSource {
    /// A file of an object.
    File(FileId),
    /// A module's code with a pyc header.
    Pyc(NodeId),
    /// A link's target: a path in the executable's folder.
    Link(String),
}

/// The files of the executable by their destination.
#[derive(Debug, Clone, Default)]
pub struct Toc {
    entries: BTreeMap<String, (TocKind, TocSource)>,
}

impl Toc {
    /// Adds an entry. An earlier one of the same destination stays, unless this one is of a stronger kind.
    pub fn add(&mut self, dest: &str, kind: TocKind, source: TocSource) {
        let dest = normalised(dest);
        match self.entries.get(&dest) {
            Some((known, _)) if known.priority() >= kind.priority() => {}
            _ => drop(self.entries.insert(dest, (kind, source))),
        }
    }

    /// Adds all entries of a later table.
    pub fn extend(&mut self, later: Toc) {
        for (dest, (kind, source)) in later.entries {
            self.add(&dest, kind, source);
        }
    }

    /// Returns all entries, sorted by destination.
    pub fn entries(&self) -> impl Iterator<Item = (&str, TocKind, &TocSource)> {
        self.entries.iter().map(|(dest, (kind, source))| (dest.as_str(), *kind, source))
    }

    /// Returns the libraries, sorted by destination.
    pub fn libraries(&self) -> Vec<(String, FileId)> {
        let libraries = self.entries().filter_map(|(dest, kind, source)| match (kind, source) {
            (TocKind::Binary | TocKind::Extension, TocSource::File(file)) => Some((dest.to_owned(), *file)),
            _ => None,
        });
        libraries.collect()
    }
}

/// Returns a relative path without `.` parts and double slashes.
fn normalised(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(file: u32) -> TocSource {
        TocSource::File(FileId { object: 0, file })
    }

    #[test]
    fn the_first_of_equals_stays_and_the_stronger_kind_wins() {
        let mut toc = Toc::default();
        toc.add("a/./b", TocKind::Data, file(1));
        toc.add("a/b", TocKind::Data, file(2));
        assert_eq!(toc.entries().collect::<Vec<_>>(), [("a/b", TocKind::Data, &file(1))]);
        toc.add("a/c/../b", TocKind::Binary, file(3));
        toc.add("a/b", TocKind::Extension, file(4));
        toc.add("a/b", TocKind::Data, file(5));
        assert_eq!(toc.entries().collect::<Vec<_>>(), [("a/b", TocKind::Binary, &file(3))]);
    }

    #[test]
    fn a_later_table_adds_as_if_its_entries_had_been_added_one_by_one() {
        let mut toc = Toc::default();
        toc.add("a", TocKind::Binary, file(1));
        toc.add("b", TocKind::Data, file(2));
        let mut later = Toc::default();
        later.add("a", TocKind::Extension, file(3));
        later.add("b", TocKind::Data, file(4));
        later.add("b", TocKind::Symlink, file(5));
        toc.extend(later);
        let expected = [("a", TocKind::Binary, &file(1)), ("b", TocKind::Symlink, &file(5))];
        assert_eq!(toc.entries().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn paths_are_normalised() {
        assert_eq!(normalised("./a//b/."), "a/b");
        assert_eq!(normalised("../a"), "../a");
        assert_eq!(normalised("a/.."), "");
    }
}
