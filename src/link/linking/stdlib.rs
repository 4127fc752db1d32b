//! Parts of Python's standard library that a runtime may lack, for it was built without them.
use std::collections::BTreeSet;

use permafreeze_executable::owner::Owner;

use super::Linking;
use crate::finder::is_in;
use crate::graph::NodeId;

/// Modules that a CPython can be without, each with those that cannot be imported then. Modules of
/// other systems are none of them: code that names `winreg` is made for their absence.
const OPTIONAL: &[(&str, &[&str])] = &[
    ("_bz2", &["bz2"]),
    ("_ctypes", &["ctypes"]),
    ("_curses", &["curses"]),
    ("_curses_panel", &["curses.panel"]),
    ("_dbm", &["dbm.ndbm"]),
    ("_gdbm", &["dbm.gnu"]),
    ("_lzma", &["lzma"]),
    ("_sqlite3", &["dbm.sqlite3", "sqlite3"]),
    ("_ssl", &["ssl"]),
    ("_tkinter", &["tkinter", "turtle"]),
    ("_uuid", &[]),
    ("_zstd", &["compression.zstd"]),
    ("ensurepip", &[]),
    ("idlelib", &[]),
    ("readline", &[]),
    ("test", &[]),
    ("tkinter", &[]),
    ("turtle", &[]),
    ("turtledemo", &[]),
    ("zlib", &[]),
];

/// Those of them that no CPython for Windows has: code that imports one is made for its absence.
const NOT_OF_WINDOWS: [&str; 5] = ["_curses", "_curses_panel", "_dbm", "_gdbm", "readline"];

impl Linking<'_> {
    /// Warns of each module, other than the standard library's own, that imports what the runtime lacks of that.
    pub fn warn_of_missing_stdlib(&mut self) {
        let reached: BTreeSet<NodeId> = self.graph.reached().collect();
        let mut said = Vec::new();
        let is_windows = self.program.job.target.is_windows();
        let of_target = |(lacking, _): &&(&str, _)| !(is_windows && NOT_OF_WINDOWS.contains(lacking));
        for (lacking, needing) in OPTIONAL.iter().filter(of_target) {
            let missed = self.importers(lacking);
            if missed.is_empty() {
                continue;
            }
            let missed = missed.into_iter().map(|id| (id, *lacking));
            let users = needing.iter().flat_map(|module| self.graph.users(module).into_iter().map(|id| (id, *module)));
            for (id, module) in missed.chain(users).filter(|(id, _)| reached.contains(id) && !self.is_stdlib(*id)) {
                let needs = if module == *lacking { String::new() } else { format!(", which needs `{lacking}`") };
                let name = &self.graph.node(id).name;
                said.push(format!("`{name}` imports `{module}`{needs}: this Python runtime was made without it"));
            }
        }
        said.into_iter().for_each(|text| self.warnings.add(text));
    }

    /// Returns the modules that wanted a module or one inside of it, which was not found.
    fn importers(&self, module: &str) -> BTreeSet<NodeId> {
        let missing = self.graph.missing.iter().filter(|(name, _)| is_in(name, module));
        missing.flat_map(|(_, by)| by).filter_map(|name| self.graph.named(name)).collect()
    }

    fn is_stdlib(&self, id: NodeId) -> bool {
        let objects = &self.program.objects;
        self.graph.node(id).file.is_some_and(|file| objects.object(file.object).owner() == Owner::Runtime)
    }
}
