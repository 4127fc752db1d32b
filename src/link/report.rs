//! The report: one row for everything that is in the executable.
use permafreeze_base::sha256;
use permafreeze_executable::format::BASE_LIBRARY_NAME;
use permafreeze_executable::owner::Owner;
use permafreeze_executable::report::{self, Place, Report};

use permafreeze_plan::form;

use crate::collection::{CollectedFile, Collection, Content, FileKind, Form, Origin, PyzModule, Script};

/// What the launcher is called where there are paths.
const LAUNCHER: &str = "permafreeze-launcher";

/// Makes the report of what is written: `base_library` are the bytes of base_library.zip.
pub(crate) fn report(collection: &Collection, base_library: &[u8], executable: report::Executable) -> Report {
    let places = [(Place::BaseLibrary, &collection.base_library), (Place::Pyz, &collection.modules)];
    let mut modules: Vec<_> = places
        .into_iter()
        .flat_map(|(place, modules)| modules.iter().map(move |module| module_row(module, place)))
        .collect();
    modules.sort_by(|a, b| (&a.name, a.place).cmp(&(&b.name, b.place)));
    let mut files: Vec<_> = collection.files.iter().map(file_row).collect();
    files.push(base_library_row(base_library));
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Report {
        version: report::VERSION,
        name: collection.name.clone(),
        target: collection.target.to_string(),
        executable,
        form: match collection.form {
            Form::Onefile => form::Form::Onefile,
            Form::Bundle { .. } => form::Form::Bundle,
            Form::Onedir => form::Form::Onedir,
        },
        launcher: launcher(&collection.form),
        bootloader: source(&collection.bootloader.origin, Some(&collection.bootloader.content)),
        modules,
        files,
        scripts: collection.bootstrap.iter().chain(&collection.scripts).map(script_row).collect(),
        warnings: collection.warnings.clone(),
    }
}

/// The launcher is permafreeze's own; its hash is that of the toolchain's pin.
fn launcher(form: &Form) -> Option<report::Source> {
    let Form::Bundle { launcher } = form else { return None };
    let path = LAUNCHER.to_owned();
    Some(report::Source { owner: Owner::Permafreeze, path, sha256: Some(sha256::of(launcher)) })
}

fn module_row(module: &PyzModule, place: Place) -> report::Module {
    report::Module {
        name: module.name.clone(),
        kind: module.kind,
        place,
        size: module.code.as_ref().map_or(0, Content::size),
        source: source(&module.origin, module.code.as_ref()),
    }
}

fn file_row(file: &CollectedFile) -> report::File {
    let (kind, target) = match &file.kind {
        FileKind::Binary => (report::FileKind::Binary, None),
        FileKind::Extension => (report::FileKind::Extension, None),
        FileKind::Data => (report::FileKind::Data, None),
        FileKind::ExecutableData => (report::FileKind::ExecutableData, None),
        FileKind::Symlink { target } => (report::FileKind::Symlink, Some(target.clone())),
    };
    let content = target.is_none().then_some(&file.content);
    report::File {
        name: file.dest.clone(),
        kind,
        size: content.map_or(0, Content::size),
        target,
        changed: file.changed.clone(),
        source: source(&file.origin, content),
    }
}

fn base_library_row(bytes: &[u8]) -> report::File {
    report::File {
        name: BASE_LIBRARY_NAME.to_owned(),
        kind: report::FileKind::Data,
        size: bytes.len() as u64,
        target: None,
        changed: None,
        source: report::Source {
            owner: Owner::Permafreeze,
            path: BASE_LIBRARY_NAME.to_owned(),
            sha256: Some(sha256::of(bytes)),
        },
    }
}

fn script_row(script: &Script) -> report::Script {
    let size = script.code.len() as u64;
    report::Script { name: script.name.clone(), size, source: source_of(&script.origin, Some(&script.code)) }
}

fn source(origin: &Origin, content: Option<&Content>) -> report::Source {
    let made = match content {
        Some(Content::Bytes(bytes)) => Some(bytes.as_slice()),
        _ => None,
    };
    source_of(origin, made)
}

/// What the linker made has no file to name: then the hash is of the made bytes.
fn source_of(origin: &Origin, made: Option<&[u8]>) -> report::Source {
    let sha256 = origin.sha256.clone().or_else(|| made.map(sha256::of));
    report::Source { owner: origin.owner.clone(), path: origin.path.clone(), sha256 }
}
