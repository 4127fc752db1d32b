//! Hooks that run while the graph grows: before a name is looked up, before its file is looked for, and the standard
//! hooks' exclusions before a module's imports are followed.
use std::collections::BTreeSet;
use std::rc::Rc;

use super::Linking;
use crate::error::LinkError;
use crate::graph::lazy::Lazy;
use crate::graph::{Kind, NodeId};
use crate::hooks::protocol::{Call, StandardHook};
use crate::tree::DirId;

impl Linking<'_> {
    /// Runs the hook that may change what a name means; each once. Returns the name to go on with; `None`: the hook did
    /// not find the module.
    pub fn run_pre_safe_import(
        &mut self,
        part: &str,
        name: &str,
        parent: Option<NodeId>,
    ) -> Result<Option<(String, String)>, LinkError> {
        let unchanged = Ok(Some((part.to_owned(), name.to_owned())));
        // What the user leaves out needs no hook.
        if self.graph.lazy.get(name) == Some(&Lazy::Excluded) {
            return unchanged;
        }
        let Some(hook) = self.hooks.catalog.pre_safe_import.remove(name) else { return unchanged };
        let parent = parent.map(|parent| self.graph.identifier(parent).to_owned());
        let (path, basename, name) = (hook.path.clone(), part.to_owned(), name.to_owned());
        self.call_hook(&hook, &Call::PreSafeImport { path, basename, name, parent })
    }

    /// Runs the hook that may change where a module is looked for; each once.
    pub fn run_pre_find_path(&mut self, name: &str, dirs: Vec<DirId>) -> Result<Vec<DirId>, LinkError> {
        let Some(hook) = self.hooks.catalog.pre_find_path.remove(name) else { return Ok(dirs) };
        let search_dirs = dirs.iter().map(|dir| self.program.tree.dir_path(*dir)).collect();
        let call = Call::PreFindPath { path: hook.path.clone(), name: name.to_owned(), search_dirs };
        let paths: Vec<String> = self.call_hook(&hook, &call)?;
        Ok(self.program.dirs(&paths))
    }

    /// Returns the rules of imports that are not followed from a module: those of its hook and of its parents' hooks.
    pub fn excluded_imports(&mut self, source: NodeId) -> Result<Rc<BTreeSet<String>>, LinkError> {
        let node = self.graph.node(source);
        if node.kind == Kind::Script {
            return Ok(Rc::default());
        }
        let name = node.name.clone();
        self.exclusions_of(&name)
    }

    fn exclusions_of(&mut self, name: &str) -> Result<Rc<BTreeSet<String>>, LinkError> {
        if let Some(known) = self.hooks.exclusions.get(name) {
            return Ok(Rc::clone(known));
        }
        let mut rules = match name.rsplit_once('.') {
            Some((parent, _)) => self.exclusions_of(parent)?,
            None => Rc::default(),
        };
        if let Some(hook) = self.standard_hook(name)?
            && !hook.excludedimports.is_empty()
        {
            rules = Rc::new(rules.union(&hook.excludedimports).cloned().collect());
        }
        self.hooks.exclusions.insert(name.to_owned(), Rc::clone(&rules));
        Ok(rules)
    }

    /// Returns a module's standard hook; its file runs at the first time.
    pub fn standard_hook(&mut self, module: &str) -> Result<Option<Rc<StandardHook>>, LinkError> {
        if let Some(known) = self.hooks.standard.get(module) {
            return Ok(Some(Rc::clone(known)));
        }
        let Some(file) = self.hooks.catalog.standard.get(module).cloned() else { return Ok(None) };
        let call = Call::Standard { path: file.path.clone(), module: module.to_owned() };
        let hook: Rc<StandardHook> = Rc::new(self.call_hook(&file, &call)?);
        self.hooks.standard.insert(module.to_owned(), Rc::clone(&hook));
        Ok(Some(hook))
    }
}
