//! Modules that a package of the same name hides: `multipart.py` beside `multipart/`, of two distributions.
//!
//! An import finds the package. But a package may look for the file beside it and load that (python-multipart does),
//! and in a site-packages folder it is there. So the hidden file is shipped as a file, and its imports are followed.
use crate::error::LinkError;
use crate::graph::{Facts, Kind, Node, NodeId};
use crate::linker::Linker;
use crate::load::FileId;
use crate::tree::Mount;

/// A hidden module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// Its path below site-packages.
    pub path: String,
    /// Its file.
    pub file: FileId,
}

impl Linker<'_> {
    /// Finds hidden modules of reached packages, and follows their imports. Hooks of what they import run too.
    pub fn add_shadows(&mut self) -> Result<Vec<Shadow>, LinkError> {
        let mut shadows = Vec::new();
        let reached: Vec<NodeId> = self.graph.reachable(self.graph.root).into_values().collect();
        for package in reached {
            let Some((path, file)) = self.hidden_by(package) else { continue };
            let name = self.graph.node(package).name.clone();
            self.warn_shadow(&name, package, file);
            let mut node = Node::new(format!("{name}#shadow"), Kind::Shadow);
            (node.file, node.facts) = (Some(file), Facts::File(file));
            let node = self.graph.add(node);
            self.graph.connect(package, node);
            self.graph.queue.push_back(node);
            shadows.push(Shadow { path, file });
        }
        self.drain()?;
        self.run_post_graph_hooks()?;
        Ok(shadows)
    }

    fn hidden_by(&self, package: NodeId) -> Option<(String, FileId)> {
        let node = self.graph.node(package);
        if !matches!(node.kind, Kind::Package | Kind::ExtensionPackage) {
            return None;
        }
        let folder = *node.path.as_ref()?.first()?;
        let (mount, path) = self.tree.position(folder);
        let file_name = format!("{}.py", self.tree.name(folder));
        let file = self.tree.file(self.tree.parent(folder)?, &file_name)?;
        (mount == Mount::Site).then_some((format!("{path}.py"), file))
    }

    fn warn_shadow(&mut self, name: &str, package: NodeId, hidden: FileId) {
        let owner = |file: FileId| self.objects.object(file.object).owner();
        let winner = self.graph.node(package).file.map(owner).unwrap_or_default();
        let text = format!(
            "the package `{name}` of `{winner}` hides the module `{}` of `{}`; the module is shipped as a file",
            self.objects.path(hidden),
            owner(hidden)
        );
        self.warn(text);
    }
}
