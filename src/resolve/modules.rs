//! The project's own modules: where their files are.
use permafreeze_base::path::join;
use permafreeze_packaging::name::Name;
use permafreeze_plan::plan::SourceContent;

use crate::entry_point::is_identifier;
use crate::pyproject::PyProject;
use crate::tree::{Kind, Tree, below};

/// What makes a package a program.
const PROGRAM: &str = "__main__.py";

/// The project's own modules.
pub struct OwnModules<'a> {
    /// The project's files.
    pub tree: &'a dyn Tree,
    /// What its pyproject.toml says.
    pub pyproject: &'a PyProject,
    /// What its distribution consists of; empty if it is none.
    pub contents: &'a [SourceContent],
}

impl OwnModules<'_> {
    /// Returns the import packages of the distribution: `a`, `a.b` for a part of a namespace package.
    pub fn packages(&self) -> Vec<String> {
        let mut packages = Vec::new();
        for content in self.contents {
            let is_package = content.to != "." && content.to.split('/').all(is_identifier);
            let package = content.to.replace('/', ".");
            if is_package && self.tree.kind(&content.from) == Some(Kind::Folder) && !packages.contains(&package) {
                packages.push(package);
            }
        }
        packages
    }

    /// Returns the package that is a program and stands for the project: the only one, or the one of its name.
    pub fn program(&self) -> Option<String> {
        let packages = self.packages();
        let named = self.pyproject.name().map(|name| Name::new(name).module());
        let package = match &packages[..] {
            [only] => Some(only.clone()),
            [] if self.pyproject.is_package() => None,
            [] => named,
            _ => named.filter(|name| packages.contains(name)),
        };
        package.filter(|package| self.is_program(package))
    }

    /// Returns whether a package has a `__main__`.
    pub fn is_program(&self, package: &str) -> bool {
        self.has(&format!("{}/{PROGRAM}", package.replace('.', "/")))
    }

    /// Returns whether a module of the project is a file.
    pub fn is_module(&self, module: &str) -> bool {
        self.has(&format!("{}.py", module.replace('.', "/")))
    }

    /// Returns whether a module can be run; of one that is not the project's own, link will see it.
    ///
    /// # Errors
    /// The paths that were looked for.
    pub fn check_runnable(&self, module: &str) -> Result<(), Vec<String>> {
        let path = module.replace('.', "/");
        let places = [format!("{path}/{PROGRAM}"), format!("{path}.py")];
        if !self.is_own(module) || places.iter().any(|place| self.has(place)) {
            return Ok(());
        }
        Err(self.looked_for(&places))
    }

    /// Checks that a module exists if it is part of the distribution.
    ///
    /// # Errors
    /// The paths that were looked for.
    pub fn check_exists(&self, module: &str) -> Result<(), Vec<String>> {
        let path = module.replace('.', "/");
        let places = [format!("{path}.py"), format!("{path}/__init__.py")];
        if !self.pyproject.is_package() || !self.is_own(module) || places.iter().any(|place| self.has(place)) {
            return Ok(());
        }
        Err(self.looked_for(&places))
    }

    /// Returns the path and the text of a module's source, if it is a file of the project.
    pub fn source(&self, module: &str) -> Option<(String, String)> {
        let path = module.replace('.', "/");
        let places = [format!("{path}.py"), format!("{path}/__init__.py")];
        let mut files = places.iter().flat_map(|place| self.sources(place));
        let file = files.find(|file| self.tree.kind(file) == Some(Kind::File))?;
        let text = self.tree.read(&file).ok()??;
        Some((file, text))
    }

    /// Returns the folder that a project without a distribution has a top-level module in.
    pub fn folder_of_scripts(&self, module: &str) -> &'static str {
        let top = module.split('.').next().unwrap_or_default();
        let exists = |path: String| self.tree.kind(&path).is_some();
        if exists(format!("src/{top}")) || exists(format!("src/{top}.py")) { "src" } else { "." }
    }

    /// Returns whether the project has the first part of a module's name. It is not known of what lies in a folder with
    /// other modules.
    fn is_own(&self, module: &str) -> bool {
        let top = |path: &str| path.split(['/', '.']).next().map(str::to_owned);
        if self.pyproject.is_package() {
            return self.contents.iter().any(|content| top(&content.to) == top(module));
        }
        let path = join(self.folder_of_scripts(module), &top(module).unwrap_or_default());
        self.tree.kind(&path).is_some() || self.tree.kind(&format!("{path}.py")).is_some()
    }

    /// Returns whether there is a file for a place below site-packages.
    fn has(&self, place: &str) -> bool {
        self.sources(place).iter().any(|path| self.tree.kind(path) == Some(Kind::File))
    }

    /// Returns the paths of the files that would go to a place below site-packages.
    fn sources(&self, place: &str) -> Vec<String> {
        if !self.pyproject.is_package() {
            let module = place.strip_suffix(".py").unwrap_or(place).replace('/', ".");
            return vec![join(self.folder_of_scripts(&module), place)];
        }
        let source = |content: &SourceContent| below(&content.to, place).map(|relative| join(&content.from, relative));
        let named = self.contents.iter().filter(|content| content.to != ".");
        named.filter_map(source).collect()
    }

    fn looked_for(&self, places: &[String]) -> Vec<String> {
        let paths = |place: &String| {
            let sources = self.sources(place);
            if sources.is_empty() { vec![place.clone()] } else { sources }
        };
        places.iter().flat_map(paths).collect()
    }
}
