//! What each target installs: packages, their files, and the source trees of path dependencies.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_base::path::join;
use permafreeze_executable::pyinstaller::PyInstaller;
use permafreeze_packaging::environment::Environment;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::target::Target;
use permafreeze_plan::lock_format::{Format, relock};
use permafreeze_plan::plan::{Package, PinnedFile, Source, TargetPlan, WheelBuild};

use crate::contents::of_package;
use crate::distribution::distribution;
use crate::document::TomlFile;
use crate::error::Error;
use crate::git::GitTree;
use crate::groups::Groups;
use crate::links::follow;
use crate::lockfile::{Locked, LockedPackage};
use crate::pyproject::PyProject;
use crate::release::Release;
use crate::request::Request;
use crate::sdist::known::Known;
use crate::select::{locked, select};
use crate::source_distribution::Sdist;
use crate::tree::{Kind, Tree};
use crate::version::with_version;
use crate::version_file::version_files;
use crate::wheel::{Installed, Installer, Options, has_wheels, pure_wheel};

/// The distributions that an executable is frozen with.
const FREEZER: [&str; 2] = ["pyinstaller", "pyinstaller-hooks-contrib"];

/// Collects what all targets install.
pub struct Resolver<'a> {
    tree: &'a dyn Tree,
    file: &'a TomlFile,
    lock: &'a Locked,
    release: &'a Release,
    known: &'a Known,
    options: Options,
    extra: BTreeMap<Name, Vec<String>>,
    /// Files by name.
    pub files: BTreeMap<String, PinnedFile>,
    /// Wheels to build, by the file name of the source distribution.
    pub builds: BTreeMap<String, WheelBuild>,
    /// Source distributions of which it is not known what builds them, by file name.
    pub unknown: BTreeMap<String, Sdist>,
    /// Git trees of whose archives the sha256 is not known, by file name.
    pub unknown_trees: BTreeMap<String, GitTree>,
    /// What keeps packages from being installed.
    pub problems: Vec<Error>,
    /// Source trees of path dependencies, by path.
    pub sources: BTreeMap<String, Source>,
    /// Names of all installed distributions.
    pub installed: BTreeSet<Name>,
}

impl<'a> Resolver<'a> {
    /// Starts with nothing installed; `file` is the lock file that `lock` was read from, `extra` says what builds of
    /// source distributions require besides.
    pub fn new(
        tree: &'a dyn Tree,
        (file, lock): (&'a TomlFile, &'a Locked),
        release: &'a Release,
        known: &'a Known,
        options: Options,
        extra: BTreeMap<Name, Vec<String>>,
    ) -> Resolver<'a> {
        Resolver {
            tree,
            file,
            lock,
            release,
            known,
            options,
            extra,
            files: BTreeMap::new(),
            builds: BTreeMap::new(),
            unknown: BTreeMap::new(),
            unknown_trees: BTreeMap::new(),
            problems: Vec::new(),
            sources: BTreeMap::new(),
            installed: BTreeSet::new(),
        }
    }

    /// Returns what `target` installs: the application, then path dependencies, then wheels in the lock file's order.
    ///
    /// A package that cannot be had for the target is one of [`Resolver::problems`].
    ///
    /// # Errors
    /// If the lock file or the project of a path dependency is malformed.
    pub fn target(&mut self, target: Target, request: &Request, groups: &Groups) -> Result<TargetPlan, Error> {
        let environment = Environment::cpython(&self.release.version, target.platform());
        let selected = select(self.file, self.lock, groups, &request.wanted, &environment)?;
        let installer = self.installer(target, request.oldest(target), &selected);
        let mut sources = vec![Package::Source { source: ".".to_owned() }];
        let mut wheels = Vec::new();
        let mut versions: BTreeMap<Name, &str> = BTreeMap::new();
        for package in selected {
            let name = Name::new(&package.name);
            if let Some(other) = versions.insert(name.clone(), &package.version) {
                let problem = format!("`{other}` is locked too, and both are installed for {target}");
                self.problems.push(self.file.wrong(name.as_str(), &package.version, problem));
                continue;
            }
            self.installed.insert(name);
            match installer.install(self.file, package) {
                Err(problem) => self.problems.push(problem),
                Ok(Installed::Wheel(file, pinned)) => {
                    self.pin(&file, pinned)?;
                    wheels.push(Package::Wheel { file });
                }
                Ok(Installed::Sdist(file, pinned)) => {
                    self.add_sdist(&file, pinned, None)?;
                    if let Some(sdist) = self.unknown.get_mut(&file).filter(|_| has_wheels(package)) {
                        sdist.lacking.push(target);
                        sdist.is_outdated = installer.is_outdated(package);
                    }
                    wheels.push(Package::Sdist { sdist: file });
                }
                Ok(Installed::Tree(tree)) => {
                    wheels.push(Package::Sdist { sdist: tree.file.clone() });
                    self.add_tree(tree)?;
                }
                Ok(Installed::Source(path)) => {
                    self.add_source(&path, package)?;
                    sources.push(Package::Source { source: path });
                }
            }
        }
        sources.extend(wheels);
        let (glibc, macos) = installer.oldest_in_plan();
        let runtime = request.runtimes.get(&target).copied();
        let freezer = self.freezer(&installer, groups, &environment)?;
        Ok(TargetPlan { glibc, macos, runtime, packages: sources, freezer })
    }

    /// Returns what chooses the wheels of a target: with the oldest system that the project says, else with the oldest one for
    /// which each package has a wheel.
    fn installer(&self, target: Target, said: Option<(u32, u32)>, packages: &[&LockedPackage]) -> Installer {
        let with = |platform| Installer::new(target, platform, self.release.python, self.options.clone());
        if let Some(said) = said {
            return with(target.platform_from(said));
        }
        let usual = with(target.platform());
        let newer = packages.iter().filter_map(|package| usual.newer_system(package)).max();
        newer.map_or(usual, |newer| with(target.platform_from(newer)))
    }

    /// Returns the pure wheels that are locked, by distribution, for whatever group. Of a distribution that is locked in
    /// several versions it is the first.
    pub fn pure_wheels(&self) -> BTreeMap<Name, (String, PinnedFile)> {
        let mut wheels = BTreeMap::new();
        for package in &self.lock.packages {
            if let Some(wheel) = pure_wheel(self.file, package) {
                wheels.entry(Name::new(&package.name)).or_insert(wheel);
            }
        }
        wheels
    }

    fn pin(&mut self, file: &str, pinned: PinnedFile) -> Result<(), Error> {
        if let Some(path) = pinned.path.as_ref().filter(|path| self.tree.kind(path) != Some(Kind::File)) {
            let hint = format!("`{}` locks it for `{}`: {}", self.file.name, pinned.package, relock(&self.file.name));
            return Err(Error::Missing { file: self.tree.shown(path), hint });
        }
        match self.files.get(file) {
            Some(other) if *other != pinned => {
                let problem = format!("the same file is locked with sha256 `{}` too", other.sha256);
                Err(self.file.wrong(format!("hash of {file}"), &pinned.sha256, problem))
            }
            Some(_) => Ok(()),
            None => {
                self.files.insert(file.to_owned(), pinned);
                Ok(())
            }
        }
    }

    /// Adds a source distribution, with what builds it, if that is known.
    fn add_sdist(&mut self, file: &str, pinned: PinnedFile, subdirectory: Option<String>) -> Result<(), Error> {
        let extra = self.extra.get(&Name::new(&pinned.package)).cloned().unwrap_or_default();
        self.pin(file, pinned.clone())?;
        let sdist =
            Sdist { file: file.to_owned(), pinned, extra, subdirectory, lacking: Vec::new(), is_outdated: false };
        let Some(chosen) = self.known.get(&sdist) else {
            self.unknown.entry(file.to_owned()).or_insert(sdist);
            return Ok(());
        };
        for (wheel, pinned) in &chosen.files {
            // The lock's own entry of this wheel says more of where it is.
            if self.files.get(wheel).is_none_or(|other| other.sha256 != pinned.sha256) {
                self.pin(wheel, pinned.clone())?;
            }
        }
        self.builds.insert(file.to_owned(), chosen.build.clone());
        Ok(())
    }

    /// Adds a git tree: as a source distribution, once the sha256 of its archive is known.
    fn add_tree(&mut self, tree: GitTree) -> Result<(), Error> {
        match self.known.tree(&tree) {
            Some(Ok(sha256)) => self.add_sdist(&tree.file, tree.pinned(sha256), tree.subdirectory.clone()),
            Some(Err(reason)) => {
                let (file, package) = (self.file.name.clone(), format!("{} {}", tree.package, tree.version));
                self.problems.push(Error::NoTree { file, package, reason: reason.clone() });
                Ok(())
            }
            None => {
                self.unknown_trees.insert(tree.file.clone(), tree);
                Ok(())
            }
        }
    }

    /// Adds the source tree of a path dependency: its own pyproject.toml says what it is.
    fn add_source(&mut self, path: &str, package: &LockedPackage) -> Result<(), Error> {
        if self.sources.contains_key(path) {
            return Ok(());
        }
        let hint = format!("`{}` is locked as the path dependency `{path}`: it must be a project", package.name);
        let file = crate::read(self.tree, &join(path, "pyproject.toml"), &hint)?;
        let pyproject = file.convert::<PyProject>()?.locked_by(self.format(), &file);
        let pyproject = with_version(self.tree, path, &file, pyproject);
        let groups = Groups::of(&file, &pyproject)?;
        let distribution = distribution(&file, &pyproject, &groups, Some(&package.version))?;
        let name = Name::new(&distribution.name);
        let mut contents = of_package(self.tree, path, &file, &pyproject, &name)?;
        follow(self.tree, path, &mut contents);
        let generated = version_files(self.tree, path, &file, &contents, &distribution.version)?;
        self.sources.insert(path.to_owned(), Source { contents, distribution: Some(distribution), generated });
        Ok(())
    }

    /// Pins the PyInstaller and the hooks that the project has locked.
    fn freezer(
        &mut self,
        installer: &Installer,
        groups: &Groups,
        environment: &Environment,
    ) -> Result<BTreeMap<String, String>, Error> {
        let mut freezer = BTreeMap::new();
        for distribution in FREEZER {
            let Some(package) = locked(self.file, self.lock, groups, distribution, environment)? else { continue };
            if distribution == FREEZER[0] && PyInstaller::known(&package.version).is_none() {
                let (file, version) = (self.file.name.clone(), package.version.clone());
                return Err(Error::UnknownPyInstaller { file, version });
            }
            match installer.install(self.file, package)? {
                Installed::Wheel(file, pinned) => {
                    self.pin(&file, pinned)?;
                    freezer.insert(distribution.to_owned(), file);
                }
                Installed::Sdist(..) => return Err(installer.no_wheel(self.file, package)),
                Installed::Tree(tree) => {
                    return Err(self.released(package, format!("the git repository `{}`", tree.git.url)));
                }
                Installed::Source(path) => return Err(self.released(package, format!("the folder `{path}`"))),
            }
        }
        Ok(freezer)
    }

    fn format(&self) -> Format {
        Format::of(&self.file.name).unwrap_or(Format::Poetry)
    }

    /// Returns the error that what executables are frozen with must be a released version.
    fn released(&self, package: &LockedPackage, source_text: String) -> Error {
        Error::UnsupportedSource {
            file: self.file.name.clone(),
            package: format!("{} {}", package.name, package.version),
            source_text,
            hint: "depend on a released version".to_owned(),
        }
    }
}
