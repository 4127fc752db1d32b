//! A binary cache whose key is trusted serves something else for a pinned executable: the executable, what lies beside
//! it, or an object that it is linked of. Nothing of it reaches `dist/`, and the cache is named.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::{Outcome, Project, Wheel};

fn nix_store(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("nix-store").args(arguments).output().expect("nix-store");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn lines(arguments: &[&str]) -> Vec<String> {
    String::from_utf8(nix_store(arguments)).expect("paths").lines().map(str::to_owned).collect()
}

/// A pinned project with sources of its own, so that no other test has its store paths.
struct Victim {
    project: Project,
    /// The output of the executable's derivation.
    output: PathBuf,
    /// All files in `dist/`.
    delivered: BTreeMap<PathBuf, Vec<u8>>,
    cache: tempfile::TempDir,
    /// The paths that the cache has.
    served: RefCell<Vec<PathBuf>>,
}

impl Victim {
    fn new(name: &str) -> Victim {
        let said = format!("def text():\n    return '{name} {}'\n", std::process::id());
        let greeting = Wheel::new("greeting", "1.0", &[("greeting/__init__.py", &said)]);
        let project = Project::new(&[("main.py", "import greeting\nprint(greeting.text())\n")], &[greeting]);
        project.permafreeze(&["pin"]).success();
        let output = fs::read_link(project.path().join("dist/.hello-linux-amd64")).expect("a link to the store");
        let cache = tempfile::tempdir().expect("a folder");
        fs::write(cache.path().join("nix-cache-info"), "StoreDir: /nix/store\nPriority: 1\n").expect("written");
        let delivered = files(&project.path().join("dist"));
        Victim { project, output, delivered, cache, served: RefCell::default() }
    }

    /// Puts into the cache, for a path of the store, what `change` makes of a copy of it, and deletes the path.
    fn serve(&self, path: &Path, change: impl FnOnce(&Path)) {
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("copy");
        let copied = Command::new("cp").args(["-r", "--no-preserve=mode"]).arg(path).arg(&copy).status().expect("cp");
        assert!(copied.success());
        let executable = copy.join("bin/hello");
        if executable.exists() {
            fs::set_permissions(&executable, fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        change(&copy);
        self.served.borrow_mut().push(path.to_owned());
        let nar = nix_store(&["--dump", copy.to_str().expect("UTF-8")]);
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let (hash, _) = name.split_once('-').expect("a store path");
        let sha256 = permafreeze_base::sha256::of(&nar);
        fs::create_dir_all(self.cache.path().join("nar")).expect("a folder");
        fs::write(self.cache.path().join(format!("nar/{hash}.nar")), &nar).expect("written");
        let size = nar.len();
        let info = format!(
            "StorePath: {}\nURL: nar/{hash}.nar\nCompression: none\nFileHash: sha256:{sha256}\nFileSize: {size}\n\
             NarHash: sha256:{sha256}\nNarSize: {size}\nReferences: \nSig: evil-1:AAAA\n",
            path.display()
        );
        fs::write(self.cache.path().join(format!("{hash}.narinfo")), info).expect("written");
    }

    /// Deletes what the cache has and the executable from the store, and what the project knows of having it.
    fn forget(&self) {
        let _ = fs::remove_file(self.project.path().join("dist/.hello-linux-amd64"));
        let _ = fs::remove_file(self.project.path().join(".permafreeze/built-hello-linux-amd64"));
        let served = self.served.borrow();
        let paths = served.iter().chain([&self.output]).map(|path| path.to_str().expect("UTF-8"));
        let paths: Vec<&str> = paths.collect();
        // What was linked of them, and the list of what the project has built, refer to them.
        let all = lines(&[&["--query", "--referrers-closure"], &*paths].concat());
        nix_store(&[&["--delete"], &*all.iter().map(String::as_str).collect::<Vec<_>>()].concat());
    }

    fn url(&self) -> String {
        format!("file://{}", self.cache.path().display())
    }

    fn build(&self) -> Outcome {
        // As good as a key of the cache in `trusted-public-keys`.
        let config = format!("substituters = {}\nrequire-sigs = false\n", self.url());
        let mut command = self.project.command(&["build", "--locked"]);
        command.env("NIX_CONFIG", config).output().expect("it runs").into()
    }

    /// Nothing was delivered, and the cache is named.
    #[track_caller]
    fn holds(&self, words: &[&str]) {
        let link = Path::new(".hello-linux-amd64");
        let before: BTreeMap<_, _> = self.delivered.iter().filter(|(path, _)| *path != link).collect();
        let said = self.build().failure(10, &[&[&*self.url(), "evil-1"], words].concat());
        assert!(said.stdout.is_empty(), "{}", said.stdout);
        let after = files(&self.project.path().join("dist"));
        assert_eq!(after.iter().collect::<BTreeMap<_, _>>(), before);
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // Other bytes at a path that an honest build gives would be found by every later build.
        let _ = fs::remove_dir_all(self.project.path().join("dist"));
        let _ = fs::remove_dir_all(self.project.path().join(".permafreeze"));
        self.forget();
    }
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let name = |path: &Path| PathBuf::from(path.file_name().expect("a name"));
    entries.map(|path| (name(&path), fs::read(&path).unwrap_or_default())).collect()
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn another_executable() {
    let victim = Victim::new("another executable");
    victim.serve(&victim.output, |copy| fs::write(copy.join("bin/hello"), "#!/bin/sh\necho evil\n").expect("written"));
    victim.forget();
    victim.holds(&["`hello-linux-amd64` is not the pinned one", "(20 bytes)"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn another_executable_with_a_report_to_match_where_nothing_is_pinned_is_the_caches_word() {
    let victim = Victim::new("not pinned");
    victim.serve(&victim.output, |copy| fs::write(copy.join("bin/hello"), "#!/bin/sh\necho evil\n").expect("written"));
    victim.forget();
    fs::remove_file(victim.project.path().join("permafreeze.expected.json")).expect("the pin");
    victim.holds(&["its report says", "bin/hello` has sha256"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn another_report() {
    let victim = Victim::new("another report");
    victim.serve(&victim.output, |copy| {
        let report = copy.join("share/permafreeze/report.json");
        let text = fs::read_to_string(&report).expect("a report");
        fs::write(report, text.replacen("\"warnings\"", "\"warnings\" ", 1)).expect("written");
    });
    victim.forget();
    victim.holds(&["report.json` is not the pinned one"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn another_object() {
    let victim = Victim::new("another object");
    let deriver = lines(&["--query", "--deriver", victim.output.to_str().expect("UTF-8")]);
    let needs = lines(&["--query", "--references", &deriver[0]]);
    let object = needs.iter().find(|path| path.contains("greeting") && path.contains("object")).expect("an object");
    let object = PathBuf::from(lines(&["--query", "--outputs", object])[0].clone());
    // The same wheel with another text, compiled by the same tool.
    let other = Victim::new("a third object");
    let deriver = lines(&["--query", "--deriver", other.output.to_str().expect("UTF-8")]);
    let needs = lines(&["--query", "--references", &deriver[0]]);
    let needed = needs.iter().find(|path| path.contains("greeting") && path.contains("object")).expect("an object");
    let theirs = PathBuf::from(lines(&["--query", "--outputs", needed])[0].clone());
    victim.serve(&object, |copy| {
        let remove = if copy.is_dir() { fs::remove_dir_all(copy) } else { fs::remove_file(copy) };
        remove.expect("removed");
        let copied = Command::new("cp").args(["-r", "--no-preserve=mode"]).arg(&theirs).arg(copy).status().expect("cp");
        assert!(copied.success());
    });
    victim.forget();
    victim.holds(&["`hello-linux-amd64` is not the pinned one", "greeting"]);
}
