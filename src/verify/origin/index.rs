//! The index and the footer of a bundle, rebuilt: of the report, of what the unpacked files are, and of the frames that
//! objects have. Shares no code with the linker.
use permafreeze_archive::{Bundle, Unpacked};
use permafreeze_base::sha256;
use permafreeze_executable::report::{File, FileKind};
use permafreeze_object::frames::SIZE;

use super::Check;
use super::bundle::Framed;

const MAGIC: &[u8; 8] = b"PFBUNDLE";
const VERSION: u32 = 1;
/// The folder of the files beside the program.
const INTERNAL: &str = "_internal";
/// Permission bits of what is loaded or run, and of data.
const MODES: [u32; 2] = [0o700, 0o600];

/// Bytes of a file: its number, where they begin, how many.
type Extent = (usize, usize, usize);

/// A frame as it has to be.
struct Frame {
    filter: u8,
    extents: Vec<Extent>,
}

/// Rebuilds the index; `ends` has the ends of each file's parts.
pub(super) fn index(check: Check<'_>, bundle: &Bundle, frames: &[Framed], ends: &[Vec<usize>]) -> Vec<u8> {
    let mut index = VERSION.to_le_bytes().to_vec();
    let name = check.report.name.as_str();
    for text in [name, name, INTERNAL] {
        push_text(&mut index, text);
    }
    let mut files: Vec<(String, Option<&File>)> =
        check.report.files.iter().map(|file| (format!("{INTERNAL}/{}", file.name), Some(file))).collect();
    files.push((name.to_owned(), None));
    files.sort_by(|a, b| a.0.cmp(&b.0));
    index.extend((files.len() as u32).to_le_bytes());
    for (path, said) in &files {
        let found = check.executable.files().iter().find(|file| file.path == *path);
        push_file(&mut index, path, *said, found.map(Unpacked::raw).unwrap_or_default());
    }
    let expected = expected(check, bundle, frames, ends);
    index.extend((expected.len() as u32).to_le_bytes());
    let mut offset = check.sources.launcher().map_or(bundle.launcher().len(), <[u8]>::len) as u64;
    for (number, frame) in expected.iter().enumerate() {
        // What a frame is stored as is compared with its object, or encoded again.
        let stored = bundle.contents().frames.get(number).map_or(0, |frame| frame.stored);
        index.extend(offset.to_le_bytes());
        index.extend(stored.to_le_bytes());
        push_frame(&mut index, frame);
        offset += u64::from(stored);
    }
    index
}

/// Rebuilds the footer of an index that begins at a byte of the bundle.
pub(super) fn footer(offset: usize, index: &[u8]) -> Vec<u8> {
    let mut footer = MAGIC.to_vec();
    footer.extend((offset as u64).to_le_bytes());
    footer.extend((index.len() as u64).to_le_bytes());
    footer.extend(sha256::digest(index));
    footer
}

fn push_text(index: &mut Vec<u8>, text: &str) {
    index.extend((text.len() as u16).to_le_bytes());
    index.extend(text.as_bytes());
}

/// A file as the report has it; the program has no row there.
fn push_file(index: &mut Vec<u8>, path: &str, said: Option<&File>, bytes: &[u8]) {
    push_text(index, path);
    let mode = match said {
        Some(File { kind: FileKind::Symlink, target, .. }) => {
            index.push(1);
            return push_text(index, target.as_deref().unwrap_or_default());
        }
        Some(File { kind: FileKind::Data, .. }) => MODES[1],
        _ => MODES[0],
    };
    index.push(0);
    index.extend(mode.to_le_bytes());
    index.extend(said.map_or(bytes.len() as u64, |said| said.size).to_le_bytes());
    index.extend(sha256::digest(bytes));
}

fn push_frame(index: &mut Vec<u8>, frame: &Frame) {
    let size: usize = frame.extents.iter().map(|(_, _, length)| length).sum();
    index.extend((size as u32).to_le_bytes());
    index.push(frame.filter);
    index.extend((frame.extents.len() as u32).to_le_bytes());
    for (file, at, length) in &frame.extents {
        index.extend((*file as u32).to_le_bytes());
        index.extend((*at as u64).to_le_bytes());
        index.extend((*length as u32).to_le_bytes());
    }
}

/// Which frames there have to be: those of objects, file by file; then what is left, file by file and part by part, in
/// frames that are full but for the last.
fn expected(check: Check<'_>, bundle: &Bundle, frames: &[Framed], ends: &[Vec<usize>]) -> Vec<Frame> {
    let mut own: Vec<(Extent, u8, usize)> = Vec::new();
    for (frame, framed) in bundle.contents().frames.iter().zip(frames) {
        if let (Framed::Object(object), [extent]) = (framed, &frame.extents[..]) {
            let extent = (extent.file as usize, extent.at as usize, object.size as usize);
            own.push((extent, object.filter as u8, object.length() as usize));
        }
    }
    own.sort();
    let mut left: Vec<Extent> = Vec::new();
    for (number, file) in check.executable.files().iter().enumerate().filter(|(_, file)| !file.is_link()) {
        // The program is put together of parts; another file is one.
        let cuts = if Some(number) == check.executable.own() { ends.get(number) } else { None };
        let mut at = 0;
        for ((_, from, _), _, length) in own.iter().filter(|((file, ..), ..)| *file == number) {
            pieces(number, at, *from, cuts, &mut left);
            at = from + length;
        }
        pieces(number, at, file.raw().len(), cuts, &mut left);
    }
    let own = own.into_iter().map(|(extent, filter, _)| Frame { filter, extents: vec![extent] });
    own.chain(gathered(&left)).collect()
}

/// Adds the bytes from `at` to `end`, cut at the ends of parts.
fn pieces(file: usize, mut at: usize, end: usize, cuts: Option<&Vec<usize>>, left: &mut Vec<Extent>) {
    let cuts = cuts.into_iter().flatten().copied().filter(|cut| *cut < end);
    for cut in cuts.chain([end]) {
        if cut > at {
            left.push((file, at, cut - at));
            at = cut;
        }
    }
}

fn gathered(left: &[Extent]) -> Vec<Frame> {
    let mut all: Vec<Frame> = Vec::new();
    let mut room = 0;
    for (file, at, length) in left {
        let (mut at, end) = (*at, at + length);
        while at < end {
            if room == 0 {
                all.push(Frame { filter: 0, extents: Vec::new() });
                room = SIZE;
            }
            let taken = room.min(end - at);
            if let Some(frame) = all.last_mut() {
                frame.extents.push((*file, at, taken));
            }
            (at, room) = (at + taken, room - taken);
        }
    }
    all
}
