//! Native files of some hundred bytes, with all that their readers look at.

fn put(bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
    bytes.resize(bytes.len().max(at + data.len()), 0);
    bytes[at..at + data.len()].copy_from_slice(data);
}

fn words(numbers: &[u64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn halves(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// A 64-bit program header: type, flags, offset (which is the address, too), size.
fn segment(kind: u32, flags: u32, offset: u64, size: u64) -> Vec<u8> {
    [halves(&[kind, flags]), words(&[offset, offset, offset, size, size, 1])].concat()
}

pub(crate) const DYNAMIC: usize = 0x200;
pub(crate) const NEEDS: usize = 0x300;
pub(crate) const STRINGS: usize = 0x340;
const TEXT: &[u8] = b"\0libc.so.6\0libme.so.1\0$ORIGIN:/opt/lib\0GLIBC_2.17\0GLIBC_2.28\0/lib64/ld.so\0";

fn offset_of(name: &str) -> u64 {
    TEXT.windows(name.len() + 1).position(|part| part == [name.as_bytes(), b"\0"].concat()).unwrap() as u64
}

/// An ELF library: amd64, one needed library with two versions, a run path, full RELRO, an executable stack.
pub(crate) fn elf() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    let size = (STRINGS + TEXT.len()) as u64;
    put(&mut bytes, 16, &[3, 0, 62, 0, 1, 0, 0, 0]);
    put(&mut bytes, 32, &words(&[64]));
    put(&mut bytes, 52, &[64, 0, 56, 0, 5, 0]);
    let interpreter = STRINGS as u64 + offset_of("/lib64/ld.so");
    let segments = [
        segment(1, 5, 0, size),
        segment(2, 6, DYNAMIC as u64, 16 * 10),
        segment(0x6474_e551, 7, 0, 0),
        segment(0x6474_e552, 4, DYNAMIC as u64, 16 * 10),
        segment(3, 4, interpreter, 13),
    ];
    put(&mut bytes, 64, &segments.concat());
    let dynamic = [
        [5, STRINGS as u64],
        [10, TEXT.len() as u64],
        [1, offset_of("libc.so.6")],
        [14, offset_of("libme.so.1")],
        [29, offset_of("$ORIGIN:/opt/lib")],
        [0x6fff_fffe, NEEDS as u64],
        [0x6fff_ffff, 1],
        [30, 8],
        [0x6fff_fffb, 1],
        [0, 0],
    ];
    put(&mut bytes, DYNAMIC, &words(&dynamic.concat()));
    let name = |name| offset_of(name) as u32;
    let needs = [1 | 2 << 16, name("libc.so.6"), 16, 0, 0, 0, name("GLIBC_2.17"), 16, 0, 0, name("GLIBC_2.28"), 0];
    put(&mut bytes, NEEDS, &halves(&needs));
    put(&mut bytes, STRINGS, TEXT);
    bytes
}

fn command(kind: u32, fields: &[u32], name: &str) -> Vec<u8> {
    let start = 8 + fields.len() * 4;
    let length = if name.is_empty() { start } else { (start + name.len() + 1).next_multiple_of(8) };
    let mut command = [halves(&[kind, length as u32]), halves(fields), name.as_bytes().to_vec()].concat();
    command.resize(length, 0);
    command
}

/// A Mach-O library for a CPU: one needed library, a run path, macOS 11.0 at least.
pub(crate) fn macho(cpu: u32, minimum: u32) -> Vec<u8> {
    let commands = [
        command(0xd, &[24, 0, 0, 0], "@rpath/libme.dylib"),
        command(0xc, &[24, 0, 0, 0], "/usr/lib/libSystem.B.dylib"),
        command(0x8000_001c, &[12], "@loader_path/.dylibs"),
        command(0x32, &[1, minimum, minimum, 0], ""),
    ];
    let size = commands.concat().len() as u32;
    [halves(&[0xfeed_facf, cpu, 0, 6, commands.len() as u32, size, 0, 0]), commands.concat()].concat()
}

pub(crate) const MACHO_AMD64: u32 = 0x0100_0007;
pub(crate) const MACHO_ARM64: u32 = 0x0100_000c;

/// A universal file of these parts.
pub(crate) fn fat(parts: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let big = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    let mut bytes = big(&[0xcafe_babe, parts.len() as u32]);
    let mut at = (8 + 20 * parts.len()).next_multiple_of(8);
    for (cpu, part) in parts {
        bytes.extend(big(&[*cpu, 0, at as u32, part.len() as u32, 3]));
        at += part.len().next_multiple_of(8);
    }
    for (_, part) in parts {
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(part);
    }
    bytes
}

/// Where [`pe`]'s section begins in the file, and in memory relative to the file's base.
pub(crate) const RAW: usize = 0x200;
const ADDRESS: u32 = 0x1000;
const BASE: u64 = 0x1_8000_0000;
/// Where the pointer is, in the section, that [`pe`] exports as `PyImport_Inittab`, and where the table.
pub(crate) const INITTAB: usize = 0x1c0;
pub(crate) const MODULES: usize = 0x1d0;

/// A PE library for amd64 that imports a name and an ordinal of `KERNEL32.dll`, `wbem.dll` when it is first called,
/// forwards an export to `NTDLL`, and has the modules `_abc` and `zlib` inside.
pub(crate) fn pe() -> Vec<u8> {
    let mut bytes = b"MZ".to_vec();
    put(&mut bytes, 60, &halves(&[64]));
    put(&mut bytes, 64, b"PE\0\0\x64\x86\x01\0");
    put(&mut bytes, 84, &[240, 0, 0x22, 0x20]);
    put(&mut bytes, 88, &[0x0b, 0x02]);
    put(&mut bytes, 88 + 24, &words(&[BASE]));
    put(&mut bytes, 88 + 32, &halves(&[0x1000, 0x200]));
    put(&mut bytes, 88 + 56, &halves(&[0x2000, 0x200]));
    put(&mut bytes, 88 + 70, &[0x60, 0x01]);
    put(&mut bytes, 88 + 108, &halves(&[16]));
    put(&mut bytes, 88 + 112, &halves(&[ADDRESS + 0x100, 0xc0, ADDRESS, 40]));
    put(&mut bytes, 88 + 112 + 8 * 13, &halves(&[ADDRESS + 0xa0, 64]));
    put(&mut bytes, 88 + 240, b".idata\0\0");
    put(&mut bytes, 88 + 248, &halves(&[0x400, ADDRESS, 0x400, RAW as u32]));
    put(&mut bytes, RAW, &halves(&[ADDRESS + 0x40, 0, 0, ADDRESS + 0x80, ADDRESS + 0x40]));
    put(&mut bytes, RAW + 0x40, &words(&[u64::from(ADDRESS) + 0x60, 1 << 63 | 7, 0]));
    put(&mut bytes, RAW + 0x60, b"\0\0GetVersion\0");
    put(&mut bytes, RAW + 0x80, b"KERNEL32.dll\0");
    put(&mut bytes, RAW + 0xa0, &halves(&[1, ADDRESS + 0xe0]));
    put(&mut bytes, RAW + 0xe0, b"wbem.dll\0");
    put_exports(&mut bytes);
    put(&mut bytes, RAW + 0x3ff, &[0]);
    bytes
}

fn put_exports(bytes: &mut Vec<u8>) {
    let directory = [0, 0, 0, 0, 1, 2, 2, ADDRESS + 0x128, ADDRESS + 0x130, ADDRESS + 0x138];
    put(bytes, RAW + 0x100, &halves(&directory));
    put(bytes, RAW + 0x128, &halves(&[ADDRESS + 0x160, ADDRESS + INITTAB as u32, ADDRESS + 0x180, ADDRESS + 0x190]));
    put(bytes, RAW + 0x138, &[0, 0, 1, 0]);
    put(bytes, RAW + 0x160, b"NTDLL.RtlZeroMemory\0");
    put(bytes, RAW + 0x180, b"Forwarded\0");
    put(bytes, RAW + 0x190, b"PyImport_Inittab\0");
    let loaded = |at: usize| BASE + u64::from(ADDRESS) + at as u64;
    put(bytes, RAW + INITTAB, &words(&[loaded(MODULES)]));
    put(bytes, RAW + MODULES, &words(&[loaded(0x220), loaded(0), loaded(0x228), loaded(0), 0, 0]));
    put(bytes, RAW + 0x220, b"_abc\0\0\0\0zlib\0");
}
