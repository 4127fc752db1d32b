//! The application itself: its source tree and the executable that is linked of it.
use std::collections::BTreeSet;

use permafreeze_packaging::name::Name;
use permafreeze_plan::plan::{AddedData, Entry, Executable, Source, SourceContent};

use crate::contents::{beside_script, of_package, place};
use crate::distribution::distribution;
use crate::document::TomlFile;
use crate::entry::{EntryPoint, check_module, entry_point};
use crate::error::Error;
use crate::groups::Groups;
use crate::pyproject::PyProject;
use crate::settings::Settings;
use crate::tree::{Kind, Tree, below, join};

/// How a module may be collected (PyInstaller/building/build_main.py).
const COLLECTION_MODES: [&str; 4] = ["pyz", "pyc", "py", "pyz+py"];

/// The application.
#[derive(Debug)]
pub struct Application {
    /// The project's normalised name.
    pub project: Name,
    /// The executable's name.
    pub name: String,
    /// Its source tree.
    pub source: Source,
    /// The executable.
    pub executable: Executable,
}

/// What is known of the project before the application is put together.
pub struct Project<'a> {
    /// The project's files.
    pub tree: &'a dyn Tree,
    /// pyproject.toml.
    pub file: &'a TomlFile,
    /// What it says.
    pub pyproject: &'a PyProject,
    /// Its requirements.
    pub groups: &'a Groups,
    /// Every installed distribution of any target.
    pub installed: &'a BTreeSet<Name>,
    /// Paths of the source trees of path dependencies.
    pub path_dependencies: &'a BTreeSet<String>,
}

impl Project<'_> {
    /// Puts the application together.
    ///
    /// # Errors
    /// If its packages, its entry point or a file that an option names is not there.
    pub fn application(&self) -> Result<Application, Error> {
        let settings = &self.pyproject.tool.permafreeze;
        let point = entry_point(self.tree, self.file, self.pyproject)?;
        let mut source = self.source()?;
        let own_packages = import_packages(self.tree, &source.contents);
        let mut executable = self.options(&own_packages, &source)?;
        executable.entry = self.entry(&point, &mut source.contents)?;
        for data in &settings.datas {
            let from = self.existing("datas", &data.from)?;
            let from = place(&mut source.contents, &from);
            executable.datas.push(AddedData { from, to: data.to.clone() });
        }
        for hook in &settings.runtime_hooks {
            let hook = self.existing("runtime-hooks", hook)?;
            executable.runtime_hooks.push(place(&mut source.contents, &hook));
        }
        let project = self.pyproject.name().map_or_else(|| Name::new(&stem(&point)), Name::new);
        let name = settings.name.clone().unwrap_or_else(|| project.to_string());
        self.check_name(&name)?;
        Ok(Application { project, name, source, executable })
    }

    fn source(&self) -> Result<Source, Error> {
        if !self.pyproject.is_package() {
            return Ok(Source { contents: Vec::new(), distribution: None });
        }
        let distribution = distribution(self.file, self.pyproject, self.groups, None)?;
        let name = Name::new(&distribution.name);
        let contents = of_package(self.tree, ".", &self.file.name, self.pyproject, &name)?;
        Ok(Source { contents, distribution: Some(distribution) })
    }

    fn entry(&self, point: &EntryPoint, contents: &mut Vec<SourceContent>) -> Result<Entry, Error> {
        match point {
            EntryPoint::Function { module, function } => {
                if !self.pyproject.is_package() {
                    let top = module.split('.').next().unwrap_or_default();
                    let in_src = self.tree.kind(&format!("src/{top}")).is_some()
                        || self.tree.kind(&format!("src/{top}.py")).is_some();
                    contents.push(self.neighbours(if in_src { "src/_" } else { "_" }, contents));
                }
                check_module(self.tree, self.file, contents, module)?;
                Ok(Entry::Function { module: module.clone(), function: function.clone() })
            }
            EntryPoint::File(path) => {
                if let Some(script) = crate::contents::placed(contents, path) {
                    return Ok(Entry::Script { script });
                }
                let neighbours = self.neighbours(path, contents);
                contents.push(neighbours);
                Ok(Entry::Script { script: place(contents, path) })
            }
        }
    }

    fn neighbours(&self, script: &str, contents: &[SourceContent]) -> SourceContent {
        let mut neighbours = beside_script(self.tree, script, contents);
        let others = self.path_dependencies.iter().filter_map(|path| below(&neighbours.from, path));
        let others: Vec<String> = others.map(|path| format!("{path}/**")).collect();
        neighbours.exclude.extend(others);
        neighbours
    }

    fn options(&self, own_packages: &[String], source: &Source) -> Result<Executable, Error> {
        let settings = &self.pyproject.tool.permafreeze;
        let with_all = |own: &[String], listed: &[String]| distinct([own, listed, &settings.collect_all[..]].concat());
        let own_distribution: Vec<String> =
            source.distribution.iter().map(|distribution| distribution.name.clone()).collect();
        let all_distributions: Vec<String> =
            settings.collect_all.iter().filter(|name| self.installed.contains(&Name::new(name))).cloned().collect();
        self.check_precedence(settings)?;
        self.check_collection_modes(settings)?;
        Ok(Executable {
            entry: Entry::default(),
            hidden_imports: distinct(settings.hidden_imports.clone()),
            exclude_modules: distinct(settings.exclude_modules.clone()),
            collect_submodules: with_all(&[], &settings.collect_submodules),
            collect_data: with_all(own_packages, &settings.collect_data),
            collect_binaries: with_all(&[], &settings.collect_binaries),
            copy_metadata: distinct([own_distribution, settings.copy_metadata.clone(), all_distributions].concat()),
            datas: Vec::new(),
            runtime_hooks: Vec::new(),
            module_collection_mode: settings.module_collection_mode.clone(),
            hook_answers: settings.hook_answers.clone(),
            precedence: settings.precedence.clone(),
        })
    }

    fn check_precedence(&self, settings: &Settings) -> Result<(), Error> {
        let own = self.pyproject.name().map(Name::new);
        for (path, distribution) in &settings.precedence {
            let name = Name::new(distribution);
            if !self.installed.contains(&name) && own.as_ref() != Some(&name) {
                let key = format!("tool.permafreeze.precedence.\"{path}\"");
                return Err(self.file.wrong(key, distribution, "no such distribution is installed"));
            }
        }
        Ok(())
    }

    fn check_collection_modes(&self, settings: &Settings) -> Result<(), Error> {
        for (module, mode) in &settings.module_collection_mode {
            if !COLLECTION_MODES.contains(&mode.as_str()) {
                let key = format!("tool.permafreeze.module-collection-mode.{module}");
                let known = COLLECTION_MODES.map(|mode| format!("`{mode}`")).join(", ");
                return Err(self.file.wrong(key, mode, format!("expected one of {known}")));
            }
        }
        Ok(())
    }

    fn check_name(&self, name: &str) -> Result<(), Error> {
        let allowed = |character: char| character.is_ascii_alphanumeric() || "+._-".contains(character);
        if name.chars().all(allowed) && name.starts_with(|character: char| character.is_ascii_alphanumeric()) {
            return Ok(());
        }
        let problem = "letters, digits, `+`, `.`, `_` and `-` make a name, the first is a letter or digit";
        Err(self.file.wrong("tool.permafreeze.name", name, problem))
    }

    /// Checks that the path that an option names is part of the project.
    fn existing(&self, option: &str, path: &str) -> Result<String, Error> {
        let joined = join(".", path);
        let key = format!("tool.permafreeze.{option}");
        if path.starts_with('/') || below(".", &joined).is_none() {
            return Err(self.file.wrong(key, path, "it is not below the project's folder"));
        }
        if self.tree.kind(&joined).is_none() {
            return Err(self.file.wrong(key, path, "there is no such file or folder"));
        }
        Ok(joined)
    }
}

/// Returns the import packages of a source tree: `a`, `a.b` for a part of a namespace package.
fn import_packages(tree: &dyn Tree, contents: &[SourceContent]) -> Vec<String> {
    let folders = contents
        .iter()
        .filter(|content| content.to != "." && tree.kind(&content.from) == Some(Kind::Folder))
        .filter(|content| content.to.split('/').all(is_identifier));
    distinct(folders.map(|content| content.to.replace('/', ".")).collect())
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|character| character.is_alphanumeric() || character == '_')
}

fn stem(point: &EntryPoint) -> String {
    match point {
        EntryPoint::Function { module, .. } => module.split('.').next().unwrap_or_default().to_owned(),
        EntryPoint::File(path) => {
            let file = path.rsplit('/').next().unwrap_or_default();
            file.strip_suffix(".py").unwrap_or(file).to_owned()
        }
    }
}

/// Keeps the first of equal values.
fn distinct(values: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    values.into_iter().filter(|value| seen.insert(value.clone())).collect()
}
