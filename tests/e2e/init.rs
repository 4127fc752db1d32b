//! `permafreeze init`, of a spec and without one, and builds of projects without a flake.nix, with real Nix.

use std::fs;
use std::process::Command;

use crate::project::{Files, Outcome, Project, Wheel};
use permafreeze_resolve::content_hash::content_hash;
use permafreeze_resolve::document::TomlFile;

const SPEC: &str = r#"
import os
import sys
from PyInstaller.utils.hooks import collect_data_files

root = os.path.abspath(SPECPATH)
hidden = ['greeting.plugins.polite'] + ['absent%d' % number for number in range(39)]
if sys.platform == 'win32':
    hidden.append('win32timezone')
a = Analysis(
    [os.path.join(root, 'main.py')],
    pathex=[root],
    datas=[('assets', 'assets')] + collect_data_files('greeting'),
    hiddenimports=hidden,
    hookspath=['hooks'],
    excludes=['tkinter', 'unittest'],
)
pyz = PYZ(a.pure)
exe = EXE(pyz, a.scripts, a.binaries, a.datas, name='hello', upx=True, console=True, icon='app.ico')
"#;
const MAIN: &str = "\
import importlib, os, sys
module = importlib.import_module('greeting.plugins.' + sys.argv[1])
here = os.path.dirname(os.path.abspath(__file__))
print(module.text(), open(os.path.join(here, 'assets', 'a.txt')).read().strip())
";

fn greeting() -> Wheel {
    let polite =
        "import pathlib\n\n\ndef text():\n    return pathlib.Path(__file__).with_name('words.txt').read_text()\n";
    Wheel::new(
        "greeting",
        "7.0",
        &[
            ("greeting/__init__.py", ""),
            ("greeting/plugins/__init__.py", ""),
            ("greeting/plugins/polite.py", polite),
            ("greeting/plugins/words.txt", "good day"),
        ],
    )
}

/// A project with a spec, without `[tool.permafreeze]` and flake.nix.
fn project(spec: &str, files: Files) -> Project {
    let project = Project::with_table(&[("main.py", MAIN), ("assets/a.txt", "art\n")], &[greeting()], "");
    without_flake(&project);
    let file = project.path().join("pyproject.toml");
    let text = fs::read_to_string(&file).expect("a pyproject.toml").replace("[tool.permafreeze]\n", "");
    fs::write(&file, text).expect("written");
    project.write("hello.spec", spec);
    project.write("hooks/hook-greeting.py", "hiddenimports = []\n");
    for (path, text) in files {
        project.write(path, text);
    }
    project
}

fn without_flake(project: &Project) {
    fs::remove_file(project.path().join("flake.nix")).expect("a flake");
    fs::remove_dir_all(project.path().join("permafreeze-nix")).expect("its code");
}

fn pyproject(project: &Project) -> String {
    fs::read_to_string(project.path().join("pyproject.toml")).expect("a pyproject.toml")
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_project_with_a_spec_is_built_with_nothing_written_by_hand() {
    let project = project(SPEC, &[]);
    let before = pyproject(&project);
    let said = project.permafreeze(&["init", "--from", "hello.spec"]).success().stderr;
    for line in
        ["warning: hello.spec:19: `upx=True`: ", "warning: hello.spec:19: `icon`: `app.ico`: there is no such file"]
    {
        assert!(said.contains(line), "{said}");
    }
    let after = pyproject(&project);
    let table = after.strip_prefix(before.trim_end()).expect("all else stays as it is");
    let start = "\n\n[tool.permafreeze]\nname = \"hello\"\nentry = \"main.py\"\ntargets = [\"linux-amd64\"]\nhidden-imports = \
                 [\n    \"greeting.plugins.polite\",\n    \"absent0\",\n";
    assert!(table.starts_with(start), "{table}");
    assert!(table.contains("hooks = [\"hooks\"]") && !table.contains("win32timezone"), "{table}");
    assert_eq!(fs::read_to_string(project.path().join(".gitignore")).expect("a file"), "/.permafreeze/\n/dist/\n");
    assert!(!project.path().join("flake.nix").exists());

    project.permafreeze(&["lock"]).success();
    project.permafreeze(&["build", "--locked"]).success();
    assert_eq!(project.run(&["polite"]).success().stdout, "good day art\n");
    project.permafreeze(&["verify", "origin"]).success();

    let words = ["it has a table `[tool.permafreeze]`", "hint: `--force` replaces it"];
    project.permafreeze(&["init", "--from", "hello.spec"]).failure(1, &words);
    project.permafreeze(&["init", "--from", "hello.spec", "--force"]).success();
    assert_eq!(pyproject(&project), after);
    let printed =
        project.permafreeze(&["init", "--from", "hello.spec", "--print", "--target", "windows-amd64"]).success();
    assert!(printed.stdout.contains("win32timezone") && pyproject(&project) == after, "{}", printed.stdout);
    assert_eq!(fs::read_to_string(project.path().join(".gitignore")).expect("a file"), "/.permafreeze/\n/dist/\n");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_flake_of_its_own_or_of_others_changes_no_byte_and_builds_nothing_anew() {
    let files: Files = &[("main.py", "import greeting\nprint('hello')\n")];
    let project = Project::new(files, &[greeting()]);
    project.permafreeze(&["build"]).success();
    let bytes = |project: &Project| fs::read(project.path().join("dist/hello-linux-amd64")).expect("the executable");
    let with_flake = bytes(&project);
    fs::remove_dir_all(project.path().join("dist")).expect("removed");
    // Its code stays, as the flake's: it has modules beside the script.
    fs::remove_file(project.path().join("flake.nix")).expect("a flake");
    let built = project.permafreeze(&["build", "-v"]).success();
    assert!(!built.stderr.contains("building hello-linux-amd64"), "{}", built.stderr);
    assert_eq!(bytes(&project), with_flake);
    let doctor = project.permafreeze(&["doctor"]);
    assert!(doctor.stdout.contains("ok    flake: no flake.nix in `"), "{}", doctor.stdout);

    // One for something else is not evaluated.
    let foreign = "{ inputs.other.url = \"path:/nowhere\"; outputs = _: throw \"evaluated\"; }\n";
    project.write("flake.nix", foreign);
    let built = project.permafreeze(&["build", "-v"]).success();
    assert!(!built.stderr.contains("building hello-linux-amd64"), "{}", built.stderr);
    assert_eq!(bytes(&project), with_flake);
    let doctor = project.permafreeze(&["doctor"]);
    assert!(doctor.stdout.contains("is not for permafreeze, which builds without"), "{}", doctor.stdout);
}

fn git(project: &Project, arguments: &[&str]) {
    let run = Command::new("git").args(arguments).current_dir(project.path()).status().expect("git");
    assert!(run.success(), "{arguments:?}");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_project_below_the_root_of_its_repository() {
    let project = Project::new(&[("main.py", "")], &[]);
    without_flake(&project);
    let pyproject = pyproject(&project);
    let lock = fs::read_to_string(project.path().join("poetry.lock")).expect("a lock");
    for (path, text) in [
        ("apps/a b/pyproject.toml", pyproject.as_str()),
        ("apps/a b/poetry.lock", &lock),
        ("apps/a b/main.py", "import other\nprint(other.text)\n"),
        ("apps/a b/other.py", "text = 'of a monorepo'\n"),
    ] {
        project.write(path, text);
    }
    git(&project, &["init", "-q"]);
    git(&project, &["add", "apps"]);
    let build = || -> Outcome {
        let mut command = project.command(&["build"]);
        command.current_dir(project.path().join("apps/a b")).output().expect("it runs").into()
    };
    // Nix sees what git tracks: a new plan is made known to git, and not staged.
    build().success();
    let status = Command::new("git").arg("-C").arg(project.path()).args(["status", "--short"]).output().expect("git");
    let status = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(status.contains(" A \"apps/a b/permafreeze.lock\""), "{status}");
    let program = project.path().join("apps/a b/dist/hello-linux-amd64");
    let ran: Outcome = Command::new(program).env_clear().output().expect("it starts").into();
    assert_eq!(ran.success().stdout, "of a monorepo\n");
}

/// `apps/runner` of a repository: plain scripts below `src`, a path dependency above, a spec.
fn runner(project: &Project) {
    let pyproject = "[tool.poetry]\nname = \"agent-runner\"\nversion = \"0.1.0\"\ndescription = \"\"\npackage-mode = \
                     false\n\n[tool.poetry.dependencies]\npython = \"^3.13\"\ntools = { path = \"../../libs/tools\" }\n";
    let file = TomlFile::parse("pyproject.toml".to_owned(), pyproject.to_owned()).expect("TOML");
    let lock = format!(
        "[[package]]\nname = \"tools\"\nversion = \"1.0\"\ndescription = \"\"\noptional = false\npython-versions = \"*\"\n\
         groups = [\"main\"]\nfiles = []\ndevelop = false\n\n[package.source]\ntype = \"directory\"\nurl = \
         \"../../libs/tools\"\n\n[metadata]\nlock-version = \"2.1\"\npython-versions = \"^3.13\"\ncontent-hash = \"{}\"\n",
        content_hash(&file, true)
    );
    let spec = SPEC
        .replace("[os.path.join(root, 'main.py')]", "[os.path.join(root, 'src', 'runner', 'main.py')]")
        .replace("pathex=[root]", "pathex=[os.path.join(root, 'src'), '../../libs/tools']")
        .replace("+ collect_data_files('greeting')", "+ collect_data_files('tools')")
        .replace("greeting.plugins.polite", "tools.polite")
        .replace("name='hello'", "name='agent-runner'");
    for (path, text) in [
        ("apps/runner/pyproject.toml", pyproject),
        ("apps/runner/poetry.lock", &lock),
        ("apps/runner/agent-runner.spec", &spec),
        ("apps/runner/hooks/hook-tools.py", "hiddenimports = ['tools.hooked']\n"),
        ("apps/runner/assets/a.txt", ""),
        ("apps/runner/src/runner/main.py", "from runner import work\nwork.run()\n"),
        (
            "apps/runner/src/runner/work.py",
            "import importlib, sys, tools\n\n\ndef run():\n    text = importlib.import_module('tools.' + 'polite').text\n    \
             print(text, 'tools.hooked' in sys.modules, importlib.import_module('tools.' + 'hooked').text)\n",
        ),
        ("libs/tools/pyproject.toml", "[tool.poetry]\nname = \"tools\"\nversion = \"1.0\"\ndescription = \"\"\n"),
        ("libs/tools/tools/__init__.py", ""),
        ("libs/tools/tools/polite.py", "text = 'good day'\n"),
        ("libs/tools/tools/hooked.py", "text = 'hooked'\n"),
    ] {
        project.write(path, text);
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_monorepo_with_path_dependencies_above_the_project() {
    let project = Project::new(&[("main.py", "")], &[]);
    without_flake(&project);
    runner(&project);
    git(&project, &["init", "-q"]);
    let permafreeze = |arguments: &[&str]| -> Outcome {
        let mut command = project.command(arguments);
        command.current_dir(project.path().join("apps/runner")).output().expect("it runs").into()
    };
    let said = permafreeze(&["init", "--from", "agent-runner.spec"]).success().stderr;
    assert_eq!(said.matches("warning: ").count(), 2, "upx and the icon alone:\n{said}");
    permafreeze(&["lock"]).success();
    git(&project, &["add", "apps", "libs"]);
    permafreeze(&["build", "--locked"]).success();
    let program = project.path().join("apps/runner/dist/agent-runner-linux-amd64");
    let ran: Outcome = Command::new(program).env_clear().output().expect("it starts").into();
    assert_eq!(ran.success().stdout, "good day False hooked\n");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn several_executables_in_a_folder() {
    let spec = "one = Analysis(['main.py'], excludes=['tkinter'])\ntwo = Analysis(['tool/beside'], excludes=['tkinter'])\n\
                exes = [EXE(PYZ(a.pure), a.scripts, exclude_binaries=True, name=name) for a, name in ((one, 'one'), (two, \
                'two'))]\nCOLLECT(*exes, one.binaries, two.binaries, Tree('assets', prefix='art'), name='all')\n";
    let main = "import os, sys\nprint('one', open(os.path.join(sys._MEIPASS, 'art', 'a.txt')).read().strip())\n";
    let files: Files = &[
        ("main.py", main),
        // A script that is no module, beside a module of its name.
        ("tool/beside", "#!/usr/bin/env python3\nimport beside\nprint('two', beside.text)\n"),
        ("tool/beside.py", "text = 2\n"),
    ];
    let project = project(spec, files);
    let said = project.permafreeze(&["init", "--from", "hello.spec"]).success().stderr;
    assert!(!said.contains("warning: "), "{said}");
    project.permafreeze(&["build"]).success();
    for (name, said) in [("one", "one art\n"), ("two", "two 2\n")] {
        let program = project.path().join(format!("dist/{name}-linux-amd64/{name}"));
        let ran: Outcome = Command::new(program).env_clear().output().expect("it starts").into();
        assert_eq!(ran.success().stdout, said);
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn specs_that_fail_are_told_with_their_line_and_write_nothing() {
    let project = project("", &[(".env", "SECRET=1\n")]);
    let before = pyproject(&project);
    let good = "a = Analysis(['main.py'])\nEXE(PYZ(a.pure), a.scripts, name='x')\n";
    for (spec, words) in [
        ("raise ValueError('no')\n", "`hello.spec`, line 1: it raises ValueError: no"),
        ("\nopen('absent.txt')\n", "`hello.spec`, line 2: it reads `absent.txt`, which is not in the project"),
        (
            "import urllib.request as r\nr.urlopen('http://example.org/')\n",
            "`hello.spec`, line 2: it opens the network, which the sandbox does not have",
        ),
        (
            "import subprocess\nsubprocess.run(['git', 'log'])\n",
            "`hello.spec`, line 2: it runs `git log`, and no program",
        ),
        ("os.execv('/bin/sh', ['sh'])\n", "`hello.spec`, line 1: it runs `/bin/sh`, and no program"),
        ("open('/etc/passwd').read()\nraise ValueError(os.listdir('/'))\n", "`hello.spec`, line "),
        ("\n\nopen('.env').read()\n", "`hello.spec`, line 3: it reads `.env`, which is not in the project"),
        ("print 'x'\n", "`hello.spec`, line 1: it is no Python"),
        ("x = 1\n", "`hello.spec` makes no executable"),
    ] {
        project.write("hello.spec", spec);
        project.permafreeze(&["init", "--from", "hello.spec"]).failure(1, &[words]);
    }
    project.write("hello.spec", "while True:\n    pass\n");
    let mut command = project.command(&["init", "--from", "hello.spec"]);
    let hung = Outcome::from(command.env("PERMAFREEZE_SPEC_LIMIT", "2").output().expect("it runs"));
    hung.failure(
        1,
        &["evaluating `hello.spec` for `linux-amd64` does not end within 2 seconds", "PERMAFREEZE_SPEC_LIMIT"],
    );
    let mut command = project.command(&["init", "--from", "hello.spec"]);
    let wrong = Outcome::from(command.env("PERMAFREEZE_SPEC_LIMIT", "soon").output().expect("it runs"));
    wrong.failure(2, &["`PERMAFREEZE_SPEC_LIMIT` is `soon`: expected a number of seconds"]);
    project.permafreeze(&["init", "--from", "absent.spec"]).failure(1, &["there is no `absent.spec`"]);
    project.permafreeze(&["init", "--from", "/etc/passwd"]).failure(1, &["lies outside of the project's folder"]);
    assert_eq!(pyproject(&project), before);
    assert!(!project.path().join(".gitignore").exists());

    project.write("hello.spec", &format!("name = os.environ['NAME']\n{good}"));
    let words = ["it reads the environment's variable 'NAME'", "hint: ", "`--env NAME=VALUE`"];
    project.permafreeze(&["init", "--from", "hello.spec"]).failure(1, &words);
    project.permafreeze(&["init", "--from", "hello.spec", "--env", "NAME=x"]).success();
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_project_without_a_spec() {
    let project = project("", &[(".gitignore", "dist\n*.pyc")]);
    project.permafreeze(&["init", "--target", "linux-amd64", "--flake", "github:example/permafreeze"]).success();
    let table = "\n\n[tool.permafreeze]\nentry = \"main.py\"\ntargets = [\"linux-amd64\"]\nunpack = \"cache\"\n";
    assert!(pyproject(&project).ends_with(table), "{}", pyproject(&project));
    let ignored = fs::read_to_string(project.path().join(".gitignore")).expect("a file");
    assert_eq!(ignored, "dist\n*.pyc\n/.permafreeze/\n");
    let flake = fs::read_to_string(project.path().join("flake.nix")).expect("a flake");
    assert!(flake.contains("inputs.permafreeze.url = \"github:example/permafreeze\";"), "{flake}");
    fs::remove_file(project.path().join("flake.nix")).expect("removed");
    project.permafreeze(&["build"]).success();

    fs::remove_file(project.path().join("pyproject.toml")).expect("removed");
    project.permafreeze(&["init"]).failure(1, &["cannot read `pyproject.toml`"]);
}
