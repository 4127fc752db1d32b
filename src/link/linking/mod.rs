//! A link under way: the graph grows, hooks run, and each may lead to the other.
//!
//! [`imports`] follows imports, [`hints`] what code names otherwise, [`application`] adds the application's own modules,
//! [`pre`] and [`post`] run hooks at their time, [`answer`] answers what hooks ask, [`stdlib`] knows what a runtime may
//! lack.
mod answer;
mod application;
mod hints;
pub mod imports;
mod post;
mod pre;
mod stdlib;

use camino::Utf8Path;
use permafreeze_packaging::target::MACOS;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::LinkError;
use crate::graph::Graph;
use crate::hooks::catalog::{self, Catalog, HookFile, Stranger};
use crate::hooks::protocol::{Base64, Call, Question};
use crate::hooks::{Answers, Hooks};
use crate::program::Program;
use crate::warnings::Warnings;

/// The program, and all that changes while it is linked, borrowed for as long as a step takes.
pub struct Linking<'l> {
    /// The merged objects.
    pub program: &'l Program<'l>,
    /// What imports what.
    pub graph: &'l mut Graph,
    /// PyInstaller's hooks.
    pub hooks: &'l mut Hooks,
    /// What the user should know.
    pub warnings: &'l mut Warnings,
}

/// A [`Linking`] without its hooks, which are busy: it answers them.
struct World<'w> {
    program: &'w Program<'w>,
    graph: &'w mut Graph,
    warnings: &'w mut Warnings,
}

impl Answers for World<'_> {
    fn answer(&mut self, hooks: &mut Hooks, question: Question) -> Result<Value, LinkError> {
        Linking { program: self.program, graph: self.graph, hooks, warnings: self.warnings }.answer(question)
    }
}

impl Linking<'_> {
    /// Calls the hook server on behalf of `label`, a hook or an option.
    ///
    /// # Errors
    /// As [`Hooks::call`].
    pub fn call<T: DeserializeOwned>(&mut self, label: &str, call: &Call) -> Result<T, LinkError> {
        let mut world = World { program: self.program, graph: self.graph, warnings: self.warnings };
        self.hooks.call(label, call, &mut world)
    }

    /// Calls a function of a hook's file.
    fn call_hook<T: DeserializeOwned>(&mut self, hook: &HookFile, call: &Call) -> Result<T, LinkError> {
        self.hooks.files.materialise_hook(self.program, &hook.path)?;
        let objects = &self.program.objects;
        let label = format!("{} of {}", objects.path(hook.file), objects.object(hook.file.object).owner());
        self.call(&label, call)
    }

    /// Tells the hook server what the target is, and lists the hooks. They may write below `scratch`.
    ///
    /// # Errors
    /// If the server fails, or an object cannot be read.
    pub fn start_hooks(&mut self, scratch: &Utf8Path) -> Result<(), LinkError> {
        let workpath = scratch.join("work");
        std::fs::create_dir_all(&workpath).map_err(LinkError::io("create", &workpath))?;
        let runtime = &self.program.objects.runtime;
        let hello = Call::Hello {
            answers: self.program.job.executable.hook_answers.clone(),
            extension_suffixes: runtime.extension_suffixes.clone(),
            machine: self.program.platform.search.machine().to_owned(),
            macos: format!("{}.{}", MACOS.0, MACOS.1),
            os: self.program.job.target.os().name(),
            prefix: scratch.join("python"),
            sysconfigdata: runtime.sysconfigdata.clone(),
            version: runtime.version.clone(),
            workpath,
        };
        self.call::<Value>("the hook server", &hello)?;
        let withheld = self.withheld_hooks()?;
        let mut catalog = Catalog::read(self.program, withheld)?;
        for (dir, text) in catalog.runtime_tables(self.program)? {
            let rows = self.call("rthooks.dat", &Call::Literal { text })?;
            catalog.add_runtime_table(&self.program.tree, dir, rows);
        }
        self.hooks.catalog = catalog;
        Ok(())
    }

    /// Returns the hooks of wheels that are not run: the plan does not trust them, and they do more than declare.
    fn withheld_hooks(&mut self) -> Result<Vec<Stranger>, LinkError> {
        let strangers = catalog::strangers(self.program)?;
        let texts = strangers.iter().map(|stranger| self.program.objects.read(stranger.file).map(Base64));
        let call = Call::Declare { texts: texts.collect::<Result<_, _>>()? };
        let declare: Vec<bool> = self.call("the hooks of wheels", &call)?;
        let each = strangers.into_iter().zip(declare);
        Ok(each.filter(|(hook, declares)| !(hook.is_standard && *declares)).map(|(hook, _)| hook).collect())
    }

    /// Warns of each hook that is not run although its module is linked.
    pub fn warn_of_withheld_hooks(&mut self) {
        let objects = &self.program.objects;
        for hook in &self.hooks.catalog.withheld {
            if self.graph.named(&hook.module).is_none_or(|node| !self.graph.node(node).kind.is_valid()) {
                continue;
            }
            let (path, object) = (objects.path(hook.file), objects.object(hook.file.object));
            let (owner, name) = (object.owner(), object.distribution().unwrap_or_default());
            self.warnings.add(format!(
                "the hook `{path}` of `{owner}` is code of the package, and is not run: what it adds is left out; \
                 `trust-hooks = [\"{name}\"]` in [tool.permafreeze] runs it"
            ));
        }
    }
}
