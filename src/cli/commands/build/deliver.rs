//! From the store to the user's folder: the executable is copied, or its folder unpacked; what it is is said.
use std::cmp::Ordering;
use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use indicatif::BinaryBytes;
use permafreeze_archive::Executable;
use permafreeze_base::FileError;
use permafreeze_nix::Store;
use permafreeze_packaging::target::Target;
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::form::Form;
use serde::Serialize;

use super::summary::From;
use crate::failure::{Failure, Kind, Outcome};
use crate::output::Output;
use crate::{files, hashes, say};

/// One executable that was built.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Delivered {
    #[serde(skip)]
    artifact: Artifact,
    name: String,
    target: Target,
    /// Where it lies now.
    path: Utf8PathBuf,
    /// Where it lies in the store.
    store_path: Utf8PathBuf,
    /// Whether it was linked, or was there.
    from: From,
    /// Size in bytes.
    size: u64,
    /// Size in bytes of the other executable that was in its place, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    size_before: Option<u64>,
    /// blake3 of the bytes, lower-case hex.
    blake3: String,
    /// What the linker had to say.
    warnings: Vec<String>,
}

/// Copies the executable out of the store to its place in `out_dir`, unless it is there already, and sets the link beside it
/// that leads to the store and keeps the output there.
///
/// # Errors
/// If a file cannot be read or written.
pub(super) fn deliver(output: &Output, from: From, out_dir: &Utf8Path, store: &Store) -> Result<Delivered, Failure> {
    let Output { artifact, store_path, executable, report, .. } = output;
    let path = out_dir.join(artifact.file_name(output.form));
    let is_there = hashes::is(&path, executable.size, &executable.blake3);
    let before = fs::metadata(&path).ok().filter(|before| before.is_file() && !is_there);
    if !is_there {
        files::copy_delivered(&output.path(), &path, output.form)?;
    }
    let folder = out_dir.join(artifact.to_string());
    if output.form == Form::Onedir && !(is_there && folder.is_dir()) {
        unpack(&path, &folder)?;
    }
    store.keep(&out_dir.join(format!(".{artifact}")), store_path.as_str())?;
    Ok(Delivered {
        name: artifact.name.clone(),
        target: artifact.target,
        artifact: artifact.clone(),
        path,
        store_path: store_path.clone(),
        from,
        size: executable.size,
        size_before: before.map(|before| before.len()),
        blake3: executable.blake3.clone(),
        warnings: report.warnings.clone(),
    })
}

/// Unpacks the archive of a folder to its place: the folder that is there stays until the new one is whole.
fn unpack(archive: &Utf8Path, folder: &Utf8Path) -> Result<(), Failure> {
    let beside = |ending: &str| {
        folder.with_file_name(format!(".{}.{}.{ending}", folder.file_name().unwrap_or_default(), std::process::id()))
    };
    let (new, old) = (beside("new"), beside("old"));
    let unpacked = Executable::open(archive).and_then(|executable| executable.unpack(&new));
    let unpacked = unpacked
        .map_err(|error| Failure::new(Kind::Outside, error))
        .and_then(|_| Ok(replace(folder, &new, &old).map_err(FileError::of("write", folder))?));
    for left in [&new, &old].into_iter().filter(|left| left.exists()) {
        fs::remove_dir_all(left).map_err(FileError::of("remove", left))?;
    }
    unpacked
}

/// Puts a new folder in the place of another, which goes to `old`, or stays where the new one cannot come there.
fn replace(folder: &Utf8Path, new: &Utf8Path, old: &Utf8Path) -> io::Result<()> {
    if !folder.exists() {
        return fs::rename(new, folder);
    }
    fs::rename(folder, old)?;
    fs::rename(new, folder).or_else(|error| fs::rename(old, folder).and(Err(error)))
}

/// Prints what was built.
///
/// # Errors
/// None that a user can cause.
pub(super) fn report(delivered: &[Delivered], json: bool, quiet: bool) -> Outcome {
    if json {
        say::json(&delivered)?;
    } else {
        for executable in delivered {
            say::text(&format!("{}\n", executable.path))?;
        }
    }
    if !quiet {
        for Delivered { artifact, size, size_before, blake3, warnings, .. } in delivered {
            for warning in warnings {
                say::warning(warning);
            }
            let change = size_before.map(|before| change(before, *size)).unwrap_or_default();
            say::note(&format!("{artifact}: {}{change}, blake3 {blake3}", BinaryBytes(*size)));
        }
    }
    Ok(())
}

/// Returns by how much an executable is larger or smaller than the one that was in its place.
fn change(before: u64, size: u64) -> String {
    match size.cmp(&before) {
        Ordering::Equal => " (before: the same size)".to_owned(),
        Ordering::Greater => format!(" (+{})", BinaryBytes(size - before)),
        Ordering::Less => format!(" (-{})", BinaryBytes(before - size)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_size_has_its_sign() {
        assert_eq!(change(1 << 20, 3 << 19), " (+512.00 KiB)");
        assert_eq!(change(3 << 20, 1 << 20), " (-2.00 MiB)");
        assert_eq!(change(7, 7), " (before: the same size)");
    }

    #[test]
    fn a_folder_that_cannot_be_replaced_stays() {
        let scratch = tempfile::tempdir().expect("a folder");
        let scratch = Utf8Path::from_path(scratch.path()).expect("UTF-8");
        let [folder, new, old] = ["folder", "new", "old"].map(|name| scratch.join(name));
        fs::create_dir(&folder).expect("a folder");
        fs::write(folder.join("file"), "before").expect("a file");
        assert!(replace(&folder, &new, &old).is_err(), "there is no new one");
        assert_eq!(fs::read_to_string(folder.join("file")).expect("a file"), "before");
        fs::create_dir(&new).expect("a folder");
        replace(&folder, &new, &old).expect("replaced");
        assert!(!folder.join("file").exists() && old.join("file").exists() && !new.exists());
    }
}
