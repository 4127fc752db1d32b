//! The toolchain's files as the assets of a release: a flat folder with a unique name for each, and [`SUMS`] beside them.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::text::from_hex;
use permafreeze_base::{Beside, beside, sha256};
use permafreeze_plan::pins::{Made, Pins};

use crate::error::{Error, Result};
use crate::files::{create_folder, failed};

/// The file with the hashes: a line `SHA256  NAME` each, as coreutils' `sha256sum` writes and checks them.
pub const SUMS: &str = "SHA256SUMS";

/// What of the toolchain a folder holds.
#[derive(Debug, Default)]
pub struct Found {
    /// The files that are pinned, by their name in the pins.
    pub pinned: BTreeMap<String, Utf8PathBuf>,
    /// Files that should be pinned and are not, in order.
    pub faults: Vec<Fault>,
    /// The names of files that have nothing to do with the toolchain, in order.
    pub foreign: Vec<String>,
}

/// Why a file of the toolchain is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its bytes are not those that its own list of hashes names.
    #[error("`{file}` is damaged: it has sha256 `{got}`, `{SUMS}` lists `{listed}`")]
    Damaged {
        /// Its name.
        file: String,
        /// The listed sha256.
        listed: String,
        /// What it has.
        got: String,
    },
    /// The list of hashes names it, and it is not there.
    #[error("`{file}` is missing: `{SUMS}` lists it")]
    Missing {
        /// Its name.
        file: String,
    },
    /// Its name is of the toolchain, its bytes are not the pinned ones.
    #[error("`{file}` is not what is pinned as `{name}`: it has sha256 `{got}`, expected `{expected}`")]
    NotPinned {
        /// Its name.
        file: String,
        /// The name in the pins.
        name: String,
        /// The pinned sha256.
        expected: String,
        /// What it has.
        got: String,
    },
}

/// Returns the name of the asset of what is pinned as `name`. Archives have a name of their own; the static tools of all
/// hosts have one name in the store, so each is called by its pin.
pub fn file_name(name: &str, made: &Made) -> String {
    if made.nar_sha256.is_some() { format!("permafreeze-{name}") } else { made.name.clone() }
}

/// Copies files, named as in the pins, into a folder that is made if it is not there, and lists them in [`SUMS`]. A file
/// is under its name when all of it is there and has the pinned bytes; the list is written last. Returns the assets'
/// names, sorted.
///
/// # Errors
/// [`Error::WrongSha256`] if a file is not what is pinned, or if it cannot be read or written.
pub fn write(pins: &Pins, files: &BTreeMap<String, Utf8PathBuf>, folder: &Utf8Path) -> Result<Vec<String>> {
    create_folder(folder)?;
    let mut sums = BTreeMap::new();
    for (name, file) in files {
        let made = pins.made.get(name).ok_or_else(|| Error::NotPinned { kind: "file", name: name.clone() })?;
        let asset = file_name(name, made);
        copy(made, file, &folder.join(&asset))?;
        sums.insert(asset, &made.sha256);
    }
    let text: String = sums.iter().map(|(asset, sha256)| format!("{sha256}  {asset}\n")).collect();
    beside::write(&folder.join(SUMS), text.as_bytes())?;
    Ok(sums.into_keys().collect())
}

fn copy(made: &Made, file: &Utf8Path, place: &Utf8Path) -> Result<()> {
    let copy = Beside::create(place)?;
    std::fs::copy(file, copy.path()).map_err(failed("copy", file))?;
    let (got, _) = sha256::of_file(copy.path())?;
    if got != made.sha256 {
        return Err(Error::WrongSha256 { file: file.to_string(), expected: made.sha256.clone(), got });
    }
    Ok(copy.commit(Some(if made.nar_sha256.is_some() { 0o755 } else { 0o644 }))?)
}

/// Hashes the files of a folder and compares them with the pins. Bytes decide: a pinned file may have any name. [`SUMS`],
/// which need not be there, tells damaged files and missing ones.
///
/// # Errors
/// If a file cannot be read, or [`Error::BadSums`].
pub fn read(pins: &Pins, folder: &Utf8Path) -> Result<Found> {
    let mut files = files(folder)?;
    let sums = match files.remove(SUMS) {
        Some(path) => read_sums(&path)?,
        None => BTreeMap::new(),
    };
    let mut found = Found::default();
    for (file, path) in &files {
        let (got, _) = sha256::of_file(path)?;
        match judge(pins, file, sums.get(file), got) {
            Judgement::Pinned(names) => found.pinned.extend(names.into_iter().map(|name| (name, path.clone()))),
            Judgement::Fault(fault) => found.faults.push(fault),
            Judgement::Foreign => found.foreign.push(file.clone()),
        }
    }
    let is_missing = |(file, sha256): &(&String, &String)| {
        let mut wanted = by_hash(pins, sha256).chain(by_file(pins, file)).peekable();
        !files.contains_key(*file)
            && wanted.peek().is_some()
            && wanted.all(|(name, _)| !found.pinned.contains_key(name))
    };
    let missing: Vec<Fault> =
        sums.iter().filter(is_missing).map(|(file, _)| Fault::Missing { file: file.clone() }).collect();
    found.faults.extend(missing);
    Ok(found)
}

enum Judgement {
    Pinned(Vec<String>),
    Fault(Fault),
    Foreign,
}

fn judge(pins: &Pins, file: &str, listed: Option<&String>, got: String) -> Judgement {
    let names: Vec<String> = by_hash(pins, &got).map(|(name, _)| name.clone()).collect();
    if !names.is_empty() {
        return Judgement::Pinned(names);
    }
    let named = by_file(pins, file).next();
    let is_ours = named.is_some() || listed.is_some_and(|listed| by_hash(pins, listed).next().is_some());
    match (listed, named) {
        (Some(listed), _) if is_ours && *listed != got => {
            Judgement::Fault(Fault::Damaged { file: file.to_owned(), listed: listed.clone(), got })
        }
        (_, Some((name, made))) => {
            let (name, expected) = (name.clone(), made.sha256.clone());
            Judgement::Fault(Fault::NotPinned { file: file.to_owned(), name, expected, got })
        }
        _ => Judgement::Foreign,
    }
}

fn by_hash<'p>(pins: &'p Pins, sha256: &'p str) -> impl Iterator<Item = (&'p String, &'p Made)> {
    pins.made.iter().filter(move |(_, made)| made.sha256 == sha256)
}

fn by_file<'p>(pins: &'p Pins, file: &'p str) -> impl Iterator<Item = (&'p String, &'p Made)> {
    pins.made.iter().filter(move |(name, made)| file_name(name, made) == file)
}

/// Returns the files of a folder by name, those of folders in it left out.
fn files(folder: &Utf8Path) -> Result<BTreeMap<String, Utf8PathBuf>> {
    let entries = folder.read_dir_utf8().map_err(failed("read", folder))?;
    let mut files = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(failed("read", folder))?;
        if entry.path().is_file() {
            files.insert(entry.file_name().to_owned(), entry.into_path());
        }
    }
    Ok(files)
}

/// Reads hashes by file name. A `*` before a name (a file that was read as binary) is as good as a blank.
fn read_sums(path: &Utf8Path) -> Result<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).map_err(failed("read", path))?;
    let parse = |line: &str| {
        let (sha256, rest) = line.split_once(' ')?;
        let file = rest.strip_prefix([' ', '*'])?;
        let is_hash = from_hex(sha256).is_some_and(|bytes| bytes.len() == 32);
        (is_hash && !file.is_empty()).then(|| (file.to_owned(), sha256.to_owned()))
    };
    let lines = text.lines().enumerate();
    lines
        .map(|(index, line)| parse(line).ok_or_else(|| Error::BadSums { path: path.to_owned(), line: index + 1 }))
        .collect()
}

#[cfg(test)]
mod tests;
