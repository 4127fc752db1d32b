//! Several executables of one project, and packages that are run, with real Nix.

use crate::project::{Files, Outcome, Project, Wheel};

const FILES: Files = &[
    ("main.py", "import greeting\n\nprint('main', greeting.text())\n"),
    ("tool/__init__.py", ""),
    ("tool/cli.py", "import greeting\n\n\ndef main():\n    print('cli', greeting.text())\n    return 3\n"),
];

const TABLES: &str = r#"
smoke = [["x"]]

[[tool.permafreeze.executable]]
name = "hello"
entry = "main.py"

[[tool.permafreeze.executable]]
name = "caller"
entry = "tool.cli:main"
exclude-modules = ["tkinter"]
"#;

fn greeting() -> Wheel {
    Wheel::new("greeting", "7.0", &[("greeting/__init__.py", "def text():\n    return 'hello'\n")])
}

fn pins(project: &Project) -> Vec<String> {
    let text = std::fs::read_to_string(project.path().join("permafreeze.expected.json")).expect("pins");
    let expected: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    expected["pins"].as_object().expect("pins").keys().cloned().collect()
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_target_is_all_its_executables_and_every_command_takes_one() {
    let project = Project::with_table(FILES, &[greeting()], TABLES);
    let built = project.permafreeze(&["build", "linux-amd64", "-v"]).success();
    assert!(built.stderr.matches("object-greeting").count() <= 2, "compiled more than once:\n{}", built.stderr);
    assert_eq!(project.run(&[]).success().stdout, "main hello\n");
    let called = project.run_one("caller", &[]);
    assert_eq!((called.code, called.stdout.as_str()), (3, "cli hello\n"));

    project.permafreeze(&["pin", "caller"]).success();
    assert_eq!(pins(&project), ["caller-linux-amd64"]);
    project.permafreeze(&["pin"]).success();
    assert_eq!(pins(&project), ["caller-linux-amd64", "hello-linux-amd64"]);
    project.permafreeze(&["build", "--locked", "hello"]).success();

    let report = project.permafreeze(&["report"]).success().stdout;
    assert!(report.contains("caller-linux-amd64") && report.contains("hello-linux-amd64"), "{report}");
    project.permafreeze(&["inspect", "dist/caller-linux-amd64"]).success();
    project.permafreeze(&["sbom", "hello-linux-amd64"]).success();

    // The command ends with 3 in the one, and with 0 in the other.
    let words = ["error: `caller-linux-amd64` does not run as expected"];
    project.permafreeze(&["verify", "--accept"]).failure(12, &words);
    project.permafreeze(&["verify", "hello"]).success();
    project.permafreeze(&["verify", "smoke"]).failure(12, &words);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn an_option_of_one_executable_rebuilds_that_one_alone() {
    let project = Project::with_table(FILES, &[greeting()], TABLES);
    project.permafreeze(&["build"]).success();
    let file = project.path().join("pyproject.toml");
    let text = std::fs::read_to_string(&file).expect("a pyproject.toml");
    std::fs::write(&file, text.replace("\"tkinter\"", "\"tkinter\", \"turtle\"")).expect("written");
    let built = project.permafreeze(&["build", "-v"]).success();
    assert!(built.stderr.contains("caller-linux-amd64"), "{}", built.stderr);
    assert!(!built.stderr.contains("building hello-linux-amd64"), "{}", built.stderr);
}

/// Builds a project whose only executable is `entry`, and runs it with the argument `x`.
fn run_program(files: Files, entry: &str) -> Outcome {
    let project = Project::with_table(files, &[], &format!("entry = \"{entry}\"\n"));
    project.permafreeze(&["build"]).success();
    let outcome = project.run(&["x"]);
    project.permafreeze(&["verify", "origin", "smoke", "--accept"]).success();
    outcome
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_package_runs_as_python_m_runs_it() {
    let main = "import sys\nfrom . import cli\nfrom .cli import __name__ as other\n\n\nclass Thing:\n    pass\n\n\n\
                print(__name__, __package__, __spec__.name, __spec__.parent, other, sys.argv[1:])\n\
                print(sys.argv[0].endswith('hello-linux-amd64'), sys.modules['__main__'].Thing is Thing)\n\
                sys.exit(cli.main())\n";
    let files: Files = &[
        ("tool/__init__.py", "print('package')\n"),
        ("tool/__main__.py", main),
        ("tool/cli.py", "def main():\n    return 4\n"),
    ];
    let expected = "package\n__main__ tool tool.__main__ tool tool.cli ['x']\nTrue True\n";
    for entry in ["-m tool", "tool", "-m tool.__main__"] {
        let outcome = run_program(files, entry);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (4, expected), "{entry}: {}", outcome.stderr);
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_module_runs_as_python_m_runs_it() {
    let text = "from . import name\nif __name__ == '__main__':\n    print(name, __package__, __spec__.name)\n";
    let outcome = run_program(&[("tool/__init__.py", "name = 'x'\n"), ("tool/run.py", text)], "-m tool.run");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "x tool tool.run\n"), "{}", outcome.stderr);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_package_without_main_is_told_when_it_is_linked() {
    let wheel = Wheel::new("nomain", "1.0", &[("nomain/__init__.py", "")]);
    let project = Project::with_table(&[], &[wheel], "entry = \"-m nomain\"\n");
    let words = ["the entry point `-m nomain` names a module that no package has: `nomain.__main__`"];
    project.permafreeze(&["build"]).failure(1, &words);
}

/// C code of Python imports a module for them, which no `import` shows.
#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn integers_of_many_thousand_digits_are_divided_and_printed() {
    let text = "import sys\nsys.set_int_max_str_digits(0)\nquotient = 10 ** 60000 // 10 ** 20000\n\
                print(quotient == 10 ** 40000, len(str(quotient)), int(\"9\" * 20000) == 10 ** 20000 - 1)\n";
    let outcome = run_program(&[("main.py", text)], "main.py");
    assert_eq!(outcome.success().stdout, "True 40001 True\n");
}
