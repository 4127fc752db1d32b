//! `PERMAFREEZE_VERIFY=1`: every unpacked file against the index.
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use permafreeze_bundle::{Index, Kind, index};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::workers;

/// Compares a folder with the index: every file is there with its bytes, and nothing else is.
///
/// # Errors
/// [`Error::Differs`] for the first difference; [`Error::Place`] if a file cannot be read.
pub fn folder(index: &Index, folder: &Path) -> Result<(), Error> {
    let known: BTreeSet<&str> = index.files.iter().map(|file| file.path.as_str()).collect();
    nothing_else(folder, folder, &known)?;
    workers::each(
        index.files.len(),
        workers::MOST,
        || vec![0; 1 << 18],
        |buffer, number| {
            let file = &index.files[number];
            let path = folder.join(&file.path);
            let problem = match is_same(file, &path, buffer) {
                Ok(true) => return Ok(()),
                Ok(false) => "is not what the bundle has",
                Err(error) if error.kind() == io::ErrorKind::NotFound => "is missing",
                Err(error) => return Err(Error::place(&path)(error)),
            };
            Err(Error::Differs { file: path, folder: folder.to_owned(), problem })
        },
    )
}

fn is_same(file: &index::File, path: &Path, buffer: &mut [u8]) -> io::Result<bool> {
    let metadata = fs::symlink_metadata(path)?;
    match &file.kind {
        Kind::Link { target } => Ok(metadata.is_symlink() && fs::read_link(path)?.as_os_str() == target.as_str()),
        Kind::Regular { size, sha256, .. } if metadata.is_file() && metadata.len() == *size => {
            let (mut file, mut hash) = (File::open(path)?, Sha256::new());
            loop {
                match file.read(buffer)? {
                    0 => return Ok(hash.finalize()[..] == *sha256),
                    length => hash.update(&buffer[..length]),
                }
            }
        }
        Kind::Regular { .. } => Ok(false),
    }
}

fn nothing_else(top: &Path, folder: &Path, known: &BTreeSet<&str>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::place(folder))? {
        let path = entry.map_err(Error::place(folder))?.path();
        let is_folder = path.symlink_metadata().map_err(Error::place(&path))?.is_dir();
        let name = path.strip_prefix(top).ok().and_then(Path::to_str);
        if is_folder {
            nothing_else(top, &path, known)?;
        } else if !name.is_some_and(|name| known.contains(name)) {
            return Err(Error::Differs { file: path, folder: top.to_owned(), problem: "is not of the bundle" });
        }
    }
    Ok(())
}
