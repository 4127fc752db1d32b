//! Native libraries: what the linker must know of ELF, Mach-O and PE files. Told by magic; a file that does not parse
//! to its end is data.
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::read::macho::{FatArch, LoadCommandVariant, MachHeader, MachOFatFile};
use object::read::pe::{ImageNtHeaders, PeFile};
use object::{Endianness, FileKind, elf, macho, pe};
use permafreeze_object::format::{Native, NativeFormat};

/// Returns the facts of a native library or program; `None` for everything else, damaged files among it.
pub fn native(bytes: &[u8]) -> Option<Native> {
    match FileKind::parse(bytes).ok()? {
        FileKind::Elf32 => elf_facts::<elf::FileHeader32<Endianness>>(bytes),
        FileKind::Elf64 => elf_facts::<elf::FileHeader64<Endianness>>(bytes),
        FileKind::MachO32 => macho_facts::<macho::MachHeader32<Endianness>>(bytes),
        FileKind::MachO64 => macho_facts::<macho::MachHeader64<Endianness>>(bytes),
        FileKind::MachOFat32 => fat_facts::<macho::FatArch32>(bytes),
        FileKind::MachOFat64 => fat_facts::<macho::FatArch64>(bytes),
        FileKind::Pe32 => pe_facts::<pe::ImageNtHeaders32>(bytes),
        FileKind::Pe64 => pe_facts::<pe::ImageNtHeaders64>(bytes),
        _ => None,
    }
}

fn empty(format: NativeFormat, machine: String) -> Native {
    Native { format, machines: vec![machine], soname: None, needed: vec![], rpath: vec![], runpath: vec![] }
}

fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

fn elf_facts<H: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Option<Native> {
    let header = H::parse(bytes).ok()?;
    let endian = header.endian().ok()?;
    if !matches!(header.e_type(endian), elf::ET_DYN | elf::ET_EXEC) {
        return None;
    }
    let machine = match header.e_machine(endian) {
        elf::EM_X86_64 => "x86_64".to_owned(),
        elf::EM_AARCH64 => "aarch64".to_owned(),
        elf::EM_386 => "i686".to_owned(),
        elf::EM_ARM => "armv7l".to_owned(),
        elf::EM_RISCV => "riscv64".to_owned(),
        elf::EM_PPC64 => "powerpc64le".to_owned(),
        elf::EM_S390 => "s390x".to_owned(),
        other => format!("elf-{}", other.0),
    };
    let mut native = empty(NativeFormat::Elf, machine);
    let segments = header.program_headers(endian, bytes).ok()?;
    for segment in segments {
        // A segment that reaches beyond the end: the file is cut off.
        segment.data(endian, bytes).ok()?;
        if let Some(dynamic) = segment.dynamic(endian, bytes).ok()? {
            elf_dynamic::<H>(endian, bytes, segments, dynamic, &mut native)?;
        }
    }
    Some(native)
}

fn elf_dynamic<H: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    bytes: &[u8],
    segments: &[H::ProgramHeader],
    dynamic: &[H::Dyn],
    native: &mut Native,
) -> Option<()> {
    let value = |tag| {
        let entry = dynamic.iter().find(|entry| entry.d_tag(endian) == tag)?;
        Some(entry.d_val(endian).into())
    };
    let (Some(address), Some(size)) = (value(elf::DT_STRTAB), value(elf::DT_STRSZ)) else { return Some(()) };
    let strings = segments
        .iter()
        .filter(|segment| segment.p_type(endian) == elf::PT_LOAD)
        .find_map(|segment| segment.data_range(endian, bytes, address, size).ok()?)?;
    let string = |offset: u64| {
        let rest = strings.get(usize::try_from(offset).ok()?..)?;
        text(&rest[..rest.iter().position(|byte| *byte == 0)?])
    };
    for entry in dynamic {
        let (tag, offset): (_, u64) = (entry.d_tag(endian), entry.d_val(endian).into());
        match tag {
            elf::DT_NULL => break,
            elf::DT_NEEDED => native.needed.push(string(offset)?),
            elf::DT_SONAME => native.soname = Some(string(offset)?),
            elf::DT_RPATH => native.rpath.extend(string(offset)?.split(':').map(str::to_owned)),
            elf::DT_RUNPATH => native.runpath.extend(string(offset)?.split(':').map(str::to_owned)),
            _ => {}
        }
    }
    Some(())
}

fn macho_machine(cpu: macho::CpuType) -> String {
    match cpu {
        macho::CPU_TYPE_X86_64 => "x86_64".to_owned(),
        macho::CPU_TYPE_ARM64 => "aarch64".to_owned(),
        macho::CPU_TYPE_X86 => "i686".to_owned(),
        other => format!("mach-o-{}", other.0),
    }
}

fn macho_facts<H: MachHeader<Endian = Endianness>>(bytes: &[u8]) -> Option<Native> {
    let header = H::parse(bytes, 0).ok()?;
    let endian = header.endian().ok()?;
    if header.filetype(endian) == macho::MH_OBJECT {
        return None;
    }
    let mut native = empty(NativeFormat::MachO, macho_machine(header.cputype(endian)));
    let mut commands = header.load_commands(endian, bytes, 0).ok()?;
    while let Some(command) = commands.next().ok()? {
        let string = |at| text(command.string(endian, at).ok()?);
        match command.variant().ok()? {
            LoadCommandVariant::Dylib(dylib) => native.needed.push(string(dylib.dylib.name)?),
            LoadCommandVariant::IdDylib(dylib) => native.soname = Some(string(dylib.dylib.name)?),
            LoadCommandVariant::Rpath(rpath) => native.rpath.push(string(rpath.path)?),
            _ => {}
        }
    }
    Some(native)
}

/// A universal file: the machines of all parts, the names of each, once.
fn fat_facts<F: FatArch>(bytes: &[u8]) -> Option<Native> {
    let mut merged: Option<Native> = None;
    for arch in MachOFatFile::<F>::parse(bytes).ok()?.arches() {
        let part = arch.data(bytes).ok()?;
        // Not a universal file again: one may contain itself.
        let part = match FileKind::parse(part).ok()? {
            FileKind::MachO32 => macho_facts::<macho::MachHeader32<Endianness>>(part)?,
            FileKind::MachO64 => macho_facts::<macho::MachHeader64<Endianness>>(part)?,
            _ => return None,
        };
        let Some(merged) = &mut merged else {
            merged = Some(part);
            continue;
        };
        merged.machines.extend(part.machines);
        merged.soname = merged.soname.take().or(part.soname);
        merge(&mut merged.needed, part.needed);
        merge(&mut merged.rpath, part.rpath);
    }
    merged
}

fn merge(into: &mut Vec<String>, from: Vec<String>) {
    for name in from {
        if !into.contains(&name) {
            into.push(name);
        }
    }
}

fn pe_facts<H: ImageNtHeaders>(bytes: &[u8]) -> Option<Native> {
    let file = PeFile::<H>::parse(bytes).ok()?;
    let machine = match file.nt_headers().file_header().machine.get(object::LittleEndian) {
        pe::IMAGE_FILE_MACHINE_AMD64 => "x86_64".to_owned(),
        pe::IMAGE_FILE_MACHINE_ARM64 => "aarch64".to_owned(),
        pe::IMAGE_FILE_MACHINE_I386 => "i686".to_owned(),
        other => format!("pe-{}", other.0),
    };
    let mut native = empty(NativeFormat::Pe, machine);
    if let Some(imports) = file.import_table().ok()? {
        let mut descriptors = imports.descriptors().ok()?;
        while let Some(descriptor) = descriptors.next().ok()? {
            native.needed.push(text(imports.name(descriptor.name.get(object::LittleEndian)).ok()?)?);
        }
    }
    Some(native)
}
