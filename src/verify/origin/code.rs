//! A module's code as an executable must have it: the object's, with the file name of its place.
use permafreeze_archive::Form;
use permafreeze_executable::format::ModuleKind;
use permafreeze_executable::report::{self, Module, Script};
use permafreeze_object::deflate::{deflate, store};
use permafreeze_object::format::{Encoding, Origin};
use permafreeze_object::marshal;

use super::sources::{SourceFile, Sources};

/// Length in bytes of a pyc's header, in front of its code (PEP 552).
const PYC_HEADER: usize = 16;

/// Code that was found in an object.
pub(super) struct Code {
    /// Marshalled.
    pub plain: Vec<u8>,
    /// As a deflated zlib stream, if the object has one and its code is taken as it is.
    deflated: Option<Vec<u8>>,
}

impl Code {
    /// Returns the zlib stream that a form has: deflated in a onefile, else of level 0.
    pub(super) fn stream(self, form: Form) -> Vec<u8> {
        match form {
            Form::Onefile => self.deflated.unwrap_or_else(|| deflate(&self.plain)),
            Form::Bundle | Form::Onedir => store(&self.plain),
        }
    }
}

/// Why there is no code; the text says what is wrong.
pub(super) type Missing = String;

/// Returns the file that the report names, if its hash is the one that the report says.
pub(super) fn source<'s>(sources: &'s Sources, said: &'s report::Source) -> Result<SourceFile<'s>, Missing> {
    let Some(object) = sources.object(&said.owner) else {
        return Err(format!("the report names the owner `{}`, whose object is not there", said.owner));
    };
    let Some(source) = sources.file(&said.owner, &said.path) else {
        return Err(format!("`{}` is not in the object of `{}`, `{}`", said.path, said.owner, object.blobs_path()));
    };
    let hash = said.sha256.as_deref().unwrap_or("nothing");
    if source.file.sha256 != hash {
        return Err(format!("the report says sha256 `{hash}`, `{}` has `{}`", said.path, source.file.sha256));
    }
    Ok(source)
}

/// Returns the code of a module of the PYZ or of base_library.zip.
pub(super) fn module(sources: &Sources, module: &Module) -> Result<Code, Missing> {
    let init = if module.kind == ModuleKind::Package { "/__init__" } else { "" };
    let code = of_file(source(sources, &module.source)?, &format!("{}{init}.py", module.name.replace('.', "/")))?;
    if code.plain.len() as u64 != module.size {
        return Err(format!("the report says `{}` bytes of code, there are `{}`", module.size, code.plain.len()));
    }
    Ok(code)
}

/// Returns the code of a script: it goes by the last part of its path.
pub(super) fn script(sources: &Sources, script: &Script) -> Result<Code, Missing> {
    of_file(source(sources, &script.source)?, &format!("{}.py", script.name))
}

/// Returns the code of a file under a file name.
pub(super) fn of_file(source: SourceFile<'_>, file_name: &str) -> Result<Code, Missing> {
    let unreadable = |error: permafreeze_object::reader::ReadError| error.to_string();
    let SourceFile { reader, path, file } = source;
    let module = file.module.as_ref().and_then(|module| Some((module.code?, module.code_size)));
    let plain = match module {
        Some((blob, size)) => reader.plain(blob, size).map_err(unreadable)?,
        // A module that has no source, only a pyc.
        None => reader.file(file).map_err(unreadable)?.get(PYC_HEADER..).unwrap_or_default().to_vec(),
    };
    if compiled_as(source) == file_name
        && let Some((blob, _)) = module
    {
        let is_deflated = blob.encoding == Encoding::Deflated;
        let deflated = is_deflated.then(|| reader.stored(blob)).transpose().map_err(unreadable)?;
        return Ok(Code { plain, deflated });
    }
    let plain = marshal::with_file_name(&plain, file_name).map_err(|error| format!("`{path}`: {error}"))?;
    Ok(Code { plain, deflated: None })
}

/// The file name in an object's code: its path; for the standard library, below the standard library.
fn compiled_as(source: SourceFile<'_>) -> &str {
    match &source.reader.index().origin {
        Origin::Runtime(facts) => {
            source.path.strip_prefix(&facts.stdlib).map_or(source.path, |rest| rest.trim_start_matches('/'))
        }
        _ => source.path,
    }
}
