//! Git dependencies, with real Nix: from a commit to an executable, from repositories that the tests make.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::{Files, Outcome, Project};
use permafreeze_resolve::content_hash::content_hash;
use permafreeze_resolve::document::TomlFile;

const MAIN: Files = &[("main.py", "import greeting\n\nprint(greeting.text)\n")];

const PYPROJECT: &str = "[build-system]\nrequires = []\nbuild-backend = \"own\"\nbackend-path = [\"tools\"]\n";

/// A backend that asks git for the version, as many do, and takes what it is told where there is no git.
const BACKEND: &str = r#"
import os, subprocess, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    version = os.environ.get("SETUPTOOLS_SCM_PRETEND_VERSION")
    if version is None:
        version = subprocess.check_output(["git", "describe"], text=True).strip()
    info = f"greeting-{version}.dist-info"
    members = {
        "greeting.py": open("greeting.py").read(),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: greeting\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    file = f"greeting-{version}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, file), "w") as wheel:
        for member, text in members.items():
            wheel.writestr(member, text)
    return file
"#;

/// A repository in a folder that goes away with it.
struct Repository {
    folder: tempfile::TempDir,
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let who = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments).envs(who.map(|name| (name, "a")));
    let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

impl Repository {
    /// Makes one whose project is in the folder `below` (empty: the top), and says `text`.
    fn new(below: &str, text: &str) -> Repository {
        let repository = Repository { folder: tempfile::tempdir().expect("a folder") };
        git(repository.folder.path(), &["init", "--quiet"]);
        repository.write(below, text);
        repository
    }

    fn write(&self, below: &str, text: &str) -> String {
        let top = self.folder.path().join(below);
        fs::create_dir_all(top.join("tools")).expect("a folder");
        fs::write(top.join("pyproject.toml"), PYPROJECT).expect("a file");
        fs::write(top.join("tools/own.py"), BACKEND).expect("a file");
        fs::write(top.join("greeting.py"), format!("text = '{text}'\n")).expect("a file");
        git(self.folder.path(), &["add", "--all"]);
        git(self.folder.path(), &["commit", "--quiet", "--message=x"]);
        self.head()
    }

    fn head(&self) -> String {
        git(self.folder.path(), &["rev-parse", "HEAD"])
    }

    fn url(&self) -> String {
        format!("file://{}", self.folder.path().display())
    }
}

/// Makes a project that is locked to a commit; `more` are lines of `[package.source]`, `options` of `[tool.permafreeze]`.
fn locked(url: &str, commit: &str, more: &str, options: &str) -> Project {
    let project = Project::with_options(MAIN, &[], options);
    relock(&project, url, commit, more);
    project
}

fn relock(project: &Project, url: &str, commit: &str, more: &str) {
    let text = fs::read_to_string(project.path().join("pyproject.toml")).expect("a pyproject.toml");
    let file = TomlFile::parse("pyproject.toml".to_owned(), text).expect("TOML");
    let lock = format!(
        "[[package]]\nname = \"greeting\"\nversion = \"7.0+g1\"\ndescription = \"\"\noptional = false\n\
         python-versions = \"*\"\ngroups = [\"main\"]\nfiles = []\ndevelop = false\n\n[package.source]\ntype = \"git\"\n\
         url = \"{url}\"\nreference = \"main\"\nresolved_reference = \"{commit}\"\n{more}\n[metadata]\n\
         lock-version = \"2.1\"\npython-versions = \"^3.13\"\ncontent-hash = \"{}\"\n",
        content_hash(&file, true)
    );
    project.write("poetry.lock", &lock);
}

fn permafreeze(project: &Project, arguments: &[&str]) -> Outcome {
    let mut command = project.command(arguments);
    command.env("PIP_INDEX_URL", "file:///none").env("PIP_CONFIG_FILE", "/dev/null");
    command.output().expect("permafreeze runs").into()
}

fn plan(project: &Project) -> serde_json::Value {
    let text = fs::read_to_string(project.path().join("permafreeze.lock")).expect("a plan");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_commit_becomes_a_wheel_whose_origin_is_told() {
    let repository = Repository::new("", "from git");
    let commit = repository.head();
    let project = locked(&repository.url(), &commit, "", "");
    let said = permafreeze(&project, &["lock"]).success().stderr;
    assert!(said.contains(&format!("getting `greeting`: commit {commit} of {}", repository.url())), "{said}");
    let made = plan(&project);
    let file = format!("greeting-7.0+g1-{}.tar", &commit[..12]);
    assert_eq!(made["files"][&file]["git"], serde_json::json!({"url": repository.url(), "commit": commit}));

    permafreeze(&project, &["build"]).success();
    assert_eq!(project.run(&[]).success().stdout, "from git\n");
    let reproduced = permafreeze(&project, &["verify", "reproduce", "-v"]).success();
    assert!(reproduced.stderr.contains("greeting-7.0+g1-py3-none-any.whl"), "{}", reproduced.stderr);
    permafreeze(&project, &["verify", "origin"]).success();
    let bill = permafreeze(&project, &["sbom"]).success().stdout;
    assert!(bill.contains(&format!("git+{}@{commit}", repository.url())), "{bill}");

    // What was made once asks nobody: the repository may be gone.
    drop(repository);
    permafreeze(&project, &["lock", "--check", "--offline"]).success();
    permafreeze(&project, &["build", "--offline"]).success();
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_commit_that_uv_has_locked() {
    let repository = Repository::new("", "locked by uv");
    let (commit, url) = (repository.head(), repository.url());
    let project = Project::new(MAIN, &[]);
    fs::remove_file(project.path().join("poetry.lock")).expect("there");
    project.write(
        "pyproject.toml",
        &format!(
            "[project]\nname = \"hello\"\nversion = \"1.0\"\nrequires-python = \">=3.13\"\ndependencies = \
             [\"greeting\"]\n\n[tool.uv.sources]\ngreeting = {{ git = \"{url}\" }}\n\n[tool.permafreeze]\nentry = \
             \"main.py\"\n"
        ),
    );
    project.write(
        "uv.lock",
        &format!(
            "version = 1\nrevision = 3\nrequires-python = \">=3.13\"\n\n[[package]]\nname = \"greeting\"\nversion = \
             \"7.0+g1\"\nsource = {{ git = \"{url}#{commit}\" }}\n\n[[package]]\nname = \"hello\"\nversion = \"1.0\"\n\
             source = {{ virtual = \".\" }}\ndependencies = [\n    {{ name = \"greeting\" }},\n]\n\n[package.metadata]\n\
             requires-dist = [{{ name = \"greeting\", git = \"{url}\" }}]\n"
        ),
    );
    permafreeze(&project, &["lock"]).success();
    permafreeze(&project, &["build"]).success();
    assert_eq!(project.run(&[]).success().stdout, "locked by uv\n");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn the_plan_is_the_same_wherever_the_commit_comes_from() {
    let repository = Repository::new("libs/greeting", "below");
    let commit = repository.head();
    let copy = tempfile::tempdir().expect("a folder");
    let path = copy.path().join("copy");
    git(repository.folder.path(), &["clone", "--quiet", ".", path.to_str().expect("UTF-8")]);
    // The same URL for both: the user's git knows where it is.
    let url = "https://git.example/greeting.git";
    let subdirectory = "subdirectory = \"libs/greeting\"\n";
    let with = |place: &Path, project: &Project, arguments: &[&str]| {
        let config = project.path().join("gitconfig");
        fs::write(&config, format!("[url \"file://{}\"]\n\tinsteadOf = {url}\n", place.display())).expect("a file");
        let mut command = project.command(arguments);
        command
            .env("GIT_CONFIG_GLOBAL", config)
            .env("PIP_INDEX_URL", "file:///none")
            .env("PIP_CONFIG_FILE", "/dev/null");
        Outcome::from(command.output().expect("permafreeze runs"))
    };
    let project = locked(&url.replace("//", "//user:secret@"), &commit, subdirectory, "");
    let locked_there = with(&path, &project, &["lock"]).success();
    let made = plan(&project);
    assert!(!made.to_string().contains("secret") && !locked_there.stderr.contains("secret"));
    let build = &made["builds"].as_object().expect("builds").values().next().expect("one").clone();
    assert_eq!(build["subdirectory"], "libs/greeting");

    // A tag that moves, a branch that goes on: the commit is what counts.
    git(repository.folder.path(), &["tag", "v1"]);
    repository.write("libs/greeting", "another");
    git(repository.folder.path(), &["tag", "--force", "v1"]);
    fs::remove_file(project.path().join("permafreeze.lock")).expect("a plan");
    with(repository.folder.path(), &project, &["lock"]).success();
    assert_eq!(plan(&project), made);

    // On another machine: the archive is made again, and is the one of the plan.
    let file = made["files"].as_object().expect("files").keys().next().expect("one").clone();
    let mut other = made.clone();
    other["files"][&file]["sha256"] = "0".repeat(64).into();
    project.write("permafreeze.lock", &other.to_string());
    let words = [
        &commit,
        "wrong sha256 of its archive `greeting-",
        "expected `000000",
        "hint: the plan was made of another tree",
    ];
    with(&path, &project, &["fetch"]).failure(1, &words);

    project.write("permafreeze.lock", &made.to_string());
    with(&path, &project, &["build"]).success();
    assert_eq!(project.run(&[]).success().stdout, "below\n");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_commit_that_is_gone_and_a_build_that_is_forbidden_are_told() {
    let repository = Repository::new("", "x");
    let gone = "0123456789".repeat(4);
    let project = locked(&repository.url(), &gone, "", "");
    let words = [
        "`greeting 7.0+g1` comes from a git repository: cannot get commit `0123456789",
        &repository.url(),
        "the repository does not have it any more",
        "hint: run `poetry update greeting`",
    ];
    permafreeze(&project, &["lock"]).failure(1, &words);
    assert!(!project.path().join("permafreeze.lock").exists(), "half a plan");
    permafreeze(&project, &["lock", "--offline"])
        .failure(1, &["the plan has no sha256 yet of `greeting-7.0+g1-012345678901.tar`"]);

    let project = locked(&repository.url(), &repository.head(), "", "build-sdists = false\n");
    permafreeze(&project, &["lock"]).failure(1, &["`build-sdists = false` allows no build of it"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn the_users_ssh_gets_commits_as_the_user_that_the_url_names() {
    let repository = Repository::new("", "by ssh");
    let (path, commit) = (repository.folder.path().display().to_string(), repository.head());
    for url in [format!("ssh://git@git.example{path}"), format!("git@git.example:{path}")] {
        let project = locked(&url, &commit, "", "");
        // Plays the server: notes whom it was called for, and runs what it was asked to.
        let said = project.path().join("called");
        let script = format!("#!/bin/sh\necho \"$@\" >> {}\nfor last; do :; done\neval \"$last\"\n", said.display());
        project.write("ssh", &script);
        let run = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(project.path().join("ssh"), run).expect("a mode");
        let mut command = project.command(&["lock"]);
        command.env("GIT_SSH", project.path().join("ssh")).env("GIT_SSH_VARIANT", "ssh");
        command.env("PIP_INDEX_URL", "file:///none").env("PIP_CONFIG_FILE", "/dev/null");
        Outcome::from(command.output().expect("permafreeze runs")).success();
        let called = fs::read_to_string(said).expect("ssh was called");
        assert!(called.contains("git@git.example"), "{called}");
        let made = plan(&project);
        let files = made["files"].as_object().expect("files");
        assert_eq!(files.values().next().expect("one")["git"]["url"], url);
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn without_git_it_is_said_what_is_missing() {
    let repository = Repository::new("", "x");
    let project = locked(&repository.url(), &repository.head(), "", "");
    let programs = tempfile::tempdir().expect("a folder");
    let path = std::env::var_os("PATH").expect("PATH");
    for program in ["nix", "nix-store", "nix-instantiate"] {
        let real = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
        std::os::unix::fs::symlink(real.expect("Nix"), programs.path().join(program)).expect("a link");
    }
    let output = project.command(&["lock"]).env("PATH", programs.path()).output().expect("permafreeze runs");
    Outcome::from(output)
        .failure(3, &["`git` is not on the PATH", "which `greeting` is locked to", "hint: install git"]);
}
