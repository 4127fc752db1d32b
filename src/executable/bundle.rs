//! The bundle (`unpack = "cache"`): launcher, frames, index, footer; laid out.
//!
//! All numbers are unsigned and little endian; a text is its length in 16 bits and UTF-8. The footer has 56 bytes: magic,
//! offset and length of the index (64 bits each), key. `permafreeze-bundle` reads it.
use permafreeze_base::sha256;

use crate::error::LayoutError;

const FORMAT: &str = "bundle";
const MAGIC: [u8; 8] = *b"PFBUNDLE";
const VERSION: u32 = 1;
const REGULAR: u8 = 0;
const LINK: u8 = 1;
/// Length in bytes of the footer.
pub const FOOTER: usize = 56;

/// What a bundle is called, and its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names<'n> {
    /// The executable's name: that of its folder in the cache.
    pub name: &'n str,
    /// Path of the file that is started.
    pub program: &'n str,
    /// Path of the folder that all other files are in.
    pub internal: &'n str,
}

/// A file of the unpacked folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path.
    pub path: String,
    /// What it is.
    pub kind: Kind,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    Regular {
        /// Permission bits.
        mode: u32,
        /// Size in bytes.
        size: u64,
        /// sha256 of its bytes.
        sha256: [u8; 32],
    },
    /// A symbolic link.
    Link {
        /// Where it leads, relative to its folder.
        target: String,
    },
}

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Length in bytes in the bundle.
    pub stored: u32,
    /// Length in bytes, decoded.
    pub size: u32,
    /// The number of its filter: 0 none, 1 x86, 2 arm64.
    pub filter: u8,
    /// Where its bytes go, in their order.
    pub extents: Vec<Extent>,
}

/// Bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Number of the file in the list.
    pub file: u32,
    /// Offset in bytes in that file.
    pub at: u64,
    /// Length in bytes.
    pub length: u32,
}

/// What follows the frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The index.
    pub index: Vec<u8>,
    /// The last bytes.
    pub footer: [u8; FOOTER],
}

/// Lays out a bundle: frames follow the launcher, which has `head` bytes, one after another. `files` are sorted by path.
///
/// # Errors
/// If the format cannot say a length.
pub fn lay_out(head: u64, names: Names<'_>, files: &[File], frames: &[Frame]) -> Result<Layout, LayoutError> {
    let mut index = VERSION.to_le_bytes().to_vec();
    for text in [names.name, names.program, names.internal] {
        push_text(&mut index, text)?;
    }
    index.extend(count("files", files.len())?);
    for file in files {
        push_file(&mut index, file)?;
    }
    index.extend(count("frames", frames.len())?);
    let mut offset = head;
    for frame in frames {
        index.extend(offset.to_le_bytes());
        push_frame(&mut index, frame)?;
        offset += u64::from(frame.stored);
    }
    let mut footer = [0; FOOTER];
    footer[..8].copy_from_slice(&MAGIC);
    footer[8..16].copy_from_slice(&offset.to_le_bytes());
    footer[16..24].copy_from_slice(&(index.len() as u64).to_le_bytes());
    footer[24..].copy_from_slice(&sha256::digest(&index));
    Ok(Layout { index, footer })
}

fn push_file(index: &mut Vec<u8>, file: &File) -> Result<(), LayoutError> {
    push_text(index, &file.path)?;
    match &file.kind {
        Kind::Regular { mode, size, sha256 } => {
            index.push(REGULAR);
            index.extend(mode.to_le_bytes());
            index.extend(size.to_le_bytes());
            index.extend(sha256);
        }
        Kind::Link { target } => {
            index.push(LINK);
            push_text(index, target)?;
        }
    }
    Ok(())
}

fn push_frame(index: &mut Vec<u8>, frame: &Frame) -> Result<(), LayoutError> {
    index.extend(frame.stored.to_le_bytes());
    index.extend(frame.size.to_le_bytes());
    index.push(frame.filter);
    index.extend(count("extents", frame.extents.len())?);
    for extent in &frame.extents {
        index.extend(extent.file.to_le_bytes());
        index.extend(extent.at.to_le_bytes());
        index.extend(extent.length.to_le_bytes());
    }
    Ok(())
}

fn push_text(index: &mut Vec<u8>, text: &str) -> Result<(), LayoutError> {
    let length = u16::try_from(text.len()).map_err(|_| too_large(text, text.len(), u16::MAX.into()))?;
    index.extend(length.to_le_bytes());
    index.extend(text.as_bytes());
    Ok(())
}

fn count(what: &str, count: usize) -> Result<[u8; 4], LayoutError> {
    Ok(u32::try_from(count).map_err(|_| too_large(what, count, u32::MAX.into()))?.to_le_bytes())
}

fn too_large(name: &str, number: usize, limit: u64) -> LayoutError {
    LayoutError::TooLarge { format: FORMAT, name: name.to_owned(), end: number as u64, limit }
}

#[cfg(test)]
mod tests {
    use permafreeze_bundle as read;

    use super::*;

    const NAMES: Names<'_> = Names { name: "app", program: "app", internal: "_internal" };

    fn files() -> Vec<File> {
        let regular = |path: &str, size| File {
            path: path.to_owned(),
            kind: Kind::Regular { mode: 0o700, size, sha256: [size as u8; 32] },
        };
        let link = File { path: "_internal/libx.so".to_owned(), kind: Kind::Link { target: "x/libx.so".to_owned() } };
        vec![link, regular("_internal/x/libx.so", 30), regular("app", 20)]
    }

    fn frames() -> Vec<Frame> {
        let extent = |file, at, length| Extent { file, at, length };
        vec![
            Frame { stored: 7, size: 10, filter: 1, extents: vec![extent(1, 20, 10)] },
            Frame { stored: 5, size: 25, filter: 0, extents: vec![extent(1, 0, 5), extent(2, 0, 20)] },
        ]
    }

    #[test]
    fn the_reader_reads_what_is_laid_out() {
        let layout = lay_out(1000, NAMES, &files(), &frames()).expect("fits");
        let size = 1000 + 12 + layout.index.len() as u64 + FOOTER as u64;
        let footer = read::Footer::parse(&layout.footer, size).expect("a footer");
        assert_eq!(footer.offset, 1012);
        assert_eq!(footer.key, sha256::digest(&layout.index));
        let index = read::Index::parse(&layout.index, footer.offset).expect("an index");
        assert_eq!((index.name.as_str(), index.program.as_str(), index.internal.as_str()), ("app", "app", "_internal"));
        let paths: Vec<_> = index.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["_internal/libx.so", "_internal/x/libx.so", "app"]);
        assert_eq!(index.files[2].kind, read::Kind::Regular { mode: 0o700, size: 20, sha256: [20; 32] });
        assert_eq!(index.files[0].kind, read::Kind::Link { target: "x/libx.so".to_owned() });
        let places: Vec<_> = index.frames.iter().map(|frame| (frame.offset, frame.stored, frame.filter)).collect();
        assert_eq!(places, [(1000, 7, read::Filter::X86), (1007, 5, read::Filter::None)]);
        assert_eq!(index.frames[1].extents[1], read::Extent { file: 2, at: 0, length: 20 });
    }

    #[test]
    fn the_key_changes_with_every_file() {
        let key = |files: &[File]| lay_out(0, NAMES, files, &frames()).expect("fits").footer[24..].to_vec();
        let mut changed = files();
        changed[2].kind = Kind::Regular { mode: 0o700, size: 20, sha256: [0; 32] };
        assert_ne!(key(&files()), key(&changed));
    }

    #[test]
    fn a_path_that_is_too_long_is_an_error() {
        let path = "x".repeat(usize::from(u16::MAX) + 1);
        let files = [File { path, kind: Kind::Link { target: "y".to_owned() } }];
        assert!(matches!(lay_out(0, NAMES, &files, &[]), Err(LayoutError::TooLarge { format: "bundle", .. })));
    }
}
