//! What the flake of permafreeze itself gives: its templates become projects that plain Nix builds, and that have a shell.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::{Outcome, checkout};

/// The flake of this checkout: what git tracks of it.
fn flake() -> String {
    format!("git+file://{}", checkout().display())
}

/// Runs `nix` with flakes in a folder.
fn nix(folder: &Path, arguments: &[&str]) -> Outcome {
    nix_with(folder, &path(), arguments)
}

/// The same; `path` are the folders of programs.
fn nix_with(folder: &Path, path: &str, arguments: &[&str]) -> Outcome {
    let mut command = Command::new("nix");
    command.args(["--extra-experimental-features", "nix-command flakes"]).args(arguments);
    command.current_dir(folder).env("PATH", path).output().expect("nix runs").into()
}

fn path() -> String {
    std::env::var("PATH").expect("a PATH")
}

fn permafreeze(folder: &Path, arguments: &[&str]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_permafreeze"));
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1").output().expect("permafreeze runs").into()
}

/// Makes a project of a template, whose flake.nix has this checkout in place of what a user writes there.
fn of_template(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    nix(folder.path(), &["flake", "init", "--template", &format!("{}#{name}", flake())]).success();
    let file = folder.path().join("flake.nix");
    let text = fs::read_to_string(&file).expect("a flake");
    assert_eq!(text.matches("\"flake:permafreeze\"").count(), 1, "{text}");
    fs::write(&file, text.replace("flake:permafreeze", &flake())).expect("written");
    folder
}

/// What an executable prints that Nix has built, and that the command has built: the same file.
fn built(folder: &Path) -> String {
    nix(folder, &["build", "--out-link", "result"]).success();
    let ran: Outcome = Command::new(folder.join("result/bin/hello")).env_clear().output().expect("it starts").into();
    permafreeze(folder, &["build", "--locked", "--offline"]).success();
    let bytes = |path: &str| fs::read(folder.join(path)).expect("an executable");
    assert!(bytes("result/bin/hello") == bytes("dist/hello-linux-amd64"), "Nix and the command build different files");
    ran.success().stdout
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn the_template_builds_as_it_is() {
    let project = of_template("default");
    let folder = project.path();
    for ignored in ["/dist/", "/.permafreeze/"] {
        let text = fs::read_to_string(folder.join(".gitignore")).expect("a .gitignore");
        assert!(text.lines().any(|line| line == ignored), "{text}");
    }
    // Its plan is the one that this version of permafreeze writes.
    permafreeze(folder, &["lock", "--check"]).success();
    assert_eq!(built(folder), "Hello, world!\n");
    nix(folder, &["flake", "check", "--no-build"]).success();
    nix(folder, &["build", ".#hydraJobs.release", "--out-link", "release"]).success();
    let jobs = fs::read_to_string(folder.join("release/nix-support/hydra-aggregate-constituents")).expect("its jobs");
    let names: Vec<_> = jobs.lines().filter_map(|path| path.split_once('-')).map(|(_, name)| name).collect();
    assert_eq!(names, ["hello-linux-amd64-products"]);
}

/// Runs a command in the shell of a project's flake; `path` are the folders of programs.
fn develop(folder: &Path, path: &str, command: &[&str]) -> Outcome {
    // Nix asks the registry for a bash of nixpkgs, and does without.
    let develop = ["--option", "download-attempts", "1", "develop", "--command"];
    nix_with(folder, path, &[&develop, command].concat())
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn nix_develop_gives_the_shell_of_the_application() {
    let project = of_template("default");
    let folder = project.path();
    let path = path();
    let own = Path::new(env!("CARGO_BIN_EXE_permafreeze")).parent().expect("a folder").display();
    let own = format!("{own}:{path}");
    for arguments in [["init", "--quiet"], ["add", "--all"]] {
        assert!(Command::new("git").args(arguments).current_dir(folder).status().expect("git runs").success());
    }

    assert_eq!(develop(folder, &own, &["hello"]).success().stdout, "Hello, world!\n");
    // The project's own sources, where they are.
    let imported = ["python", "-c", "import hello; print(hello.__file__)"];
    let found = develop(folder, &own, &imported).success().stdout;
    assert!(Path::new(found.trim()).starts_with(folder.canonicalize().expect("a folder")), "{found}");
    // In a folder below, too, and for what reads the variables alone, as direnv does.
    assert_eq!(develop(&folder.join("src"), &own, &["hello"]).success().stdout, "Hello, world!\n");
    permafreeze(&folder.join("src"), &["build", "--offline"]).success();
    assert!(folder.join("dist/hello-linux-amd64").exists() && !folder.join("src/dist").exists());
    let variables = nix(folder, &["print-dev-env"]).success().stdout;
    assert!(variables.contains("permafreeze shell --print"), "{variables}");

    let without: Vec<_> = path.split(':').filter(|folder| !Path::new(folder).join("permafreeze").exists()).collect();
    let outcome = develop(folder, &without.join(":"), &["true"]).success();
    assert!(outcome.stderr.contains("the command `permafreeze` is not on the PATH"), "{}", outcome.stderr);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn the_template_with_a_spec_builds_after_its_import() {
    let project = of_template("spec");
    let folder = project.path();
    nix(folder, &["build"]).failure(1, &["permafreeze.lock is missing: run `permafreeze lock`"]);
    let imported = permafreeze(folder, &["init", "--from", "hello.spec"]).success();
    assert!(!imported.stderr.contains("warning"), "{}", imported.stderr);
    permafreeze(folder, &["lock"]).success();
    assert_eq!(built(folder), "Hello, world!\n");
}
