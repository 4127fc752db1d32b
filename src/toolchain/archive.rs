//! Archives whose bytes depend on nothing but names, contents, executable bits and symbolic links: entries sorted by
//! name, time 0, owner 0, modes 0644 or 0755, no folders (unpacking makes them), gzip without name or time.
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use flate2::{Compression, GzBuilder};
use permafreeze_base::{Beside, FileError};
use tar::{Builder, EntryType, Header};

use crate::error::{Error, Result};
use crate::files::failed;

/// The version of the bytes that this file makes; a part of the keys of what is archived.
pub const VERSION: u32 = 1;
/// gzip's byte for "unknown operating system".
const OS_UNKNOWN: u8 = 255;

/// Writes all files below `folder` to `to`, a .tar.gz, with names relative to `folder`.
///
/// # Errors
/// If a file cannot be read or written, or a name is not UTF-8.
pub fn write(folder: &Utf8Path, to: &Utf8Path) -> Result<()> {
    let mut names = Vec::new();
    collect(folder, Utf8Path::new(""), &mut names)?;
    names.sort();
    let mut beside = Beside::create(to)?;
    let file = BufWriter::new(&mut beside);
    let gzip = GzBuilder::new().mtime(0).operating_system(OS_UNKNOWN).write(file, Compression::best());
    let mut builder = Builder::new(gzip);
    for name in &names {
        append(&mut builder, folder, name)?;
    }
    let finished = builder.into_inner().and_then(|gzip| gzip.finish()).and_then(|mut file| file.flush());
    finished.map_err(failed("write", to))?;
    Ok(beside.commit(None)?)
}

/// Adds the names of the files and links of `folder/below` to `names`.
fn collect(folder: &Utf8Path, below: &Utf8Path, names: &mut Vec<Utf8PathBuf>) -> Result<()> {
    let path = folder.join(below);
    for entry in path.read_dir_utf8().map_err(failed("read", &path))? {
        let entry = entry.map_err(failed("read", &path))?;
        let name = below.join(entry.file_name());
        if entry.file_type().map_err(failed("read", entry.path()))?.is_dir() {
            collect(folder, &name, names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}

fn append<W: Write>(builder: &mut Builder<W>, folder: &Utf8Path, name: &Utf8Path) -> Result<()> {
    let path = folder.join(name);
    let metadata = path.symlink_metadata().map_err(failed("read", &path))?;
    let mut header = Header::new_gnu();
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    if metadata.is_symlink() {
        let target = path.read_link_utf8().map_err(failed("read", &path))?;
        header.set_entry_type(EntryType::Symlink);
        header.set_mode(0o777);
        header.set_size(0);
        return builder.append_link(&mut header, name, target).map_err(failed("archive", &path));
    }
    if !metadata.is_file() {
        let source = std::io::Error::other("neither a file nor a link");
        return Err(Error::File(FileError { action: "archive", path, source }));
    }
    let executable = metadata.permissions().mode() & 0o100 != 0;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(if executable { 0o755 } else { 0o644 });
    header.set_size(metadata.len());
    let file = File::open(&path).map_err(failed("read", &path))?;
    builder.append_data(&mut header, name, file).map_err(failed("archive", &path))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, SystemTime};

    use permafreeze_base::sha256;

    use super::*;
    use crate::files::tests::folder;

    const LONG: &str = "python/lib/python3.13/a-folder-with-a-rather-long-name/and-another-one-to-get-beyond/one-hundred-characters/x.py";

    fn put(folder: &Utf8Path, name: &str, text: &str, mode: u32, seconds: u64) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("has a folder")).expect("made");
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("mode set");
        let file = File::options().append(true).open(&path).expect("open");
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).expect("time set");
    }

    fn link(folder: &Utf8Path) {
        std::os::unix::fs::symlink("python3.13", folder.join("python/bin/python3")).expect("linked");
    }

    #[test]
    fn order_times_and_umask_leave_no_trace() {
        let (_keep, root) = folder();
        let (one, two) = (root.join("one"), root.join("two"));
        put(&one, "python/bin/python3.13", "x", 0o755, 1);
        link(&one);
        put(&one, "python/lib/b.py", "b", 0o644, 2);
        put(&one, "python/lib/a.py", "a", 0o644, 3);
        put(&one, LONG, "long", 0o644, 4);
        put(&two, LONG, "long", 0o600, 1_700_000_000);
        put(&two, "python/lib/a.py", "a", 0o600, 5);
        put(&two, "python/lib/b.py", "b", 0o640, 6);
        put(&two, "python/bin/python3.13", "x", 0o700, 7);
        link(&two);
        write(&one, &root.join("one.tar.gz")).expect("archived");
        write(&two, &root.join("two.tar.gz")).expect("archived");
        assert_eq!(fs::read(root.join("one.tar.gz")).expect("read"), fs::read(root.join("two.tar.gz")).expect("read"));
    }

    #[test]
    fn an_archive_unpacks_to_what_went_in() {
        let (_keep, root) = folder();
        let from = root.join("from");
        put(&from, "python/bin/python3.13", "x", 0o755, 1);
        link(&from);
        put(&from, LONG, "long", 0o644, 4);
        write(&from, &root.join("a.tar.gz")).expect("archived");
        let file = File::open(root.join("a.tar.gz")).expect("open");
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
        let to = root.join("to");
        archive.unpack(&to).expect("unpacked");
        assert_eq!(fs::read_to_string(to.join(LONG)).expect("read"), "long");
        assert_eq!(to.join("python/bin/python3").read_link_utf8().expect("a link"), "python3.13");
        let mode = fs::metadata(to.join("python/bin/python3.13")).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
    }

    #[test]
    fn a_changed_file_changes_the_archive() {
        let (_keep, root) = folder();
        put(&root, "in/a", "a", 0o644, 1);
        write(&root.join("in"), &root.join("one")).expect("archived");
        put(&root, "in/a", "a", 0o755, 1);
        write(&root.join("in"), &root.join("two")).expect("archived");
        assert_ne!(
            sha256::of_file(&root.join("one")).expect("read"),
            sha256::of_file(&root.join("two")).expect("read")
        );
    }
}
