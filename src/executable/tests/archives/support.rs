//! Makes whole archives in memory from parts.
use std::collections::BTreeMap;
use std::io::Write;

use permafreeze_archive::Archive;
use permafreeze_executable::carchive::{self, Entry};
use permafreeze_executable::format::{EntryKind, ModuleKind};
use permafreeze_executable::pyz::{self, Member};
use permafreeze_packaging::python::DEFAULT;

/// Name, kind and bytes, and whether to deflate them.
pub(crate) type Part = (String, EntryKind, Vec<u8>, bool);

/// What an entry is read back as: name, letter and bytes.
pub(crate) type Read = (String, char, Vec<u8>);

pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn archive(bootloader: &[u8], parts: &[Part]) -> Vec<u8> {
    let mut file = bootloader.to_vec();
    let mut entries = Vec::new();
    for (name, kind, bytes, deflated) in parts {
        let stored = if *deflated { deflate(bytes) } else { bytes.clone() };
        entries.push(Entry {
            name: name.clone(),
            kind: *kind,
            stored: stored.len() as u64,
            size: bytes.len() as u64,
            deflated: *deflated,
        });
        file.extend(stored);
    }
    let layout = carchive::lay_out(&entries, "libpython3.13.so.1.0", (3, 13)).unwrap();
    file.extend(layout.toc);
    file.extend(layout.cookie);
    assert_eq!(file.len() as u64, bootloader.len() as u64 + layout.length);
    file
}

pub(crate) fn pyz(modules: &BTreeMap<String, (ModuleKind, Vec<u8>)>) -> Vec<u8> {
    let stored = |kind: &ModuleKind, code: &[u8]| match kind {
        ModuleKind::NamespacePackage => Vec::new(),
        _ => deflate(code),
    };
    let streams: Vec<_> = modules.values().map(|(kind, code)| stored(kind, code)).collect();
    let members = modules
        .iter()
        .zip(&streams)
        .map(|((name, (kind, _)), stream)| (name.as_str(), Member { kind: *kind, stored: stream.len() as u64 }))
        .collect::<Vec<_>>();
    let layout = pyz::lay_out(DEFAULT, &members).unwrap();
    let file = [layout.header.to_vec(), streams.concat(), layout.toc].concat();
    assert_eq!(file.len() as u64, layout.length);
    file
}

/// Reads every entry.
pub(crate) fn read_all(archive: &Archive) -> Vec<Read> {
    archive
        .entries()
        .iter()
        .map(|entry| (entry.name.clone(), entry.kind.letter(), archive.data(entry).unwrap()))
        .collect()
}
