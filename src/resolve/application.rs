//! The application itself: its source tree and the executables that are linked of it.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_base::path::join;
use permafreeze_packaging::name::Name;
use permafreeze_plan::form::Word;
use permafreeze_plan::plan::{AddedData, Entry, Executable, Source, SourceContent};
use permafreeze_plan::windows::Windows;

use crate::contents::{beside_script, of_package, place, place_script, placed};
use crate::distribution::distribution;
use crate::document::TomlFile;
use crate::entry::Entries;
use crate::entry_point::EntryPoint;
use crate::error::Error;
use crate::executables::{Choice, Layer, Wanted, wanted};
use crate::groups::Groups;
use crate::links::follow;
use crate::modules::OwnModules;
use crate::pyproject::PyProject;
use crate::request::smoke;
use crate::scripts::Scripts;
use crate::settings::{Data, ExecutableSettings};
use crate::tree::{OUTSIDE, Tree, below, inside};
use crate::version_file::version_files;
use crate::windows::{self, WindowsSettings};

/// How a module may be collected (PyInstaller/building/build_main.py).
const COLLECTION_MODES: [&str; 4] = ["pyz", "pyc", "py", "pyz+py"];

/// Commands with which `verify` runs an executable.
type Commands = Vec<Vec<String>>;

/// The application.
#[derive(Debug)]
pub struct Application {
    /// The project's normalised name.
    pub project: Name,
    /// Its source tree.
    pub source: Source,
    /// The executables, by name.
    pub executables: BTreeMap<String, Executable>,
    /// Commands that are one executable's only, by its name.
    pub smoke_of: BTreeMap<String, Commands>,
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
    /// What `permafreeze lock --entry` chose.
    pub choice: Option<&'a Choice>,
}

impl Project<'_> {
    /// Puts the application together.
    ///
    /// # Errors
    /// If its packages, an entry point or a file that an option names is not there.
    pub fn application(&self) -> Result<Application, Error> {
        let source = self.source()?;
        let modules = OwnModules { tree: self.tree, pyproject: self.pyproject, contents: &source.contents };
        let entries = Entries { file: self.file, modules, scripts: Scripts::of(self.pyproject) };
        let wanted = wanted(&entries, self.choice)?;
        let own_packages = entries.modules.packages();
        let mut contents = source.contents.clone();
        let mut executables = BTreeMap::new();
        let mut smoke_of = BTreeMap::new();
        // All entries before any data: what lies beside a script goes where the script's imports look for it.
        for Wanted { name, point, layers } in &wanted {
            let entry = self.entry(point, &entries, &mut contents)?;
            let windows = self.windows(name, point, layers)?;
            let options = self.options(layers, &own_packages, &source)?;
            executables.insert(name.clone(), Executable { entry, windows, ..options });
            smoke_of.insert(name.clone(), self.smoke(layers)?);
        }
        for Wanted { name, layers, .. } in &wanted {
            let Some(executable) = executables.get_mut(name) else { continue };
            self.add_files(layers, &mut contents, executable)?;
        }
        follow(self.tree, ".", &mut contents);
        smoke_of.retain(|_, commands: &mut Commands| !commands.is_empty());
        let stem = wanted.first().map_or("", |first| first.point.stem());
        let project = Name::new(self.pyproject.name().unwrap_or(stem));
        Ok(Application { project, source: Source { contents, ..source }, executables, smoke_of })
    }

    fn source(&self) -> Result<Source, Error> {
        if !self.pyproject.is_package() {
            return Ok(Source::default());
        }
        let distribution = distribution(self.file, self.pyproject, self.groups, None)?;
        let name = Name::new(&distribution.name);
        let contents = of_package(self.tree, ".", self.file, self.pyproject, &name)?;
        let generated = version_files(self.tree, ".", self.file, &contents, &distribution.version)?;
        Ok(Source { contents, distribution: Some(distribution), generated })
    }

    fn entry(
        &self,
        point: &EntryPoint,
        entries: &Entries<'_>,
        contents: &mut Vec<SourceContent>,
    ) -> Result<Entry, Error> {
        let own = entries.modules.contents;
        match point {
            EntryPoint::Function { module, .. } | EntryPoint::Module(module) if !self.pyproject.is_package() => {
                add(contents, self.neighbours(&join(entries.modules.folder_of_scripts(module), "_"), own));
            }
            EntryPoint::Function { module, .. } => entries.check_module(module)?,
            EntryPoint::Module(_) => {}
            EntryPoint::File(path) => {
                let is_module = path.ends_with(".py");
                if let Some(script) = placed(own, path).filter(|_| is_module) {
                    return Ok(Entry::Script { script });
                }
                let neighbours = self.neighbours(path, own);
                add(contents, neighbours.clone());
                let beside = placed(&[neighbours], path).filter(|_| is_module);
                let script = beside.unwrap_or_else(|| place_script(contents, path));
                return Ok(Entry::Script { script });
            }
        }
        Ok(match point.clone() {
            EntryPoint::Function { module, function } => {
                entries.check_function(&module, &function)?;
                Entry::Function { module, function }
            }
            EntryPoint::Module(module) => Entry::Module { module },
            EntryPoint::File(script) => Entry::Script { script },
        })
    }

    /// Returns what lies beside a script; `own` are the contents of the project's distribution.
    fn neighbours(&self, script: &str, own: &[SourceContent]) -> SourceContent {
        let mut neighbours = beside_script(self.tree, script, own);
        let others = self.path_dependencies.iter().filter_map(|path| below(&neighbours.from, path));
        let others: Vec<String> = others.map(|path| format!("{path}/**")).collect();
        neighbours.exclude.extend(others);
        neighbours
    }

    /// Adds the project's files that options name.
    fn add_files(
        &self,
        layers: &[Layer],
        contents: &mut Vec<SourceContent>,
        executable: &mut Executable,
    ) -> Result<(), Error> {
        for Layer { key, options } in layers {
            for Data { from, to } in &options.datas {
                let key = format!("{key}.datas");
                let from = place(contents, &self.existing(&key, from)?);
                if inside(to).is_none() {
                    return Err(self.file.wrong(
                        key,
                        to,
                        "`to` is a folder in the executable: expected a path below `.`",
                    ));
                }
                add(&mut executable.datas, AddedData { from, to: to.clone() });
            }
            for hook in &options.runtime_hooks {
                let hook = self.existing(&format!("{key}.runtime-hooks"), hook)?;
                add(&mut executable.runtime_hooks, place(contents, &hook));
            }
            for folder in &options.hooks {
                let folder = self.existing(&format!("{key}.hooks"), folder)?;
                add(&mut executable.hooks, place(contents, &folder));
            }
            if let Some(windows) = &mut executable.windows {
                let files = [
                    ("icon", &options.windows.icon, &mut windows.icon),
                    ("manifest", &options.windows.manifest, &mut windows.manifest),
                ];
                for (option, path, planned) in files {
                    let Some(path) = path else { continue };
                    *planned = Some(place(contents, &self.existing(&format!("{key}.windows.{option}"), path)?));
                }
            }
        }
        Ok(())
    }

    /// Returns what the executable `name` shows of itself on Windows, without files.
    fn windows(&self, name: &str, point: &EntryPoint, layers: &[Layer]) -> Result<Option<Windows>, Error> {
        let all = layers.iter().map(|layer| layer.options.windows.clone());
        let key = layers.last().map_or("", |layer| layer.key.as_str());
        let project = windows::Project {
            executable: name,
            name: self.pyproject.name().unwrap_or(point.stem()),
            version: self.pyproject.version(),
        };
        let settings = all.reduce(WindowsSettings::merged).unwrap_or_default();
        settings.planned(self.file, &format!("{key}.windows"), project)
    }

    /// Returns the commands of the executable's own table; those of all executables are in the plan once.
    fn smoke(&self, layers: &[Layer]) -> Result<Commands, Error> {
        let own = layers.iter().skip(1);
        let all = own.map(|Layer { key, options }| smoke(self.file, &format!("{key}.smoke"), &options.smoke));
        Ok(all.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// Puts options together: lists are added to each other; in tables, the later layer wins a key.
    fn options(&self, layers: &[Layer], own_packages: &[String], source: &Source) -> Result<Executable, Error> {
        let list = |of: fn(&ExecutableSettings) -> &Vec<String>| -> Vec<String> {
            layers.iter().flat_map(|layer| of(&layer.options)).cloned().collect()
        };
        let collect_all = list(|options| &options.collect_all);
        let with_all = |own: &[String], listed: Vec<String>| distinct([own, &listed, &collect_all].concat());
        let own_distribution: Vec<String> =
            source.distribution.iter().map(|distribution| distribution.name.clone()).collect();
        let all_distributions: Vec<String> =
            collect_all.iter().filter(|name| self.installed.contains(&Name::new(name))).cloned().collect();
        for layer in layers {
            self.check_precedence(layer)?;
            self.check_collection_modes(layer)?;
            self.check_trusted(layer)?;
        }
        let each = |layer: &Layer| layer.options.clone();
        Ok(Executable {
            entry: Entry::default(),
            hidden_imports: distinct(list(|options| &options.hidden_imports)),
            exclude_modules: distinct(list(|options| &options.exclude_modules)),
            collect_submodules: with_all(&[], list(|options| &options.collect_submodules)),
            collect_data: with_all(own_packages, list(|options| &options.collect_data)),
            collect_binaries: with_all(&[], list(|options| &options.collect_binaries)),
            copy_metadata: distinct(
                [own_distribution, list(|options| &options.copy_metadata), all_distributions].concat(),
            ),
            datas: Vec::new(),
            runtime_hooks: Vec::new(),
            hooks: Vec::new(),
            trust_hooks: distinct(
                list(|options| &options.trust_hooks).iter().map(|name| Name::new(name).to_string()).collect(),
            ),
            module_collection_mode: layers.iter().flat_map(|layer| each(layer).module_collection_mode).collect(),
            hook_answers: layers.iter().flat_map(|layer| each(layer).hook_answers).collect(),
            precedence: layers.iter().flat_map(|layer| each(layer).precedence).collect(),
            windows: None,
            unpack: self.word(layers, "unpack", |options| &options.unpack)?,
            compression: self.word(layers, "compression", |options| &options.compression)?,
            mode: self.word(layers, "mode", |options| &options.mode)?,
        })
    }

    /// Returns the value of an option that is one of a few words: the last layer that says it has the last word.
    fn word<T: Word>(
        &self,
        layers: &[Layer],
        option: &str,
        said: impl Fn(&ExecutableSettings) -> &Option<String>,
    ) -> Result<T, Error> {
        let last = layers.iter().rev().find_map(|layer| Some((layer, said(&layer.options).as_deref()?)));
        let Some((layer, name)) = last else { return Ok(T::default()) };
        T::of(name).ok_or_else(|| {
            let expected = T::NAMES.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
            self.file.wrong(format!("{}.{option}", layer.key), name, format!("expected {expected}"))
        })
    }

    fn check_precedence(&self, layer: &Layer) -> Result<(), Error> {
        let own = self.pyproject.name().map(Name::new);
        for (path, distribution) in &layer.options.precedence {
            let name = Name::new(distribution);
            if !self.installed.contains(&name) && own.as_ref() != Some(&name) {
                let key = format!("{}.precedence.\"{path}\"", layer.key);
                return Err(self.file.wrong(key, distribution, "no such distribution is installed"));
            }
        }
        Ok(())
    }

    fn check_trusted(&self, layer: &Layer) -> Result<(), Error> {
        let unknown = layer.options.trust_hooks.iter().find(|name| !self.installed.contains(&Name::new(name)));
        unknown.map_or(Ok(()), |name| {
            let key = format!("{}.trust-hooks", layer.key);
            Err(self.file.wrong(key, name, "no such distribution is installed"))
        })
    }

    fn check_collection_modes(&self, layer: &Layer) -> Result<(), Error> {
        for (module, mode) in &layer.options.module_collection_mode {
            if !COLLECTION_MODES.contains(&mode.as_str()) {
                let key = format!("{}.module-collection-mode.{module}", layer.key);
                let known = COLLECTION_MODES.map(|mode| format!("`{mode}`")).join(", ");
                return Err(self.file.wrong(key, mode, format!("expected one of {known}")));
            }
        }
        Ok(())
    }

    /// Checks that the path that an option names is part of the project.
    fn existing(&self, key: &str, path: &str) -> Result<String, Error> {
        let joined = inside(path).ok_or_else(|| self.file.wrong(key, path, OUTSIDE))?;
        if self.tree.kind(&joined).is_none() {
            return Err(self.file.wrong(key, path, "there is no such file or folder"));
        }
        Ok(joined)
    }
}

/// Adds a value unless it is there.
fn add<T: PartialEq>(values: &mut Vec<T>, value: T) {
    if !values.contains(&value) {
        values.push(value);
    }
}

/// Keeps the first of equal values.
fn distinct(values: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    values.into_iter().filter(|value| seen.insert(value.clone())).collect()
}
