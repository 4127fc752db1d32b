//! A wheel has packages with the names of what runs hooks, and files that Python reads at its start.
use crate::project::{Project, Wheel};

const CODE: &str = "open('/tmp/permafreeze-evil-start', 'w').write('x')\nraise SystemExit('it runs')\n";

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn none_of_it_is_imported_while_linking() {
    let files = [
        ("evil/__init__.py", "def text():\n    return 'hello'\n"),
        ("PyInstaller/__init__.py", CODE),
        ("PyInstaller/utils/hooks/__init__.py", CODE),
        ("_pyinstaller_hooks_contrib/__init__.py", CODE),
        ("_pyinstaller_hooks_contrib/stdhooks/hook-evil.py", CODE),
        ("altgraph/__init__.py", CODE),
        ("packaging/__init__.py", CODE),
        ("setuptools/__init__.py", CODE),
        ("sitecustomize.py", CODE),
        ("usercustomize.py", CODE),
        ("evil.pth", "import sys; sys.exit('it runs')\n"),
    ];
    let project =
        Project::new(&[("main.py", "import evil\nprint(evil.text())\n")], &[Wheel::new("evil", "1.0", &files)]);
    project.permafreeze(&["build"]).success();
    assert!(!std::path::Path::new("/tmp/permafreeze-evil-start").exists());
    assert_eq!(project.run(&[]).success().stdout, "hello\n");
}
