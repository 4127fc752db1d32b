//! What hooks ask, answered from the tree, the objects and the graph.
use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::text::base64;
use permafreeze_packaging::name::Name;
use serde_json::{Value, json};

use super::Linking;
use crate::error::LinkError;
use crate::finder::{Found, FoundKind};
use crate::graph::lazy::Lazy;
use crate::graph::{Facts, Kind, Node, NodeId};
use crate::hooks::protocol::{FoundModule, NodeDescription, Question};
use crate::platform;
use crate::program::Program;
use crate::tree::{DirId, Entry, Mount};

impl Linking<'_> {
    /// Answers a question of the server.
    pub(super) fn answer(&mut self, question: Question) -> Result<Value, LinkError> {
        let program = self.program;
        let (finder, tree) = (&program.finder, &program.tree);
        match question {
            Question::Find { module, materialise } => self.answer_find(&module, materialise),
            Question::FindIn { module, path } => Ok(json!(
                finder.find_in(tree, &module, &program.dirs(&path)).map(|found| describe_found(program, &found))
            )),
            Question::IterModules { path } => Ok(json!(finder.iter_modules(tree, &program.dirs(&path)))),
            Question::Source { module } => self.answer_source(&module),
            Question::Materialise { path } => {
                self.materialise(&path)?;
                Ok(json!(path))
            }
            Question::Distribution { distribution } => self.answer_distribution(&distribution),
            Question::Distributions => self.answer_distributions(),
            Question::Files { path } => Ok(self.answer_files(&path)),
            Question::ApplicationPackages => Ok(self.answer_application_packages()),
            Question::LibraryImports { path } => Ok(self.answer_library_imports(&path)),
            Question::Node { module } => {
                let node = self.find_node(&module)?;
                Ok(json!(node.map(|id| self.describe(id))))
            }
            Question::Reach { module } => Ok(self.answer_reach(module.as_deref())),
            Question::Users { module } => {
                Ok(json!(self.graph.users(&module).into_iter().map(|id| self.describe(id)).collect::<Vec<_>>()))
            }
            Question::Code { module } => self.answer_code(&module),
            Question::AddRuntime { module, package } => self.add_runtime(&module, package),
            Question::AddAlias { real, alias } => Ok(self.add_lazy_alias(real, alias)),
            Question::AppendPackagePath { package, path } => Ok(self.append_package_path(package, &path)),
            Question::Warn { text } => {
                self.warnings.add(text);
                Ok(Value::Null)
            }
        }
    }

    fn materialise(&mut self, path: &Utf8Path) -> Result<(), LinkError> {
        self.hooks.files.materialise(self.program, path)
    }

    fn answer_find(&mut self, module: &str, materialise: bool) -> Result<Value, LinkError> {
        let Some(found) = self.program.finder.find(&self.program.tree, module) else { return Ok(Value::Null) };
        let found = describe_found(self.program, &found);
        if materialise {
            for path in found.path.iter().flatten().chain(&found.file) {
                self.materialise(path)?;
            }
        }
        Ok(json!(found))
    }

    fn answer_source(&self, module: &str) -> Result<Value, LinkError> {
        let Some(file) = self.program.finder.find(&self.program.tree, module).and_then(|found| found.file) else {
            return Ok(Value::Null);
        };
        if !self.program.objects.path(file).ends_with(".py") {
            return Ok(Value::Null);
        }
        Ok(json!(base64(&self.program.objects.read(file)?)))
    }

    fn answer_distribution(&mut self, name: &str) -> Result<Value, LinkError> {
        let wanted = Name::new(name);
        // Questions about the tool are about the one that links, not about one among the packages.
        if matches!(wanted.as_str(), "pyinstaller" | "pyinstaller-hooks-contrib") {
            let tools = self.program.objects.runtime_index() + 1..self.program.objects.loader_index();
            let known = tools
                .map(|object| self.program.objects.object(object))
                .find(|object| object.distribution().is_some_and(|known| Name::new(known) == wanted));
            let root = self.program.tree.dir_path(self.program.tree.root(Mount::Hooks));
            return Ok(json!(known.and_then(|object| object.dist_info()).map(|dist_info| root.join(dist_info))));
        }
        let Some(object) = self.program.distribution(name) else { return Ok(Value::Null) };
        self.materialise_dist_info(object).map(|path| json!(path))
    }

    fn answer_distributions(&mut self) -> Result<Value, LinkError> {
        (0..self.program.objects.packages)
            .map(|object| self.materialise_dist_info(object).map(|path| json!(path)))
            .filter(|path| !matches!(path, Ok(Value::Null)))
            .collect()
    }

    fn materialise_dist_info(&mut self, object: u32) -> Result<Option<Utf8PathBuf>, LinkError> {
        let Some(dist_info) = self.program.objects.object(object).dist_info() else { return Ok(None) };
        let path = self.program.tree.dir_path(self.program.tree.root(Mount::Site)).join(dist_info);
        self.materialise(&path)?;
        Ok(Some(path))
    }

    fn answer_files(&self, dist_info: &Utf8Path) -> Value {
        let objects = &self.program.objects;
        let site = self.program.tree.dir_path(self.program.tree.root(Mount::Site));
        let owner = (0..objects.packages)
            .find(|object| objects.object(*object).dist_info().is_some_and(|known| site.join(known) == dist_info));
        json!(
            owner.map(|owner| objects.files(owner).map(|(_, path, file)| json!([path, file.size])).collect::<Vec<_>>())
        )
    }

    fn answer_application_packages(&self) -> Value {
        let program = self.program;
        let files = program.sources().flat_map(|object| program.objects.files(object));
        let tops: BTreeSet<&str> = files.filter_map(|(_, path, _)| path.split_once('/').map(|(top, _)| top)).collect();
        let found = tops.into_iter().filter_map(|top| Some((top, program.finder.find(&program.tree, top)?.path?)));
        json!(found.map(|(top, path)| json!([top, dir_paths(program, &path).first()])).collect::<Vec<_>>())
    }

    fn answer_library_imports(&self, path: &Utf8Path) -> Value {
        let program = self.program;
        let Some(Entry::File(file)) = program.tree.lookup(path) else { return json!([]) };
        let Some(native) = &program.objects.file(file).native else { return json!([]) };
        let mut needed = program.platform.search.closure(&program.objects, &program.tree, file);
        let is_own =
            |needed: &platform::Needed| native.needed.iter().any(|name| name.eq_ignore_ascii_case(&needed.name));
        needed.retain(is_own);
        let file = |found| match found {
            platform::Found::Library(place) => program.file_path(place.file),
            _ => None,
        };
        needed.into_iter().map(|needed| json!([needed.name, file(needed.found)])).collect()
    }

    fn describe(&self, id: NodeId) -> NodeDescription {
        let node = self.graph.node(id);
        let file = match node.kind {
            Kind::NamespacePackage => Some(Utf8PathBuf::from("-")),
            _ => node.file.and_then(|file| self.program.file_path(file)),
        };
        NodeDescription {
            name: node.name.clone(),
            kind: node.kind.class(),
            file,
            path: node.path.as_ref().map(|path| dir_paths(self.program, path)),
        }
    }

    fn answer_reach(&self, start: Option<&str>) -> Value {
        let start = start.map_or(Some(self.graph.root), |start| self.graph.named(start));
        let Some(start) = start else { return json!([]) };
        let reached = self.graph.reachable(start);
        let all = std::iter::once(start).chain(reached.into_values().filter(|id| *id != start));
        json!(all.map(|id| self.describe(id)).collect::<Vec<_>>())
    }

    fn answer_code(&mut self, module: &str) -> Result<Value, LinkError> {
        let Some(id) = self.graph.named(module) else { return Ok(Value::Null) };
        let Facts::File(file) = self.graph.node(id).facts else { return Ok(Value::Null) };
        Ok(self.program.objects.code(file)?.map_or(Value::Null, |code| json!(base64(&code))))
    }

    fn add_runtime(&mut self, module: &str, package: bool) -> Result<Value, LinkError> {
        if self.graph.named(module).is_some() {
            return Ok(Value::Null);
        }
        let kind = if package { Kind::RuntimePackage } else { Kind::RuntimeModule };
        let mut node = Node::new(module, kind);
        node.path = package.then(Vec::new);
        let id = self.graph.add(node);
        if let Some((parent, _)) = module.rsplit_once('.')
            && let Some(parent) = self.find_node(parent)?
        {
            self.graph.connect(id, parent);
        }
        Ok(Value::Null)
    }

    fn add_lazy_alias(&mut self, real: String, alias: String) -> Value {
        // A module that has been imported under the name already stays what it is.
        if self.graph.named(&alias).is_none() {
            self.graph.lazy.insert(alias, Lazy::Alias(real));
        }
        Value::Null
    }

    fn append_package_path(&mut self, package: String, path: &Utf8Path) -> Value {
        if let Some(Entry::Dir(dir)) = self.program.tree.lookup(path) {
            let known = self.graph.extra_paths.entry(package).or_default();
            if !known.contains(&dir) {
                known.push(dir);
            }
        }
        Value::Null
    }
}

fn describe_found(program: &Program<'_>, found: &Found) -> FoundModule {
    let kind = match found.kind {
        FoundKind::Source => "source",
        FoundKind::Compiled => "compiled",
        FoundKind::Extension => "extension",
        FoundKind::Package => "package",
        FoundKind::ExtensionPackage => "extension-package",
        FoundKind::Namespace => "namespace",
        FoundKind::Builtin => "builtin",
    };
    FoundModule {
        kind,
        file: found.file.and_then(|file| program.file_path(file)),
        path: found.path.as_ref().map(|path| dir_paths(program, path)),
    }
}

fn dir_paths(program: &Program<'_>, dirs: &[DirId]) -> Vec<Utf8PathBuf> {
    dirs.iter().map(|dir| program.tree.dir_path(*dir)).collect()
}
