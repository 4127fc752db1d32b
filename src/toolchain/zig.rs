//! The C compiler: zig, out of its wheel.
use std::fs::File;

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::Result;
use crate::files::{create_folder, failed, remove_folder};

/// Returns the compiler of the wheel with this sha256, if it is unpacked below `folder`.
pub fn unpacked(sha256: &str, folder: &Utf8Path) -> Option<Utf8PathBuf> {
    let zig = folder.join(sha256).join("ziglang/zig");
    zig.is_file().then_some(zig)
}

/// Unpacks a wheel, already checked, below `folder`; returns the compiler.
///
/// # Errors
/// If the wheel is not one of zig, or cannot be unpacked.
pub fn unpack(wheel: &Utf8Path, sha256: &str, folder: &Utf8Path) -> Result<Utf8PathBuf> {
    let home = folder.join(sha256);
    let beside = folder.join(format!("{sha256}.new"));
    remove_folder(&beside)?;
    create_folder(&beside)?;
    let file = File::open(wheel).map_err(failed("read", wheel))?;
    let unpacked = zip::ZipArchive::new(file).and_then(|mut archive| archive.extract(beside.as_std_path()));
    unpacked.map_err(|error| failed("unpack", wheel)(std::io::Error::other(error)))?;
    make_executable(&beside.join("ziglang/zig"))?;
    std::fs::rename(&beside, &home).map_err(failed("write", &home))?;
    Ok(home.join("ziglang/zig"))
}

fn make_executable(path: &Utf8Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).map_err(failed("make executable", path))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::files::tests::folder;

    fn wheel(path: &Utf8Path, member: &str) {
        let mut zip = zip::ZipWriter::new(File::create(path).expect("made"));
        let options: zip::write::SimpleFileOptions = Default::default();
        zip.start_file(member, options).expect("begun");
        zip.write_all(b"#!/bin/sh\n").expect("written");
        zip.finish().expect("finished");
    }

    #[test]
    fn zig_is_unpacked_and_may_be_run() {
        use std::os::unix::fs::PermissionsExt;
        let (_keep, root) = folder();
        wheel(&root.join("zig.whl"), "ziglang/zig");
        assert_eq!(unpacked("abc", &root.join("zig")), None);
        let zig = unpack(&root.join("zig.whl"), "abc", &root.join("zig")).expect("unpacked");
        assert_eq!(zig.metadata().expect("there").permissions().mode() & 0o777, 0o755);
        assert_eq!(unpacked("abc", &root.join("zig")), Some(zig));
    }

    #[test]
    fn another_wheel_is_refused_and_leaves_nothing_that_counts() {
        let (_keep, root) = folder();
        wheel(&root.join("other.whl"), "other/file");
        assert!(unpack(&root.join("other.whl"), "abc", &root.join("zig")).is_err());
        assert!(!root.join("zig/abc").exists());
    }
}
