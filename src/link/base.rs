//! What Python itself imports: modules of base_library.zip before the PYZ's importer exists, others later, in C code.
use std::collections::BTreeSet;

use permafreeze_object::format::BASE_MODULES;

use crate::error::LinkError;
use crate::graph::NodeId;
use crate::graph::reason::Reason;
use crate::linking::Linking;
use crate::program::Program;

/// What CPython's C code imports by no `import` that any module shows, and nothing of base_library.zip brings: integers of
/// many thousand digits are divided, printed and read by it (Objects/longobject.c).
const IMPORTED_IN_C: &str = "_pylong";

/// Adds the modules to the graph, reached by the executable; returns those of base_library.zip.
///
/// # Errors
/// If a hook fails.
pub fn add_modules(linking: &mut Linking<'_>) -> Result<BTreeSet<NodeId>, LinkError> {
    let mut base = BTreeSet::new();
    for name in BASE_MODULES.iter().flat_map(|name| with_submodules(linking.program, name)) {
        if let Some(node) = linking.import_name(&name)? {
            linking.graph.connect_by(linking.graph.root, node, Reason::Base);
            base.insert(node);
        }
    }
    if let Some(node) = linking.import_name(IMPORTED_IN_C)? {
        linking.graph.connect_by(linking.graph.root, node, Reason::Base);
    }
    linking.drain()?;
    Ok(base)
}

fn with_submodules(program: &Program<'_>, name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    for (module, package) in program.modules_in(name) {
        let module = format!("{name}.{module}");
        names.extend(if package { with_submodules(program, &module) } else { vec![module] });
    }
    names
}
