//! Mach-O, as dyld reads it (Apple's `mach-o/loader.h` and `mach-o/fat.h`).
use std::collections::BTreeSet;
use std::ops::Range;

use object::read::macho::{FatArch, LoadCommandVariant, MachHeader, MachOFatFile};
use object::{Endianness, FileKind, macho};

use super::{Error, Format, Kind, Names, Native, Result, malformed};

const COMMANDS: &str = "Mach-O load commands";
/// A file that begins with the same magic and says more parts is Java's (its version stands there, 45 at least).
const PARTS_MOST: usize = 44;

/// The facts of a file for one machine, which begins at byte `base`.
pub(super) fn thin(bytes: &[u8], kind: FileKind, base: u64, names: &mut Names) -> Result<Option<Native>> {
    match kind {
        FileKind::MachO32 => facts::<macho::MachHeader32<Endianness>>(bytes, base, names).map(Some),
        FileKind::MachO64 => facts::<macho::MachHeader64<Endianness>>(bytes, base, names).map(Some),
        _ => Ok(None),
    }
}

fn machine(cpu: macho::CpuType) -> String {
    match cpu {
        macho::CPU_TYPE_X86_64 => "amd64".into(),
        macho::CPU_TYPE_ARM64 => "arm64".into(),
        macho::CPU_TYPE_X86 => "i386".into(),
        macho::CPU_TYPE_ARM => "arm".into(),
        other => format!("mach-o-{}", other.0),
    }
}

fn facts<H: MachHeader<Endian = Endianness>>(bytes: &[u8], base: u64, names: &mut Names) -> Result<Native> {
    let header = H::parse(bytes, 0).map_err(malformed("Mach-O header", base))?;
    let endian = header.endian().map_err(malformed("Mach-O header", base))?;
    let kind = match header.filetype(endian) {
        macho::MH_EXECUTE => Kind::Program,
        macho::MH_DYLIB | macho::MH_BUNDLE => Kind::Library,
        macho::MH_OBJECT => Kind::Object,
        _ => Kind::Other,
    };
    let flags = header.flags(endian).0;
    let mut native = Native::new(Format::MachO, kind, &machine(header.cputype(endian)));
    native.position_independent = kind == Kind::Library || flags & macho::MH_PIE.0 != 0;
    native.executable_stack = flags & macho::MH_ALLOW_STACK_EXECUTION.0 != 0;
    let error = malformed(COMMANDS, base);
    let mut commands = header.load_commands(endian, bytes, 0).map_err(&error)?;
    while let Some(command) = commands.next().map_err(&error)? {
        let mut name = |at| names.copy(COMMANDS, command.string(endian, at).map_err(&error)?);
        match command.variant().map_err(&error)? {
            LoadCommandVariant::Dylib(dylib) => {
                let library = name(dylib.dylib.name)?;
                if command.cmd() == macho::LC_LOAD_WEAK_DYLIB {
                    native.weak.push(library.clone());
                }
                native.needed.push(library);
            }
            LoadCommandVariant::IdDylib(dylib) => native.soname = Some(name(dylib.dylib.name)?),
            LoadCommandVariant::Rpath(rpath) => native.rpath.push(name(rpath.path)?),
            LoadCommandVariant::LoadDylinker(linker) => native.interpreter = Some(name(linker.name)?),
            LoadCommandVariant::VersionMin(minimum) if command.cmd() == macho::LC_VERSION_MIN_MACOSX => {
                native.minimum_macos = Some(version(minimum.version.get(endian).0));
            }
            LoadCommandVariant::BuildVersion(build, _) if build.platform.get(endian) == macho::PLATFORM_MACOS => {
                native.minimum_macos = Some(version(build.minos.get(endian).0));
            }
            _ => {}
        }
    }
    Ok(native)
}

/// `xxxx.yy.zz` in hexadecimal digits.
fn version(packed: u32) -> String {
    let (major, minor, patch) = (packed >> 16, packed >> 8 & 0xff, packed & 0xff);
    if patch == 0 { format!("{major}.{minor}") } else { format!("{major}.{minor}.{patch}") }
}

/// A universal file: the machines of all parts, the names of each, once. The oldest macOS is the newest of the parts'.
pub(super) fn fat<F: FatArch>(bytes: &[u8], names: &mut Names) -> Result<Option<Native>> {
    let file = match MachOFatFile::<F>::parse(bytes) {
        Ok(file) if file.arches().len() <= PARTS_MOST => file,
        Ok(_) => return Ok(None),
        Err(_) if looks_like_java(bytes) => return Ok(None),
        Err(error) => return Err(malformed("Mach-O universal header", 0)(error)),
    };
    let mut merged: Option<Native> = None;
    for arch in file.arches() {
        let (offset, size) = arch.file_range();
        let part = arch.data(bytes).map_err(|_| {
            let problem = format!("`{size}` bytes from `{offset}` on, the file has `{}`", bytes.len());
            Error::new("Mach-O part of a universal file", offset, problem)
        })?;
        let kind = FileKind::parse(part).ok();
        let facts = kind.map(|kind| thin(part, kind, offset, names)).transpose()?.flatten();
        let facts = facts.ok_or_else(|| {
            let problem = format!("`{size}` bytes that are `{kind:?}`, expected a Mach-O file");
            Error::new("Mach-O part of a universal file", offset, problem)
        })?;
        merged = Some(match merged {
            Some(merged) => merge(merged, facts),
            None => facts,
        });
    }
    Ok(merged.map(|mut native| {
        if native.machines.len() > 1 {
            native.machine = "universal".to_owned();
        }
        native
    }))
}

/// Returns where the parts of a universal file lie, in file order; nothing for every other file.
pub fn slices(bytes: &[u8]) -> Vec<Range<usize>> {
    match FileKind::parse(bytes) {
        Ok(FileKind::MachOFat32) => parts::<macho::FatArch32>(bytes),
        Ok(FileKind::MachOFat64) => parts::<macho::FatArch64>(bytes),
        _ => Vec::new(),
    }
}

fn parts<F: FatArch>(bytes: &[u8]) -> Vec<Range<usize>> {
    let Ok(file) = MachOFatFile::<F>::parse(bytes) else { return Vec::new() };
    let ranges = file.arches().iter().filter_map(|arch| {
        let (offset, size) = arch.file_range();
        let range = usize::try_from(offset).ok()?..usize::try_from(offset.checked_add(size)?).ok()?;
        bytes.get(range.clone()).map(|_| range)
    });
    if file.arches().len() <= PARTS_MOST { ranges.collect() } else { Vec::new() }
}

fn looks_like_java(bytes: &[u8]) -> bool {
    bytes
        .get(4..8)
        .is_some_and(|count| count.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte)) > PARTS_MOST as u64)
}

fn merge(mut one: Native, other: Native) -> Native {
    one.weak = weak(&one, &other);
    one.machines.extend(other.machines);
    one.soname = one.soname.or(other.soname);
    one.interpreter = one.interpreter.or(other.interpreter);
    one.executable_stack |= other.executable_stack;
    one.position_independent &= other.position_independent;
    let number = |version: &Option<String>| -> Vec<u32> {
        version.iter().flat_map(|version| version.split('.')).filter_map(|part| part.parse().ok()).collect()
    };
    if number(&other.minimum_macos) > number(&one.minimum_macos) {
        one.minimum_macos = other.minimum_macos;
    }
    append(&mut one.needed, other.needed);
    append(&mut one.rpath, other.rpath);
    one
}

/// What one part cannot do without is not weak.
fn weak(one: &Native, other: &Native) -> Vec<String> {
    let is_strong = |part: &Native, name: &String| part.needed.contains(name) && !part.weak.contains(name);
    let mut weak = one.weak.clone();
    append(&mut weak, other.weak.clone());
    weak.retain(|name| !is_strong(one, name) && !is_strong(other, name));
    weak
}

fn append(into: &mut Vec<String>, from: Vec<String>) {
    let mut known: BTreeSet<String> = into.iter().cloned().collect();
    into.extend(from.into_iter().filter(|name| known.insert(name.clone())));
}
