//! Run-time hooks that are put off until the module that they patch is imported.
//!
//! The bootloader runs every script at each start, and a run-time hook imports what it patches. A hook that does nothing
//! but patch one module is put into the PYZ instead: the bootstrap script (`nix/loader/pyiboot01_bootstrap.py`) runs it
//! after that module. Which hooks these are is known of their sources alone, by sha256 (`nix/loader/deferred.json`): another
//! version, or a hook of the user with the same name, is a script.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_executable::format::{DEFERRED_PACKAGE as PACKAGE, ModuleKind};
use permafreeze_object::marshal;

use crate::collection::{Content, PyzModule, Script};
use crate::error::LinkError;
use crate::load::{FileId, Objects};

/// The list's path in the loader's object.
const LIST: &str = "deferred.json";
/// The folder of PyInstaller's run-time hooks in its wheel.
const FOLDER: &str = "PyInstaller/hooks/rthooks/";

/// The hooks that may be put off: sha256 of their sources, lower-case hex, by the hook's name.
#[derive(Debug)]
pub(crate) struct Deferrable(BTreeMap<String, BTreeSet<String>>);

impl Deferrable {
    /// Reads the list.
    ///
    /// # Errors
    /// [`LinkError::NoFile`] if the loader's object has none, [`LinkError::Deferred`] if it cannot be understood.
    pub(crate) fn read(objects: &Objects) -> Result<Deferrable, LinkError> {
        let file = objects.find(objects.loader_index(), LIST);
        let file = file.ok_or_else(|| LinkError::NoFile { option: "the loader's list", path: LIST.to_owned() })?;
        let list = serde_json::from_slice(&objects.read(file)?);
        list.map(Deferrable).map_err(|source| LinkError::Deferred { path: LIST, source })
    }

    /// Tells whether a file is one of these hooks, in a source that is known.
    pub(crate) fn has(&self, objects: &Objects, file: FileId) -> bool {
        let name = objects.path(file).strip_prefix(FOLDER).and_then(|name| name.strip_suffix(".py"));
        let known = name.and_then(|name| self.0.get(name));
        file.object == objects.pyinstaller_index() && known.is_some_and(|it| it.contains(&objects.file(file).sha256))
    }
}

/// Makes a hook a module of the PYZ, in a package that does not exist: no import finds it.
///
/// # Errors
/// [`LinkError::Code`] if its code cannot be read.
pub(crate) fn module(hook: Script) -> Result<PyzModule, LinkError> {
    let Script { name, code, origin } = hook;
    let code = marshal::with_file_name(&code, &format!("{PACKAGE}/{name}.py"))
        .map_err(|source| LinkError::Code { path: origin.path.clone(), source: source.into() })?;
    let name = format!("{PACKAGE}.{name}");
    Ok(PyzModule { name, kind: ModuleKind::Module, code: Some(Content::Bytes(code)), origin })
}
