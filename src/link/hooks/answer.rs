//! What hooks ask, answered from the tree, the objects and the graph.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_packaging::name::Name;
use serde_json::{Value, json};

use super::base64;
use crate::error::LinkError;
use crate::finder::{Found, FoundKind};
use crate::graph::lazy::Lazy;
use crate::graph::{Facts, Kind, Node, NodeId};
use crate::linker::Linker;
use crate::load::FileId;
use crate::tree::{DirId, Entry, Mount};

impl Linker<'_> {
    /// Answers a question of the server.
    pub fn answer(&mut self, name: &str, arguments: &Value) -> Result<Value, LinkError> {
        let text = |key: &str| arguments[key].as_str().unwrap_or_default().to_owned();
        let paths = || -> Vec<String> {
            let paths = arguments["path"].as_array().into_iter().flatten();
            paths.filter_map(|path| path.as_str().map(str::to_owned)).collect()
        };
        match name {
            "find" => self.answer_find(&text("module"), arguments["materialise"] == true),
            "find_in" => {
                let found = self.finder.find_in(&self.tree, &text("module"), &self.dirs(&paths()));
                Ok(found.map_or(Value::Null, |found| self.describe_found(&found)))
            }
            "iter_modules" => Ok(json!(self.finder.iter_modules(&self.tree, &self.dirs(&paths())))),
            "source" => self.answer_source(&text("module")),
            "materialise" => {
                self.materialise(Utf8Path::new(&text("path")))?;
                Ok(json!(text("path")))
            }
            "distribution" => self.answer_distribution(&text("distribution")),
            "distributions" => self.answer_distributions(),
            "library_imports" => self.answer_library_imports(&text("path")),
            "node" => Ok(self.find_node(&text("module"))?.map_or(Value::Null, |id| self.describe(id))),
            "reach" => Ok(self.answer_reach(arguments["module"].as_str())),
            "users" => Ok(self.graph.users(&text("module")).into_iter().map(|id| self.describe(id)).collect()),
            "code" => self.answer_code(&text("module")),
            "add_runtime" => self.add_runtime(&text("module"), arguments["package"] == true),
            "add_alias" => Ok(self.add_lazy_alias(&text("real"), text("alias"))),
            "append_package_path" => Ok(self.append_package_path(text("package"), &text("path"))),
            "warn" => {
                self.warn(text("text"));
                Ok(Value::Null)
            }
            _ => Err(LinkError::Hook { hook: "the hook server".to_owned(), message: format!("asks for `{name}`") }),
        }
    }

    fn dirs(&self, paths: &[String]) -> Vec<DirId> {
        let dirs = paths.iter().filter_map(|path| match self.tree.lookup(Utf8Path::new(path))? {
            Entry::Dir(dir) => Some(dir),
            Entry::File(_) => None,
        });
        dirs.collect()
    }

    fn answer_find(&mut self, module: &str, materialise: bool) -> Result<Value, LinkError> {
        let Some(found) = self.finder.find(&self.tree, module) else { return Ok(Value::Null) };
        if materialise {
            for dir in found.path.iter().flatten() {
                self.materialise(&self.tree.dir_path(*dir))?;
            }
            if let Some(path) = found.file.and_then(|file| self.file_path(file)) {
                self.materialise(&path)?;
            }
        }
        Ok(self.describe_found(&found))
    }

    fn describe_found(&self, found: &Found) -> Value {
        let kind = match found.kind {
            FoundKind::Source => "source",
            FoundKind::Compiled => "compiled",
            FoundKind::Extension => "extension",
            FoundKind::Package => "package",
            FoundKind::ExtensionPackage => "extension-package",
            FoundKind::Namespace => "namespace",
            FoundKind::Builtin => "builtin",
        };
        json!({
            "kind": kind,
            "file": found.file.and_then(|file| self.file_path(file)),
            "path": found.path.as_ref().map(|path| self.dir_paths(path)),
        })
    }

    fn dir_paths(&self, dirs: &[DirId]) -> Vec<Utf8PathBuf> {
        dirs.iter().map(|dir| self.tree.dir_path(*dir)).collect()
    }

    /// Returns the absolute path of a file in the tree.
    pub fn file_path(&self, file: FileId) -> Option<Utf8PathBuf> {
        let name = self.objects.path(file).rsplit('/').next()?;
        Some(self.tree.dir_path(self.tree.place(file)?).join(name))
    }

    fn answer_source(&self, module: &str) -> Result<Value, LinkError> {
        let Some(file) = self.finder.find(&self.tree, module).and_then(|found| found.file) else {
            return Ok(Value::Null);
        };
        if !self.objects.path(file).ends_with(".py") {
            return Ok(Value::Null);
        }
        Ok(json!(base64(&self.objects.read(file)?)))
    }

    fn answer_distribution(&mut self, name: &str) -> Result<Value, LinkError> {
        let wanted = Name::new(name);
        // Questions about the tool are about the one that links, not about one among the packages.
        if matches!(wanted.as_str(), "pyinstaller" | "pyinstaller-hooks-contrib") {
            let tools = self.objects.runtime_index() + 1..self.objects.all.len() as u32;
            let known = tools
                .map(|object| self.objects.object(object))
                .find(|object| object.distribution().is_some_and(|known| Name::new(known) == wanted));
            let root = self.tree.dir_path(self.tree.root(Mount::Hooks));
            return Ok(json!(known.and_then(|object| object.dist_info()).map(|dist_info| root.join(dist_info))));
        }
        let Some(object) = self.distribution(name) else { return Ok(Value::Null) };
        self.materialise_dist_info(object).map(|path| json!(path))
    }

    fn answer_distributions(&mut self) -> Result<Value, LinkError> {
        (0..self.objects.packages)
            .map(|object| self.materialise_dist_info(object).map(|path| json!(path)))
            .filter(|path| !matches!(path, Ok(Value::Null)))
            .collect()
    }

    fn materialise_dist_info(&mut self, object: u32) -> Result<Option<Utf8PathBuf>, LinkError> {
        let Some(dist_info) = self.objects.object(object).dist_info() else { return Ok(None) };
        let path = self.tree.dir_path(self.tree.root(Mount::Site)).join(dist_info);
        self.materialise(&path)?;
        Ok(Some(path))
    }

    /// Returns the package of a distribution's name.
    pub fn distribution(&self, name: &str) -> Option<u32> {
        let wanted = Name::new(name);
        (0..self.objects.packages)
            .find(|object| self.objects.object(*object).distribution().is_some_and(|known| Name::new(known) == wanted))
    }

    fn answer_library_imports(&mut self, path: &str) -> Result<Value, LinkError> {
        let Some(Entry::File(file)) = self.tree.lookup(Utf8Path::new(path)) else { return Ok(json!([])) };
        let found = self.library_closure(file);
        Ok(found.into_iter().map(|(name, file)| json!([name, file.and_then(|file| self.file_path(file))])).collect())
    }

    fn describe(&self, id: NodeId) -> Value {
        let node = self.graph.node(id);
        let file = match node.kind {
            Kind::NamespacePackage => Some(Utf8PathBuf::from("-")),
            _ => node.file.and_then(|file| self.file_path(file)),
        };
        json!({
            "name": node.name,
            "kind": node.kind.class(),
            "file": file,
            "path": node.path.as_ref().map(|path| self.dir_paths(path)),
        })
    }

    fn answer_reach(&self, start: Option<&str>) -> Value {
        let start = start.map_or(Some(self.graph.root), |start| self.graph.named(start));
        let Some(start) = start else { return json!([]) };
        let reached = self.graph.reachable(start);
        std::iter::once(start)
            .chain(reached.into_values().filter(|id| *id != start))
            .map(|id| self.describe(id))
            .collect()
    }

    fn answer_code(&mut self, module: &str) -> Result<Value, LinkError> {
        let Some(id) = self.graph.named(module) else { return Ok(Value::Null) };
        let Facts::File(file) = self.graph.node(id).facts else { return Ok(Value::Null) };
        Ok(self.objects.code(file)?.map_or(Value::Null, |code| json!(base64(&code))))
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

    fn add_lazy_alias(&mut self, real: &str, alias: String) -> Value {
        // A module that has been imported under the name already stays what it is.
        if self.graph.named(&alias).is_none() {
            self.graph.lazy.insert(alias, Lazy::Alias(real.to_owned()));
        }
        Value::Null
    }

    fn append_package_path(&mut self, package: String, path: &str) -> Value {
        if let Some(Entry::Dir(dir)) = self.tree.lookup(Utf8Path::new(path)) {
            let known = self.graph.extra_paths.entry(package).or_default();
            if !known.contains(&dir) {
                known.push(dir);
            }
        }
        Value::Null
    }
}
