//! How much memory hostile files cost: the allocator counts. One test, since all threads share the count.
#[path = "support/bundle.rs"]
mod bundle;
mod support;

use peak_alloc::PeakAlloc;
use permafreeze_archive::inflate::FREE_SIZE;
use permafreeze_archive::marshal::{self, MAX_VALUES};
use permafreeze_archive::{Archive, Executable, Pyz, Zip};
use permafreeze_object::native;
use support::{Part, executable, line, package, plain, zlib};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;
/// More than what is taken at any ratio.
const BOMB: usize = FREE_SIZE as usize + 16 * MIB;

/// Runs what must fail, with no more than `most` bytes beside what is there before.
#[track_caller]
fn fails_within<T, E: std::fmt::Display>(most: usize, run: impl FnOnce() -> Result<T, E>) -> String {
    let (text, peak) = measured(run);
    let text = text.err().expect("an error");
    assert!(peak <= most, "`{peak}` bytes, `{most}` are the most: {text}");
    text
}

fn measured<T, E: std::fmt::Display>(run: impl FnOnce() -> Result<T, E>) -> (Result<T, String>, usize) {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let result = run().map_err(|error| error.to_string());
    (result, ALLOCATOR.peak_usage().saturating_sub(before))
}

fn data_of(part: Part) -> (Archive, usize) {
    let archive = Archive::parse(executable(&[part])).unwrap();
    let size = archive.bytes().len();
    (archive, size)
}

/// A zlib stream of so many zeros is a thousandth of it.
fn bombs() {
    let stored = zlib(&vec![0; BOMB]);
    let bomb = |size: u32| Part { stored: stored.clone(), size, ..support::compressed(b'x', "bomb", b"") };
    for (size, most) in [(10, 2 * MIB), (u32::MAX, MIB), (BOMB as u32, MIB), ((30 * MIB) as u32, 64 * MIB)] {
        let (archive, _) = data_of(bomb(size));
        fails_within(most, || archive.data(&archive.entries()[0]));
    }
    let toc = support::python::list(&[support::python::line("a", 0, 17, stored.len() as i32)]);
    let header = support::python::header(17 + stored.len() as u32);
    let pyz = Pyz::parse([header, stored.clone(), toc].concat()).unwrap();
    let text = fails_within(3 * FREE_SIZE as usize, || pyz.code(&pyz.modules()[0]));
    assert!(text.contains(&format!("more than `{FREE_SIZE}` bytes")), "{text}");
    let mut member = support::member("bomb", b"", true);
    // Without the header and the checksum of zlib.
    member.stored = stored[2..stored.len() - 4].to_vec();
    member.stored_size = member.stored.len() as u32;
    for size in [10, BOMB as u32, 1 << 31, u32::MAX - 1] {
        member.size = size;
        let zip = Zip::parse(support::zip(std::slice::from_ref(&member))).unwrap();
        fails_within(2 * MIB, || zip.data(&zip.members()[0]));
    }
}

/// What declares much and has little.
fn declarations() {
    for letter in [&b"("[..], b"[", b"<", b">", b"s", b"u", b"a", b"l"] {
        fails_within(MIB, || marshal::parse(&[letter, &i32::MAX.to_le_bytes()].concat()));
    }
    let nested: Vec<u8> = b"[\xf0\xff\x0f\0".iter().copied().cycle().take(2 * MIB).collect();
    fails_within(4 * MIB, || marshal::parse(&nested));
    fails_within(MIB, || Archive::parse(package(&[], &[255; 64])));
}

/// As many small parts as fit.
fn many() {
    let entry = &line(0, 0, 0, 0, b'x', b"")[..18];
    let mut smallest = entry.to_vec();
    smallest[..4].copy_from_slice(&19_u32.to_be_bytes());
    smallest.push(0);
    let toc = smallest.repeat((32 << 20) / smallest.len());
    let bytes = package(&[], &toc);
    let (archive, peak) = measured(|| Archive::parse(bytes));
    assert_eq!(archive.unwrap().entries().len(), toc.len() / 19);
    assert!(peak < 512 * MIB, "`{peak}` bytes for a table of `{}`", toc.len());
    let count = (MAX_VALUES as u32 + 1).to_le_bytes();
    let values = [&b"["[..], &count, &b"\xce".repeat(MAX_VALUES + 1)].concat();
    assert!(fails_within(768 * MIB, || marshal::parse(&values)).contains("are the most"));
}

/// Two thousand libraries with the same name of 60 kB.
fn native_names() {
    use support::native::{DYNAMIC, elf};
    let mut bytes = elf();
    let start = bytes.len() as u64;
    let mut entries = vec![[5, start + 16 * 2004], [10, 60_001]];
    entries.extend([[1, 0]; 2000]);
    entries.push([0, 0]);
    let table: Vec<u8> = entries.concat().iter().flat_map(|number: &u64| number.to_le_bytes()).collect();
    bytes.extend(&table);
    bytes.resize(start as usize + 16 * 2004, 0);
    bytes.extend(b"n".repeat(60_000));
    bytes.push(0);
    let size = bytes.len() as u64;
    for (header, numbers) in [(64, [0, 0, 0, size, size]), (120, [start; 5])] {
        for (index, number) in numbers.iter().enumerate() {
            let number = if header == 120 && index > 2 { table.len() as u64 } else { *number };
            bytes[header + 8 + index * 8..header + 16 + index * 8].copy_from_slice(&number.to_le_bytes());
        }
    }
    assert!(DYNAMIC < start as usize);
    let text = fails_within(64 * MIB, || native::facts(&bytes));
    assert!(text.contains("names of more than `33554432` bytes"), "{text}");
}

/// A file that is right costs what it has.
fn right() {
    let content = vec![3; 40 * MIB];
    let archive = Archive::parse(executable(&[plain(b'x', "a", &content)])).unwrap();
    let (data, peak) = measured(|| archive.data(&archive.entries()[0]));
    assert!(data.unwrap() == content && peak <= 41 * MIB, "`{peak}` bytes");
}

/// A file of a gigabyte that is not an executable, and one that says so only across a step of the search.
fn files() {
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::try_from(folder.path().join("file")).unwrap();
    std::fs::File::create(&path).unwrap().set_len(1 << 30).unwrap();
    assert!(fails_within(MIB, || Archive::open(&path)).contains("no cookie"));
    for trailer in 65_420..65_460 {
        let bytes = [package(&[], &[]), vec![0; trailer]].concat();
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(Archive::open(&path).unwrap().trailer().len(), trailer);
    }
}

/// Bundles whose files or frames are far larger than they are.
fn bundles() {
    let own = (bundle::PROGRAM, Some(0o700), &b"program"[..]);
    let declared = |sizes: &[u64]| {
        let names: Vec<String> = (0..sizes.len()).map(|number| format!("_internal/{number}")).collect();
        let mut files: Vec<bundle::File<'_>> =
            names.iter().map(|name| (name.as_str(), Some(0o600), &b""[..])).collect();
        files.push(own);
        let mut index = bundle::index(&files, &[]);
        // Behind version, three names and the count: path, kind, mode, size.
        let mut at = 4 + (2 + 3) + (2 + 3) + (2 + 9) + 4;
        for (name, size) in names.iter().zip(sizes) {
            at += 2 + name.len() + 1 + 4;
            index[at..at + 8].copy_from_slice(&size.to_le_bytes());
            at += 8 + 32;
        }
        bundle::finish(bundle::LAUNCHER.to_vec(), &index)
    };
    for sizes in [&[u64::MAX][..], &[1 << 40], &[u64::MAX, u64::MAX], &[FREE_SIZE, 1]] {
        let bytes = declared(sizes);
        assert!(fails_within(MIB, || Executable::parse(bytes)).contains("stored ones become"));
    }
    // As much as fits, and then no program.
    let bytes = declared(&[FREE_SIZE - 7]);
    fails_within(80 * MIB, || Executable::parse(bytes));
    // A frame that decodes to more than it says.
    let stored = bundle::frame(&vec![0; 32 * MIB]);
    let frames = [(24, stored.len() as u32, 7, vec![(0, 0, 7)])];
    let bytes = bundle::finish([bundle::LAUNCHER, &stored].concat(), &bundle::index(&[own], &frames));
    assert!(fails_within(20 * MIB, || Executable::parse(bytes)).contains("frame `0` at byte `24`"));
}

#[test]
fn memory_is_bounded() {
    bundles();
    right();
    bombs();
    declarations();
    many();
    native_names();
    files();
}
