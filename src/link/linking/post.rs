//! The post-graph stage: hooks of modules that are in the graph add hidden imports, files and modes, until no new
//! hooked module turns up.
use super::Linking;
use crate::error::LinkError;
use crate::graph::NodeId;
use crate::graph::reason::Reason;
use crate::hooks::protocol::{Call, CollectKind, FunctionResult, StandardHook};

impl Linking<'_> {
    /// Adds `--hidden-import` and `--collect-submodules`.
    ///
    /// # Errors
    /// If a hook fails.
    pub fn add_hidden_imports(&mut self) -> Result<(), LinkError> {
        let executable = &self.program.job.executable;
        let mut names = executable.hidden_imports.clone();
        let hidden = names.len();
        for package in &executable.collect_submodules {
            let call = Call::Collect { kind: CollectKind::Submodules, package: package.clone() };
            let found: Vec<String> = self.call(&format!("collect-submodules of {package}"), &call)?;
            if found.is_empty() {
                self.warnings.add(format!("collect-submodules names `{package}`, which is no installed package"));
            }
            names.extend(found);
        }
        for (at, name) in names.into_iter().enumerate() {
            let option = if at < hidden { "hidden-imports" } else { "collect-submodules" };
            match self.import_name(&name)? {
                Some(node) => self.graph.connect_by(self.graph.root, node, Reason::Option(option)),
                None => self.warnings.add(format!("Hidden import \"{name}\" not found")),
            }
            self.drain()?;
        }
        Ok(())
    }

    /// Runs every hook whose module is in the graph, until none is left.
    pub fn run_post_graph_hooks(&mut self) -> Result<(), LinkError> {
        loop {
            let due: Vec<String> = self
                .hooks
                .catalog
                .standard
                .keys()
                .filter(|module| !self.hooks.fired.contains(*module) && self.graph.named(module).is_some())
                .cloned()
                .collect();
            if due.is_empty() {
                return Ok(());
            }
            for module in due {
                self.hooks.fired.insert(module.clone());
                let Some(node) = self.graph.named(&module) else { continue };
                if self.graph.node(node).kind.is_valid() {
                    self.run_hook(&module, node)?;
                }
            }
        }
    }

    fn run_hook(&mut self, module: &str, node: NodeId) -> Result<(), LinkError> {
        let Some(hook) = self.standard_hook(module)? else { return Ok(()) };
        let mut hook = StandardHook::clone(&hook);
        if hook.has_function {
            let file = self.hooks.catalog.standard[module].clone();
            let call = Call::Function { path: file.path.clone(), module: module.to_owned() };
            let added: FunctionResult = self.call_hook(&file, &call)?;
            hook.hiddenimports.extend(added.hiddenimports);
            hook.datas.extend(added.datas);
            hook.binaries.extend(added.binaries);
            hook.modes.extend(added.modes);
            hook.suppressed.extend(added.suppressed);
            for name in added.deleted {
                if let Some(target) = self.graph.named(&name) {
                    self.graph.node_mut(node).edges.remove(&target);
                }
            }
        }
        self.add_imports_of_hook(module, node, &hook)?;
        let results = &mut self.hooks.results;
        results.datas.entry(module.to_owned()).or_default().extend(hook.datas);
        results.binaries.entry(module.to_owned()).or_default().extend(hook.binaries);
        results.modes.extend(hook.modes);
        results.suppressed.extend(hook.suppressed);
        Ok(())
    }

    /// Hidden imports are not subject to exclusions.
    fn add_imports_of_hook(&mut self, module: &str, node: NodeId, hook: &StandardHook) -> Result<(), LinkError> {
        for name in &hook.hiddenimports {
            match self.import_name(name)? {
                Some(found) => self.graph.connect_by(node, found, Reason::Hook),
                None => {
                    self.graph.miss(name, module);
                    if hook.warn {
                        self.warnings.add(format!("Hidden import \"{name}\" not found (hook of `{module}`)"));
                    }
                }
            }
        }
        self.drain()
    }
}
