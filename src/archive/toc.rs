//! The table of contents of a package.
use std::ops::Range;

use super::cookie::Cookie;
use super::input::{Input, disjoint, place};
use crate::error::{Error, Result};

/// The longest table that is read, in bytes: of 300 000 entries it has 24 MB.
pub const TOC_LIMIT: usize = 32 << 20;
const HEADER: usize = 18;

/// What an entry is (PyInstaller's `archive/readers.py`: the type codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// `b`: a native file, extracted.
    Binary,
    /// `x`: a data file, extracted.
    Data,
    /// `Z`: a zip file, extracted.
    ZipFile,
    /// `n`: a symbolic link; the content is its target and a NUL.
    Symlink,
    /// `d`: a file that another executable has.
    Dependency,
    /// `m`: a marshalled module, run before the scripts.
    BootstrapModule,
    /// `M`: a marshalled package, run before the scripts.
    BootstrapPackage,
    /// `s`: a marshalled script, run in order.
    Script,
    /// `z`: a PYZ with the modules.
    Pyz,
    /// `o`: an option of the bootloader; its name is all.
    Option,
    /// `l`: what the splash screen needs.
    Splash,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [EntryKind; 11] = [
        EntryKind::Binary,
        EntryKind::Data,
        EntryKind::ZipFile,
        EntryKind::Symlink,
        EntryKind::Dependency,
        EntryKind::BootstrapModule,
        EntryKind::BootstrapPackage,
        EntryKind::Script,
        EntryKind::Pyz,
        EntryKind::Option,
        EntryKind::Splash,
    ];

    /// The type code.
    pub fn letter(self) -> char {
        match self {
            EntryKind::Binary => 'b',
            EntryKind::Data => 'x',
            EntryKind::ZipFile => 'Z',
            EntryKind::Symlink => 'n',
            EntryKind::Dependency => 'd',
            EntryKind::BootstrapModule => 'm',
            EntryKind::BootstrapPackage => 'M',
            EntryKind::Script => 's',
            EntryKind::Pyz => 'z',
            EntryKind::Option => 'o',
            EntryKind::Splash => 'l',
        }
    }

    /// The kind of a type code.
    pub fn of(letter: char) -> Option<EntryKind> {
        EntryKind::ALL.into_iter().find(|kind| kind.letter() == letter)
    }

    /// Whether the bootloader writes it into its temporary folder.
    pub fn is_extracted(self) -> bool {
        matches!(self, EntryKind::Binary | EntryKind::Data | EntryKind::ZipFile | EntryKind::Symlink)
    }

    /// Whether the content is marshalled code without a header.
    pub fn is_code(self) -> bool {
        matches!(self, EntryKind::BootstrapModule | EntryKind::BootstrapPackage | EntryKind::Script)
    }
}

/// A part of the package; of a whole executable ([`crate::Executable`]) also a file beside its program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name: for what is extracted the path, with `/` between its parts, whatever separators the archive has.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Where its stored bytes are in the file.
    pub place: Range<usize>,
    /// How many bytes it has, decompressed.
    pub size: u64,
    /// Whether it is stored as a zlib stream.
    pub compressed: bool,
    /// The number of the file that it is, if it is one beside the program ([`crate::Executable::files`]).
    pub file: Option<usize>,
}

/// Reads the table. Entries lie in the package before the table or after it and share no byte.
pub(super) fn read(bytes: &[u8], cookie: &Cookie) -> Result<Vec<Entry>> {
    let toc = cookie.toc.clone();
    if toc.len() > TOC_LIMIT {
        let problem = format!("has `{}` bytes, `{TOC_LIMIT}` are the most", toc.len());
        return Err(Error::malformed("TOC", toc.start as u64, problem));
    }
    let mut input = Input::new("TOC", &bytes[toc.clone()], toc.start);
    let mut entries = Vec::new();
    while input.left() > 0 {
        entries.push(entry(&mut input, entries.len(), cookie)?);
    }
    let places = entries.iter().map(|entry| (entry.name.as_str(), entry.place.clone()));
    disjoint("TOC: entries overlap", places.chain([("TOC", toc)]))?;
    Ok(entries)
}

fn entry(input: &mut Input, index: usize, cookie: &Cookie) -> Result<Entry> {
    let what = format!("TOC entry {index}");
    let start = input.offset();
    let error = |problem: String| Error::malformed(&what, start as u64, problem);
    let length = input.u32_be()? as usize;
    if length <= HEADER || length - 4 > input.left() {
        let most = input.left() + 4;
        return Err(error(format!("has `{length}` bytes, it can have `{}` to `{most}`", HEADER + 1)));
    }
    let mut fields = Input::new(&what, input.take(length - 4)?, start + 4);
    let (offset, stored, size) = (fields.u32_be()?, fields.u32_be()?, fields.u32_be()?);
    let (flag, letter) = (fields.u8()?, fields.u8()?);
    let name = name(fields.take(fields.left())?).map_err(error)?;
    let what = format!("TOC entry {index} `{}`", name.escape_debug());
    let error = |problem: String| Error::malformed(&what, start as u64, problem);
    if flag > 1 {
        return Err(error(format!("compression flag `{flag}`, `0` and `1` are known")));
    }
    let kind = EntryKind::of(char::from(letter)).ok_or_else(|| {
        let known: String = EntryKind::ALL.iter().map(|kind| kind.letter()).collect();
        error(format!("type code `{}`, `{known}` are known", letter.escape_ascii()))
    })?;
    let name = if kind != EntryKind::Option && is_for_windows(cookie) { name.replace('\\', "/") } else { name };
    if flag == 0 && stored != size {
        return Err(error(format!("is not compressed, but has `{stored}` bytes stored and `{size}` plain")));
    }
    let from = cookie.package.start as u64 + u64::from(offset);
    let within = cookie.package.start..cookie.place.start;
    let place = place(&what, start, from, u64::from(stored), &within)?;
    Ok(Entry { name, kind, place, size: u64::from(size), compressed: flag == 1, file: None })
}

/// Only there is `\` a separator; elsewhere a file name may have it.
pub(super) fn is_for_windows(cookie: &Cookie) -> bool {
    cookie.library.to_ascii_lowercase().ends_with(".dll")
}

/// A name ends at the first NUL; what pads it is NUL, too.
fn name(field: &[u8]) -> std::result::Result<String, String> {
    let end = field
        .iter()
        .position(|byte| *byte == 0)
        .ok_or_else(|| format!("name of `{}` bytes does not end with a NUL", field.len()))?;
    if let Some(after) = field[end..].iter().position(|byte| *byte != 0) {
        return Err(format!("name has `{end}` bytes, but byte `{}` of its field is not zero", end + after));
    }
    String::from_utf8(field[..end].to_vec()).map_err(|_| format!("name `{}` is not UTF-8", field[..end].escape_ascii()))
}
