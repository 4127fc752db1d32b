//! `permafreeze run` and `permafreeze shell`, with real Nix: a small project that is not frozen.
use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::project::{Files, Outcome, Project, Wheel};

const FILES: Files = &[
    (
        "main.py",
        "import os, signal, sys\nimport greeting\nfrom tool import word\n\n\
         if sys.argv[1:] == ['die']:\n    os.kill(os.getpid(), signal.SIGTERM)\n\
         print(greeting.text(), word.WORD, sys.argv[1:], os.path.basename(sys.argv[0]), os.getpid())\n\
         print(sys.stdin.read(), end='')\nsys.exit(3)\n",
    ),
    ("tool/__init__.py", ""),
    ("tool/__main__.py", "print('module', __name__)\n"),
    ("tool/word.py", "WORD = 'first'\n\n\ndef call():\n    print('function', WORD)\n    return 4\n"),
    // A package has such a module, too: the project's own comes first, as in an executable.
    ("common.py", "OWNER = 'project'\n"),
];

const TABLES: &str = r#"
[[tool.permafreeze.executable]]
name = "hello"
entry = "main.py"

[[tool.permafreeze.executable]]
name = "caller"
entry = "tool.word:call"

[[tool.permafreeze.executable]]
name = "module"
entry = "-m tool"
"#;

fn greeting() -> Wheel {
    let entry_points = "[console_scripts]\ngreet = greeting:main\n";
    let text = "import common\n\n\ndef text():\n    return 'hello ' + common.OWNER\n\n\ndef main():\n    print('greet', text())\n";
    Wheel::new(
        "greeting",
        "7.0",
        &[
            ("greeting/__init__.py", text),
            ("common.py", "OWNER = 'package'\n"),
            ("greeting-7.0.dist-info/entry_points.txt", entry_points),
        ],
    )
}

/// A command with a cache of its own, below the project.
fn command(project: &Project, arguments: &[&str]) -> Command {
    let mut command = project.command(arguments);
    command.env("XDG_CACHE_HOME", cache(project)).env("PYTHONPATH", "/nonexistent").stdin(Stdio::null());
    command
}

fn cache(project: &Project) -> PathBuf {
    project.path().join(".cache")
}

fn run(project: &Project, arguments: &[&str]) -> Outcome {
    command(project, arguments).output().expect("it runs").into()
}

/// What is in the cache for `run` and `shell`, by the beginning of its name.
fn kept(project: &Project) -> Vec<String> {
    let entries = fs::read_dir(cache(project).join("permafreeze/unfrozen")).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().expect("UTF-8")).collect();
    names.retain(|name| name != ".lock");
    names.sort();
    names
}

fn locked() -> Project {
    let project = Project::with_table(FILES, &[greeting()], TABLES);
    project.permafreeze(&["lock"]).success();
    project
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn an_application_runs_unfrozen_and_its_sources_count_at_once() {
    let project = locked();
    let child = command(&project, &["run", "hello", "--", "a", "--help"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.expect("it starts");
    let id = child.id();
    child.stdin.take().expect("a pipe").write_all(b"from stdin\n").expect("it is read");
    let outcome: Outcome = child.wait_with_output().expect("it ends").into();
    let expected = format!("hello project first ['a', '--help'] main.py {id}\nfrom stdin\n");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (3, expected.as_str()), "{}", outcome.stderr);

    project.write("tool/word.py", "WORD = 'second'\n\n\ndef call():\n    print('function', WORD)\n    return 4\n");
    let outcome = command(&project, &["run", "hello"]).env("PATH", "/nonexistent").output();
    let outcome = Outcome::from(outcome.expect("it runs without Nix"));
    assert!(outcome.code == 3 && outcome.stdout.starts_with("hello project second [] main.py"), "{outcome:?}");
    assert_eq!(outcome.stderr, "", "nothing is said of a start that does nothing else");
    assert_eq!(kept(&project).len(), 2, "one Python, one environment: {:?}", kept(&project));

    let outcome = run(&project, &["run", "caller"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (4, "function second\n"), "{}", outcome.stderr);
    assert_eq!(run(&project, &["run", "module"]).success().stdout, "module __main__\n");

    let status = command(&project, &["run", "hello", "--", "die"]).status().expect("it runs");
    assert_eq!(status.signal(), Some(15), "the caller sees the signal: {status}");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_shell_has_the_python_the_scripts_and_the_command() {
    let project = locked();
    let script = project.path().join("shell.sh");
    project.write(
        "shell.sh",
        "#!/bin/sh\ngreet\ncaller\npython -c 'import sys, greeting; print(sys.prefix == \"'\"$VIRTUAL_ENV\"'\")'\n\
         permafreeze --version\n",
    );
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&script, executable).expect("a script");
    let mut shell = command(&project, &["shell"]);
    shell.env("SHELL", &script).env("PYTHONHOME", "/nonexistent").env_remove("PYTHONPATH");
    let outcome: Outcome = shell.output().expect("it runs").into();
    let expected = format!("greet hello project\nfunction first\nTrue\npermafreeze {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(outcome.success().stdout, expected);

    let printed = run(&project, &["shell", "--print"]).success().stdout;
    let output = Command::new("/bin/sh").args(["-euc", &format!("{printed}\ngreet")]).output();
    assert_eq!(Outcome::from(output.expect("a shell")).success().stdout, "greet hello project\n");
    let json = run(&project, &["shell", "--json"]).success().stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(Path::new(json["VIRTUAL_ENV"].as_str().expect("a folder")).join("pyvenv.cfg").is_file());
    assert!(json["PYTHONHOME"].is_null() && json["PATH"].is_string(), "{json}");

    project.command(&["clean", "--all"]).env("XDG_CACHE_HOME", cache(&project)).output().expect("it runs");
    assert_eq!(kept(&project), [""; 0]);
    run(&project, &["run", "caller"]).failure(4, &[]);

    command(&project, &["shell"])
        .env("SHELL", "/none")
        .output()
        .map(Outcome::from)
        .expect("it runs")
        .failure(3, &["cannot start the shell `/none`, which SHELL names"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_cannot_be_run_is_said() {
    let project = Project::with_table(FILES, &[greeting()], TABLES);
    run(&project, &["run"]).failure(1, &["`permafreeze.lock` does not exist", "hint: run `permafreeze lock`"]);
    project.permafreeze(&["lock"]).success();

    // The pins that count, and those of the flake, name a runtime that is nowhere.
    let pins = fs::read_to_string(project.path().join("permafreeze-nix/toolchain.json")).expect("pins");
    let mut other: serde_json::Value = serde_json::from_str(&pins).expect("JSON");
    let runtime = &mut other["made"]["runtime-3.13-linux-amd64"];
    runtime["sha256"] = "0".repeat(64).into();
    runtime.as_object_mut().expect("a pin").remove("urls");
    for file in ["nix/toolchain.json", "permafreeze-nix/toolchain.json"] {
        project.write(file, &other.to_string());
    }
    let words = ["`runtime-3.13-linux-amd64`", "run `permafreeze toolchain build --target linux-amd64`"];
    run(&project, &["run", "caller"]).failure(1, &words);
    assert_eq!(kept(&project), [""; 0], "nothing is left of it");
    fs::remove_dir_all(project.path().join("nix")).expect("it was there");
    project.write("permafreeze-nix/toolchain.json", &pins);

    run(&project, &["run"]).failure(2, &["several executables: `caller`, `hello`, `module`"]);
    run(&project, &["run", "helo"]).failure(2, &["no artifact `helo`", "did you mean `hello`?"]);
    project.lock(&[greeting()], &format!("targets = [\"linux-arm64\"]\n{TABLES}"));
    run(&project, &["run", "hello"]).failure(1, &["`permafreeze.lock` is stale"]);
    project.permafreeze(&["lock"]).success();
    run(&project, &["run", "hello"]).failure(1, &["no target `linux-amd64`, which is this machine's", "add-target"]);
}
