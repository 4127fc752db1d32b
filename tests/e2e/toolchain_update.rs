//! `permafreeze toolchain update` with package clients that the test makes: programs on the PATH that note their
//! arguments and answer from files.
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// A checkout, package clients and a work folder.
struct World {
    folder: TempDir,
}

impl World {
    /// Makes a checkout that pins a wheel, a crate and a Debian source, and clients that know newer ones.
    fn new() -> World {
        let world = World { folder: TempDir::new().expect("a folder") };
        let zlib = world.archive("zlib", "libz-sys-2.0.0/src/zlib/zlib.h", "#define ZLIB_VERSION \"9.8.7\"\n");
        let expat = "#  define XML_MAJOR_VERSION 3\n#  define XML_MINOR_VERSION 1\n#  define XML_MICRO_VERSION 4\n";
        let older = world.archive("cpython-3.13", "Python-3.13.9/Modules/expat/expat.h", expat);
        let newer = world.archive("cpython-3.14", "Python-3.14.4/Modules/expat/expat.h", expat);
        world.write("nix/toolchain.json", &pins().to_string());
        world.write("nix/runtime-libraries.json", &libraries().to_string());
        world.program(
            "pip3",
            "while [ $# -gt 1 ]; do [ \"$1\" != --dest ] || to=$2; shift; done\necho w > $to/w-2.5-py3-none-any.whl",
        );
        world.program(
            "cargo",
            &format!("printf '[[package]]\\nname = \"libz-sys\"\\nversion = \"2.0.0\"\\nchecksum = \"{zlib}\"\\n' > ${{3%.toml}}.lock"),
        );
        world.program("apt-get", "case $1 in indextargets) echo https://mirror.example/debian;; esac");
        let record = |package: &str, version: &str, sha256: &str| {
            format!(
                "Checksums-Sha256:\\n {sha256} 5 {package}_{version}.orig.tar.xz\\nDirectory: pool/main/p/{package}\\n\\n"
            )
        };
        let records = record("python3.13", "3.13.10", &"1".repeat(64))
            + &record("python3.13", "3.13.9", &older)
            + &record("python3.13", "3.13.8", &"2".repeat(64))
            + &record("python3.14", "3.14.4", &newer);
        world.program("apt-cache", &format!("printf '{records}'"));
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().expect("a folder")).expect("made");
        fs::write(self.path(path), text).expect("written");
    }

    fn program(&self, name: &str, script: &str) {
        let path = format!("bin/{name}");
        let log = self.path("log").display().to_string();
        self.write(&path, &format!("#!/bin/sh\necho \"{name} $*\" >> {log}\n{script}\n"));
        fs::set_permissions(self.path(&path), fs::Permissions::from_mode(0o755)).expect("executable");
    }

    /// Puts a source's archive with one file where sources are kept; returns its sha256.
    fn archive(&self, name: &str, member: &str, text: &str) -> String {
        self.write(&format!("{name}/{member}"), text);
        let file = self.path("archive");
        let top = member.split('/').next().expect("a folder");
        let tar = Command::new("tar").arg("-cf").arg(&file).arg("-C").arg(self.path(name)).arg(top).status();
        assert!(tar.expect("tar runs").success());
        let bytes = fs::read(&file).expect("an archive");
        let sha256: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        fs::create_dir_all(self.path("work/sources")).expect("made");
        fs::rename(file, self.path(&format!("work/sources/{}-{name}", &sha256[..16]))).expect("moved");
        sha256
    }

    fn update(&self) -> Output {
        Command::new(env!("CARGO_BIN_EXE_permafreeze"))
            .args(["toolchain", "update", "--versions-only", "--source"])
            .arg(self.folder.path())
            .arg("--work")
            .arg(self.path("work"))
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", format!("{}:/usr/bin:/bin", self.path("bin").display()))
            .output()
            .expect("the command runs")
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path(path)).expect("read")).expect("JSON")
    }
}

fn pins() -> Value {
    let zero = "0".repeat(64);
    json!({
        "version": 1, "pythons": {"3.13": "3.13.5", "3.14": "3.14.1"}, "rustc": "1.95.0", "made": {},
        "wheels": {
            "w": {"package": "w", "version": "1.0", "file": "w-1.0-py3-none-any.whl", "sha256": zero, "size": 1,
                  "within": ">=1,<3"},
            "zig": {"package": "zig", "version": "1", "file": "zig-1-py3-none-any.whl", "sha256": zero, "size": 1,
                    "within": "==1"},
        },
        "sources": {
            "cpython-3.13": {"sha256": zero, "url": "https://upstream.example/3.13.5/Python-3.13.5.tar.xz",
                             "apt": "pool/main/p/python3.13/python3.13_3.13.5.orig.tar.xz",
                             "within": ">=3.13,<=3.13.9"},
            "cpython-3.14": {"sha256": zero, "apt": "pool/main/p/python3.14/python3.14_3.14.1.orig.tar.xz",
                             "within": ">=3.14,<3.15"},
            "zlib": {"sha256": zero, "crate": "libz-sys 1.0.0", "within": "~2"},
        },
    })
}

fn libraries() -> Value {
    let library = |name: &str, source: &str| {
        json!({"name": name, "version": "1", "licence": "MIT", "cpe": "a:b", "source": source,
               "runtimes": ["3.13-linux-amd64"], "modules": ["x"]})
    };
    json!([library("zlib", "zlib"), library("expat", "cpython-3.13")])
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_newest_allowed_versions_are_written() {
    let world = World::new();
    let output = world.update();
    assert!(output.status.success(), "{}", stderr(&output));
    let said = [
        "w: 1.0 -> 2.5\n",
        "zlib: 1.0.0 -> 2.0.0\n",
        "cpython-3.13: 3.13.5 -> 3.13.9\n",
        "cpython-3.14: 3.14.1 -> 3.14.4\n",
    ];
    for said in said {
        assert!(stderr(&output).contains(said), "{said} in {}", stderr(&output));
    }
    let pins = world.json("nix/toolchain.json");
    assert_eq!(pins["pythons"], json!({"3.13": "3.13.9", "3.14": "3.14.4"}));
    let wheel = &pins["wheels"]["w"];
    assert_eq!((&wheel["file"], &wheel["size"]), (&json!("w-2.5-py3-none-any.whl"), &json!(2)));
    let sha256 = Sha256::digest("w\n").iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(wheel["sha256"], sha256);
    assert_eq!(pins["wheels"]["zig"]["version"], "1", "what is held stays");
    assert_eq!(pins["sources"]["zlib"]["crate"], "libz-sys 2.0.0");
    let cpython = &pins["sources"]["cpython-3.13"];
    assert_eq!(cpython["url"], "https://upstream.example/3.13.9/Python-3.13.9.tar.xz");
    assert_eq!(cpython["apt"], "pool/main/p/python3.13/python3.13_3.13.9.orig.tar.xz");
    let libraries = world.json("nix/runtime-libraries.json");
    assert_eq!((&libraries[0]["version"], &libraries[0]["crate"]), (&json!("9.8.7"), &json!("libz-sys 2.0.0")));
    assert_eq!(libraries[1]["version"], "3.1.4");
}

#[test]
fn the_clients_are_asked_for_what_is_allowed() {
    let world = World::new();
    assert!(world.update().status.success());
    let log = fs::read_to_string(world.path("log")).expect("a log");
    let asked = |words: &[&str]| log.lines().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(asked(&["pip3 download", "--platform any", "--python-version 3.13.5", "w>=1,<3"]), "{log}");
    assert!(!log.contains("zig"), "{log}");
    assert!(asked(&["cargo generate-lockfile"]), "{log}");
    assert!(asked(&["apt-cache", "showsrc", "python3.13"]), "{log}");
    assert!(!world.path("work/update").exists());
}

#[test]
fn a_second_update_finds_nothing_and_writes_nothing() {
    let world = World::new();
    assert!(world.update().status.success());
    let before = fs::metadata(world.path("nix/toolchain.json")).expect("there").modified().expect("a time");
    let output = world.update();
    assert!(stderr(&output).contains("every source and wheel is the newest"), "{}", stderr(&output));
    assert_eq!(fs::metadata(world.path("nix/toolchain.json")).expect("there").modified().expect("a time"), before);
}

#[test]
fn a_client_that_fails_is_named_and_nothing_is_written() {
    let world = World::new();
    world.program("apt-cache", "echo 'E: no such package' >&2; exit 100");
    let before = world.json("nix/toolchain.json");
    let output = world.update();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let text = "cannot tell the newest version of `cpython-3.13`: `apt-cache";
    assert!(stderr(&output).contains(text) && stderr(&output).contains("E: no such package"), "{}", stderr(&output));
    assert_eq!(world.json("nix/toolchain.json"), before);
}

#[test]
fn without_a_checkout_there_is_nothing_to_write_into() {
    let folder = TempDir::new().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_permafreeze"))
        .args(["toolchain", "update"])
        .current_dir(folder.path())
        .env_clear()
        .env("HOME", folder.path())
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("there is no `nix/toolchain.json` here or above"), "{}", stderr(&output));
    assert!(Path::new(folder.path()).read_dir().expect("readable").next().is_none());
}
