//! What the action (`action.yml`) keeps of the Nix store between two runs: it is saved from one store and restored into an
//! empty one. Runs after `make build-binary`, which adds the toolchain to the store.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::{Outcome, Project, Wheel, checkout};
use serde_json::Value;
use tempfile::TempDir;

/// A runner: the folder that is cached, an empty store, and the links that keep the toolchain.
struct Runner {
    folder: TempDir,
}

impl Runner {
    /// Makes a runner whose toolchain is the static launcher alone.
    fn new() -> Runner {
        let runner = Runner { folder: TempDir::new().expect("a folder") };
        let roots = runner.path("state/permafreeze/gcroots");
        fs::create_dir_all(&roots).expect("a folder");
        symlink(launcher(), roots.join("launcher-linux-amd64")).expect("a link");
        runner
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn store(&self, mode: &str, project: &Path) -> Command {
        let mut command = Command::new("bash");
        command.arg(checkout().join(".github/action/store.sh")).arg(mode).arg(self.path("cached")).arg(project);
        command.env("XDG_STATE_HOME", self.path("state"));
        command
    }

    fn save(&self, project: &Project) -> Outcome {
        self.store("save", project.path()).output().expect("bash runs").into()
    }

    fn restore(&self) -> Outcome {
        let mut command = self.store("restore", Path::new("no project yet"));
        command.env("NIX_REMOTE", self.path("root")).output().expect("bash runs").into()
    }

    /// Whether the empty store has got a path.
    fn has(&self, path: &str) -> bool {
        let mut command = Command::new("nix-store");
        command.args(["--check-validity", path]).env("NIX_REMOTE", self.path("root"));
        command.output().expect("nix-store runs").status.success()
    }
}

/// The path of the launcher in the store.
fn launcher() -> String {
    let words = ["toolchain", "list", "--json"];
    let listed = Command::new(env!("CARGO_BIN_EXE_permafreeze")).args(words).current_dir(checkout()).output();
    let listed: Vec<Value> = serde_json::from_slice(&listed.expect("it runs").stdout).expect("JSON");
    let row = listed.iter().find(|row| row["name"] == "launcher-linux-amd64").expect("the launcher");
    row["path"].as_str().expect("a path").to_owned()
}

fn objects(project: &Project) -> Vec<String> {
    let kept = fs::read_to_string(project.path().join(".permafreeze/built-hello-linux-amd64")).expect("a list");
    kept.lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn the_next_run_has_the_toolchain_and_what_was_built() {
    let greeting = |text: &str| Wheel::new("greeting", "1.0", &[("greeting.py", &format!("TEXT = '{text}'\n"))]);
    let project = Project::new(&[("main.py", "import greeting\nprint(greeting.TEXT)\n")], &[greeting("first")]);
    project.permafreeze(&["build"]).success();
    let runner = Runner::new();
    assert_eq!(runner.restore().success().stdout, "nothing is cached\n");
    runner.save(&project).success();
    let first = objects(&project);
    assert!(first.iter().any(|path| path.contains("-object-greeting-")), "{first:?}");
    assert!(!runner.has(&launcher()) && !runner.has(&first[0]), "the store is not empty");
    runner.restore().success();
    assert!(runner.has(&launcher()));
    assert!(first.iter().all(|path| runner.has(path)), "{first:?}");

    // What the project keeps no more is not kept in the cache either.
    project.lock(&[greeting("second")], "name = \"hello\"\nentry = \"main.py\"\n");
    project.permafreeze(&["build"]).success();
    runner.save(&project).success();
    let second = objects(&project);
    let gone = first.iter().find(|path| !second.contains(path) && path.contains("-object-greeting-"));
    let gone = gone.expect("another object").strip_prefix("/nix/store/").expect("a path");
    assert!(!runner.path("cached/nix").join(format!("{}.narinfo", &gone[..32])).exists(), "{gone}");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_cache_that_is_damaged_ends_the_run() {
    let project = Project::new(&[("main.py", "print('x')\n")], &[]);
    project.permafreeze(&["build"]).success();
    let runner = Runner::new();
    runner.save(&project).success();
    let narinfo = runner.path(&format!("cached/nix/{}.narinfo", &launcher()["/nix/store/".len()..][..32]));
    let text = fs::read_to_string(&narinfo).expect("a narinfo");
    let nar = text.lines().find_map(|line| line.strip_prefix("URL: ")).expect("an URL");
    fs::write(runner.path("cached/nix").join(nar), "no archive").expect("written");
    let outcome = runner.restore();
    assert_ne!(outcome.code, 0, "{outcome:?}");
    assert!(!runner.has(&launcher()));
}
