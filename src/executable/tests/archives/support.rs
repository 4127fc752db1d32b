//! Makes whole archives in memory from parts.
use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use permafreeze_executable::carchive::{self, Archive, Entry};
use permafreeze_executable::error::ReadError;
use permafreeze_executable::format::{EntryKind, ModuleKind, PYZ_NAME};
use permafreeze_executable::pyz::{self, Member};

/// Name, kind and bytes, and whether to deflate them.
pub(crate) type Part = (String, EntryKind, Vec<u8>, bool);

/// What an entry is read back as.
pub(crate) type Read = (String, EntryKind, Vec<u8>);

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
        .collect();
    let layout = pyz::lay_out(&members).unwrap();
    let file = [layout.header.to_vec(), streams.concat(), layout.toc].concat();
    assert_eq!(file.len() as u64, layout.length);
    file
}

/// Reads every entry and every module of every PYZ; entries of more than `limit` bytes are an error.
pub(crate) fn read_all(file: &[u8], limit: u64) -> Result<Vec<Read>, ReadError> {
    let mut archive = Archive::open(Cursor::new(file))?;
    let mut read = Vec::new();
    for entry in archive.entries().to_vec() {
        read.push((entry.name.clone(), entry.kind, archive.read(&entry, limit)?));
        if entry.kind == EntryKind::Pyz {
            let mut pyz = archive.open_pyz(&entry)?;
            for (name, module) in pyz.modules().clone() {
                let code = pyz.read(&name, module, limit)?;
                read.push((name, entry.kind, code));
            }
        }
    }
    Ok(read)
}

/// A small archive with an entry of every kind.
pub(crate) fn sample() -> Vec<u8> {
    let modules = [
        ("a", ModuleKind::Package, &b"code of a"[..]),
        ("a.b", ModuleKind::Module, b"code of a.b"),
        ("n", ModuleKind::NamespacePackage, b""),
    ];
    let modules = modules.map(|(name, kind, code)| (name.to_owned(), (kind, code.to_vec())));
    let part = |name: &str, kind, bytes: &[u8], deflated| (name.to_owned(), kind, bytes.to_vec(), deflated);
    archive(
        b"\x7fELF bootloader",
        &[
            part("struct", EntryKind::Module, b"struct's code", true),
            part("main", EntryKind::Script, b"main's code", true),
            part("lib.so", EntryKind::Binary, &[7; 300], true),
            part("link", EntryKind::Symlink, b"lib.so\0", false),
            part("pyi-contents-directory _internal", EntryKind::Option, b"", false),
            part("d/data", EntryKind::Data, b"", false),
            part(PYZ_NAME, EntryKind::Pyz, &pyz(&modules.into_iter().collect()), false),
        ],
    )
}
