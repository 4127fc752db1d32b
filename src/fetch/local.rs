//! Files of this machine that a link or a path names: regular files, read in pieces.
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;

use camino::Utf8Path;
use permafreeze_base::text::hex;
use sha2::{Digest, Sha256};

/// Bytes that are read at once.
pub(crate) const CHUNK: usize = 128 << 10;
/// Opening a FIFO does not wait for its other end.
const NON_BLOCKING: i32 = if cfg!(target_os = "linux") { 0o4000 } else { 4 };

/// Opens a regular file, and nothing else: a FIFO or a device has no end.
///
/// # Errors
/// Of kind `InvalidInput` if it is another kind of file; what the system says if it cannot be opened.
pub(crate) fn open(path: &Utf8Path) -> io::Result<File> {
    // To open a device may change it, so it is looked at before; what counts is what was opened.
    regular(&path.metadata()?)?;
    let file = OpenOptions::new().read(true).custom_flags(NON_BLOCKING).open(path)?;
    regular(&file.metadata()?)?;
    Ok(file)
}

fn regular(metadata: &std::fs::Metadata) -> io::Result<()> {
    let refused = || io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
    if metadata.is_file() { Ok(()) } else { Err(refused()) }
}

/// Hashes what is left of a file; returns the hasher, to go on with what is appended, and the size in bytes.
pub(crate) fn hash(file: &mut File) -> io::Result<(Sha256, u64)> {
    let (mut hasher, mut size, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            return Ok((hasher, size));
        }
        hasher.update(&chunk[..count]);
        size += count as u64;
    }
}

/// Returns a hasher's sha256, lower-case hex.
pub(crate) fn hexadecimal(hasher: Sha256) -> String {
    hex(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = Utf8Path::from_path(folder.path()).expect("UTF-8");
        let fifo = folder.join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
        std::os::unix::fs::symlink("/dev/zero", folder.join("zero")).expect("a link");
        for name in ["fifo", "zero", "."] {
            let error = open(&folder.join(name)).expect_err("is refused");
            assert_eq!(error.to_string(), "it is not a regular file", "{name}");
        }
        std::fs::write(folder.join("file"), "abc").expect("written");
        let (hasher, size) = hash(&mut open(&folder.join("file")).expect("a file")).expect("is read");
        assert_eq!((size, hexadecimal(hasher)), (3, permafreeze_base::sha256::of(b"abc")));
    }
}
