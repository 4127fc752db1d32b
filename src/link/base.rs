//! Modules of base_library.zip: what Python imports before the PYZ's importer exists.
use std::collections::BTreeSet;

use permafreeze_object::format::BASE_MODULES;

use crate::error::LinkError;
use crate::graph::NodeId;
use crate::graph::reason::Reason;
use crate::linking::Linking;
use crate::program::Program;

/// Adds the modules to the graph, reached by the executable.
///
/// # Errors
/// If a hook fails.
pub(crate) fn add_modules(linking: &mut Linking<'_>) -> Result<BTreeSet<NodeId>, LinkError> {
    let mut base = BTreeSet::new();
    for name in BASE_MODULES.iter().flat_map(|name| with_submodules(linking.program, name)) {
        if let Some(node) = linking.import_name(&name)? {
            linking.graph.connect_by(linking.graph.root, node, Reason::Base);
            base.insert(node);
        }
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
