//! The numbers of the formats, each written once (PyInstaller 6.18: `archive/writers.py`, `pyi_archive.h`).
use serde::{Deserialize, Serialize};

/// Length in bytes of a pyc's header: magic, flags, hash (PEP 552).
pub const PYC_HEADER: usize = 16;

/// The first bytes of a PYZ.
pub const PYZ_MAGIC: [u8; 4] = *b"PYZ\0";
/// Length in bytes of a PYZ's header: magic, pyc magic, offset of the table of contents, padding.
pub const PYZ_HEADER: usize = 17;
/// The PYZ's name in the archive.
pub const PYZ_NAME: &str = "PYZ.pyz";
/// The package of the PYZ, which no import finds, with the run-time hooks that the bootstrap script runs once what they
/// patch is imported (`nix/loader/pyiboot01_bootstrap.py`).
pub const DEFERRED_PACKAGE: &str = "_permafreeze_deferred";
/// base_library.zip's name in the archive.
pub const BASE_LIBRARY_NAME: &str = "base_library.zip";

/// The first bytes of an archive's cookie; the bootloader looks for the last of them in the file.
pub const COOKIE_MAGIC: [u8; 8] = *b"MEI\x0c\x0b\x0a\x0b\x0e";
/// Length in bytes of an archive's cookie.
pub const COOKIE_LENGTH: usize = 88;
/// Length in bytes of the cookie's field for libpython's file name, NUL padded.
pub const LIBPYTHON_FIELD: usize = 64;
/// Length in bytes of a table entry before its name.
pub const ENTRY_HEADER: usize = 18;
/// Table entries are padded to a multiple of this many bytes.
pub const ENTRY_ALIGNMENT: usize = 16;

/// What a module is to the importer, with its number in the PYZ's table of contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModuleKind {
    /// A plain module.
    Module = 0,
    /// A regular package.
    Package = 1,
    /// A namespace package (PEP 420), without code.
    NamespacePackage = 3,
}

/// What an archive's entry is, with its letter in the table of contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EntryKind {
    /// A shared library or a program; unpacked with mode 0700.
    Binary = b'b',
    /// A file of another archive (MERGE).
    Dependency = b'd',
    /// Splash screen.
    Splash = b'l',
    /// A package's code; the bootloader treats it as [`EntryKind::Module`].
    Package = b'M',
    /// Code that the bootloader runs to make the importer.
    Module = b'm',
    /// A symbolic link: its target and a NUL.
    Symlink = b'n',
    /// An option of the bootloader; the name says all.
    Option = b'o',
    /// Code that the bootloader runs in `__main__`.
    Script = b's',
    /// Data; unpacked with mode 0600.
    Data = b'x',
    /// A zip file.
    Zip = b'Z',
    /// The PYZ; read in place.
    Pyz = b'z',
}

impl EntryKind {
    /// Every kind, in the order of the letters.
    pub const ALL: [Self; 11] = [
        Self::Package,
        Self::Zip,
        Self::Binary,
        Self::Dependency,
        Self::Splash,
        Self::Module,
        Self::Symlink,
        Self::Option,
        Self::Script,
        Self::Data,
        Self::Pyz,
    ];

    /// Returns the letter in the table of contents.
    pub fn letter(self) -> u8 {
        self as u8
    }
}
