//! ELF, as the dynamic loader reads it (System V gABI, chapter 5; versions: the LSB's symbol versioning).
use std::collections::{BTreeMap, BTreeSet};

use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{Endian, Endianness, elf};

use super::{Error, Format, Kind, Names, Native, Relro, Result, malformed};

const DYNAMIC: &str = "ELF dynamic segment";
const VERSIONS: &str = "ELF version needs";
/// The most entries of a dynamic segment: libraries have some dozens, and one per library that they want.
const DYNAMIC_MOST: usize = 1 << 16;

/// A file and how it is loaded.
struct Image<'a, H: FileHeader> {
    bytes: &'a [u8],
    endian: Endianness,
    segments: &'a [H::ProgramHeader],
}

pub(super) fn facts<H: FileHeader<Endian = Endianness>>(bytes: &[u8], names: &mut Names) -> Result<Native> {
    let header = H::parse(bytes).map_err(malformed("ELF header", 0))?;
    let endian = header.endian().map_err(malformed("ELF header", 0))?;
    let segments = header.program_headers(endian, bytes).map_err(malformed("ELF program headers", 0))?;
    let image = Image::<H> { bytes, endian, segments };
    let mut native = Native::new(Format::Elf, Kind::Other, &machine(header.e_machine(endian)));
    for segment in segments {
        image.check(segment)?;
        let interpreter = segment.interpreter(endian, bytes).map_err(malformed("ELF interpreter", 0))?;
        if let Some(interpreter) = interpreter {
            native.interpreter = Some(names.copy("ELF interpreter", interpreter)?);
        }
    }
    let dynamic = image.dynamic()?;
    let flags_1 = dynamic.get(&elf::DT_FLAGS_1.0).copied().unwrap_or_default();
    // The C library can be started, too; what has a name for others is a library.
    let started = native.interpreter.is_some() && !dynamic.contains_key(&elf::DT_SONAME.0);
    let program = started || flags_1 & elf::DF_1_PIE.0 != 0;
    native.kind = match header.e_type(endian) {
        elf::ET_EXEC => Kind::Program,
        elf::ET_DYN if program => Kind::Program,
        elf::ET_DYN => Kind::Library,
        elf::ET_REL => Kind::Object,
        _ => Kind::Other,
    };
    native.position_independent = header.e_type(endian) == elf::ET_DYN;
    if matches!(native.kind, Kind::Program | Kind::Library) {
        native.executable_stack = image.executable_stack(header.e_machine(endian));
    }
    image.names(&dynamic, names, &mut native)?;
    let flags = dynamic.get(&elf::DT_FLAGS.0).copied().unwrap_or_default();
    native.bind_now =
        dynamic.contains_key(&elf::DT_BIND_NOW.0) || flags & elf::DF_BIND_NOW.0 != 0 || flags_1 & elf::DF_1_NOW.0 != 0;
    let relro = segments.iter().any(|segment| segment.p_type(endian) == elf::PT_GNU_RELRO);
    native.relro = match (relro, native.bind_now) {
        (false, _) => Relro::None,
        (true, false) => Relro::Partial,
        (true, true) => Relro::Full,
    };
    Ok(native)
}

fn machine(machine: elf::Machine) -> String {
    match machine {
        elf::EM_X86_64 => "amd64".into(),
        elf::EM_AARCH64 => "arm64".into(),
        elf::EM_386 => "i386".into(),
        elf::EM_ARM => "arm".into(),
        elf::EM_RISCV => "riscv".into(),
        elf::EM_PPC64 => "ppc64".into(),
        elf::EM_S390 => "s390x".into(),
        other => format!("elf-{}", other.0),
    }
}

/// The entries that are lists, and those of which there is one.
type Dynamic = BTreeMap<i64, u64>;

impl<'a, H: FileHeader<Endian = Endianness>> Image<'a, H> {
    /// A segment that is loaded has to be in the file.
    fn check(&self, segment: &H::ProgramHeader) -> Result<()> {
        let (offset, size) = segment.file_range(self.endian);
        let fits = offset.checked_add(size).is_some_and(|end| end <= self.bytes.len() as u64);
        if segment.p_type(self.endian) == elf::PT_LOAD && !fits {
            let problem = format!("`{size}` bytes from `{offset}` on, the file has `{}`", self.bytes.len());
            return Err(Error::new("ELF segment", offset, problem));
        }
        Ok(())
    }

    /// From an address on, all that is loaded of its segment.
    fn at(&self, address: u64) -> Option<&'a [u8]> {
        self.segments.iter().filter(|segment| segment.p_type(self.endian) == elf::PT_LOAD).find_map(|segment| {
            let start = address.checked_sub(segment.p_vaddr(self.endian).into())?;
            let data = segment.data(self.endian, self.bytes).ok()?;
            data.get(usize::try_from(start).ok()?..).filter(|rest| !rest.is_empty())
        })
    }

    fn entries(&self) -> Result<impl Iterator<Item = (elf::DynamicTag, u64)>> {
        let mut entries: &'a [H::Dyn] = &[];
        for segment in self.segments {
            if let Some(found) = segment.dynamic(self.endian, self.bytes).map_err(malformed(DYNAMIC, 0))? {
                entries = found;
            }
        }
        if entries.len() > DYNAMIC_MOST {
            let problem = format!("has `{}` entries, `{DYNAMIC_MOST}` are the most", entries.len());
            return Err(Error::new(DYNAMIC, 0, problem));
        }
        let endian = self.endian;
        let all = entries.iter().map(move |entry| (entry.tag(endian), entry.d_val(endian).into()));
        Ok(all.take_while(|(tag, _)| *tag != elf::DT_NULL))
    }

    fn dynamic(&self) -> Result<Dynamic> {
        Ok(self.entries()?.map(|(tag, value)| (tag.0, value)).collect())
    }

    fn names(&self, dynamic: &Dynamic, names: &mut Names, native: &mut Native) -> Result<()> {
        let strings = Strings(match dynamic.get(&elf::DT_STRTAB.0) {
            Some(address) => {
                let table = self.at(*address).ok_or_else(|| {
                    Error::new(DYNAMIC, 0, format!("the strings' address `{address:#x}` is in no segment"))
                })?;
                let size = dynamic.get(&elf::DT_STRSZ.0).copied().unwrap_or(u64::MAX);
                &table[..table.len().min(usize::try_from(size).unwrap_or(usize::MAX))]
            }
            None => &[],
        });
        for (tag, value) in self.entries()? {
            match tag {
                elf::DT_NEEDED => native.needed.push(names.copy(DYNAMIC, strings.get(DYNAMIC, value)?)?),
                elf::DT_SONAME => native.soname = Some(names.copy(DYNAMIC, strings.get(DYNAMIC, value)?)?),
                elf::DT_RPATH => paths(strings.get(DYNAMIC, value)?, names, &mut native.rpath)?,
                elf::DT_RUNPATH => paths(strings.get(DYNAMIC, value)?, names, &mut native.runpath)?,
                _ => {}
            }
        }
        if let Some(address) = dynamic.get(&elf::DT_VERNEED.0) {
            let table = self
                .at(*address)
                .ok_or_else(|| Error::new(VERSIONS, 0, format!("their address `{address:#x}` is in no segment")))?;
            let count = dynamic.get(&elf::DT_VERNEEDNUM.0).copied().unwrap_or_default();
            let needs = Needs { table, endian: self.endian, strings: &strings };
            native.versions = needs.read(count, names)?;
        }
        Ok(())
    }

    /// Without a word about it the loaders of these machines make the stack executable (glibc's
    /// `DEFAULT_STACK_PERMS`).
    fn executable_stack(&self, machine: elf::Machine) -> bool {
        let stack = self.segments.iter().find(|segment| segment.p_type(self.endian) == elf::PT_GNU_STACK);
        match stack {
            Some(segment) => segment.p_flags(self.endian).0 & elf::PF_X.0 != 0,
            None => matches!(machine, elf::EM_X86_64 | elf::EM_386 | elf::EM_ARM | elf::EM_S390 | elf::EM_PPC64),
        }
    }
}

/// The strings of the dynamic segment.
struct Strings<'a>(&'a [u8]);

impl<'a> Strings<'a> {
    fn get(&self, what: &str, offset: u64) -> Result<&'a [u8]> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset..));
        // The longest path that Linux takes has 4096 bytes; a list of them has a few.
        let name = rest.and_then(|rest| {
            let rest = &rest[..rest.len().min(1 << 16)];
            rest.iter().position(|byte| *byte == 0).map(|end| &rest[..end])
        });
        name.ok_or_else(|| {
            let problem = format!("the name at `{offset}` does not end in `{}` bytes of strings", self.0.len());
            Error::new(what, offset, problem)
        })
    }
}

fn paths(list: &[u8], names: &mut Names, into: &mut Vec<String>) -> Result<()> {
    for path in list.split(|byte| *byte == b':') {
        into.push(names.copy(DYNAMIC, path)?);
    }
    Ok(())
}

/// The table of the versions that are wanted: chains of libraries, each with a chain of versions.
struct Needs<'a> {
    table: &'a [u8],
    endian: Endianness,
    strings: &'a Strings<'a>,
}

impl Needs<'_> {
    fn read(&self, count: u64, names: &mut Names) -> Result<BTreeMap<String, BTreeSet<String>>> {
        let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut at = 0;
        for index in 0..count {
            let (entries, file) = (self.u16(at, 2)?, self.u32(at, 4)?);
            let (first, next) = (self.u32(at, 8)?, self.u32(at, 12)?);
            let library = names.copy(VERSIONS, self.strings.get(VERSIONS, u64::from(file))?)?;
            let wanted = versions.entry(library).or_default();
            let mut entry = self.step(at, first)?;
            for _ in 0..entries {
                let (name, following) = (self.u32(entry, 8)?, self.u32(entry, 12)?);
                wanted.insert(names.copy(VERSIONS, self.strings.get(VERSIONS, u64::from(name))?)?);
                if following == 0 {
                    break;
                }
                entry = self.step(entry, following)?;
            }
            if next == 0 {
                if index + 1 < count {
                    let problem = format!("the chain has `{}` libraries, `{count}` are declared", index + 1);
                    return Err(Error::new(VERSIONS, at as u64, problem));
                }
                break;
            }
            at = self.step(at, next)?;
        }
        Ok(versions)
    }

    fn error(&self, at: usize) -> Error {
        let problem = format!("a record at `{at}` is outside of the `{}` bytes of its segment", self.table.len());
        Error::new(VERSIONS, at as u64, problem)
    }

    fn step(&self, at: usize, by: u32) -> Result<usize> {
        at.checked_add(by as usize).filter(|at| *at < self.table.len()).ok_or_else(|| self.error(at))
    }

    fn bytes<const N: usize>(&self, at: usize, field: usize) -> Result<[u8; N]> {
        self.table.get(at + field..at + field + N).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| self.error(at))
    }

    fn u16(&self, at: usize, field: usize) -> Result<u16> {
        self.bytes(at, field).map(|bytes| self.endian.read_u16(bytes))
    }

    fn u32(&self, at: usize, field: usize) -> Result<u32> {
        self.bytes(at, field).map(|bytes| self.endian.read_u32(bytes))
    }
}
