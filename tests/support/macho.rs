//! Mach-O files of two pages, made by hand: header, load commands, a page of code, symbols and strings.
#![allow(dead_code, reason = "each test needs a part of it")]

pub(crate) const AMD64: u32 = 0x0100_0007;
pub(crate) const ARM64: u32 = 0x0100_000c;
pub(crate) const PROGRAM: u32 = 2;
pub(crate) const LIBRARY: u32 = 6;
/// The command of a needed library, and of one that may be missing.
pub(crate) const LOAD: u32 = 0xc;
pub(crate) const LOAD_WEAK: u32 = 0x8000_0018;
/// Where the code begins: load commands may grow up to here.
pub(crate) const CODE: usize = 0x600;
/// Where symbols and strings begin.
pub(crate) const LINKEDIT: usize = 0x1000;
/// The UUID.
pub(crate) const ID: [u8; 16] = *b"0123456789abcdef";

/// What a file says of itself.
#[derive(Clone)]
pub(crate) struct Image<'a> {
    pub(crate) cpu: u32,
    pub(crate) kind: u32,
    /// Needed libraries by kind of command and name.
    pub(crate) needed: Vec<(u32, &'a str)>,
    pub(crate) run_paths: Vec<&'a str>,
    pub(crate) minimum: u32,
    pub(crate) sdk: u32,
    /// The string table.
    pub(crate) strings: &'a [u8],
}

impl Default for Image<'_> {
    fn default() -> Self {
        let needed = vec![(LOAD, "/usr/lib/libSystem.B.dylib")];
        let strings = b"\0_main\0_other\0";
        Image { cpu: ARM64, kind: LIBRARY, needed, run_paths: Vec::new(), minimum: 0xb0000, sdk: 0x1a0200, strings }
    }
}

impl Image<'_> {
    /// Returns the file, unsigned.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let end = LINKEDIT + 16 + self.strings.len();
        let text = [segment("__TEXT", 0, LINKEDIT, 1), section("__text", CODE, LINKEDIT - CODE)].concat();
        let mut commands = vec![text, segment("__LINKEDIT", LINKEDIT, end - LINKEDIT, 0)];
        commands.push(words(&[0x2, 24, LINKEDIT as u32, 1, (LINKEDIT + 16) as u32, self.strings.len() as u32]));
        commands.push([words(&[0x1b, 24]), ID.to_vec()].concat());
        commands.push(words(&[0x32, 24, 1, self.minimum, self.sdk, 0]));
        commands.extend(self.needed.iter().map(|(kind, name)| named(&[*kind, 0, 24, 2, 0x10203, 0x10000], name)));
        commands.extend(self.run_paths.iter().map(|path| named(&[0x8000_001c, 0, 12], path)));
        let all = commands.concat();
        let header = [0xfeed_facf, self.cpu, 0, self.kind, commands.len() as u32, all.len() as u32, 0x85, 0];
        let mut bytes = [words(&header), all].concat();
        assert!(bytes.len() <= CODE, "too many load commands");
        bytes.resize(CODE, 0);
        bytes.extend((CODE..LINKEDIT).map(|at| (at % 251) as u8));
        bytes.extend([7; 16]);
        bytes.extend(self.strings);
        bytes
    }
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn longs(numbers: &[usize]) -> Vec<u8> {
    numbers.iter().flat_map(|number| (*number as u64).to_le_bytes()).collect()
}

/// A name of 16 bytes.
fn name(name: &str) -> Vec<u8> {
    let mut bytes = name.as_bytes().to_vec();
    bytes.resize(16, 0);
    bytes
}

fn segment(title: &str, offset: usize, size: usize, sections: u32) -> Vec<u8> {
    let memory = size.next_multiple_of(0x4000);
    let length = 72 + 80 * sections;
    let place = longs(&[0x1_0000_0000 + offset, memory, offset, size]);
    [words(&[0x19, length]), name(title), place, words(&[5, 5, sections, 0])].concat()
}

fn section(title: &str, offset: usize, size: usize) -> Vec<u8> {
    let place = longs(&[0x1_0000_0000 + offset, size]);
    [name(title), name("__TEXT"), place, words(&[offset as u32, 4, 0, 0, 0, 0, 0, 0])].concat()
}

/// A command with a name after its fields; the second is its length, which is put in.
fn named(fields: &[u32], name: &str) -> Vec<u8> {
    let mut bytes = [words(fields), name.as_bytes().to_vec()].concat();
    bytes.resize((bytes.len() + 1).next_multiple_of(8), 0);
    let length = bytes.len() as u32;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    bytes
}
