//! Makes the [`Collection`]: what the graph reaches becomes modules, extension modules and files.
use std::collections::BTreeSet;

use permafreeze_executable::format::{ModuleKind, PYC_HEADER, PYC_MAGIC, PYC_UNCHECKED_HASH};
use permafreeze_object::marshal;

use crate::collection::{CollectedFile, Collection, Content, FileKind, Origin, PyzModule, Script};
use crate::entry::BOOTSTRAP;
use crate::error::LinkError;
use crate::files::{Toc, TocKind, TocSource};
use crate::graph::{Kind, Node, NodeId};
use crate::linker::Linker;
use crate::load::FileId;
use crate::merge::collision;
use crate::tree::Mount;

/// How a module is collected: into the PYZ, as a `.py` file, as a `.pyc` file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Mode {
    pyz: bool,
    py: bool,
    pyc: bool,
}

/// The modules of an executable, apart by the archive they are in.
pub struct Modules {
    /// Of the PYZ.
    pub pyz: Vec<PyzModule>,
    /// Of base_library.zip.
    pub base_library: Vec<PyzModule>,
}

impl Linker<'_> {
    /// Adds the extension modules that the graph reaches, and those that the importer needs.
    pub fn add_extensions(&self, toc: &mut Toc) -> Result<(), LinkError> {
        for id in self.graph.reachable(self.graph.root).into_values() {
            let node = self.graph.node(id);
            if let (true, Some(file)) = (node.kind.is_binary(), node.file) {
                self.check_machine(file)?;
                toc.add(&self.extension_dest(node, file), TocKind::Extension, TocSource::File(file));
            }
        }
        for name in ["_struct", "zlib"] {
            if let Some(file) = self.finder.find(&self.tree, name).and_then(|found| found.file) {
                let node = Node::new(name, Kind::Extension);
                toc.add(&self.extension_dest(&node, file), TocKind::Extension, TocSource::File(file));
            }
        }
        Ok(())
    }

    /// Returns where an extension module goes: to its package; the standard library's go where Python looks for them.
    fn extension_dest(&self, node: &Node, file: FileId) -> String {
        let path = self.objects.path(file);
        let (_, file_name) = path.rsplit_once('/').unwrap_or(("", path));
        if file.object == self.objects.runtime_index() && path.starts_with(&self.objects.runtime.dynload) {
            let python = self.objects.runtime.stdlib.rsplit('/').next().unwrap_or_default();
            return format!("{}/{file_name}", self.objects.pyinstaller.dynload(python));
        }
        let folder = match node.kind {
            Kind::ExtensionPackage => node.name.as_str(),
            _ => node.name.rsplit_once('.').map_or("", |(parent, _)| parent),
        };
        format!("{}/{file_name}", folder.replace('.', "/"))
    }

    /// Returns the modules with byte code that the graph reaches; those with a mode that says so become files.
    pub fn collect_modules(&mut self, base: &BTreeSet<NodeId>, toc: &mut Toc) -> Result<Modules, LinkError> {
        let mut modules = Modules { pyz: Vec::new(), base_library: Vec::new() };
        let reached: Vec<NodeId> = self.graph.reachable(self.graph.root).into_values().collect();
        for id in reached {
            let node = self.graph.node(id);
            if !node.kind.is_pure() {
                continue;
            }
            let mode = self.mode(&node.name)?;
            let bootstrap = node.name == "struct" || BOOTSTRAP.contains(&node.name.as_str());
            if mode.pyz && base.contains(&id) {
                modules.base_library.push(self.module(node)?);
            } else if mode.pyz && !bootstrap {
                modules.pyz.push(self.module(node)?);
            }
            if let Some(file) = node.file {
                let stem = match node.kind {
                    Kind::Package => format!("{}/__init__", node.name.replace('.', "/")),
                    _ => node.name.replace('.', "/"),
                };
                if mode.py && self.objects.path(file).ends_with(".py") {
                    toc.add(&format!("{stem}.py"), TocKind::Data, TocSource::File(file));
                }
                if mode.pyc {
                    toc.add(&format!("{stem}.pyc"), TocKind::Data, TocSource::Pyc(id));
                }
            }
        }
        Ok(modules)
    }

    /// Returns a module's mode: the last one that a package on the way to it sets; the plan's wins over a hook's.
    fn mode(&self, name: &str) -> Result<Mode, LinkError> {
        let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
        let mode = ends
            .filter_map(|end| {
                let planned = &self.job.executable.module_collection_mode;
                planned.get(&name[..end]).or_else(|| self.hooks.modes.get(&name[..end]))
            })
            .next_back();
        match mode.map_or("pyz", String::as_str) {
            "pyz" => Ok(Mode { pyz: true, ..Mode::default() }),
            "pyc" => Ok(Mode { pyc: true, ..Mode::default() }),
            "py" => Ok(Mode { py: true, ..Mode::default() }),
            "pyz+py" | "py+pyz" => Ok(Mode { pyz: true, py: true, pyc: false }),
            mode => Err(LinkError::CollectionMode { module: name.to_owned(), mode: mode.to_owned() }),
        }
    }

    fn module(&self, node: &Node) -> Result<PyzModule, LinkError> {
        let kind = match node.kind {
            Kind::Package => ModuleKind::Package,
            Kind::NamespacePackage => ModuleKind::NamespacePackage,
            _ => ModuleKind::Module,
        };
        let Some(file) = node.file else {
            let origin = Origin { owner: "no distribution".to_owned(), path: node.name.clone(), sha256: None };
            return Ok(PyzModule { name: node.name.clone(), kind, code: None, origin });
        };
        let code = Some(self.module_code(node, file)?);
        Ok(PyzModule { name: node.name.clone(), kind, code, origin: self.objects.origin(file) })
    }

    /// Returns a module's code with the file name that PyInstaller gives it: its dotted name with slashes.
    fn module_code(&self, node: &Node, file: FileId) -> Result<Content, LinkError> {
        let init = if node.kind == Kind::Package { "/__init__" } else { "" };
        let file_name = format!("{}{init}.py", node.name.replace('.', "/"));
        let path = self.objects.path(file);
        let is_runtime = file.object == self.objects.runtime_index();
        let compiled_as = match path.strip_prefix(&self.objects.runtime.stdlib) {
            Some(rest) if is_runtime => rest.trim_start_matches('/'),
            _ => path,
        };
        let content = self.objects.code_content(file);
        if let (Some(content), true) = (content, compiled_as == file_name) {
            return Ok(content);
        }
        let code = match self.objects.code(file)? {
            Some(code) => code,
            None => self.objects.read(file)?.get(PYC_HEADER..).unwrap_or_default().to_vec(),
        };
        let code = marshal::with_file_name(&code, &file_name)
            .map_err(|source| LinkError::Code { path: path.to_owned(), source: source.into() })?;
        Ok(Content::Bytes(code))
    }

    /// Returns the files with their bytes. Now a data file with two owners is known to be wanted.
    pub fn collect_files(&mut self, toc: &Toc) -> Result<Vec<CollectedFile>, LinkError> {
        let mut files = Vec::new();
        let mut wanted = BTreeSet::new();
        for (dest, kind, source) in toc.entries() {
            let (content, origin, executable) = match source {
                TocSource::File(file) => {
                    wanted.insert(*file);
                    (self.objects.content(*file), self.objects.origin(*file), self.objects.file(*file).executable)
                }
                TocSource::Pyc(id) => self.pyc(*id)?,
                TocSource::Link(target) => {
                    let origin = Origin { owner: "the linker".to_owned(), path: target.clone(), sha256: None };
                    (Content::Bytes(Vec::new()), origin, false)
                }
            };
            let kind = match (kind, source) {
                (TocKind::Symlink, TocSource::Link(target)) => FileKind::Symlink { target: target.clone() },
                (TocKind::Binary, _) => FileKind::Binary,
                (TocKind::Extension, _) => FileKind::Extension,
                _ if executable => FileKind::ExecutableData,
                _ => FileKind::Data,
            };
            files.push(CollectedFile { dest: dest.to_owned(), kind, content, origin });
        }
        self.settle_conflicts(&wanted)?;
        Ok(files)
    }

    fn pyc(&self, id: NodeId) -> Result<(Content, Origin, bool), LinkError> {
        let node = self.graph.node(id);
        let Some(file) = node.file else {
            return Err(LinkError::NoFile { option: "module", path: node.name.clone() });
        };
        let mut bytes = PYC_MAGIC.to_vec();
        bytes.extend(PYC_UNCHECKED_HASH.to_le_bytes());
        bytes.resize(PYC_HEADER, 0);
        match self.module_code(node, file)? {
            Content::Bytes(code) => bytes.extend(code),
            Content::Blob { .. } => bytes.extend(self.objects.code(file)?.unwrap_or_default()),
        }
        Ok((Content::Bytes(bytes), self.objects.origin(file), false))
    }

    fn settle_conflicts(&mut self, wanted: &BTreeSet<FileId>) -> Result<(), LinkError> {
        for (path, (first, second)) in std::mem::take(&mut self.conflicts) {
            if wanted.contains(&first) {
                return Err(collision(&self.objects, &path, first, second));
            }
            let owner = |file: FileId| self.objects.object(file.object).owner();
            let (first, second) = (owner(first), owner(second));
            self.warn(format!(
                "`{path}` is owned by both `{first}` and `{second}`, with different bytes; it is not part of the executable"
            ));
        }
        Ok(())
    }

    /// Returns the whole collection.
    pub fn collection(
        &mut self,
        runtime_hooks: Vec<Script>,
        entry: Script,
        modules: Modules,
        files: Vec<CollectedFile>,
    ) -> Result<Collection, LinkError> {
        let (bootstrap, bootstrap_script) = self.bootstrap()?;
        let mut scripts = vec![bootstrap_script];
        scripts.extend(runtime_hooks);
        scripts.push(entry);
        Ok(Collection {
            name: self.job.name.clone(),
            target: self.job.target.to_string(),
            bootloader: self.bootloader()?,
            libpython: self.libpython_name().to_owned(),
            python_version: self.python_version(),
            options: vec!["pyi-contents-directory _internal".to_owned()],
            bootstrap,
            scripts,
            modules: modules.pyz,
            base_library: modules.base_library,
            files,
            warnings: self.take_warnings(),
        })
    }

    fn bootloader(&self) -> Result<Content, LinkError> {
        let path = self.job.target.bootloader();
        let file = self.objects.find(self.objects.runtime_index() + 1, path);
        let file = file.ok_or(LinkError::NoFile { option: "PyInstaller's bootloader", path: path.to_owned() })?;
        Ok(self.objects.content(file))
    }

    /// Returns libpython's file name in the archive.
    fn libpython_name(&self) -> &str {
        let libpython = &self.objects.runtime.libpython;
        libpython.rsplit('/').next().unwrap_or(libpython)
    }

    /// Adds libpython, which the bootloader loads.
    pub fn add_libpython(&self, toc: &mut Toc) -> Result<(), LinkError> {
        let path = &self.objects.runtime.libpython;
        let file = self.tree.below(self.tree.root(Mount::Runtime), path.as_ref());
        let Some(crate::tree::Entry::File(file)) = file else {
            return Err(LinkError::NoFile { option: "the runtime's libpython", path: path.clone() });
        };
        self.check_machine(file)?;
        toc.add(self.libpython_name(), TocKind::Binary, TocSource::File(file));
        Ok(())
    }

    fn python_version(&self) -> (u8, u8) {
        let mut parts = self.objects.runtime.version.split('.').map(|part| part.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    }
}
