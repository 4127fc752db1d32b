//! Executables in every form hold the same; damaged and lying ones have an error or a damaged file.

use crate::bundle;
use crate::bundle::{LAUNCHER, PROGRAM, index, with_frames};
use crate::support;
use crate::support::{Part, code, executable, native, plain, pyz, zip};
use camino::Utf8Path;
use permafreeze_archive::{EntryKind, Executable, Form};

/// What the program has in every form.
fn inner() -> Vec<Part> {
    vec![
        plain(b'm', "struct", &code()),
        plain(b's', "main", &code()),
        plain(b'o', "pyi-contents-directory _internal", b""),
        plain(b'z', "PYZ.pyz", &pyz(&[("a", 1, code())])),
    ]
}

fn files() -> Vec<(&'static str, Option<u32>, Vec<u8>)> {
    let library = zip(&[support::member("abc.pyc", b"1", false)]);
    vec![
        ("base_library.zip", Some(0o600), library),
        ("empty", Some(0o600), Vec::new()),
        ("lib/libnative.so.1", Some(0o700), native::elf()),
        ("link.so", None, b"lib/libnative.so.1".to_vec()),
        ("zeros", Some(0o600), vec![0; 5000]),
    ]
}

fn program() -> Vec<u8> {
    executable(&inner())
}

fn bundled(most: usize) -> Vec<u8> {
    let files: Vec<_> =
        files().into_iter().map(|(name, mode, bytes)| (format!("_internal/{name}"), mode, bytes)).collect();
    let files: Vec<_> = files.iter().map(|(name, mode, bytes)| (name.as_str(), *mode, bytes.as_slice())).collect();
    bundle::bundle(&program(), &files, most)
}

fn onefile() -> Vec<u8> {
    let parts = files().into_iter().map(|(name, mode, bytes)| match mode {
        None => plain(b'n', name, &[&bytes[..], b"\0"].concat()),
        Some(0o700) => plain(b'b', name, &bytes),
        Some(_) => plain(b'x', name, &bytes),
    });
    let mut all: Vec<Part> = inner().into_iter().chain(parts).collect();
    all[2..].sort_by(|a, b| (a.letter, &a.name).cmp(&(b.letter, &b.name)));
    executable(&all)
}

fn lay_out(folder: &Utf8Path) {
    for (name, mode, bytes) in files() {
        let path = folder.join("_internal").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match mode {
            None => std::os::unix::fs::symlink(std::str::from_utf8(&bytes).unwrap(), &path).unwrap(),
            Some(mode) => write(&path, mode, &bytes),
        }
    }
    write(&folder.join(PROGRAM), 0o755, &program());
}

fn write(path: &Utf8Path, mode: u32, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, bytes).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn held(executable: &Executable) -> Vec<(String, EntryKind, Vec<u8>)> {
    let entry = |entry: &permafreeze_archive::Entry| {
        let permafreeze_archive::Entry { name, kind, size, .. } = entry;
        let data = executable.data(entry).unwrap().into_owned();
        assert_eq!(data.len() as u64, *size, "{name}");
        (name.clone(), *kind, data)
    };
    executable.entries().iter().map(entry).collect()
}

#[track_caller]
fn error(bytes: Vec<u8>) -> String {
    Executable::parse(bytes).expect_err("an error").to_string()
}

#[test]
fn all_forms_hold_the_same_in_the_same_order() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    lay_out(folder);
    let onefile = Executable::parse(onefile()).unwrap();
    let onedir = Executable::open(folder).unwrap();
    assert_eq!((onefile.form(), onedir.form()), (Form::Onefile, Form::Onedir));
    assert_eq!(held(&onedir), held(&onefile));
    for most in [100, 1000, 1 << 20] {
        let bundle = Executable::parse(bundled(most)).unwrap();
        assert_eq!(bundle.form(), Form::Bundle);
        assert_eq!(held(&bundle), held(&onefile), "frames of {most} bytes");
        assert_eq!(bundle.program().bytes(), program());
        assert_eq!(bundle.unpacked(), onedir.unpacked());
        assert_eq!(bundle.base_library().unwrap().unwrap().members().len(), 1);
    }
    assert_eq!(onedir.size(), onedir.unpacked().unwrap());
    assert_eq!(onefile.unpacked(), None);
    assert_eq!(onedir.start(folder), folder.join(PROGRAM));
    assert_eq!(onefile.start(folder), folder);
}

#[test]
fn a_file_is_told_by_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::try_from(folder.path().join("file")).unwrap();
    for (bytes, form) in [(bundled(500), Form::Bundle), (onefile(), Form::Onefile)] {
        std::fs::write(&path, &bytes).unwrap();
        let found = Executable::open(&path).unwrap();
        assert_eq!((found.form(), found.bytes()), (form, bytes.as_slice()));
    }
    std::fs::write(&path, b"short").unwrap();
    assert!(Executable::open(&path).unwrap_err().to_string().contains("no cookie"));
}

#[test]
fn a_bundle_has_its_ranges() {
    let bytes = bundled(500);
    let executable = Executable::parse(bytes.clone()).unwrap();
    let bundle = executable.bundle().unwrap();
    assert_eq!(&bytes[bundle.launcher()], LAUNCHER);
    let frames: Vec<_> = bundle.contents().frames.iter().map(|frame| bundle.frame(frame)).collect();
    assert!(frames.len() > 5);
    let mut end = bundle.launcher().end;
    for place in frames {
        assert_eq!(place.start, end);
        end = place.end;
    }
    assert_eq!(
        (end, bundle.index().end, bundle.footer().end),
        (bundle.index().start, bundle.footer().start, bytes.len())
    );
}

/// Whatever the parts of files are, the shares of a frame are the whole frame.
#[test]
fn shares_sum_up_to_the_frames() {
    let executable = Executable::parse(bundled(500)).unwrap();
    let bundle = executable.bundle().unwrap();
    let halves: Vec<Vec<usize>> =
        executable.files().iter().map(|file| vec![file.raw().len() / 2, file.raw().len()]).collect();
    for parts in [vec![], vec![vec![]; 6], halves] {
        let shares = bundle.shares(&parts);
        let mut at = bundle.launcher().end;
        for share in &shares {
            assert_eq!(share.place.start, at, "{share:?}");
            at = share.place.end;
        }
        assert_eq!(at, bundle.index().start);
        let sizes: u64 = shares.iter().map(|share| share.size as u64).sum();
        assert_eq!(Some(sizes), executable.unpacked());
    }
}

/// A frame that cannot be decoded leaves the other files as they are, if the program is none of its own.
#[test]
fn a_changed_byte_of_a_frame_damages_its_files() {
    let original = bundled(700);
    let good = Executable::parse(original.clone()).unwrap();
    let (frames, launcher) = (good.bundle().unwrap().contents().frames.clone(), LAUNCHER.len());
    let mut damaged = 0;
    for at in launcher..original.len() {
        let mut changed = original.clone();
        changed[at] ^= 0x10;
        let Ok(executable) = Executable::parse(changed) else { continue };
        let bundle = executable.bundle().unwrap();
        let frame = frames.iter().position(|frame| bundle.frame(frame).contains(&at));
        let Some(frame) = frame else { continue };
        let files = executable.files().iter().filter(|file| file.bytes().is_err()).count();
        assert_eq!(files > 0, bundle.damage(frame).is_some());
        damaged += files;
    }
    assert!(damaged > 100, "{damaged}");
}

#[test]
fn every_shorter_bundle_is_refused() {
    let whole = bundled(500);
    for length in (0..whole.len()).step_by(7).chain(whole.len() - 60..whole.len()) {
        assert!(Executable::parse(whole[..length].to_vec()).is_err(), "{length} bytes");
    }
}

#[test]
fn bundles_that_lie_are_refused() {
    let program = program();
    let own = (PROGRAM, Some(0o700), program.as_slice());
    let whole = || vec![(0, 0, program.len())];
    assert!(error(with_frames(&[("other", Some(0o700), &program)], &[whole()])).contains("the program is `app`"));
    assert!(error(with_frames(&[own, ("beside", Some(0o600), b"1")], &[whole()])).contains("outside of `_internal`"));
    assert!(error(with_frames(&[own], &[whole(), vec![(0, 5, 1)]])).contains("two frames have byte `5` of `app`"));
    assert!(error(with_frames(&[own], &[])).contains("program `app`: file at byte 0: no cookie"));
    let frames = [(24, 10, 1, vec![(0, 0, 1)]), (33, 5, 1, vec![(0, 1, 1)])];
    let bytes = bundle::finish([LAUNCHER, &[0; 100]].concat(), &index(&[own], &frames));
    assert!(error(bytes).contains("frames overlap"));
}

#[test]
fn a_folder_without_a_program_or_with_two_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let error = || Executable::open(folder).unwrap_err().to_string();
    assert!(error().contains("no file in it is a program"));
    lay_out(folder);
    write(&folder.join("second"), 0o700, &program());
    assert!(error().contains("several programs: `app`, `second`"));
    write(&folder.join("second"), 0o600, b"notes");
    assert_eq!(Executable::open(folder).unwrap().strays(), ["second"]);
}

/// Bytes of the index are changed, several at once, and everything that can be read is read.
#[test]
fn a_damaged_index_is_refused_or_read_without_a_panic() {
    let original = bundled(300);
    let place = Executable::parse(original.clone()).unwrap().bundle().unwrap().index();
    let mut seed = 1_u64;
    let mut below = |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % bound
    };
    let mut read = 0;
    for _ in 0..3000 {
        let mut changed = original.clone();
        for _ in 0..1 + below(3) {
            changed[place.start + below(place.len())] = [0, 1, 2, 0xff, 0x7f, 0x80, below(256) as u8][below(7)];
        }
        let Ok(executable) = Executable::parse(changed) else { continue };
        read += 1;
        for entry in executable.entries() {
            assert!(executable.data(entry).is_err() || executable.raw(entry).len() as u64 <= entry.size);
        }
        let _ = (executable.pyz(), executable.base_library(), executable.unpacked());
        let shares = executable.bundle().unwrap().shares(&[vec![3, 1], vec![usize::MAX]]);
        assert!(shares.iter().all(|share| share.place.end <= original.len()));
    }
    assert!(read > 50, "{read}");
}
