//! What modules name without an import statement: constant names for importlib, tables of lazy packages, settings, object
//! references, groups of entry points, and strings of native code. A name counts if it is that of an installed module.
use std::collections::BTreeSet;

use permafreeze_object::format::Hints;

use super::Linking;
use super::imports::is_excluded;
use crate::error::LinkError;
use crate::finder::{Found, FoundKind};
use crate::graph::NodeId;
use crate::graph::reason::Reason;
use crate::graph::stub::stub;

/// Modules of a package that its own code does not import by a computed name.
const NOT_IMPORTED: [&str; 4] = ["__main__", "conftest", "test", "tests"];

impl Linking<'_> {
    /// Follows the hints of a node.
    pub(super) fn follow_hints(
        &mut self,
        source: NodeId,
        hints: &Hints,
        excluded: &BTreeSet<String>,
    ) -> Result<(), LinkError> {
        for import in &hints.imports {
            self.follow(source, import, excluded, Some(Reason::Call))?;
        }
        if let Some(stub) = stub(self.program, self.graph.node(source)) {
            for import in self.imports_of_stub(stub)? {
                self.follow(source, &import, excluded, Some(Reason::Table))?;
            }
        }
        let lazy = hints.lazy.iter().filter_map(|text| self.module_of_table(source, text));
        let named = self.modules_of_strings(source, hints);
        let all: Vec<(String, Reason)> = lazy
            .map(|name| (name, Reason::Table))
            .chain(self.modules_of_computed(source, hints).into_iter().map(|name| (name, Reason::Computed)))
            .chain(named.into_iter().map(|name| (name, Reason::Setting)))
            .collect();
        for (name, reason) in all {
            self.bring(source, &name, excluded, reason)?;
        }
        for text in hints.names.iter().chain(&hints.settings) {
            self.follow_group(source, text, excluded)?;
        }
        Ok(())
    }

    /// Follows the names in an extension module's strings: native modules at the top, and dotted names.
    pub(super) fn follow_native(&mut self, source: NodeId, excluded: &BTreeSet<String>) -> Result<(), LinkError> {
        let Some(file) = self.graph.node(source).file else { return Ok(()) };
        let objects = &self.program.objects;
        let Some(native) = objects.file(file).native.as_ref().filter(|_| file.object < objects.packages) else {
            return Ok(());
        };
        for name in &native.modules {
            let found = self.installed(name);
            let counts = |found: &Found| name.contains('.') || found.kind == FoundKind::Extension;
            if found.is_some_and(|found| counts(&found)) {
                self.bring(source, name, excluded, Reason::Native)?;
            }
        }
        Ok(())
    }

    /// Imports the modules of the groups of entry points that a string names.
    fn follow_group(&mut self, source: NodeId, text: &str, excluded: &BTreeSet<String>) -> Result<(), LinkError> {
        let program = self.program;
        for (group, points) in program.entry_points.named(text) {
            for point in points {
                let distribution = program.objects.object(point.object).distribution().unwrap_or_default().to_owned();
                let reason = Reason::EntryPoint { group: group.to_owned(), distribution };
                self.bring(source, &point.module, excluded, reason)?;
            }
        }
        Ok(())
    }

    /// Imports a module that was found to exist.
    fn bring(
        &mut self,
        source: NodeId,
        name: &str,
        excluded: &BTreeSet<String>,
        reason: Reason,
    ) -> Result<(), LinkError> {
        if is_excluded(name, excluded, &self.graph.node(source).name) {
            return Ok(());
        }
        match self.import_name(name)? {
            Some(target) if target != source => self.graph.connect_by(source, target, reason),
            Some(_) => {}
            None => {
                let importer = self.graph.node(source).name.clone();
                self.graph.miss(name, &importer);
            }
        }
        Ok(())
    }

    /// Returns the module that a string in a table of a lazy package names: below the package, or by its whole name.
    fn module_of_table(&self, source: NodeId, text: &str) -> Option<String> {
        let node = self.graph.node(source);
        let relative = text.trim_start_matches('.');
        let mut base = node.name.as_str();
        if !node.kind.is_package() {
            base = base.rsplit_once('.')?.0;
        }
        for _ in 1..text.len() - relative.len() {
            base = base.rsplit_once('.')?.0;
        }
        let below = format!("{base}.{relative}");
        let undotted = text == relative && !text.contains('.');
        if (!undotted || node.kind.is_package()) && self.installed(&below).is_some() {
            return Some(below);
        }
        (text == relative && !undotted && self.installed(text).is_some()).then(|| text.to_owned())
    }

    /// Returns the modules that a package's computed names may be: those of its own top-level package that begin as the
    /// name does; where nothing is known of it, in a package that answers for its attributes, all that are in it.
    fn modules_of_computed(&self, source: NodeId, hints: &Hints) -> Vec<String> {
        let node = self.graph.node(source);
        if node.file.is_none_or(|file| file.object >= self.program.objects.packages) {
            return Vec::new();
        }
        let own =
            if node.kind.is_package() { &node.name } else { node.name.rsplit_once('.').map_or("", |(own, _)| own) };
        let top = node.name.split('.').next();
        let mut found = Vec::new();
        for call in &hints.computed {
            let start = match &call.start {
                Some(start) if start.starts_with('.') => format!("{own}{start}"),
                Some(start) => start.clone(),
                None if hints.is_lazy && node.kind.is_package() => format!("{own}."),
                None => continue,
            };
            let Some((package, begin)) = start.rsplit_once('.') else { continue };
            if package.split('.').next() == top {
                let modules = self.program.modules_in(package).into_iter().map(|(module, _)| module);
                let modules = modules.filter(|module| !NOT_IMPORTED.contains(&module.as_str()));
                let fitting = modules.filter(|module| module.starts_with(begin));
                found.extend(fitting.map(|module| format!("{package}.{module}")));
            }
        }
        found
    }

    /// Returns the modules that strings name. In the application's code a string is one if it is the name of a module, or
    /// of something in a module; in a package's only what is assigned to an upper-case name and is in the same package,
    /// any that is in the same package where names of modules are computed, and object references (`a.b:c`).
    fn modules_of_strings(&self, source: NodeId, hints: &Hints) -> Vec<String> {
        let node = self.graph.node(source);
        let Some(file) = node.file.filter(|file| file.object < self.program.objects.packages) else {
            return Vec::new();
        };
        let own = node.name.split('.').next().unwrap_or_default();
        let is_own = |text: &str| text.split('.').next() == Some(own);
        let application = self.program.is_source(file);
        let mut found = Vec::new();
        for text in &hints.names {
            match text.split_once(':') {
                Some((module, _)) if application || module.contains('.') || is_own(module) => {
                    found.extend(self.installed(module).map(|_| module.to_owned()));
                }
                // What computes names of modules may have them in a table.
                None if (application || is_own(text) && !hints.computed.is_empty()) && text.contains('.') => {
                    found.extend(self.module_or_owner(text, 2));
                }
                _ => {}
            }
        }
        for text in &hints.settings {
            if application && (text.contains('.') || self.installed(text).is_some()) {
                found.extend(self.module_or_owner(text, 1));
            } else if !application && text.contains('.') && is_own(text) {
                found.extend(self.module_or_owner(text, 2));
            }
        }
        found
    }

    /// Returns a name if it is that of a module, else what is before its last dot, if that is the name of a module with
    /// so many parts at least: a class's module.
    fn module_or_owner(&self, text: &str, parts: usize) -> Option<String> {
        let find = |name: &str| self.program.finder.find(&self.program.tree, name);
        let is_module = |name: &str| find(name).is_some_and(|found| found.kind != FoundKind::Namespace);
        if is_module(text) {
            return Some(text.to_owned());
        }
        let (owner, _) = text.rsplit_once('.')?;
        (owner.split('.').count() >= parts && is_module(owner)).then(|| owner.to_owned())
    }

    /// Finds a module of a package or of the application, not of the standard library.
    fn installed(&self, name: &str) -> Option<Found> {
        let found = self.program.finder.find(&self.program.tree, name)?;
        let in_packages = |file: crate::load::FileId| file.object < self.program.objects.packages;
        (found.file.is_some_and(in_packages)).then_some(found)
    }
}
