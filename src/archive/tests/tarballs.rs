//! Archives of folders: what they hold is what the folder has; lying, damaged and hostile ones have an error.

use crate::support::{code, executable, plain, pyz};
use permafreeze_archive::{Executable, Form};
use structured_zstd::encoding::{CompressionLevel, FrameCompressor};
use tar::{Builder, EntryType, Header};

fn program() -> Vec<u8> {
    executable(&[
        plain(b's', "main", &code()),
        plain(b'o', "pyi-contents-directory _internal", b""),
        plain(b'z', "PYZ.pyz", &pyz(&[("a", 1, code())])),
    ])
}

/// A header as the linker writes it.
fn header(kind: EntryType, size: usize) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o755);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size as u64);
    header
}

fn add(builder: &mut Builder<Vec<u8>>, path: &str, bytes: &[u8]) {
    builder.append_data(&mut header(EntryType::Regular, bytes.len()), path, bytes).unwrap();
}

/// A tar archive of a program, and what `more` adds.
fn tar_with(more: impl FnOnce(&mut Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    add(&mut builder, "app/app", &program());
    more(&mut builder);
    builder.into_inner().unwrap()
}

/// One zstd frame for so many bytes each.
fn compressed(tar: &[u8], most: usize, has_checksum: bool) -> Vec<u8> {
    let frame = |bytes: &[u8]| {
        let mut compressor: FrameCompressor = FrameCompressor::new(CompressionLevel::from_level(3));
        compressor.set_content_checksum(has_checksum);
        compressor.compress_independent_frame(bytes)
    };
    tar.chunks(most).flat_map(frame).collect()
}

fn parsed(tar: &[u8]) -> Executable {
    Executable::parse(compressed(tar, 1000, true)).unwrap()
}

#[track_caller]
fn error(more: impl FnOnce(&mut Builder<Vec<u8>>)) -> String {
    Executable::parse(compressed(&tar_with(more), 1 << 20, true)).expect_err("an error").to_string()
}

#[test]
fn it_is_read_as_the_folder_that_it_holds() {
    let long = format!("app/_internal/{}data", "long/".repeat(60));
    let tar = tar_with(|builder| {
        add(builder, &long, b"data");
        builder.append_link(&mut header(EntryType::Symlink, 0), "app/_internal/link.so", "liba.so").unwrap();
    });
    for most in [100, 4096, 1 << 20] {
        let bytes = compressed(&tar, most, true);
        let found = Executable::parse(bytes.clone()).unwrap();
        assert!(found.form() == Form::Onedir && found.is_packed() && found.bytes() == bytes);
        let names: Vec<_> = found.files().iter().map(|file| (file.path.as_str(), file.is_link())).collect();
        assert_eq!(names, [("_internal/link.so", true), (&long[4..], false), ("app", false)]);
        assert_eq!(found.files()[0].target().as_deref(), Some("liba.so"));
        assert_eq!(found.program().bytes(), program());
    }
}

#[test]
fn a_file_is_told_by_its_begin() {
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::try_from(folder.path().join("any-name")).unwrap();
    std::fs::write(&path, compressed(&tar_with(|_| {}), 500, true)).unwrap();
    let found = Executable::open(&path).unwrap();
    assert_eq!(found.start(&path), path, "nothing is unpacked yet");
    let program = found.unpack(&path.with_file_name("unpacked")).unwrap();
    assert_eq!(std::fs::read(program).unwrap(), found.program().bytes());
}

#[test]
fn what_a_folder_cannot_have_is_refused() {
    let regular = |path: &'static str| move |builder: &mut Builder<Vec<u8>>| add(builder, path, b"1");
    assert!(error(regular("other/file")).contains("has the folder `other` besides another"));
    assert!(error(regular("file")).contains("has the path `file`"));
    assert!(error(regular("app/app")).contains("has `app` twice"));
    assert!(error(regular("app/beside")).contains("has the file `beside` beside the program"));
    let raw = |path: &'static [u8]| {
        move |builder: &mut Builder<Vec<u8>>| {
            let mut header = header(EntryType::Regular, 0);
            header.as_old_mut().name[..path.len()].copy_from_slice(path);
            header.set_cksum();
            builder.append(&header, &b""[..]).unwrap();
        }
    };
    assert!(error(raw(b"app/../../x")).contains("has the path"));
    assert!(error(raw(b"/app/x")).contains("has the path"));
    assert!(error(raw(b"app/_internal/\xff")).contains("not UTF-8"));
    for kind in [EntryType::Link, EntryType::Directory, EntryType::Char, EntryType::Fifo] {
        let text = error(|builder| {
            let mut header = header(kind, 0);
            header.set_path("app/_internal/x").unwrap();
            header.set_cksum();
            builder.append(&header, &b""[..]).unwrap();
        });
        assert!(text.contains("which is a"), "{text}");
    }
}

#[test]
fn owners_and_times_are_refused() {
    let spoils: [fn(&mut Header); 4] = [
        |header| header.set_mtime(1),
        |header| header.set_uid(1000),
        |header| header.set_gid(100),
        |header| header.set_username("me").unwrap(),
    ];
    for spoil in spoils {
        let text = error(|builder| {
            let mut header = header(EntryType::Regular, 0);
            spoil(&mut header);
            builder.append_data(&mut header, "app/_internal/x", &b""[..]).unwrap();
        });
        assert!(text.contains("has an owner or a time of"), "{text}");
    }
}

#[test]
fn damaged_archives_are_refused() {
    let tar = tar_with(|builder| add(builder, "app/_internal/data", &[7; 3000]));
    assert_eq!(parsed(&tar).files().len(), 2);
    let whole = compressed(&tar, 700, true);
    for length in (4..whole.len()).step_by(5) {
        assert!(Executable::parse(whole[..length].to_vec()).is_err(), "{length} bytes");
    }
    let mut refused = 0;
    for at in (0..whole.len()).step_by(3) {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        match Executable::parse(changed) {
            Ok(found) => assert_eq!(found.files(), parsed(&tar).files(), "byte {at}"),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > whole.len() / 4, "{refused}");
    let text = Executable::parse(compressed(&tar, 700, false)).unwrap_err().to_string();
    assert!(text.contains("checksum"), "{text}");
    let mut longer = tar.clone();
    longer.extend([1; 512]);
    let text = Executable::parse(compressed(&longer, 700, true)).unwrap_err().to_string();
    assert!(text.contains("does not end with"), "{text}");
    let text = Executable::parse([whole, b"rest".to_vec()].concat()).unwrap_err().to_string();
    assert!(text.contains("none of zstd"), "{text}");
}

/// 1 GiB of zeros in 32 kB.
#[test]
fn what_grows_without_end_is_refused() {
    let megabyte = compressed(&[0; 1 << 20], 1 << 20, true);
    let bomb: Vec<u8> = megabyte.repeat(1 << 10);
    assert!(bomb.len() < 200_000, "{}", bomb.len());
    let text = Executable::parse(bomb).unwrap_err().to_string();
    assert!(text.contains("grows beyond") || text.contains("no file in it"), "{text}");
}
