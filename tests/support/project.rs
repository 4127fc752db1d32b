//! A small Poetry project in a folder of its own, with wheels made on the spot and put into the Nix store.
#![allow(dead_code, reason = "each test uses a part of it")]
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use permafreeze_resolve::content_hash::content_hash;
use permafreeze_resolve::document::TomlFile;
use sha2::{Digest, Sha256};

/// Files of a wheel or of a source tree: path → text.
pub(crate) type Files<'a> = &'a [(&'a str, &'a str)];

/// The checkout that the tests run in.
pub(crate) fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout")
}

/// A wheel: its file name and its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Wheel {
    /// The distribution's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The file name.
    pub file: String,
    /// The zip.
    pub bytes: Vec<u8>,
}

impl Wheel {
    /// Makes a good pure wheel; it has its own METADATA, unless `files` have one.
    pub(crate) fn new(name: &str, version: &str, files: Files) -> Wheel {
        Wheel::with_zip(name, version, files, |_| {})
    }

    /// Makes a wheel and lets `spoil` add to its zip what a wheel must not have.
    pub(crate) fn with_zip(
        name: &str,
        version: &str,
        files: Files,
        spoil: impl FnOnce(&mut zip::ZipWriter<std::io::Cursor<Vec<u8>>>),
    ) -> Wheel {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        Wheel::with_members(name, version, files.collect(), spoil)
    }

    /// Makes a wheel of files that need not be text.
    pub(crate) fn of_bytes(name: &str, version: &str, files: BTreeMap<String, Vec<u8>>) -> Wheel {
        Wheel::with_members(name, version, files, |_| {})
    }

    fn with_members(
        name: &str,
        version: &str,
        mut members: BTreeMap<String, Vec<u8>>,
        spoil: impl FnOnce(&mut zip::ZipWriter<std::io::Cursor<Vec<u8>>>),
    ) -> Wheel {
        let stem = format!("{}-{version}", name.replace('-', "_"));
        let info = format!("{stem}.dist-info");
        let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        members.entry(format!("{info}/METADATA")).or_insert(metadata.into_bytes());
        let tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
        members.insert(format!("{info}/WHEEL"), tags.as_bytes().to_vec());
        let mut record: String = members.iter().map(|(path, bytes)| record_line(path, bytes)).collect();
        record.push_str(&format!("{info}/RECORD,,\n"));
        members.insert(format!("{info}/RECORD"), record.into_bytes());
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (path, bytes) in members {
            zip.start_file(path, zip::write::SimpleFileOptions::default()).expect("a member");
            zip.write_all(&bytes).expect("bytes");
        }
        spoil(&mut zip);
        let bytes = zip.finish().expect("a zip").into_inner();
        Wheel { name: name.to_owned(), version: version.to_owned(), file: format!("{stem}-py3-none-any.whl"), bytes }
    }

    /// Says in the file name that the wheel is for a platform (`manylinux_2_17_aarch64`).
    pub(crate) fn for_platform(mut self, platform: &str) -> Wheel {
        self.file = self.file.replace("-any.whl", &format!("-{platform}.whl"));
        self
    }

    /// Makes a source distribution of files below its folder: a zip, as old ones are.
    pub(crate) fn sdist(name: &str, version: &str, files: Files) -> Wheel {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (path, text) in files {
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(format!("{name}-{version}/{path}"), options).expect("a member");
            zip.write_all(text.as_bytes()).expect("bytes");
        }
        let bytes = zip.finish().expect("a zip").into_inner();
        Wheel { name: name.to_owned(), version: version.to_owned(), file: format!("{name}-{version}.zip"), bytes }
    }

    /// Returns its sha256, lower-case hex.
    pub(crate) fn sha256(&self) -> String {
        hex(&Sha256::digest(&self.bytes))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn record_line(path: &str, bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digest = Sha256::digest(bytes);
    let mut encoded = String::new();
    for chunk in digest.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            encoded.push(ALPHABET[(word >> (18 - 6 * place) & 63) as usize] as char);
        }
    }
    format!("{path},sha256={encoded},{}\n", bytes.len())
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit code; -1 for a signal.
    pub code: i32,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Outcome {
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Outcome {
    /// Fails the test unless the command succeeded.
    #[track_caller]
    pub(crate) fn success(self) -> Outcome {
        assert_eq!(self.code, 0, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless the command failed with `code` and said every one of `words`.
    #[track_caller]
    pub(crate) fn failure(self, code: i32, words: &[&str]) -> Outcome {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "stderr lacks {word:?}:\n{}", self.stderr);
        }
        self
    }
}

/// A project in a folder that goes away with it.
#[derive(Debug)]
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

/// Copies the files of a folder, not those of folders in it.
fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("a copy");
        }
    }
}

impl Project {
    /// Makes a project named `hello` of plain scripts: `main.py` is its entry, `files` are its sources, `wheels` what is locked.
    pub(crate) fn new(files: Files, wheels: &[Wheel]) -> Project {
        Project::with_options(files, wheels, "")
    }

    /// The same, with more lines in `[tool.permafreeze]`.
    pub(crate) fn with_options(files: Files, wheels: &[Wheel], options: &str) -> Project {
        Project::with_table(files, wheels, &format!("name = \"hello\"\nentry = \"main.py\"\n{options}"))
    }

    /// The same, with `[tool.permafreeze]` as a whole: its lines, and tables below it.
    pub(crate) fn with_table(files: Files, wheels: &[Wheel], table: &str) -> Project {
        let project = Project { folder: tempfile::Builder::new().prefix("hello-").tempdir().expect("a folder") };
        project.write("flake.nix", "{ outputs = _: import ./permafreeze-nix/mk-flake.nix { root = ./.; }; }\n");
        let nix = project.path().join("permafreeze-nix");
        copy_files(&checkout().join("nix"), &nix);
        copy_files(&checkout().join("nix/loader"), &nix.join("loader"));
        for (path, text) in files {
            project.write(path, text);
        }
        project.lock(wheels, table);
        project
    }

    /// Writes `pyproject.toml` and `poetry.lock`: what is locked, and `[tool.permafreeze]` as a whole.
    pub(crate) fn lock(&self, wheels: &[Wheel], table: &str) {
        let dependencies: String =
            wheels.iter().map(|wheel| format!("{} = \"{}\"\n", wheel.name, wheel.version)).collect();
        let pyproject = format!(
            "[tool.poetry]\nname = \"hello\"\nversion = \"0.1.0\"\ndescription = \"\"\npackage-mode = false\n\n\
             [tool.poetry.dependencies]\npython = \"^3.13\"\n{dependencies}\n\
             [tool.permafreeze]\n{table}"
        );
        let file = TomlFile::parse("pyproject.toml".to_owned(), pyproject.clone()).expect("a good pyproject.toml");
        let mut lock = String::new();
        for wheel in wheels {
            self.add_to_store(wheel);
            lock.push_str(&format!(
                "[[package]]\nname = \"{}\"\nversion = \"{}\"\ndescription = \"\"\noptional = false\n\
                 python-versions = \"*\"\ngroups = [\"main\"]\nfiles = [\n    {{file = \"{}\", hash = \"sha256:{}\"}},\n]\n\n",
                wheel.name,
                wheel.version,
                wheel.file,
                wheel.sha256()
            ));
        }
        lock.push_str(&format!(
            "[metadata]\nlock-version = \"2.1\"\npython-versions = \"^3.13\"\ncontent-hash = \"{}\"\n",
            content_hash(&file, true)
        ));
        self.write("pyproject.toml", &pyproject);
        self.write("poetry.lock", &lock);
    }

    fn add_to_store(&self, wheel: &Wheel) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(&wheel.file);
        fs::write(&path, &wheel.bytes).expect("a wheel");
        let output = Command::new("nix-store").args(["--add-fixed", "sha256"]).arg(path).output().expect("nix-store");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The project's folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Prepares a command of `permafreeze` in the project's folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_permafreeze"));
        command.args(arguments).current_dir(self.path()).env_remove("RUST_BACKTRACE").env("NO_COLOR", "1");
        command
    }

    /// Runs `permafreeze`.
    #[must_use]
    pub(crate) fn permafreeze(&self, arguments: &[&str]) -> Outcome {
        self.command(arguments).output().expect("permafreeze runs").into()
    }

    /// Runs the executable that was built, in an empty environment.
    #[must_use]
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_one("hello", arguments)
    }

    /// Runs one of several executables, by its name.
    #[must_use]
    pub(crate) fn run_one(&self, name: &str, arguments: &[&str]) -> Outcome {
        let program = self.path().join(format!("dist/{name}-linux-amd64"));
        Command::new(program).args(arguments).env_clear().output().expect("the executable starts").into()
    }
}
