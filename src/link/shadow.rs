//! Modules that a package of the same name hides: `multipart.py` beside `multipart/`, of two distributions.
//!
//! An import finds the package. But a package may look for the file beside it and load that (python-multipart does),
//! and in a site-packages folder it is there. So the hidden file is shipped as a file, and its imports are followed.
use crate::error::LinkError;
use crate::graph::{Facts, Kind, Node};
use crate::linking::Linking;
use crate::load::{FileId, Objects};
use crate::program::Program;
use crate::tree::Mount;

/// A hidden module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// Its path below site-packages.
    pub path: String,
    /// Its file.
    pub file: FileId,
}

/// Finds hidden modules of reached packages, and follows their imports. Hooks of what they import run too.
///
/// # Errors
/// If a hook fails.
pub fn add(linking: &mut Linking<'_>) -> Result<Vec<Shadow>, LinkError> {
    let mut shadows = Vec::new();
    for package in linking.graph.reached().collect::<Vec<_>>() {
        let Some(shadow) = hidden_by(linking.program, linking.graph.node(package)) else { continue };
        let text = warning(&linking.program.objects, linking.graph.node(package), shadow.file);
        linking.warnings.add(text);
        let mut node = Node::new(format!("{}#shadow", linking.graph.node(package).name), Kind::Shadow);
        (node.file, node.facts) = (Some(shadow.file), Facts::File(shadow.file));
        let node = linking.graph.add(node);
        linking.graph.connect(package, node);
        linking.graph.queue.push_back(node);
        shadows.push(shadow);
    }
    linking.drain()?;
    linking.run_post_graph_hooks()?;
    Ok(shadows)
}

fn hidden_by(program: &Program<'_>, package: &Node) -> Option<Shadow> {
    if !matches!(package.kind, Kind::Package | Kind::ExtensionPackage) {
        return None;
    }
    let tree = &program.tree;
    let folder = *package.path.as_ref()?.first()?;
    let (mount, path) = tree.position(folder);
    let file = tree.file(tree.parent(folder)?, &format!("{}.py", tree.name(folder)))?;
    (mount == Mount::Site).then_some(Shadow { path: format!("{path}.py"), file })
}

fn warning(objects: &Objects, package: &Node, hidden: FileId) -> String {
    let owner = |file: FileId| objects.object(file.object).owner();
    format!(
        "the package `{}` of `{}` hides the module `{}` of `{}`; the module is shipped as a file",
        package.name,
        package.file.map(|file| owner(file).to_string()).unwrap_or_default(),
        objects.path(hidden),
        owner(hidden)
    )
}
