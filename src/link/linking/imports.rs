//! Follows imports: a worklist over the graph, with hooks before every name.
use std::collections::BTreeSet;

use permafreeze_executable::format::PYC_HEADER;
use permafreeze_object::format::Import;

use super::Linking;
use crate::error::LinkError;
use crate::finder::{Found, FoundKind, is_in};
use crate::graph::lazy::Lazy;
use crate::graph::reason::Reason;
use crate::graph::{Facts, Kind, Node, NodeId};
use crate::hooks::protocol::{Base64, Call};
use crate::load::FileId;
use crate::tree::DirId;

impl Linking<'_> {
    /// Follows the imports of every node in the queue, and of those that are found thereby.
    pub fn drain(&mut self) -> Result<(), LinkError> {
        while let Some(source) = self.graph.queue.pop_front() {
            let excluded = self.excluded_imports(source)?;
            let facts = self.graph.node(source).facts.clone();
            if let Some(module) = facts.module(&self.program.objects) {
                for import in &module.imports {
                    self.follow(source, import, &excluded, None)?;
                }
                self.follow_hints(source, &module.hints, &excluded)?;
            }
            if self.graph.node(source).kind.is_binary() {
                self.follow_native(source, &excluded)?;
            }
        }
        Ok(())
    }

    /// Follows one import statement, or what stands for one.
    pub(super) fn follow(
        &mut self,
        source: NodeId,
        import: &Import,
        excluded: &BTreeSet<String>,
        reason: Option<Reason>,
    ) -> Result<(), LinkError> {
        let Some(full) = self.absolute(source, import) else { return Ok(()) };
        let importer = self.graph.node(source).name.clone();
        if full == "__main__" || is_excluded(&full, excluded, &importer) {
            return Ok(());
        }
        let Some(target) = self.import_name(&full)? else {
            self.graph.miss(full, &importer);
            return Ok(());
        };
        match reason {
            None => self.graph.connect(source, target),
            Some(reason) => self.graph.connect_by(source, target, reason),
        }
        let node = self.graph.node(target);
        if node.path.is_none() && node.kind != Kind::AliasNode {
            return Ok(());
        }
        // Every name is tried as a submodule first; `*` pulls none.
        for name in import.from.iter().flatten().filter(|name| *name != "*") {
            if is_excluded(&format!("{full}.{name}"), excluded, &importer) {
                continue;
            }
            let submodule = format!("{}.{name}", self.graph.identifier(target));
            if let Some(found) = self.safe_import(name, &submodule, Some(target))? {
                self.graph.connect(target, found);
                self.graph.connect(source, found);
            }
        }
        Ok(())
    }

    /// Returns the absolute name of an import's module; `None` if it goes too far up, or is relative in a script.
    fn absolute(&mut self, source: NodeId, import: &Import) -> Option<String> {
        if import.level == 0 {
            return Some(import.name.clone());
        }
        let node = self.graph.node(source);
        if node.kind == Kind::Script {
            return None;
        }
        let mut base = node.name.as_str();
        if !node.kind.is_package() {
            base = base.rsplit_once('.')?.0;
        }
        for _ in 1..import.level {
            let Some((parent, _)) = base.rsplit_once('.') else {
                let written = format!("{}{}", ".".repeat(import.level as usize), import.name);
                let importer = node.name.clone();
                self.graph.miss(written, &importer);
                return None;
            };
            base = parent;
        }
        Some(if import.name.is_empty() { base.to_owned() } else { format!("{base}.{}", import.name) })
    }

    /// Imports a dotted name: every package on the way, then the module. `None` if one of them is missing.
    pub fn import_name(&mut self, full: &str) -> Result<Option<NodeId>, LinkError> {
        let mut parent: Option<NodeId> = None;
        for part in full.split('.') {
            let name = match parent {
                None => part.to_owned(),
                Some(parent) => format!("{}.{part}", self.graph.identifier(parent)),
            };
            parent = self.safe_import(part, &name, parent)?;
            if parent.is_none() {
                return Ok(None);
            }
        }
        Ok(parent)
    }

    /// Returns the node of a name that has one, or that something is known of without looking.
    pub fn find_node(&mut self, name: &str) -> Result<Option<NodeId>, LinkError> {
        if let Some(known) = self.graph.named(name) {
            return Ok(Some(known));
        }
        match self.graph.lazy.remove(name) {
            None => Ok(None),
            Some(Lazy::Excluded) => Ok(Some(self.graph.add(Node::new(name, Kind::ExcludedModule)))),
            Some(Lazy::Alias(real)) => self.add_alias(name, &real).map(Some),
            Some(Lazy::Implies(modules)) => self.add_implied(name, &modules),
        }
    }

    fn add_alias(&mut self, name: &str, real: &str) -> Result<NodeId, LinkError> {
        let alias = self.graph.add(Node::new(name, Kind::AliasNode));
        match self.import_name(real)? {
            None => self.graph.miss(real, name),
            Some(target) if target != alias => {
                let path = self.graph.node(target).path.clone();
                let node = self.graph.node_mut(alias);
                (node.target, node.path) = (Some(target), path);
                self.graph.connect(alias, target);
            }
            Some(_) => {}
        }
        Ok(alias)
    }

    fn add_implied(&mut self, name: &str, modules: &[String]) -> Result<Option<NodeId>, LinkError> {
        let Some(node) = self.import_name(name)? else {
            return Ok(None);
        };
        for module in modules {
            match self.import_name(module)? {
                Some(implied) => self.graph.connect(node, implied),
                None => self.graph.miss(module, name),
            }
        }
        Ok(Some(node))
    }

    /// Imports one module of a known parent. Hooks see the name before it is looked for and before it is found.
    fn safe_import(&mut self, part: &str, name: &str, parent: Option<NodeId>) -> Result<Option<NodeId>, LinkError> {
        let Some((part, name)) = self.run_pre_safe_import(part, name, parent)? else { return Ok(None) };
        let node = match self.find_node(&name)? {
            Some(known) => known,
            None => match self.look_for(&part, &name, parent)? {
                Some(found) => self.add_module(&name, found)?,
                None => return Ok(None),
            },
        };
        if let Some(parent) = parent {
            self.graph.connect(node, parent);
        }
        Ok(Some(node))
    }

    fn look_for(&mut self, part: &str, name: &str, parent: Option<NodeId>) -> Result<Option<Found>, LinkError> {
        let dirs: Vec<DirId> = match parent {
            None if self.program.finder.builtins.contains(part) => {
                return Ok(Some(Found { kind: FoundKind::Builtin, file: None, path: None }));
            }
            None => self.program.finder.path.clone(),
            Some(parent) => match &self.graph.node(parent).path {
                Some(path) => path.clone(),
                None => return Ok(None),
            },
        };
        let dirs = self.run_pre_find_path(name, dirs)?;
        Ok(self.program.finder.find_in(&self.program.tree, part, &dirs))
    }

    /// Adds a node for what was found and puts it into the queue.
    fn add_module(&mut self, name: &str, found: Found) -> Result<NodeId, LinkError> {
        let mut node = Node::new(name, found.kind.into());
        node.file = found.file;
        node.path = found.path;
        if let (Some(path), Some(extra)) = (&mut node.path, self.graph.extra_paths.get(name)) {
            path.extend(extra);
        }
        node.facts = match (node.kind, found.file) {
            (kind, Some(file)) if kind.is_binary() => self.facts_beside(file)?,
            (Kind::CompiledModule, Some(file)) => self.facts_of_pyc(file)?,
            (Kind::Package, Some(file)) if self.program.objects.path(file).ends_with(".pyc") => {
                self.facts_of_pyc(file)?
            }
            (_, Some(file)) => Facts::File(file),
            (_, None) => Facts::None,
        };
        if let Facts::File(file) = node.facts
            && !node.kind.is_binary()
            && self.program.objects.module(file).is_none_or(|module| module.code.is_none())
        {
            self.warn_syntax(name, file);
            node.kind = Kind::InvalidSourceModule;
            node.facts = Facts::None;
        }
        let id = self.graph.add(node);
        self.graph.queue.push_back(id);
        Ok(id)
    }

    fn warn_syntax(&mut self, name: &str, file: FileId) {
        let error = self.program.objects.module(file).and_then(|module| module.error.clone()).unwrap_or_default();
        let owner = self.program.objects.object(file.object).owner();
        let path = self.program.objects.path(file);
        self.warnings.add(format!("module `{name}` is left out: `{path}` of `{owner}` does not compile: {error}"));
    }

    /// Returns the facts of the `.py` or `.pyi` file beside an extension module: what the extension imports is
    /// usually what its source did. PyInstaller takes either, by hash seed; here `.py` goes first.
    fn facts_beside(&mut self, extension: FileId) -> Result<Facts, LinkError> {
        let Some(dir) = self.program.tree.place(extension) else { return Ok(Facts::None) };
        let file_name = self.program.objects.path(extension).rsplit('/').next().unwrap_or_default();
        let stem = file_name.split('.').next().unwrap_or_default().to_owned();
        let source = self.program.tree.file(dir, &format!("{stem}.py"));
        let compiles = |file: &FileId| self.program.objects.module(*file).is_some_and(|module| module.error.is_none());
        if let Some(source) = source.filter(compiles) {
            return Ok(Facts::File(source));
        }
        match self.program.tree.file(dir, &format!("{stem}.pyi")) {
            None => Ok(Facts::None),
            Some(file) if self.program.objects.module(file).is_some() => Ok(Facts::File(file)),
            Some(file) => Ok(Facts::of_imports(self.imports_of_stub(file)?)),
        }
    }

    /// Returns the imports of a type stub; none if it does not parse.
    pub(super) fn imports_of_stub(&mut self, stub: FileId) -> Result<Vec<Import>, LinkError> {
        if let Some(module) = self.program.objects.module(stub) {
            return Ok(module.imports.clone());
        }
        let source = self.program.objects.read(stub)?;
        let imports: Option<Vec<Import>> = self.call("a type stub", &Call::ImportsOfSource { text: Base64(source) })?;
        Ok(imports.unwrap_or_default())
    }

    fn facts_of_pyc(&mut self, file: FileId) -> Result<Facts, LinkError> {
        let bytes = self.program.objects.read(file)?;
        let code = bytes.get(PYC_HEADER..).unwrap_or_default().to_vec();
        let call = Call::ImportsOfCode { code: Base64(code) };
        let imports: Option<Vec<Import>> = self.call("a compiled module", &call)?;
        Ok(imports.map_or(Facts::None, Facts::of_imports))
    }

    /// Adds a script: its imports are followed, and the executable reaches it.
    pub fn add_script(&mut self, name: &str, file: Option<FileId>, facts: Facts, reason: Reason) -> NodeId {
        let mut node = Node::new(name, Kind::Script);
        (node.file, node.facts) = (file, facts);
        let id = self.graph.add(node);
        self.graph.connect_by(self.graph.root, id, reason);
        self.graph.queue.push_back(id);
        id
    }
}

/// Tells whether a hook's rule suppresses an import: the rule is the module or a package of it, and does not hold for
/// the importer itself (another way led there, so it may import its siblings).
pub fn is_excluded(module: &str, rules: &BTreeSet<String>, importer: &str) -> bool {
    rules.iter().any(|rule| is_in(module, rule) && !is_in(importer, rule))
}
