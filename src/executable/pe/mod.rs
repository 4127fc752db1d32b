//! What a bootloader becomes in an executable for Windows: a section of resources is added, time stamps are set, the
//! checksum is that of the whole file (PyInstaller, `building/api.py`, `EXE.assemble`).
mod checksum;
mod head;
pub mod resources;
mod version;

use std::ops::Range;

pub use checksum::Checksum;
use head::Head;
use resources::Resource;

/// When every executable was made: 1980-01-01, the oldest time that zip files can say.
const STAMP: u32 = 315_532_800;
/// PyInstaller's icons, by path from the folder of bootloaders.
const ICONS: &str = "images";

/// Why a file is no bootloader that can be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

/// Returns a bootloader with resources and stamps, and where its checksum lies, which is zero.
///
/// # Errors
/// [`Error`] if it is no program of 64 bits without resources, or has no room for them.
pub fn edited(bootloader: Vec<u8>, resources: &[Resource]) -> Result<(Vec<u8>, Range<usize>), Error> {
    let mut head = Head::parse(bootloader)?;
    if !resources.is_empty() {
        head.add_resources(|address| resources::section(resources, address))?;
    }
    head.set_stamp(STAMP)?;
    head.finish()
}

/// Returns the path of the bootloader without a console that lies beside another one: `runw.exe` beside `run.exe`.
pub fn without_console(bootloader: &str) -> String {
    match bootloader.rsplit_once('.') {
        Some((stem, suffix)) => format!("{stem}w.{suffix}"),
        None => format!("{bootloader}w"),
    }
}

/// Returns the path of PyInstaller's icon for its bootloader at a path.
pub fn default_icon(bootloader: &str, console: bool) -> String {
    let folder = bootloader.rsplitn(3, '/').nth(2).unwrap_or_default();
    format!("{folder}/{ICONS}/icon-{}.ico", if console { "console" } else { "windowed" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_a_bootloader() {
        let bootloader = "PyInstaller/bootloader/Windows-64bit-intel/run.exe";
        assert_eq!(without_console(bootloader), "PyInstaller/bootloader/Windows-64bit-intel/runw.exe");
        assert_eq!(default_icon(bootloader, true), "PyInstaller/bootloader/images/icon-console.ico");
        assert_eq!(default_icon(bootloader, false), "PyInstaller/bootloader/images/icon-windowed.ico");
    }
}
