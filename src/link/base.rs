//! Modules of base_library.zip: what Python imports before the PYZ's importer exists.
use std::collections::BTreeSet;

use crate::error::LinkError;
use crate::graph::NodeId;
use crate::linker::Linker;

/// Their names (PyInstaller/compat.py, `PY3_BASE_MODULES`); packages with all their submodules.
const BASE_MODULES: &[&str] = &[
    "_collections_abc",
    "_weakrefset",
    "abc",
    "codecs",
    "collections",
    "copyreg",
    "encodings",
    "enum",
    "functools",
    "genericpath",
    "heapq",
    "io",
    "keyword",
    "linecache",
    "locale",
    "ntpath",
    "operator",
    "os",
    "posixpath",
    "re",
    "reprlib",
    "sre_compile",
    "sre_constants",
    "sre_parse",
    "stat",
    "traceback",
    "types",
    "warnings",
    "weakref",
];

impl Linker<'_> {
    /// Adds the modules to the graph, reached by the executable.
    pub fn add_base_modules(&mut self) -> Result<BTreeSet<NodeId>, LinkError> {
        let mut base = BTreeSet::new();
        for name in BASE_MODULES {
            for name in self.with_submodules(name) {
                if let Some(node) = self.import_name(&name)? {
                    self.graph.connect(self.graph.root, node);
                    base.insert(node);
                }
            }
        }
        self.drain()?;
        Ok(base)
    }

    fn with_submodules(&self, name: &str) -> Vec<String> {
        let mut names = vec![name.to_owned()];
        let path = self.finder.find(&self.tree, name).and_then(|found| found.path).unwrap_or_default();
        for (module, package) in self.finder.iter_modules(&self.tree, &path) {
            let module = format!("{name}.{module}");
            names.extend(if package { self.with_submodules(&module) } else { vec![module] });
        }
        names
    }
}
