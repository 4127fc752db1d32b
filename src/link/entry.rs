//! Scripts: the entry point, run-time hooks, and what makes the importer.
use std::sync::Arc;

use permafreeze_object::format::{Import, Module};
use permafreeze_object::marshal;
use permafreeze_plan::plan::Entry;

use crate::collection::{Origin, Script};
use crate::error::LinkError;
use crate::graph::import::own;
use crate::graph::{Facts, Kind};
use crate::linker::Linker;
use crate::load::FileId;

/// Modules that make the importer, after `struct` (PyInstaller/depend/analysis.py, `get_bootstrap_modules`).
pub(crate) const BOOTSTRAP: [&str; 3] = ["pyimod01_archive", "pyimod02_importers", "pyimod03_ctypes"];
/// The script that installs the importer.
const BOOTSTRAP_SCRIPT: &str = "pyiboot01_bootstrap";

impl Linker<'_> {
    /// Adds the entry point to the graph and returns it as a script.
    pub fn add_entry(&mut self) -> Result<Script, LinkError> {
        let job = self.job;
        match &job.executable.entry {
            Entry::Script { script } => {
                let file = self.application_file("entry script", script)?;
                self.add_script_file(file)
            }
            Entry::Function { module, function } => self.add_function(module, function),
        }
    }

    /// Adds a script's file to the graph.
    pub fn add_script_file(&mut self, file: FileId) -> Result<Script, LinkError> {
        let script = self.script(file)?;
        self.add_script(&format!("{}:{}", script.origin.owner, script.origin.path), Some(file), Facts::File(file));
        Ok(script)
    }

    /// Adds what an installer would write for an entry point (`[project.scripts]`).
    fn add_function(&mut self, module: &str, function: &str) -> Result<Script, LinkError> {
        let found = self.import_name(module)?.filter(|id| self.graph.node(*id).kind != Kind::ExcludedModule);
        if found.is_none() {
            return Err(LinkError::NoModule { module: module.to_owned(), function: function.to_owned() });
        }
        let name = self.job.name.clone();
        let first = function.split('.').next().unwrap_or(function);
        let text = format!(
            "import sys\nfrom {module} import {first}\nif __name__ == \"__main__\":\n    sys.exit({function}())\n"
        );
        let file_name = format!("{name}.py");
        let code = self.hook_compile(&text, &file_name)?;
        let code = marshal::with_file_name(&code, &file_name)
            .map_err(|source| LinkError::Code { path: file_name, source: source.into() })?;
        let import = |name: &str, from: Option<&str>| Import {
            name: name.to_owned(),
            level: 0,
            from: from.map(|name| vec![name.to_owned()]),
        };
        let facts = own(vec![import("sys", None), import(module, Some(first))]);
        self.add_script(&format!("<{name}>"), None, facts);
        let origin = Origin { owner: "the linker".to_owned(), path: format!("{module}:{function}"), sha256: None };
        Ok(Script { name, code, origin })
    }

    /// Returns a file's code as a script: it goes by the stem of its file name.
    pub fn script(&self, file: FileId) -> Result<Script, LinkError> {
        let path = self.objects.path(file).to_owned();
        let file_name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        let Some(code) = self.objects.code(file)? else {
            let message = self.objects.module(file).and_then(|module| module.error.clone());
            return Err(LinkError::Syntax { path, message: message.unwrap_or("it is no Python source".to_owned()) });
        };
        let stem = file_name.strip_suffix(".py").unwrap_or(&file_name).to_owned();
        let code = marshal::with_file_name(&code, &format!("{stem}.py"))
            .map_err(|source| LinkError::Code { path, source: source.into() })?;
        Ok(Script { name: stem, code, origin: self.objects.origin(file) })
    }

    /// Returns the modules that make the importer, and the script that installs it.
    pub fn bootstrap(&self) -> Result<(Vec<Script>, Script), LinkError> {
        let pyinstaller = self.objects.runtime_index() + 1;
        let loader = |name: &str| {
            let path = format!("PyInstaller/loader/{name}.py");
            let file = self.objects.find(pyinstaller, &path);
            self.script(file.ok_or(LinkError::NoFile { option: "PyInstaller's loader", path })?)
        };
        let path = format!("{}/struct.py", self.objects.runtime.stdlib);
        let file = self.objects.find(self.objects.runtime_index(), &path);
        let mut modules = vec![self.script(file.ok_or(LinkError::NoFile { option: "the runtime's module", path })?)?];
        for name in BOOTSTRAP {
            modules.push(loader(name)?);
        }
        Ok((modules, loader(BOOTSTRAP_SCRIPT)?))
    }

    /// Adds run-time hooks: the user's, then those of modules that are reached now, in the order of the tables.
    pub fn add_runtime_hooks(&mut self) -> Result<Vec<Script>, LinkError> {
        let job = self.job;
        let mut files = Vec::new();
        for path in &job.executable.runtime_hooks {
            files.push(self.application_file("runtime-hook", path)?);
        }
        let reached = self.graph.reachable(self.graph.root);
        for (module, hooks) in &self.hooks.catalog.runtime {
            let node = reached.get(module.as_str()).map(|id| self.graph.node(*id));
            if node.is_some_and(|node| node.kind.is_valid()) {
                files.extend(hooks.iter().filter(|hook| !files.contains(hook)).collect::<Vec<_>>());
            }
        }
        let scripts = files.into_iter().map(|file| self.add_script_file(file)).collect::<Result<_, _>>()?;
        self.drain()?;
        Ok(scripts)
    }

    /// Returns a node's facts.
    pub fn facts<'s>(&'s self, facts: &'s Facts) -> Option<&'s Module> {
        match facts {
            Facts::None => None,
            Facts::File(file) => self.objects.module(*file),
            Facts::Own(module) => Some(Arc::as_ref(module)),
        }
    }
}
