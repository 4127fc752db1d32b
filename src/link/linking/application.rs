//! All modules of the application: what importlib, a settings file or a framework names may be any of them.
use std::collections::BTreeSet;

use super::Linking;
use crate::error::LinkError;
use crate::finder::is_in;
use crate::graph::Kind;
use crate::graph::reason::Reason;
use crate::program::{Program, SOURCE_LOADERS};

/// Names by which code reads the text of source files.
const SOURCE_READERS: [&str; 3] = ["getsource", "getsourcefile", "getsourcelines"];

impl Linking<'_> {
    /// Adds every module of the source trees, and follows their imports: of a path dependency all that it ships, of the
    /// application those of each top-level package of which a module is reached, and of its own packages, whose data the
    /// plan collects. What else lies beside a script (tests, other scripts) is none of them. What `exclude-modules` names
    /// stays out. Returns whether there were any that the graph had not reached.
    ///
    /// # Errors
    /// If a hook fails.
    pub fn add_application(&mut self) -> Result<bool, LinkError> {
        let mut grown = false;
        loop {
            let due = self.unreached_modules();
            if due.is_empty() {
                return Ok(grown);
            }
            for name in due {
                self.graph.tried.insert(name.clone());
                if let Some(node) = self.import_name(&name)? {
                    self.graph.connect_by(self.graph.root, node, Reason::Application);
                }
            }
            grown = true;
            self.drain()?;
        }
    }

    fn unreached_modules(&self) -> Vec<String> {
        let reached = self.graph.reachable(self.graph.root);
        let own = &self.program.job.executable.collect_data;
        let is_used = |name: &str| {
            let top = name.split('.').next().unwrap_or_default();
            reached.contains_key(top) || own.iter().any(|package| is_in(name, package))
        };
        let mut due = Vec::new();
        // The application is the first source of the plan.
        for (at, object) in self.program.sources().enumerate() {
            let names = module_names(self.program, object).filter(|name| at > 0 || is_used(name));
            due.extend(names.filter(|name| !reached.contains_key(name.as_str()) && !self.graph.tried.contains(name)));
        }
        due
    }

    /// Warns of modules and files that the application's code names in a way that only running it would tell.
    pub fn warn_of_unknown_names(&mut self) {
        for id in self.graph.reached().collect::<Vec<_>>() {
            let node = self.graph.node(id);
            let Some(file) = node.file.filter(|file| self.program.is_source(*file)) else { continue };
            let Some(module) = node.facts.module(&self.program.objects) else { continue };
            let path = self.program.objects.path(file);
            let computed = module.hints.computed.iter().filter_map(|call| {
                Some((call.line, self.missing_option(&node.name, node.kind, call.start.as_deref())?))
            });
            let mentions = module.hints.mentions.iter();
            let files = mentions.filter_map(|mention| Some((mention.line, self.file_option(path, &mention.name)?)));
            let found: Vec<(u32, String)> = computed.chain(files).collect();
            for (line, option) in found {
                self.warnings.add(format!("`{path}`, line {line}: {option}"));
            }
        }
    }

    /// Ships the source files of the application's modules beside their byte code if one of them reads source text; what
    /// the plan or a hook says of a module wins.
    pub fn ship_sources(&mut self) {
        let mut packages = BTreeSet::new();
        let mut wanted = false;
        for id in self.graph.reached() {
            let node = self.graph.node(id);
            if !node.file.is_some_and(|file| self.program.is_source(file)) {
                continue;
            }
            packages.insert(node.name.split('.').next().unwrap_or_default().to_owned());
            let hints = node.facts.module(&self.program.objects).map(|module| &module.hints);
            wanted |= hints.is_some_and(|hints| SOURCE_READERS.iter().any(|name| hints.mentions(name)));
        }
        for package in packages.into_iter().filter(|_| wanted) {
            self.hooks.results.modes.entry(package).or_insert_with(|| "pyz+py".to_owned());
        }
    }

    /// Returns the option that answers a name by which code looks at files, unless it is in use.
    fn file_option(&self, path: &str, name: &str) -> Option<String> {
        // In packages, what lies beside the code comes with it.
        let of_script = name == "__file__" && !path.contains('/');
        ((of_script || SOURCE_LOADERS.contains(&name)) && self.program.job.executable.datas.is_empty()).then(|| {
            format!("`{name}` looks for files; those that are in no package of the application must be in `datas`")
        })
    }

    /// Returns the option that answers a computed name, unless all that it can name is linked: what it begins with is a
    /// package of the application, or one whose submodules are collected.
    fn missing_option(&self, importer: &str, kind: Kind, start: Option<&str>) -> Option<String> {
        let Some(start) = start else {
            return Some(
                "the name of the imported module is computed; name the modules in `hidden-imports`, or their package in \
                 `collect-submodules`, unless other code imports them"
                    .to_owned(),
            );
        };
        let own = if kind.is_package() { importer } else { importer.rsplit_once('.').map_or("", |(own, _)| own) };
        let start = if start.starts_with('.') { format!("{own}{start}") } else { start.to_owned() };
        let package = start.rsplit_once('.').map_or("", |(package, _)| package);
        let collected = &self.program.job.executable.collect_submodules;
        if self.program.is_of_application(package) || collected.iter().any(|known| is_in(package, known)) {
            return None;
        }
        Some(if package.is_empty() {
            format!(
                "the name of the imported module is computed, it begins with `{start}`; name the modules in \
                 `hidden-imports`, unless other code imports them"
            )
        } else {
            format!(
                "the name of the imported module is computed, it begins with `{start}`; write `collect-submodules = \
                 [\"{package}\"]`, unless other code imports the modules"
            )
        })
    }
}

/// Returns the names of an object's modules that an import of the name finds there, sorted.
fn module_names<'p>(program: &'p Program<'_>, object: u32) -> impl Iterator<Item = String> + use<'p> {
    let files = program.objects.files(object).filter(|(_, path, _)| !is_hook(program, path));
    let names = files.filter_map(|(file, path, _)| {
        let name = program.finder.module_of_path(path)?;
        let is_it = program.finder.find(&program.tree, &name).is_some_and(|found| found.file == Some(file));
        is_it.then_some(name)
    });
    names.collect::<BTreeSet<_>>().into_iter()
}

/// Tells whether a file of the application is read while linking, or run before it starts: it is no module of it.
fn is_hook(program: &Program<'_>, path: &str) -> bool {
    let executable = &program.job.executable;
    let below = |folder: &String| path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'));
    executable.hooks.iter().any(below) || executable.runtime_hooks.iter().any(|hook| hook == path)
}
