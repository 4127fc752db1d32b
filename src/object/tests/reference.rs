//! Canonical marshal against a real CPython 3.13.
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use permafreeze_object::marshal::{canonical, with_file_name};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference.py");

fn host_python() -> PathBuf {
    let hint = "set PERMAFREEZE_HOST_PYTHON to the full path of a Python 3.13 (`make test` sets it)";
    PathBuf::from(std::env::var_os("PERMAFREEZE_HOST_PYTHON").expect(hint))
}

/// Returns the standard library's modules, sorted.
fn modules() -> Vec<PathBuf> {
    let print = "import sysconfig; print(sysconfig.get_path('stdlib'))";
    let output = Command::new(host_python()).args(["-S", "-c", print]).output().unwrap();
    let folder = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
    let mut found = Vec::new();
    walk(&folder, &mut found);
    found.sort();
    assert!(found.len() > 300, "{folder:?} has {} modules only", found.len());
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !["test", "site-packages", "lib2to3", "tests"].contains(&name) {
            walk(&path, found);
        } else if name.ends_with(".py") {
            found.push(path);
        }
    }
}

fn streams(command: &str, seed: &str, modules: &[PathBuf]) -> Vec<Vec<u8>> {
    let mut python = Command::new(host_python());
    python.args(["-S", SCRIPT, command]).args(modules).env("PYTHONHASHSEED", seed);
    let output = python.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut rest = output.stdout.as_slice();
    let mut streams = Vec::new();
    while let [a, b, c, d, tail @ ..] = rest {
        let (stream, tail) = tail.split_at(u32::from_le_bytes([*a, *b, *c, *d]) as usize);
        streams.push(stream.to_vec());
        rest = tail;
    }
    assert_eq!(streams.len(), modules.len());
    streams
}

fn compare(modules: &[PathBuf], streams: &[Vec<u8>]) {
    let mut child = Command::new(host_python())
        .args(["-S", SCRIPT, "compare"])
        .args(modules)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for stream in streams {
        // The other side has gone when it found a difference; its message is what the test shows.
        let _ = input.write_all(&(stream.len() as u32).to_le_bytes());
        let _ = input.write_all(stream);
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn loads_to_the_same_code() {
    let modules = modules();
    let streams: Vec<Vec<u8>> =
        streams("dump", "0", &modules).iter().map(|stream| canonical(stream).unwrap()).collect();
    compare(&modules, &streams);
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn bytes_do_not_depend_on_process_order_or_seed() {
    let mut modules = modules();
    let raw = streams("dump", "0", &modules);
    let one: Vec<Vec<u8>> = raw.iter().map(|stream| canonical(stream).unwrap()).collect();
    modules.reverse();
    let mut other_raw = streams("shared", "4242", &modules);
    other_raw.reverse();
    let differing = raw.iter().zip(&other_raw).filter(|(one, other)| one != other).count();
    assert!(differing > 100, "CPython's own bytes differ for {differing} modules only: this test is worth little");
    for ((one, other), module) in one.iter().zip(&other_raw).zip(modules.iter().rev()) {
        assert!(*one == canonical(other).unwrap(), "{module:?} differs");
        assert!(*one == canonical(one).unwrap(), "{module:?} is not stable");
    }
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn file_names_are_set_as_by_the_compiler() {
    let modules = modules();
    let modules = &modules[..200];
    for (stream, module) in streams("dump", "0", modules).iter().zip(modules) {
        let renamed = with_file_name(stream, "a/b.py").unwrap();
        let back = with_file_name(&renamed, module.to_str().unwrap()).unwrap();
        assert!(back == canonical(stream).unwrap(), "{module:?} differs");
        assert!(renamed != back);
    }
}
