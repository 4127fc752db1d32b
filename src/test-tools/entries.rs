//! Prints what the readers see in an executable, as JSON, for a comparison with PyInstaller's own.
//!
//! usage: entries EXECUTABLE
use std::collections::BTreeMap;
use std::process::ExitCode;

use camino::Utf8Path;
use permafreeze_archive::{Archive, marshal};
use permafreeze_object::native;
use serde_json::{Value, json};

use crate::Outcome;

/// Runs the tool.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let [path] = arguments else { return Err("usage: entries EXECUTABLE".into()) };
    let archive = Archive::open(Utf8Path::new(path))?;
    let mut entries = Vec::new();
    let mut natives = BTreeMap::new();
    for entry in archive.entries() {
        let data = archive.data(entry)?;
        if entry.kind.is_code() {
            marshal::parse_for(archive.python(), &data)?;
        }
        let facts = native::facts(&data)?;
        if let Some(facts) = facts {
            natives.insert(entry.name.clone(), facts);
        }
        let offset = entry.place.start - archive.package().start;
        let numbers = (offset, entry.place.len(), entry.size, entry.compressed);
        entries.push(json!([entry.name, entry.kind.letter(), numbers.0, numbers.1, numbers.2, numbers.3, crc(&data)]));
    }
    let mut archives = BTreeMap::new();
    for (name, pyz) in archive.pyz()? {
        let mut modules = Vec::new();
        for module in pyz.modules() {
            let code = pyz.code(module)?;
            if !code.is_empty() {
                marshal::parse_for(archive.python(), &code)?;
            }
            modules.push(json!([
                module.name,
                format!("{:?}", module.kind),
                module.place.start,
                module.place.len(),
                crc(&code)
            ]));
        }
        archives.insert(name, modules);
    }
    let mut members: Vec<Value> = Vec::new();
    if let Some(zip) = archive.base_library()? {
        for member in zip.members() {
            let data = zip.data(member)?;
            members.push(json!([member.name, member.size, member.crc32]));
            marshal::parse_for(archive.python(), data.get(16..).unwrap_or_default())?;
        }
    }
    let package = (archive.package().start, archive.package().len());
    let found = json!({
        "package": [package.0, package.1], "python": archive.python(), "python_library": archive.python_library(),
        "entries": entries, "pyz": archives, "base_library": members, "native": natives,
    });
    serde_json::to_writer(std::io::stdout().lock(), &found)?;
    Ok(ExitCode::SUCCESS)
}

fn crc(data: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(data);
    crc.sum()
}
