//! Writes an executable from a recipe in JSON: collecting by hand, for the reference test of the formats.
//!
//! usage: assemble RECIPE FOLDER; the executable goes to the folder's `bin` under the recipe's name, `report.json` to the folder.
//!
//! Paths in the recipe are files with the bytes. Modules and files go through an object, as they do in a link;
//! scripts are taken from memory.
use std::collections::BTreeMap;
use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_executable::format::ModuleKind;
use permafreeze_link::collection::{
    Bootloader, CollectedFile, Collection, Content, FileKind, Form, Origin, PyzModule, Script,
};
use permafreeze_link::platform::Platform;
use permafreeze_link::write::Written;
use permafreeze_object::deflate::deflate;
use permafreeze_object::format::{self, Blob};
use permafreeze_object::reader::Reader;
use permafreeze_object::writer::Writer;
use permafreeze_packaging::python::DEFAULT;
use permafreeze_packaging::target::Target;
use serde::Deserialize;

use crate::Outcome;

type Failure = Box<dyn std::error::Error>;

#[derive(Deserialize)]
struct Recipe {
    name: String,
    /// What it runs on; without it `linux-amd64`.
    target: Option<Target>,
    bootloader: Utf8PathBuf,
    libpython: String,
    options: Vec<String>,
    bootstrap: Vec<ScriptRecipe>,
    scripts: Vec<ScriptRecipe>,
    modules: Vec<ModuleRecipe>,
    base_library: Vec<ModuleRecipe>,
    files: Vec<FileRecipe>,
}

#[derive(Deserialize)]
struct ScriptRecipe {
    name: String,
    code: Utf8PathBuf,
}

#[derive(Deserialize)]
struct ModuleRecipe {
    name: String,
    kind: ModuleKind,
    code: Option<Utf8PathBuf>,
}

#[derive(Deserialize)]
struct FileRecipe {
    dest: String,
    kind: String,
    /// A path, or the target of a link.
    content: Utf8PathBuf,
}

/// Every file of the recipe as a blob of one object.
struct Blobs {
    object: Arc<Reader>,
    by_path: BTreeMap<Utf8PathBuf, (Blob, u64)>,
}

impl Blobs {
    fn write(recipe: &Recipe, place: &Utf8Path) -> Result<Self, Failure> {
        let mut writer = Writer::create(place)?;
        let mut by_path = BTreeMap::new();
        let codes = recipe.modules.iter().chain(&recipe.base_library).filter_map(|module| module.code.as_ref());
        let files = recipe.files.iter().filter(|file| file.kind != "symlink").map(|file| &file.content);
        for path in codes.chain(files) {
            let bytes = fs::read(path)?;
            by_path.insert(path.clone(), (writer.blob(path.as_str(), &deflate(&bytes), true)?, bytes.len() as u64));
        }
        writer.finish(format::Origin::Source { name: None, version: None, dist_info: None })?;
        Ok(Self { object: Arc::new(Reader::open(place)?), by_path })
    }

    fn content(&self, path: &Utf8Path) -> Content {
        let (blob, size) = self.by_path[path];
        Content::Blob { object: self.object.clone(), blob, size }
    }

    fn module(&self, module: &ModuleRecipe) -> PyzModule {
        PyzModule {
            name: module.name.clone(),
            kind: module.kind,
            code: module.code.as_ref().map(|path| self.content(path)),
            origin: origin(module.name.as_str()),
        }
    }

    fn file(&self, file: &FileRecipe) -> CollectedFile {
        let (kind, content) = match file.kind.as_str() {
            "symlink" => (FileKind::Symlink { target: file.content.to_string() }, Content::Bytes(Vec::new())),
            "data" => (FileKind::Data, self.content(&file.content)),
            _ => (FileKind::Binary, self.content(&file.content)),
        };
        CollectedFile { dest: file.dest.clone(), kind, content, origin: origin(&file.dest), changed: None }
    }
}

fn origin(path: &str) -> Origin {
    Origin { owner: "recipe".into(), path: path.to_owned(), sha256: None }
}

fn scripts(scripts: &[ScriptRecipe]) -> Result<Vec<Script>, Failure> {
    let script = |script: &ScriptRecipe| {
        Ok(Script { name: script.name.clone(), code: fs::read(&script.code)?, origin: origin(&script.name) })
    };
    scripts.iter().map(script).collect()
}

/// Runs the tool.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let [recipe, folder] = arguments else { return Err("usage: assemble RECIPE FOLDER".into()) };
    let folder = Utf8Path::new(folder);
    let recipe: Recipe = serde_json::from_slice(&fs::read(recipe)?)?;
    let target = recipe.target.unwrap_or(Target::LinuxAmd64);
    let blobs = Blobs::write(&recipe, &folder.join("assemble.object"))?;
    let collection = Collection {
        name: recipe.name.clone(),
        target,
        form: Form::Onefile,
        bootloader: Bootloader {
            content: Content::Bytes(fs::read(&recipe.bootloader)?),
            origin: origin("bootloader"),
            resources: Vec::new(),
        },
        libpython: recipe.libpython.clone(),
        python: DEFAULT,
        options: recipe.options.clone(),
        bootstrap: scripts(&recipe.bootstrap)?,
        scripts: scripts(&recipe.scripts)?,
        modules: recipe.modules.iter().map(|module| blobs.module(module)).collect(),
        base_library: recipe.base_library.iter().map(|module| blobs.module(module)).collect(),
        files: recipe.files.iter().map(|file| blobs.file(file)).collect(),
        warnings: Vec::new(),
    };
    let platform = Platform::of(target);
    Written::new(&collection, platform.container.as_ref(), folder, folder)?.commit()?;
    Ok(ExitCode::SUCCESS)
}
