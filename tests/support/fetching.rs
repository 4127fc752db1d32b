//! A project with a plan of wheels, a store and a home of its own, for tests of `permafreeze fetch`.
#![allow(dead_code, reason = "each test uses a part of it")]
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use permafreeze_nix::{StorePath, store_name};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::server::{Reply, Request, Server};

/// A wheel's name and its bytes; what is in it does not matter here.
pub(crate) type Wheel = (&'static str, Vec<u8>);

pub(crate) const DEMO: &str = "demo-1.0-py3-none-any.whl";

/// Bytes of memory of the whole process, whatever an index serves.
const MEMORY: u64 = 200_000_000;

/// A project with a plan, a store and a home of its own.
pub(crate) struct Case {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Case {
    /// Makes a plan of wheels, and pins of none.
    pub(crate) fn new(wheels: &[Wheel]) -> Case {
        let case = Case { folder: tempfile::tempdir().expect("a folder"), variables: Vec::new() };
        for folder in ["project/nix", "home", "store"] {
            std::fs::create_dir_all(case.folder.path().join(folder)).expect("made");
        }
        let files: serde_json::Map<String, Value> =
            wheels.iter().map(|(name, bytes)| ((*name).to_owned(), pinned(name, bytes))).collect();
        case.plan(&json!(files));
        case.pins(&json!({}));
        case
    }

    pub(crate) fn plan(&self, files: &Value) {
        let plan = json!({
            "version": 2, "project": "x", "python": "3.13", "files": files,
            "sources": {}, "executables": {}, "targets": {}, "digests": {},
        });
        self.write("project/permafreeze.lock", &plan.to_string());
    }

    pub(crate) fn pins(&self, wheels: &Value) {
        let pins = json!({
            "version": 1, "pythons": {"3.13": "3.13.5"}, "rustc": "1.95.0", "made": {}, "wheels": wheels, "sources": {},
        });
        self.write("project/nix/toolchain.json", &pins.to_string());
    }

    pub(crate) fn write(&self, below: &str, text: &str) {
        std::fs::write(self.folder.path().join(below), text).expect("written");
    }

    pub(crate) fn path(&self, below: &str) -> String {
        self.folder.path().join(below).to_str().expect("UTF-8").to_owned()
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Case {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn index(self, server: &Server) -> Case {
        let index = server.url("/simple");
        self.set("PIP_INDEX_URL", &index)
    }

    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path("home")).env("NIX_REMOTE", format!("local?root={}", self.path("store")));
        command.env("PIP_CONFIG_FILE", "/dev/null").env("PIP_RETRIES", "1");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn fetch(&self, arguments: &[&str]) -> Ended {
        let output = self.fetch_command(arguments).output().expect("runs");
        Ended::new(&output)
    }

    /// Runs `permafreeze fetch` with limits that make it end soon, and tells how long it took and how big it was.
    pub(crate) fn attacked(&self, limits: &str) -> Attacked {
        let begin = Instant::now();
        let mut command = self.fetch_command(&[]);
        command.env("PERMAFREEZE_FETCH_LIMITS", limits).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("runs");
        let mut peak = 0;
        while child.try_wait().expect("a child").is_none() {
            peak = peak_memory(child.id()).unwrap_or(peak);
            if begin.elapsed() > Duration::from_secs(60) || peak > MEMORY {
                child.kill().expect("is running");
                panic!("it does not end: {:?}, {peak} bytes of memory", begin.elapsed());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Attacked { ended: Ended::new(&child.wait_with_output().expect("ends")), peak }
    }

    pub(crate) fn fetch_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_permafreeze"), &["fetch"]);
        command.args(["--project", &self.path("project")]).args(arguments);
        command
    }

    pub(crate) fn nix_store(&self, arguments: &[&str]) -> Ended {
        Ended::new(&self.command("nix-store", arguments).output().expect("these tests need Nix"))
    }

    /// Returns the bytes of a wheel in the store, if Nix says that it is there.
    pub(crate) fn stored(&self, (name, bytes): &Wheel) -> Option<Vec<u8>> {
        let path = store_path(name, bytes);
        let valid = self.nix_store(&["--check-validity", path.as_str()]).code == 0;
        valid.then(|| std::fs::read(format!("{}{path}", self.path("store"))).expect("is there"))
    }

    pub(crate) fn cached(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path("home/.cache/permafreeze/fetch-v1")) else { return Vec::new() };
        let names = entries.flatten().map(|entry| entry.file_name().into_string().expect("UTF-8"));
        names.filter(|name| name != "lock").collect()
    }
}

/// A fetch that was attacked.
pub(crate) struct Attacked {
    pub(crate) ended: Ended,
    /// The most memory that it had, in bytes.
    pub(crate) peak: u64,
}

impl Attacked {
    /// Fails the test unless it failed with `code`, said `words`, and stayed small.
    #[track_caller]
    pub(crate) fn refused(self, code: i32, words: &str) {
        let stderr = self.ended.failure(code);
        assert!(stderr.contains(words) && stderr.starts_with("error: "), "stderr lacks `{words}`:\n{stderr}");
        assert!(self.peak < MEMORY, "{} bytes of memory", self.peak);
    }
}

/// Returns the most memory that a process had so far, in bytes.
fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn new(output: &Output) -> Ended {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        Ended { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    #[track_caller]
    pub(crate) fn success(self) -> Ended {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn failure(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}", self.stderr);
        self.stderr
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn project_of(name: &str) -> String {
    name.split('-').next().unwrap_or_default().to_lowercase().replace('_', "-")
}

pub(crate) fn pinned(name: &str, bytes: &[u8]) -> Value {
    json!({ "package": project_of(name), "version": "1.0", "sha256": hex(bytes) })
}

pub(crate) fn store_path(name: &str, bytes: &[u8]) -> StorePath {
    StorePath::flat(&store_name(name), &hex(bytes)).expect("a good hash")
}

pub(crate) fn bytes(seed: u32, size: usize) -> Vec<u8> {
    (0..size as u32).flat_map(|i| ((i ^ seed).wrapping_mul(2_654_435_761) >> 7).to_le_bytes()).take(size).collect()
}

pub(crate) fn demo() -> Wheel {
    (DEMO, bytes(1, 400_000))
}

/// Serves a simple index of the wheels; `file` answers for their bytes.
pub(crate) fn index_of(wheels: &[Wheel], file: impl Fn(&Request, &[u8]) -> Reply + Send + Sync + 'static) -> Server {
    let wheels = wheels.to_vec();
    Server::start(move |request| {
        if let Some(name) = request.path.strip_prefix("/files/") {
            let wheel = wheels.iter().find(|(known, _)| *known == name);
            return wheel.map_or(Reply::new(404, ""), |(_, bytes)| file(request, bytes));
        }
        let project = request.path.strip_prefix("/simple/").unwrap_or_default().trim_end_matches('/').to_owned();
        let links: String = wheels
            .iter()
            .filter(|(name, _)| project_of(name) == project)
            .map(|(name, _)| format!("<a href=\"/files/{name}\">{name}</a>\n"))
            .collect();
        if links.is_empty() { Reply::new(404, "") } else { Reply::html(&links) }
    })
}
