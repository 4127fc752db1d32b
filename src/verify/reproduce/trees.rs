//! Compares two outputs in the store, file by file: enough to say where they differ.
use std::collections::BTreeMap;
use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

/// How many differing files are named.
const NAMED: usize = 5;

/// A file or link below a folder: what it is, and its bytes or where it points.
type Entry = (bool, Vec<u8>);

/// Says where two files or folders differ, one line per file; empty if they have the same contents.
///
/// # Errors
/// If a file cannot be read.
pub fn differences(a: &Utf8Path, b: &Utf8Path) -> io::Result<Vec<String>> {
    let (a, b) = (files(a)?, files(b)?);
    let mut found = Vec::new();
    let names: std::collections::BTreeSet<&Utf8PathBuf> = a.keys().chain(b.keys()).collect();
    for name in names {
        let shown = if name.as_str().is_empty() { "the file" } else { name.as_str() };
        match (a.get(name), b.get(name)) {
            (Some(path), Some(other)) => found.extend(difference(shown, &read(path)?, &read(other)?)),
            (Some(_), None) => found.push(format!("{shown} is missing when built again")),
            (None, _) => found.push(format!("{shown} is there only when built again")),
        }
    }
    let more = found.len().saturating_sub(NAMED);
    found.truncate(NAMED);
    if more > 0 {
        found.push(format!("and {more} more"));
    }
    Ok(found)
}

fn difference(name: &str, (_, a): &Entry, (_, b): &Entry) -> Option<String> {
    let at = a.iter().zip(b).position(|(a, b)| a != b);
    match at {
        None if a.len() == b.len() => None,
        None => Some(format!("{name} has {} bytes, built again {}", a.len(), b.len())),
        Some(at) => {
            let count = a.iter().zip(b).filter(|(a, b)| a != b).count() + a.len().abs_diff(b.len());
            Some(format!(
                "{name} differs in {count} bytes, first at byte {at}: `{:02x}`, built again `{:02x}`",
                a[at], b[at]
            ))
        }
    }
}

fn read(path: &Utf8Path) -> io::Result<Entry> {
    if fs::symlink_metadata(path)?.is_symlink() {
        return Ok((true, fs::read_link(path)?.into_os_string().into_encoded_bytes()));
    }
    Ok((false, fs::read(path)?))
}

/// Every file and link at or below a path, by its path below.
fn files(root: &Utf8Path) -> io::Result<BTreeMap<Utf8PathBuf, Utf8PathBuf>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    if !fs::symlink_metadata(root)?.is_dir() {
        return Ok(BTreeMap::from([(Utf8PathBuf::new(), root.to_owned())]));
    }
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir_utf8()? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.into_path());
            } else if let Ok(below) = entry.path().strip_prefix(root) {
                files.insert(below.to_owned(), entry.path().to_owned());
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_difference_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(folder.path()).expect("UTF-8");
        for (path, text) in [("a/same", "x"), ("b/same", "x"), ("a/x/one", "abc"), ("b/x/one", "abd"), ("b/new", "")] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let found = differences(&root.join("a"), &root.join("b")).expect("readable");
        assert_eq!(
            found,
            ["new is there only when built again", "x/one differs in 1 bytes, first at byte 2: `63`, built again `64`"]
        );
        assert_eq!(differences(&root.join("a/same"), &root.join("b/same")).expect("readable"), [""; 0]);
    }
}
