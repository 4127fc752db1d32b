//! Small bundles, written by hand, and how they are run.
// Each test file uses a part.
#![allow(dead_code)]
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};
use structured_zstd::encoding::{CompressionLevel, FrameCompressor};
use tempfile::TempDir;

/// Says who it is, its arguments, and its environment; then what the first argument asks for.
const SCRIPT: &str = r#"#!/bin/sh
case "$1" in
exit) exit "$2" ;;
sleep) echo "$$"; exec sleep "$2" ;;
wait) trap 'echo got TERM; exit 7' TERM; echo "$$"; while :; do sleep 0.02; done ;;
kill) kill -"$2" "$$" ;;
run) shift; "$@" ;;
*) echo "$0"; for argument; do echo "<$argument>"; done; env ;;
esac
"#;

/// A file of a bundle.
pub(crate) enum Entry {
    File(u32, Vec<u8>),
    Link(&'static str),
}

/// A bundle in a folder of its own.
pub(crate) struct Bundle {
    folder: TempDir,
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    /// The name of the unpacked folder.
    pub(crate) key: String,
    /// Offsets: the first frame, the index, the footer, the end.
    pub(crate) offsets: [usize; 4],
}

/// Returns bytes that do not shrink, always the same.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..length).map(|_| next()).collect()
}

/// Returns the usual files: the script, a library with a hole, a link, noise.
pub(crate) fn files(noise_length: usize) -> Vec<(String, Entry)> {
    let library = [noise(100_000), vec![0; 300_000], noise(5)].concat();
    vec![
        ("_internal/a/data".into(), Entry::File(0o600, noise(noise_length))),
        ("_internal/a/empty".into(), Entry::File(0o600, Vec::new())),
        ("_internal/lib.so".into(), Entry::File(0o700, library)),
        ("_internal/link.so".into(), Entry::Link("lib.so")),
        ("app".into(), Entry::File(0o700, SCRIPT.into())),
    ]
}

impl Bundle {
    /// Writes a bundle whose unpacked folder is below one of this name.
    pub(crate) fn new(name: &str, files: &[(String, Entry)]) -> Bundle {
        let folder = tempfile::Builder::new().prefix("launcher-").tempdir().expect("a folder");
        // Other users run it, too.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
        let mut bytes = fs::read(env!("CARGO_BIN_EXE_permafreeze-launcher")).expect("the launcher");
        let first = bytes.len();
        let (frames, count) = frames(files, &mut bytes);
        let index = index(name, files, &frames, count);
        let offset = bytes.len();
        let key = Sha256::digest(&index);
        bytes.extend(&index);
        let footer = bytes.len();
        bytes.extend(b"PFBUNDLE");
        bytes.extend((offset as u64).to_le_bytes());
        bytes.extend((index.len() as u64).to_le_bytes());
        bytes.extend(&key[..]);
        let path = folder.path().join("bundle");
        let offsets = [first, offset, footer, bytes.len()];
        write_program(&path, &bytes);
        let key = key[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        Bundle { path, folder, name: name.to_owned(), key, offsets }
    }

    /// Writes a bundle of the usual files. The name is also that of this process, since `/var/tmp` is everybody's.
    pub(crate) fn usual(name: &str) -> Bundle {
        Bundle::new(&format!("{name}-{}", std::process::id()), &files(200_000))
    }

    /// Its folder, for what a test needs beside it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes a folder in it.
    pub(crate) fn make(&self, name: &str) -> PathBuf {
        let path = self.folder().join(name);
        fs::create_dir_all(&path).expect("a folder");
        path
    }

    /// The application's folder in a folder for caches (`XDG_CACHE_HOME`).
    pub(crate) fn app(&self, cache: &Path) -> PathBuf {
        cache.join("permafreeze").join(&self.name)
    }

    /// The unpacked folder there.
    pub(crate) fn version(&self, cache: &Path) -> PathBuf {
        self.app(cache).join(&self.key)
    }

    /// Returns a command that runs it with this environment alone.
    pub(crate) fn command(&self, environment: &[(&str, &Path)]) -> Command {
        let mut command = Command::new(&self.path);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").envs(environment.iter().copied());
        command
    }

    /// Runs it with a folder for caches; it must succeed. Returns what it says.
    pub(crate) fn start(&self, cache: &Path) -> String {
        said(&self.command(&[("XDG_CACHE_HOME", cache)]).output().expect("it runs"))
    }

    /// Runs a script in a mount namespace of its own, as root, with `$B` for the bundle, `$D` for its folder and `$N` for
    /// the application's name; `None` where there are none.
    pub(crate) fn in_namespace(&self, script: &str) -> Option<Output> {
        let unshare = || {
            let mut command = Command::new("unshare");
            command.arg(if is_root() { "-m" } else { "-rm" });
            command
        };
        if !unshare().arg("true").output().is_ok_and(|output| output.status.success()) {
            skip("no mount namespaces here");
            return None;
        }
        let mut command = unshare();
        command.args(["sh", "-euc", script]).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.envs([("B", self.path.as_path()), ("D", self.folder()), ("N", self.name.as_ref())]);
        Some(command.output().expect("unshare runs"))
    }

    /// Writes a copy of the bundle that is changed.
    pub(crate) fn changed(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
        let mut bytes = fs::read(&self.path).expect("a bundle");
        change(&mut bytes);
        let path = self.folder().join(name);
        write_program(&path, &bytes);
        path
    }
}

/// Writes a program by another process: one that this process writes is busy in each child that it starts meanwhile.
fn write_program(path: &Path, bytes: &[u8]) {
    let source = path.with_extension("bytes");
    fs::write(&source, bytes).expect("a file");
    let status = Command::new("install").args(["-m", "755"]).arg(&source).arg(path).status().expect("install runs");
    assert!(status.success());
    fs::remove_file(&source).expect("a file");
}

struct FrameEntry {
    offset: u64,
    stored: u32,
    size: u32,
    extents: Vec<(u32, u64, u32)>,
}

/// Writes the frames: 64 KiB at most, over the borders of files; whole blocks of zeros are left out.
fn frames(files: &[(String, Entry)], bytes: &mut Vec<u8>) -> (Vec<FrameEntry>, usize) {
    const FRAME: usize = 64 * 1024;
    let (mut frames, mut content, mut extents) = (Vec::new(), Vec::new(), Vec::new());
    let mut flush = |content: &mut Vec<u8>, extents: &mut Vec<_>| {
        let mut compressor: FrameCompressor = FrameCompressor::new(CompressionLevel::from_level(1));
        compressor.set_content_checksum(true);
        let stored = compressor.compress_independent_frame(content);
        let (offset, size) = (bytes.len() as u64, content.len() as u32);
        bytes.extend(&stored);
        frames.push(FrameEntry { offset, stored: stored.len() as u32, size, extents: std::mem::take(extents) });
        content.clear();
    };
    for (number, (_, entry)) in files.iter().enumerate() {
        let Entry::File(_, data) = entry else { continue };
        for (block, part) in data.chunks(FRAME).enumerate() {
            if part.len() == FRAME && part.iter().all(|byte| *byte == 0) {
                continue;
            }
            if content.len() + part.len() > FRAME {
                flush(&mut content, &mut extents);
            }
            extents.push((number as u32, (block * FRAME) as u64, part.len() as u32));
            content.extend(part);
        }
    }
    flush(&mut content, &mut extents);
    let count = frames.len();
    (frames, count)
}

fn index(name: &str, files: &[(String, Entry)], frames: &[FrameEntry], count: usize) -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat();
    let mut index = [&1u32.to_le_bytes()[..], &text(name), &text("app"), &text("_internal")].concat();
    index.extend((files.len() as u32).to_le_bytes());
    for (path, entry) in files {
        index.extend(text(path));
        match entry {
            Entry::Link(target) => index.extend([&[1], &text(target)[..]].concat()),
            Entry::File(mode, data) => {
                index.push(0);
                index.extend(mode.to_le_bytes());
                index.extend((data.len() as u64).to_le_bytes());
                index.extend(&Sha256::digest(data)[..]);
            }
        }
    }
    index.extend((count as u32).to_le_bytes());
    for frame in frames {
        index.extend(frame.offset.to_le_bytes());
        index.extend(frame.stored.to_le_bytes());
        index.extend(frame.size.to_le_bytes());
        index.push(0);
        index.extend((frame.extents.len() as u32).to_le_bytes());
        for (file, at, length) in &frame.extents {
            index.extend([&file.to_le_bytes()[..], &at.to_le_bytes(), &length.to_le_bytes()].concat());
        }
    }
    index
}

/// Returns what a command that succeeded said.
pub(crate) fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Returns the errors of a command that failed in the launcher.
pub(crate) fn failed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(255), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// Returns the names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .map(|entries| {
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default();
    names.sort();
    names
}

/// Asserts that an application's folder has this version, whole, and nothing else.
pub(crate) fn assert_only_version(bundle: &Bundle, app: &Path) {
    let mut expected = [bundle.key.clone(), format!("{}.boot", bundle.key), "cleaned".into(), "lock".into()];
    expected.sort();
    assert_eq!(names(app), expected);
    let verify = [("PERMAFREEZE_CACHE_DIR", app.parent().expect("a folder")), ("PERMAFREEZE_VERIFY", Path::new("1"))];
    said(&bundle.command(&verify).args(["exit", "0"]).output().expect("it runs"));
}

/// Returns whether this process is root.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// Says why a test proves nothing here.
pub(crate) fn skip(why: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// Runs a command as another user; only root can.
pub(crate) fn as_user(user: u32, command: &mut Command) -> &mut Command {
    command.uid(user).gid(user)
}
