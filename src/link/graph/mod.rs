//! The module graph: what imports what. A worklist over sets; the order of visits does not matter.
//!
//! The rules are PyInstaller 6.18's (`lib/modulegraph`): import statements are followed wherever they stand in a
//! module, expressions never. [`lazy`] has what is known without a statement.
pub mod lazy;
pub mod reason;
pub mod stub;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use permafreeze_object::format::{Import, Module};

use crate::finder::FoundKind;
use crate::load::{FileId, Objects};
use crate::tree::DirId;
use lazy::Lazy;
use reason::Reason;

/// A node of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

/// What a node is; the names are modulegraph's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A script: run, not imported.
    Script,
    /// `x.py`.
    SourceModule,
    /// `x.pyc` without a source.
    CompiledModule,
    /// A regular package.
    Package,
    /// A package without `__init__`.
    NamespacePackage,
    /// An extension module.
    Extension,
    /// A package whose `__init__` is an extension module.
    ExtensionPackage,
    /// Linked into libpython.
    BuiltinModule,
    /// Made at run time by another module, a hook says.
    RuntimeModule,
    /// The same, for a package.
    RuntimePackage,
    /// Another name of a module; never collected itself.
    AliasNode,
    /// Left out on request.
    ExcludedModule,
    /// A module with a syntax error; not collected.
    InvalidSourceModule,
    /// A module that a package of the same name hides; shipped as a file.
    Shadow,
}

impl Kind {
    /// Tells whether the node is importable byte code.
    pub fn is_pure(self) -> bool {
        use Kind::*;
        matches!(self, SourceModule | CompiledModule | Package | NamespacePackage)
    }

    /// Tells whether the node is a native library.
    pub fn is_binary(self) -> bool {
        matches!(self, Kind::Extension | Kind::ExtensionPackage)
    }

    /// Tells whether hooks apply to the node.
    pub fn is_valid(self) -> bool {
        use Kind::*;
        self.is_pure() || self.is_binary() || matches!(self, BuiltinModule | RuntimeModule | RuntimePackage | Script)
    }

    /// Tells whether relative imports start at the node itself.
    pub fn is_package(self) -> bool {
        matches!(self, Kind::Package | Kind::NamespacePackage | Kind::ExtensionPackage)
    }

    /// Returns modulegraph's name of the kind.
    pub fn class(self) -> &'static str {
        match self {
            Kind::Script => "Script",
            Kind::SourceModule | Kind::Shadow => "SourceModule",
            Kind::CompiledModule => "CompiledModule",
            Kind::Package => "Package",
            Kind::NamespacePackage => "NamespacePackage",
            Kind::Extension => "Extension",
            Kind::ExtensionPackage => "ExtensionPackage",
            Kind::BuiltinModule => "BuiltinModule",
            Kind::RuntimeModule => "RuntimeModule",
            Kind::RuntimePackage => "RuntimePackage",
            Kind::AliasNode => "AliasNode",
            Kind::ExcludedModule => "ExcludedModule",
            Kind::InvalidSourceModule => "InvalidSourceModule",
        }
    }
}

impl From<FoundKind> for Kind {
    fn from(kind: FoundKind) -> Kind {
        match kind {
            FoundKind::Source => Kind::SourceModule,
            FoundKind::Compiled => Kind::CompiledModule,
            FoundKind::Extension => Kind::Extension,
            FoundKind::Package => Kind::Package,
            FoundKind::ExtensionPackage => Kind::ExtensionPackage,
            FoundKind::Namespace => Kind::NamespacePackage,
            FoundKind::Builtin => Kind::BuiltinModule,
        }
    }
}

/// Where a node's imports and calls are known from.
#[derive(Debug, Clone)]
pub enum Facts {
    /// There are none.
    None,
    /// A `.py` file of an object.
    File(FileId),
    /// Found out here.
    Own(Arc<Module>),
}

impl Facts {
    /// Returns facts that only know imports.
    pub fn of_imports(imports: Vec<Import>) -> Facts {
        Facts::Own(Arc::new(Module { imports, ..Module::default() }))
    }

    /// Returns them.
    pub fn module<'f>(&'f self, objects: &'f Objects) -> Option<&'f Module> {
        match self {
            Facts::None => None,
            Facts::File(file) => objects.module(*file),
            Facts::Own(module) => Some(module),
        }
    }
}

/// One node.
#[derive(Debug, Clone)]
pub struct Node {
    /// Dotted name; for a script its path.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its file.
    pub file: Option<FileId>,
    /// Where its submodules are; `None`: it has none.
    pub path: Option<Vec<DirId>>,
    /// Its imports and calls.
    pub facts: Facts,
    /// What it imports, and its parent package.
    pub edges: BTreeSet<NodeId>,
    /// For an alias: the real module.
    pub target: Option<NodeId>,
}

impl Node {
    /// Makes a node without anything.
    pub fn new(name: impl Into<String>, kind: Kind) -> Node {
        Node {
            name: name.into(),
            kind,
            file: None,
            path: None,
            facts: Facts::None,
            edges: BTreeSet::new(),
            target: None,
        }
    }
}

/// The graph.
#[derive(Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    names: HashMap<String, NodeId>,
    /// What is known of names that have no node yet.
    pub lazy: HashMap<String, Lazy>,
    /// Nodes whose imports are still to be followed.
    pub queue: VecDeque<NodeId>,
    /// Folders that hooks have added to the `__path__` of packages.
    pub extra_paths: BTreeMap<String, Vec<DirId>>,
    /// Names that nothing was found for, with who wanted them.
    pub missing: BTreeMap<String, BTreeSet<String>>,
    /// Why there are edges that no import statement made.
    pub reasons: BTreeMap<(NodeId, NodeId), Reason>,
    /// Modules of the application that were imported, found or not.
    pub tried: BTreeSet<String>,
    /// Stands for the executable: what it reaches is collected.
    pub root: NodeId,
}

impl Default for Graph {
    fn default() -> Graph {
        Graph {
            nodes: vec![Node::new("<executable>", Kind::Script)],
            names: HashMap::new(),
            lazy: HashMap::new(),
            queue: VecDeque::new(),
            extra_paths: BTreeMap::new(),
            missing: BTreeMap::new(),
            reasons: BTreeMap::new(),
            tried: BTreeSet::new(),
            root: NodeId(0),
        }
    }
}

impl Graph {
    /// Makes an empty graph that knows something of some names.
    pub fn new(lazy: HashMap<String, Lazy>) -> Graph {
        Graph { lazy, ..Graph::default() }
    }

    /// Returns a node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// Returns a node to change.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    /// Returns the node of a name, if it has one already.
    pub fn named(&self, name: &str) -> Option<NodeId> {
        self.names.get(name).copied()
    }

    /// Returns all nodes.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(at, node)| (NodeId(at as u32), node))
    }

    /// Adds a node under its name.
    pub fn add(&mut self, node: Node) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.names.insert(node.name.clone(), id);
        self.nodes.push(node);
        id
    }

    /// Adds an edge.
    pub fn connect(&mut self, from: NodeId, to: NodeId) {
        self.node_mut(from).edges.insert(to);
    }

    /// Adds an edge for another reason than an import statement; one that is there keeps its reason.
    pub fn connect_by(&mut self, from: NodeId, to: NodeId, reason: Reason) {
        if self.node_mut(from).edges.insert(to) {
            self.reasons.insert((from, to), reason);
        }
    }

    /// Returns the name under which a node's submodules are looked for: an alias goes by its real module.
    pub fn identifier(&self, id: NodeId) -> &str {
        match self.node(id).target {
            Some(target) => self.identifier(target),
            None => &self.node(id).name,
        }
    }

    /// Returns every node that the executable reaches, sorted by name.
    pub fn reached(&self) -> impl Iterator<Item = NodeId> {
        self.reachable(self.root).into_values()
    }

    /// Returns every node that a node reaches, by name.
    pub fn reachable(&self, from: NodeId) -> BTreeMap<&str, NodeId> {
        let mut seen = BTreeMap::new();
        let mut stack = vec![from];
        while let Some(id) = stack.pop() {
            for next in &self.node(id).edges {
                if seen.insert(self.node(*next).name.as_str(), *next).is_none() {
                    stack.push(*next);
                }
            }
        }
        seen
    }

    /// Returns nodes with byte code that import a module, other than the module's own submodules.
    pub fn users(&self, module: &str) -> Vec<NodeId> {
        let Some(target) = self.named(module) else { return Vec::new() };
        let inside = format!("{module}.");
        self.nodes()
            .filter(|(_, node)| node.kind.is_pure() || node.kind == Kind::Script)
            .filter(|(_, node)| !matches!(node.facts, Facts::None) && node.edges.contains(&target))
            .filter(|(_, node)| node.name != module && !node.name.starts_with(&inside))
            .map(|(id, _)| id)
            .collect()
    }

    /// Notes that a name was not found.
    pub fn miss(&mut self, name: impl Into<String>, by: &str) {
        self.missing.entry(name.into()).or_default().insert(by.to_owned());
    }
}
