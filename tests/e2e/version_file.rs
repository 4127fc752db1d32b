//! The file that a build backend writes with the version in it, with real Nix: frozen and not.
use std::fs;

use crate::project::{Files, Project};

const FILES: Files = &[
    ("hello/__init__.py", "from ._version import __version__, version_tuple\n"),
    (
        "hello/cli.py",
        "import hello\nfrom importlib.metadata import version\n\n\ndef main():\n    \
         print(hello.__version__, hello.version_tuple, version('hello'), hello._version.__name__)\n",
    ),
];

const TABLES: &str = "name = \"hello\"\nentry = \"hello.cli:main\"\n\n[build-system]\nrequires = []\n\
                      build-backend = \"hatchling.build\"\n\n[tool.hatch.build.hooks.vcs]\nversion-file = \"hello/_version.py\"\n";

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_version_file_that_no_checkout_has_is_imported() {
    let project = Project::with_table(FILES, &[], TABLES);
    let pyproject = fs::read_to_string(project.path().join("pyproject.toml")).expect("pyproject.toml");
    project.write("pyproject.toml", &pyproject.replace("package-mode = false\n", ""));
    project.permafreeze(&["lock"]).success();
    project.permafreeze(&["build"]).success();
    let expected = "0.1.0 (0, 1, 0) 0.1.0 hello._version\n";
    assert_eq!(project.run(&[]).success().stdout, expected);
    project.permafreeze(&["verify", "smoke"]).success();

    let mut run = project.command(&["run", "hello"]);
    let outcome = run.env("XDG_CACHE_HOME", project.path().join(".cache")).output().expect("it runs");
    assert_eq!(crate::project::Outcome::from(outcome).success().stdout, expected);
    assert!(!project.path().join("hello/_version.py").exists(), "nothing is written into the project");
}
