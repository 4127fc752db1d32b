//! `permafreeze cache push`: another machine downloads what was pushed, and builds nothing. With real Nix.

use std::fs;
use std::process::Command;

use crate::project::{Outcome, Project, Wheel};

/// A built project, whose executable and object of the application no other test has, and a key.
struct Pushed {
    project: Project,
    folder: tempfile::TempDir,
    output: String,
}

fn nix_store(arguments: &[&str]) -> Vec<String> {
    let output = Command::new("nix-store").args(arguments).output().expect("nix-store");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

impl Pushed {
    fn new(name: &str) -> Pushed {
        let greeting = Wheel::new("greeting", "1.0", &[("greeting/__init__.py", "text = 'hello'\n")]);
        let main = format!("import greeting\nprint(greeting.text, '{name} {}')\n", std::process::id());
        let project = Project::new(&[("main.py", &main)], &[greeting]);
        project.permafreeze(&["build"]).success();
        let output = fs::read_link(project.path().join("dist/.hello-linux-amd64")).expect("a link to the store");
        let folder = tempfile::tempdir().expect("a folder");
        let pushed = Pushed { project, folder, output: output.to_str().expect("UTF-8").to_owned() };
        nix_store(&["--generate-binary-cache-key", "pushed-1", &pushed.file("secret"), &pushed.file("public")]);
        pushed
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    /// The cache, as one that stores what it gets as it is.
    fn store(&self) -> String {
        format!("file://{}?compression=none", self.file("cache"))
    }

    fn push(&self, more: &[&str]) -> Outcome {
        self.project.permafreeze(&[&["cache", "push", &*self.store(), "--key", &*self.file("secret")], more].concat())
    }

    /// Deletes what the project alone has from the store, as if this were another machine.
    fn forget(&self) {
        let deriver = nix_store(&["--query", "--deriver", &self.output]);
        let needs = nix_store(&["--query", "--references", &deriver[0]]);
        let own = needs.iter().filter(|path| path.ends_with("object-app.drv") || path.contains("object-hello"));
        let own: Vec<String> = own.flat_map(|path| nix_store(&["--query", "--outputs", path])).collect();
        let _ = fs::remove_file(self.project.path().join("dist/.hello-linux-amd64"));
        let _ = fs::remove_dir_all(self.project.path().join(".permafreeze"));
        let all: Vec<&str> = own.iter().map(String::as_str).chain([&*self.output]).collect();
        let all = nix_store(&[&["--query", "--referrers-closure"], &*all].concat());
        nix_store(&[&["--delete"], &*all.iter().map(String::as_str).collect::<Vec<_>>()].concat());
    }

    /// Builds where the cache is asked, and one key is trusted; `settings` are more lines of Nix's settings.
    fn build(&self, key: &str, settings: &str) -> Outcome {
        let config = format!("substituters = {}\ntrusted-public-keys = {key}\n{settings}", self.store());
        let mut command = self.project.command(&["build", "--locked"]);
        command.env("NIX_CONFIG", config).output().expect("it runs").into()
    }

    fn public(&self) -> String {
        fs::read_to_string(self.file("public")).expect("a public key")
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_was_pushed_is_downloaded_where_its_key_is_trusted() {
    let pushed = Pushed::new("downloaded");
    // Two at once do not disturb each other.
    std::thread::scope(|scope| {
        let other = scope.spawn(|| pushed.push(&[]));
        pushed.push(&[]).success();
        other.join().expect("it ran").success();
    });
    pushed.forget();
    // Where nothing may be built at all.
    let said = pushed.build(&pushed.public(), "max-jobs = 0\n").success().stderr;
    assert!(said.contains("1 executable downloaded"), "{said}");
    pushed.forget();
    let stranger = "pushed-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let said = pushed.build(stranger, "").success().stderr;
    assert!(said.contains("1 executable linked"), "{said}");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_push_has_all_that_a_changed_line_needs_or_the_executable_alone() {
    let pushed = Pushed::new("listed");
    let listed = |more: &[&str]| -> Vec<String> {
        let arguments = [&["cache", "push", "file:///nowhere", "--dry-run"], more].concat();
        pushed.project.permafreeze(&arguments).success().stdout.lines().map(str::to_owned).collect()
    };
    assert_eq!(listed(&["--executables"]), [pushed.output.as_str()]);
    let all = listed(&["linux-amd64"]);
    for part in [
        "-object-greeting-1.0",
        "-permafreeze-compile",
        "-permafreeze-link",
        "-permafreeze-hooks-env",
        "-permafreeze-runtime-",
    ] {
        assert!(all.iter().any(|path| path.contains(part)), "{part}\n{all:#?}");
    }
    assert!(
        all.iter().all(|path| !path.ends_with(".whl") || path.contains("-object-")),
        "wheels are downloads: {all:#?}"
    );
    assert!(all.is_sorted() && !pushed.folder.path().join("cache").exists());
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_cannot_be_pushed_is_told() {
    let pushed = Pushed::new("refused");
    let push = |arguments: &[&str]| pushed.project.permafreeze(&[&["cache", "push"], arguments].concat());
    let (key, absent) = (pushed.file("secret"), pushed.file("absent"));
    push(&["file:///nowhere", "--key", &absent]).failure(1, &["there is no such file", "--generate-binary-cache-key"]);
    push(&["ssh://nowhere", "--key", &key]).failure(1, &["`ssh://nowhere` signs nothing", "nix store sign"]);
    push(&["http://127.0.0.1:1", "--key", &key]).failure(3, &["127.0.0.1:1"]);
    fs::write(pushed.file("secret"), "no key").expect("written");
    push(&[&pushed.store(), "--key", &key]).failure(3, &["key"]);
    pushed.project.write("main.py", "print('not built')\n");
    push(&["file:///nowhere"]).failure(1, &["`hello-linux-amd64` is not built", "permafreeze build hello-linux-amd64"]);
}
