//! Tests of the index.
use super::*;

/// An index, written by hand.
struct Bytes(Vec<u8>);

impl Bytes {
    fn u32(&mut self, number: u32) -> &mut Bytes {
        self.0.extend(number.to_le_bytes());
        self
    }

    fn u64(&mut self, number: u64) -> &mut Bytes {
        self.0.extend(number.to_le_bytes());
        self
    }

    fn text(&mut self, text: &str) -> &mut Bytes {
        self.0.extend((text.len() as u16).to_le_bytes());
        self.0.extend(text.as_bytes());
        self
    }

    fn regular(&mut self, path: &str, size: u64) -> &mut Bytes {
        self.text(path).0.push(0);
        self.u32(0o600).u64(size).0.extend([7; 32]);
        self
    }

    fn link(&mut self, path: &str, target: &str) -> &mut Bytes {
        self.text(path).0.push(1);
        self.text(target)
    }

    fn frame(&mut self, offset: u64, stored: u32, size: u32, extents: &[(u32, u64, u32)]) -> &mut Bytes {
        self.u64(offset).u32(stored).u32(size).0.push(1);
        self.u32(extents.len() as u32);
        for (file, at, length) in extents {
            self.u32(*file).u64(*at).u32(*length);
        }
        self
    }

    fn parse(&self) -> Result<Index, BundleError> {
        Index::parse(&self.0, 1000)
    }

    fn problem(&self) -> &'static str {
        match self.parse() {
            Err(BundleError::Index { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    }
}

fn start(name: &str, files: u32) -> Bytes {
    let mut bytes = Bytes(Vec::new());
    bytes.u32(VERSION).text(name).text("app").text("_internal").u32(files);
    bytes
}

fn whole() -> Bytes {
    let mut bytes = start("app", 3);
    bytes.link("_internal/libx.so", "x/libx.so").regular("_internal/x/libx.so", 50).regular("app", 10).u32(1);
    bytes.frame(900, 100, 20, &[(1, 5, 15), (2, 0, 5)]);
    bytes
}

#[test]
fn an_index_is_read() {
    let index = whole().parse().expect("an index");
    assert_eq!((index.name.as_str(), index.files.len()), ("app", 3));
    assert_eq!(index.files[0].kind, Kind::Link { target: "x/libx.so".to_owned() });
    let frame = &index.frames[0];
    assert_eq!((frame.position(), frame.filter), (5, Filter::X86));
    assert_eq!(
        frame.parts().map(|(extent, range)| (extent.file, range)).collect::<Vec<_>>(),
        [(1, 0..15), (2, 15..20)]
    );
}

#[test]
fn the_head_is_read_of_the_first_bytes() {
    let bytes = whole().0;
    let head = Head::parse(&bytes[..50]).expect("a head");
    assert_eq!((head.name.as_str(), head.program.as_str(), head.internal.as_str()), ("app", "app", "_internal"));
    assert!(Head::parse(&bytes[..20]).is_err());
}

#[test]
fn every_shorter_index_is_refused() {
    let bytes = whole().0;
    for length in 0..bytes.len() {
        assert!(Index::parse(&bytes[..length], 1000).is_err(), "{length} bytes");
    }
    let longer = [bytes.as_slice(), b"\0"].concat();
    assert!(Index::parse(&longer, 1000).is_err());
}

#[test]
fn another_version_is_refused() {
    let mut bytes = whole();
    bytes.0[0] = 2;
    assert_eq!(bytes.parse(), Err(BundleError::Version { found: 2, known: VERSION }));
}

#[test]
fn paths_stay_in_the_folder() {
    for path in ["../x", "/x", "x/../y", "x//y", "x/", "./x"] {
        let mut bytes = start("app", 1);
        assert_eq!(bytes.regular(path, 1).u32(0).problem(), "a path leads out of the folder", "{path}");
    }
    for target in ["../x", "/x", "a/../../x", "a//x"] {
        let mut bytes = start("app", 1);
        assert!(bytes.link("link", target).u32(0).problem().starts_with("a link"), "{target}");
    }
    assert_eq!(start("a/b", 0).problem(), "the name has a slash");
    assert_eq!(start("..", 0).problem(), "a path leads out of the folder");
}

#[test]
fn files_are_there_once_and_sorted() {
    for paths in [["x", "x"], ["y", "x"]] {
        let mut bytes = start("app", 2);
        bytes.regular(paths[0], 1).regular(paths[1], 1).u32(0);
        assert_eq!(bytes.problem(), "files are not sorted, or one is there twice");
    }
}

#[test]
fn frames_and_extents_fit() {
    type Case = (u64, u32, u32, Vec<(u32, u64, u32)>, &'static str);
    let cases: [Case; 7] = [
        (950, 51, 1, vec![(0, 0, 1)], "a frame lies outside of the bundle"),
        (u64::MAX, 51, 1, vec![(0, 0, 1)], "a frame lies outside of the bundle"),
        (0, 1, FRAME_LIMIT + 1, vec![], "a frame is too large"),
        (0, 1, 2, vec![(0, 0, 1)], "extents do not cover their frame"),
        (0, 1, 2, vec![(0, 9, 2)], "an extent goes beyond its file"),
        (0, 1, 2, vec![(0, u64::MAX, 2)], "an extent goes beyond its file"),
        (0, 1, 2, vec![(2, 0, 2)], "an extent is of no regular file"),
    ];
    for (offset, stored, size, extents, problem) in cases {
        let mut bytes = start("app", 2);
        bytes.regular("a", 10).link("b", "a").u32(1).frame(offset, stored, size, &extents);
        assert_eq!(bytes.problem(), problem);
    }
}
