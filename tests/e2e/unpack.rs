//! One project in all forms, with real Nix: what a program sees is the same, unpacked at every start, once or before.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::project::{Files, Project, Wheel};

/// Says what of a process differs between ways to start it; as a child, what its parent's file is.
const PROBE: &str = r#"
import inspect, json, multiprocessing, os, pathlib, pkgutil, signal, subprocess, sys

import greeting

def child(queue):
    queue.put([sys.executable, greeting.text()])

def main():
    if sys.argv[1:] == ["wait"]:
        print("waiting", flush=True)
        signal.pause()
    if sys.argv[1:] == ["child"]:
        print(sys.executable, sys.argv[0])
        return 7
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    spawned = queue.get()
    process.join()
    again = subprocess.run([sys.executable, "child"], capture_output=True, text=True)
    root = pathlib.Path(sys._MEIPASS)
    facts = {
        "executable": sys.executable,
        "base": sys._base_executable,
        "argv": sys.argv[0],
        "frozen": sys.frozen,
        "spawned": spawned,
        "again": [again.returncode, again.stdout.strip()],
        "comm": pathlib.Path("/proc/self/comm").read_text().strip(),
        "modules": sorted(module.name for module in pkgutil.iter_modules(greeting.__path__)),
        "source": inspect.getsourcefile(main) is not None,
        "data": (root / "greeting" / "words.txt").read_text(),
        "hidden": sorted(name for name in os.environ if name.startswith(("_PYI", "_PERMAFREEZE"))),
    }
    print(json.dumps({"facts": facts, "root": str(root), "parent": os.getppid()}))
    return 5

if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
"#;

const FILES: Files = &[("main.py", PROBE)];

const TABLES: &str = r#"
collect-data = ["greeting"]

[[tool.permafreeze.executable]]
name = "always"
entry = "main.py"

[[tool.permafreeze.executable]]
name = "once"
entry = "main.py"
unpack = "cache"

[[tool.permafreeze.executable]]
name = "folder"
entry = "main.py"
mode = "onedir"
"#;

fn greeting() -> Wheel {
    let code = "def text():\n    return 'hello'\n";
    let files: Files = &[("greeting/__init__.py", code), ("greeting/more.py", ""), ("greeting/words.txt", "words")];
    Wheel::new("greeting", "7.0", files)
}

/// The project, built; and a cache.
struct Built {
    project: Project,
    cache: tempfile::TempDir,
}

impl Built {
    fn new() -> Built {
        let project = Project::with_table(FILES, &[greeting()], TABLES);
        project.permafreeze(&["build"]).success();
        Built { project, cache: tempfile::tempdir().expect("a folder") }
    }

    fn program(&self, name: &str) -> PathBuf {
        let path = self.project.path().join(format!("dist/{name}-linux-amd64"));
        if path.is_dir() { path.join(name) } else { path }
    }

    /// A start in an environment that has the cache alone; the program is called by a link.
    fn command(&self, name: &str) -> Command {
        let link = self.cache.path().join("called");
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(self.program(name), &link).expect("a link");
        let mut command = Command::new(link);
        command.env_clear().env("PERMAFREEZE_CACHE_DIR", self.cache.path().join("cache"));
        command
    }

    fn facts(&self, name: &str) -> serde_json::Value {
        let Output { status, stdout, stderr } = self.command(name).output().expect("it starts");
        assert_eq!(status.code(), Some(5), "{}", String::from_utf8_lossy(&stderr));
        serde_json::from_slice(&stdout).expect("JSON")
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_a_program_sees_is_the_same_in_all_forms() {
    let built = Built::new();
    let (always, once, again) = (built.facts("always"), built.facts("once"), built.facts("once"));
    let neutral = |facts: &serde_json::Value, name: &str| {
        let program = built.program(name).canonicalize().expect("a file");
        facts["facts"].to_string().replace(program.to_str().expect("UTF-8"), "PROGRAM")
    };
    assert!(neutral(&always, "always").contains("\"executable\":\"PROGRAM\""), "{always:#}");
    // The bootloader of a onefile leaves variables to its children; those of a bundle are of no other kind.
    let known = |facts: &serde_json::Value| facts["facts"]["hidden"].as_array().map(Vec::len);
    assert!(known(&once) <= known(&always), "{once:#}\n{always:#}");
    let without = |text: String| text.split("\"hidden\"").next().unwrap_or_default().to_owned();
    assert_eq!(without(neutral(&once, "once")), without(neutral(&always, "always")));
    let folder = built.facts("folder");
    assert_eq!(without(neutral(&folder, "folder")), without(neutral(&always, "always")));
    assert_eq!(
        folder["root"].as_str(),
        built
            .program("folder")
            .parent()
            .map(|path| path.join("_internal"))
            .and_then(|path| path.canonicalize().ok())
            .as_deref()
            .and_then(std::path::Path::to_str)
    );
    assert_eq!(once["root"], again["root"], "a later start unpacks nothing");
    assert_ne!(once["root"], always["root"]);
    assert_eq!(once["parent"].as_u64(), Some(std::process::id().into()), "no process is in between");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_signal_ends_the_application_itself() {
    let built = Built::new();
    let mut child = built.command("once").arg("wait").stdout(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().expect("a pipe"));
    std::io::BufRead::read_line(&mut out, &mut line).expect("a line");
    assert_eq!(line, "waiting\n");
    child.kill().expect("killed");
    assert_eq!(child.wait().expect("it ends").signal(), Some(9));
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn all_forms_are_verified_and_differ_in_nothing_else() {
    let built = Built::new();
    let project = &built.project;
    project.permafreeze(&["pin"]).success();
    project.permafreeze(&["verify"]).success();
    project.permafreeze(&["build", "--locked"]).success();
    let inspected = project.permafreeze(&["inspect", "dist/once-linux-amd64", "--json"]).success().stdout;
    let inspected: serde_json::Value = serde_json::from_str(&inspected).expect("JSON");
    assert_eq!(inspected["form"], "bundle");
    let archive = "dist/folder-linux-amd64.tar.zst";
    for path in [archive, "dist/folder-linux-amd64"] {
        let inspected = project.permafreeze(&["inspect", path, "--json"]).success().stdout;
        let inspected: serde_json::Value = serde_json::from_str(&inspected).expect("JSON");
        assert_eq!(inspected["form"], "onedir", "{path}");
    }
    project.permafreeze(&["verify", "--on", archive]).success();
    let difference = project.permafreeze(&["diff", "dist/always-linux-amd64", archive]).stdout;
    assert!(difference.contains("form") && !difference.contains("greeting"), "{difference}");
    let difference = project.permafreeze(&["diff", "dist/always-linux-amd64", "dist/once-linux-amd64"]).stdout;
    assert!(difference.contains("form") && !difference.contains("greeting"), "{difference}");
}

/// The folder in `dist` is what the proved archive holds, whatever lay there; any tar reads it.
#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn the_folder_is_unpacked_from_the_archive_as_a_whole() {
    let built = Built::new();
    let project = &built.project;
    let folder = project.path().join("dist/folder-linux-amd64");
    std::fs::write(folder.join("_internal/left-over"), "from another build").expect("a file");
    std::fs::remove_file(project.path().join("dist/folder-linux-amd64.tar.zst")).expect("removed");
    project.permafreeze(&["build"]).success();
    assert!(!folder.join("_internal/left-over").exists() && folder.join("folder").is_file());
    let others = std::fs::read_dir(project.path().join("dist")).expect("a folder");
    let names = others.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    assert!(names.into_iter().all(|name| !name.contains(".new") && !name.contains(".old")));
    let mut nix = Command::new("nix");
    nix.args(["run", "--offline", ".#folder-linux-amd64"]).current_dir(project.path());
    let status = nix.output().expect("nix runs").status;
    assert_eq!(status.code(), Some(5), "`nix run` starts the program in the folder");
}
