//! The post-graph stage: hooks of modules that are in the graph add hidden imports, files and modes, until no new
//! hooked module turns up.
use serde_json::json;

use super::{HookResult, StandardHook};
use crate::error::LinkError;
use crate::graph::NodeId;
use crate::linker::Linker;

impl Linker<'_> {
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
            let arguments = json!({"path": file.path, "module": module});
            let added: HookResult = self.call_hook(&file, "function", arguments)?;
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
        self.add_hidden_imports(module, node, &hook)?;
        self.hooks.datas.entry(module.to_owned()).or_default().extend(hook.datas);
        self.hooks.binaries.entry(module.to_owned()).or_default().extend(hook.binaries);
        self.hooks.modes.extend(hook.modes);
        self.hooks.suppressed.extend(hook.suppressed);
        Ok(())
    }

    /// Hidden imports are not subject to exclusions.
    fn add_hidden_imports(&mut self, module: &str, node: NodeId, hook: &StandardHook) -> Result<(), LinkError> {
        for name in &hook.hiddenimports {
            match self.import_name(name)? {
                Some(found) => self.graph.connect(node, found),
                None => {
                    self.graph.miss(name, module);
                    if hook.warn {
                        self.warn(format!("Hidden import \"{name}\" not found (hook of `{module}`)"));
                    }
                }
            }
        }
        self.drain()
    }
}
