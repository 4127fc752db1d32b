//! `permafreeze build` with real Nix on small projects: what works, and how what does not is told.
//! Runs after `make build-binary`, which brings the toolchain into the store.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::SystemTime;

use crate::project::{Project, Wheel};

const HELLO: &str = "import greeting\n\nprint(greeting.text())\n";

fn greeting(text: &str) -> Wheel {
    Wheel::new("greeting", "1.0", &[("greeting/__init__.py", &format!("def text():\n    return {text:?}\n"))])
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn builds_and_runs_and_builds_again_only_what_changed() {
    // The store has what earlier runs built.
    let unique = format!("# {:?}\n", SystemTime::now());
    let project = Project::new(&[("main.py", &format!("{unique}{HELLO}"))], &[greeting("hello")]);
    let first = project.permafreeze(&["build", "--json"]).success();
    assert_eq!(project.run(&[]).success().stdout, "hello\n");

    assert!(first.stdout.contains("\"from\": \"linked\"") && !first.stdout.contains("size-before"), "{}", first.stdout);
    let summary = last_line(&first.stderr);
    assert!(summary.contains(" objects reused, ") || summary.contains(" compiled, "), "{summary}");
    assert!(summary.ends_with(", 1 executable linked"), "{summary}");

    let again = project.permafreeze(&["build", "--json"]).success();
    assert_eq!(first.stdout.replace("\"linked\"", "\"reused\""), again.stdout);
    assert!(!again.stderr.contains("building"), "{}", again.stderr);
    assert!(last_line(&again.stderr).ends_with(" s: 1 executable reused"), "{}", again.stderr);

    // A garbage collection leaves the objects.
    let root = project.path().join(".permafreeze/built-hello-linux-amd64");
    let kept = std::fs::read_to_string(&root).expect("a list of what the executable was built of");
    let object = kept.lines().find(|path| path.contains("-object-greeting-")).expect("the wheel's object");
    let roots = Command::new("nix-store").args(["--query", "--roots", object]).output().expect("nix-store").stdout;
    assert!(String::from_utf8_lossy(&roots).contains(root.to_str().expect("UTF-8")), "{roots:?}");

    // What cannot be part of the object does not rebuild it.
    project.write("README.md", "changed\n");
    project.write("dist/hello.py", "changed\n");
    let unchanged = project.permafreeze(&["build", "--json"]).success();
    assert!(!unchanged.stderr.contains("building"), "{}", unchanged.stderr);

    project.write("main.py", &format!("{unique}import greeting\n\nprint(greeting.text().upper())\n"));
    let changed = project.permafreeze(&["build", "-v"]).success();
    assert_eq!(project.run(&[]).success().stdout, "HELLO\n");
    assert!(!changed.stderr.contains("object-greeting"), "the wheel was compiled again:\n{}", changed.stderr);
    let summary = last_line(&changed.stderr);
    assert!(
        summary.contains(" s: 1 object compiled, ") && summary.ends_with(" reused, 1 executable linked"),
        "{summary}"
    );
    let sizes = changed.stderr.lines().find(|line| line.starts_with("hello-linux-amd64: ")).expect("a line of it");
    assert!(sizes.contains(" MiB (+") || sizes.contains(" MiB (-") || sizes.contains("the same size"), "{sizes}");
}

fn last_line(text: &str) -> &str {
    text.lines().last().expect("a line")
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn the_cases_of_nix_files_hold() {
    for file in ["contents.nix", "hydra.nix", "link.nix", "locked.nix", "modules.nix"] {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/nix").join(file);
        let output = Command::new("nix-instantiate").args(["--eval", "--strict"]).arg(cases).output().expect("Nix");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "[ ]\n", "{file}: {said}");
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn two_projects_with_the_same_input_give_the_same_bytes() {
    let bytes = || {
        let project = Project::new(&[("main.py", HELLO)], &[greeting("same")]);
        project.permafreeze(&["build"]).success();
        std::fs::read(project.path().join("dist/hello-linux-amd64")).expect("the executable")
    };
    assert!(bytes() == bytes());
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_module_with_a_syntax_error_is_told_and_not_fatal() {
    let broken = Wheel::new(
        "greeting",
        "1.1",
        &[
            (
                "greeting/__init__.py",
                "def text():\n    return 'fine'\n\n\ndef never():\n    from greeting import old\n",
            ),
            ("greeting/old.py", "print 'python 2'\n"),
        ],
    );
    let project = Project::new(&[("main.py", HELLO)], &[broken]);
    project.permafreeze(&["build"]).success();
    assert_eq!(project.run(&[]).success().stdout, "fine\n");
    let report = std::fs::read_dir(project.path().join("dist"))
        .expect("dist")
        .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("share/permafreeze/report.json")).ok())
        .next()
        .expect("a report");
    assert!(report.contains("greeting.old") || report.contains("greeting/old.py"), "{report}");
    assert!(report.contains("SyntaxError"), "{report}");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_module_hidden_by_a_package_of_the_same_name_is_shipped_as_a_file() {
    let module = Wheel::new("multi-module", "1.0", &[("multi.py", "import colorsys\nsegment = 'from the module'\n")]);
    let package = Wheel::new(
        "multi-package",
        "1.0",
        &[(
            "multi/__init__.py",
            "import importlib.util, os, sys\n\
        for folder in sys.path:\n    path = os.path.join(folder, 'multi.py')\n    if os.path.isfile(path):\n        \
        spec = importlib.util.spec_from_file_location('multi_module', path)\n        \
        module = importlib.util.module_from_spec(spec)\n        spec.loader.exec_module(module)\n        \
        segment = module.segment\n",
        )],
    );
    let project = Project::new(&[("main.py", "import multi\n\nprint(multi.segment)\n")], &[module, package]);
    project.permafreeze(&["build"]).success();
    assert_eq!(project.run(&[]).success().stdout, "from the module\n");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn two_wheels_that_own_one_file_need_a_winner() {
    let first = Wheel::new("first", "1.0", &[("shared/__init__.py", "owner = 'first'\n")]);
    let second = Wheel::new("second", "1.0", &[("shared/__init__.py", "owner = 'second'\n")]);
    let main = &[("main.py", "import shared\n\nprint(shared.owner)\n")];
    let project = Project::new(main, &[first.clone(), second.clone()]);
    project
        .permafreeze(&["build"])
        .failure(1, &["shared/__init__.py", "first-1.0-py3-none-any.whl", "second-1.0-py3-none-any.whl", "precedence"]);
    assert!(!project.path().join("dist/hello-linux-amd64").exists());

    let precedence = "[tool.permafreeze.precedence]\n\"shared/__init__.py\" = \"second\"\n";
    let project = Project::with_options(main, &[first, second], precedence);
    project.permafreeze(&["build"]).success();
    assert_eq!(project.run(&[]).success().stdout, "second\n");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_wheel_with_an_unsafe_member_is_refused() {
    let options = zip::write::SimpleFileOptions::default();
    let outside = Wheel::with_zip("greeting", "2.0", &[("greeting.py", "")], |zip| {
        zip.start_file("../outside.py", options).expect("a member");
    });
    let absolute = Wheel::with_zip("greeting", "2.1", &[("greeting.py", "")], |zip| {
        zip.start_file("/etc/outside.py", options).expect("a member");
    });
    let link = Wheel::with_zip("greeting", "2.2", &[("greeting.py", "")], |zip| {
        zip.add_symlink("greeting_link.py", "/etc/passwd", options).expect("a member");
    });
    let unrecorded = Wheel::with_zip("greeting", "2.3", &[("greeting.py", "")], |zip| {
        zip.start_file("greeting_extra.py", options).expect("a member");
    });
    for (wheel, member) in [
        (outside, "../outside.py"),
        (absolute, "/etc/outside.py"),
        (link, "greeting_link.py"),
        (unrecorded, "greeting_extra.py"),
    ] {
        let file = wheel.file.clone();
        let project = Project::new(&[("main.py", HELLO)], &[wheel]);
        project.permafreeze(&["build"]).failure(1, &[&file, member]);
    }
}

/// The header of a shared library for x86_64 (ELF-64, ET_DYN, EM_X86_64), and no more.
const AMD64_LIBRARY: &str = concat!(
    "\u{7f}ELF\u{2}\u{1}\u{1}\0\0\0\0\0\0\0\0\0",
    "\u{3}\0\u{3e}\0\u{1}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    "\0\0\0\0\u{40}\0\u{38}\0\0\0\u{40}\0\0\0\0\0"
);

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn an_amd64_library_in_a_wheel_for_arm64_is_refused() {
    let extension = &[("greeting.cpython-313-aarch64-linux-gnu.so", AMD64_LIBRARY)];
    let library = &[("greeting/__init__.py", "text = 'hello'\n"), ("greeting/native.so", AMD64_LIBRARY)];
    for (files, path) in [(&extension[..], "greeting.cpython"), (&library[..], "greeting/native.so")] {
        let wheel = Wheel::new("greeting", "3.0", files).for_platform("manylinux_2_17_aarch64");
        let file = wheel.file.clone();
        let main = "import greeting\n\nprint(greeting.text)\n";
        let project = Project::with_options(&[("main.py", main)], &[wheel], "targets = [\"linux-arm64\"]\n");
        project.permafreeze(&["build"]).failure(1, &[path, &file, "`x86_64`", "`linux-arm64`", "`aarch64`", "hint: "]);
        assert!(!project.path().join("dist/hello-linux-arm64").exists());
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_runtime_whose_release_cannot_be_reached_is_told_with_the_other_source() {
    let options = "targets = [\"linux-amd64\", \"windows-amd64\"]\n";
    let project = Project::with_options(&[("main.py", HELLO)], &[greeting("hello")], options);
    project.permafreeze(&["lock"]).success();
    project.permafreeze(&["fetch"]).success();
    // A proxy that refuses: whatever network there is, the release is not reached.
    let unreachable = [("https_proxy", "http://127.0.0.1:1"), ("HTTPS_PROXY", "http://127.0.0.1:1")];
    let words =
        ["releases/download", "--target windows-amd64 --from wheels", "runtimes = { windows-amd64 = \"wheels\" }"];
    let mut command = project.command(&["build", "windows-amd64"]);
    crate::project::Outcome::from(command.envs(unreachable).output().expect("permafreeze runs")).failure(3, &words);
    project.permafreeze(&["build", "linux-amd64"]).success();
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_missing_entry_script_is_told_before_anything_is_built() {
    let project = Project::new(&[("other.py", "")], &[]);
    project.permafreeze(&["build"]).failure(1, &["main.py"]);
    assert!(!project.path().join("permafreeze.lock").exists());
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn an_unknown_target_is_wrong_usage() {
    let project = Project::new(&[("main.py", HELLO)], &[greeting("hello")]);
    project.permafreeze(&["build", "linux-mips"]).failure(2, &["linux-mips", "linux-amd64"]);
    project.permafreeze(&["build", "windows-amd64"]).failure(2, &["windows-amd64", "hello-linux-amd64"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_stale_plan_is_refused_when_locked() {
    let project = Project::new(&[("main.py", HELLO)], &[greeting("hello")]);
    project.permafreeze(&["build", "--locked"]).failure(1, &["permafreeze.lock", "permafreeze lock"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_file_that_is_not_in_the_store_fails_with_the_command_that_mends_it() {
    let wheel = greeting("never put into the store");
    let project = Project::new(&[("main.py", HELLO)], std::slice::from_ref(&wheel));
    project.permafreeze(&["lock"]).success();
    // Another file in the plan and in the lock, which nobody has.
    for file in ["permafreeze.lock", "poetry.lock"] {
        let text = std::fs::read_to_string(project.path().join(file)).expect(file);
        project.write(file, &text.replace(&wheel.sha256(), &"0".repeat(64)));
    }
    let attribute = format!("path:{}#packages.x86_64-linux.hello-linux-amd64", project.path().display());
    let output = Command::new("nix")
        .args(["--extra-experimental-features", "nix-command flakes", "build", "--no-link", &attribute])
        .env("NIX_CONFIG", "sandbox = true")
        .output()
        .expect("nix");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    let line = said.lines().find(|line| line.contains("permafreeze fetch")).unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains(&wheel.file), "{line}");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn no_nix_is_an_outside_failure_that_says_how_to_get_it() {
    let project = Project::new(&[("main.py", HELLO)], &[greeting("hello")]);
    project.permafreeze(&["lock"]).success();
    let output = project.command(&["build"]).env("PATH", "/nonexistent").output().expect("permafreeze runs");
    crate::project::Outcome::from(output).failure(3, &["`nix`", "hint: install Nix"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_nix_without_flakes_is_an_outside_failure() {
    let project = Project::new(&[("main.py", HELLO)], &[greeting("hello")]);
    project.permafreeze(&["lock"]).success();
    project.write("old/nix", "#!/bin/sh\necho 'nix (Nix) 2.3.16'\n");
    let chmod = Command::new("chmod").args(["+x", "old/nix"]).current_dir(project.path()).status().expect("chmod");
    assert!(chmod.success());
    let path = format!("{}:/usr/bin:/bin", project.path().join("old").display());
    let output = project.command(&["build"]).env("PATH", path).output().expect("permafreeze runs");
    crate::project::Outcome::from(output).failure(3, &["2.3.16", "2.8"]);
}

/// Runs `build` and kills it as soon as it says that it builds the derivation whose name begins so.
fn kill_when_it_builds(project: &Project, name: &str) {
    // In a group of processes of its own: Nix is killed with it.
    let mut child =
        project.command(&["build"]).stderr(Stdio::piped()).process_group(0).spawn().expect("permafreeze runs");
    let mut said = BufReader::new(child.stderr.take().expect("its stderr")).lines().map_while(Result::ok);
    let begins = said.by_ref().find(|line| line.starts_with(&format!("building {name}")));
    assert!(begins.is_some(), "`build` ended without building {name}");
    let group = format!("-{}", child.id());
    let killed = Command::new("kill").args(["-KILL", "--", &group]).status().expect("kill");
    assert!(killed.success());
    child.wait().expect("ends");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_killed_build_leaves_nothing_half_written_and_can_be_run_again() {
    let text = format!("killed at {:?}", std::time::SystemTime::now());
    let modules: Vec<(String, String)> =
        (0..400).map(|i| (format!("greeting/m{i}.py"), format!("x = {i}\n# {text}\n"))).collect();
    let mut files: Vec<(&str, &str)> = modules.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let init = format!("def text():\n    return {text:?}\n");
    files.push(("greeting/__init__.py", &init));
    let project = Project::new(&[("main.py", HELLO)], &[Wheel::new("greeting", "3.0", &files)]);
    for step in ["object-greeting", "hello-linux-amd64"] {
        kill_when_it_builds(&project, step);
        assert!(!project.path().join("dist/hello-linux-amd64").exists());
    }
    project.permafreeze(&["build"]).success();
    assert_eq!(project.run(&[]).success().stdout, format!("{text}\n"));
    let left: Vec<_> = std::fs::read_dir(project.path().join("dist"))
        .expect("dist")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".new"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_hook_that_ends_its_process_is_told_with_its_last_lines() {
    let hook = "import os, sys\n\
        for number in range(3):\n    print('the hook says', number, file=sys.stderr)\n\
        sys.stderr.buffer.write(b'not \\xff UTF-8\\n')\nsys.stderr.flush()\nos._exit(3)\n";
    let hooked = Wheel::new(
        "greeting",
        "5.0",
        &[
            ("greeting/__init__.py", "def text():\n    return ''\n"),
            ("greeting/hook-greeting.py", hook),
            ("greeting-5.0.dist-info/entry_points.txt", "[pyinstaller40]\nhook-dirs = greeting:hooks\n"),
        ],
    );
    let project = Project::with_options(&[("main.py", HELLO)], &[hooked], "trust-hooks = [\"greeting\"]\n");
    let words = ["hook", "while building hello-linux-amd64", "the last lines before it:", "the hook says 0", "UTF-8"];
    project.permafreeze(&["build"]).failure(1, &words);
}
