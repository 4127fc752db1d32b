//! Facts of native files (ELF, Mach-O, PE): what they run on and what they want of the user's machine.
//!
//! Read as the loader of the target reads them: ELF by its segments, not by its sections, which may be missing or lie.
//! Bounds: the facts of a file have [`FACTS_LIMIT`] bytes at most, whatever its tables declare.
use std::collections::{BTreeMap, BTreeSet};

use object::FileKind;
use object::read::Error as ObjectError;
use serde::Serialize;

mod elf;
mod inittab;
mod layout;
mod macho;
mod modules;
mod pe;

pub use inittab::inittab;
pub use layout::{Strip, code, hollow};
pub use macho::slices;
pub use modules::modules;

/// The most bytes that the names of one file may have together, with a charge per name.
pub const FACTS_LIMIT: usize = 32 << 20;
const NAME_CHARGE: usize = 64;

/// Why the facts of a native file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset}: {problem}")]
pub struct Error {
    /// The part, as `ELF dynamic segment`.
    pub what: String,
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// What is there and what was expected.
    pub problem: String,
}

impl Error {
    fn new(what: impl Into<String>, offset: u64, problem: impl Into<String>) -> Error {
        Error { what: what.into(), offset, problem: problem.into() }
    }
}

type Result<T> = std::result::Result<T, Error>;

/// A format of native files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Linux and most others.
    Elf,
    /// macOS.
    MachO,
    /// Windows.
    Pe,
}

/// What a native file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A program that can be started.
    Program,
    /// A library or an extension module.
    Library,
    /// What a linker takes: it is never loaded.
    Object,
    /// Something else, as a core dump.
    Other,
}

/// How much of a file's relocation tables is read-only once it is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relro {
    /// Nothing.
    None,
    /// All but the table of functions that are bound when they are called first.
    Partial,
    /// All: functions are bound at the start.
    Full,
}

/// The facts of a native file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Native {
    /// The format.
    pub format: Format,
    /// What it is for.
    pub kind: Kind,
    /// The machine as a target names it (`amd64`, `arm64`), or another name; `universal` for a Mach-O file with several.
    pub machine: String,
    /// Every machine that it has code for, in file order: one, but for universal files.
    pub machines: Vec<String>,
    /// The libraries that it wants, in its order; of a PE file also those that its exports are forwarded to.
    pub needed: Vec<String>,
    /// Those of them that a Mach-O file runs without (`LC_LOAD_WEAK_DYLIB`), in its order.
    pub weak: Vec<String>,
    /// The libraries that a PE file wants when it first calls one of their functions, in its order.
    pub delayed: Vec<String>,
    /// The name that it gives itself: ELF's `DT_SONAME`, Mach-O's `LC_ID_DYLIB`.
    pub soname: Option<String>,
    /// ELF's `DT_RPATH` and Mach-O's `LC_RPATH`, one path each.
    pub rpath: Vec<String>,
    /// ELF's `DT_RUNPATH`, one path each.
    pub runpath: Vec<String>,
    /// The program that loads it: ELF's `PT_INTERP`, Mach-O's `LC_LOAD_DYLINKER`.
    pub interpreter: Option<String>,
    /// The versions of symbols that it wants, by library (ELF's `.gnu.version_r`), as `libc.so.6`: `GLIBC_2.17`.
    pub versions: BTreeMap<String, BTreeSet<String>>,
    /// Whether loading it makes the stack executable.
    pub executable_stack: bool,
    /// ELF's read-only relocations; none for other formats.
    pub relro: Relro,
    /// Whether functions are bound at the start (ELF's `BIND_NOW`).
    pub bind_now: bool,
    /// Whether it can be loaded anywhere.
    pub position_independent: bool,
    /// PE: whether its data is never run (`NX_COMPAT`).
    pub no_execute: bool,
    /// PE: whether indirect calls are checked (Control Flow Guard, `GUARD_CF`).
    pub guarded_calls: bool,
    /// The oldest macOS that it runs on, as `11.0`.
    pub minimum_macos: Option<String>,
}

impl Native {
    fn new(format: Format, kind: Kind, machine: &str) -> Native {
        Native {
            format,
            kind,
            machine: machine.to_owned(),
            machines: vec![machine.to_owned()],
            needed: Vec::new(),
            weak: Vec::new(),
            delayed: Vec::new(),
            soname: None,
            rpath: Vec::new(),
            runpath: Vec::new(),
            interpreter: None,
            versions: BTreeMap::new(),
            executable_stack: false,
            relro: Relro::None,
            bind_now: false,
            position_independent: false,
            no_execute: false,
            guarded_calls: false,
            minimum_macos: None,
        }
    }
}

/// The facts of a native file; nothing for everything else. `.NET` assemblies are PE files, too.
///
/// # Errors
/// [`Error`] for a file that begins as a native one and is not.
pub fn facts(bytes: &[u8]) -> Result<Option<Native>> {
    let Ok(kind) = FileKind::parse(bytes) else { return Ok(None) };
    let mut names = Names::default();
    match kind {
        FileKind::Elf32 => elf::facts::<object::elf::FileHeader32<_>>(bytes, &mut names).map(Some),
        FileKind::Elf64 => elf::facts::<object::elf::FileHeader64<_>>(bytes, &mut names).map(Some),
        FileKind::MachO32 | FileKind::MachO64 => macho::thin(bytes, kind, 0, &mut names),
        FileKind::MachOFat32 => macho::fat::<object::macho::FatArch32>(bytes, &mut names),
        FileKind::MachOFat64 => macho::fat::<object::macho::FatArch64>(bytes, &mut names),
        FileKind::Pe32 => pe::facts::<object::pe::ImageNtHeaders32>(bytes, &mut names).map(Some),
        FileKind::Pe64 => pe::facts::<object::pe::ImageNtHeaders64>(bytes, &mut names).map(Some),
        _ => Ok(None),
    }
}

/// Copies names, and refuses to copy without end: tables may point at the same long name again and again.
#[derive(Debug, Default)]
struct Names {
    used: usize,
}

impl Names {
    fn copy(&mut self, what: &str, name: &[u8]) -> Result<String> {
        self.used = self.used.saturating_add(name.len()).saturating_add(NAME_CHARGE);
        if self.used > FACTS_LIMIT {
            let problem = format!("names of more than `{FACTS_LIMIT}` bytes, the last of `{}`", name.len());
            return Err(Error::new(what, 0, problem));
        }
        Ok(String::from_utf8_lossy(name).into_owned())
    }
}

/// What the reader of object files says, with the part that was read.
fn malformed(what: &'static str, offset: u64) -> impl Fn(ObjectError) -> Error {
    move |error| Error::new(what, offset, error.to_string())
}
