//! A wheel brings a PyInstaller hook: code of a stranger that would run while the executable is linked.
use crate::no_sandbox::without_namespaces;
use crate::project::{Outcome, Project, Wheel};

/// Writes where only a build without a sandbox may, and where every build may; then ends the link.
const HOOK: &str = "open('/tmp/permafreeze-evil', 'w').write('x')\nraise SystemExit('the hook has run')\n";

fn project(hook: &str, options: &str) -> Project {
    let files = [
        ("evil/__init__.py", "def text():\n    return 'hello'\n"),
        ("evil/plugin.py", ""),
        ("evil/hooks/__init__.py", "def dirs():\n    return [__path__[0]]\n"),
        ("evil/hooks/hook-evil.py", hook),
        ("evil-1.0.dist-info/entry_points.txt", "[pyinstaller40]\nhook-dirs = evil.hooks:dirs\n"),
    ];
    Project::with_options(
        &[("main.py", "import evil\nprint(evil.text())\n")],
        &[Wheel::new("evil", "1.0", &files)],
        options,
    )
}

#[track_caller]
fn is_not_run(project: &Project, said: Outcome) {
    let said = said.success();
    let words = ["the hook `evil/hooks/hook-evil.py` of `evil-1.0-py3-none-any.whl`", "trust-hooks = [\"evil\"]"];
    for word in words {
        assert!(said.stderr.contains(word), "{}", said.stderr);
    }
    assert!(!std::path::Path::new("/tmp/permafreeze-evil").exists());
    assert_eq!(project.run(&[]).success().stdout, "hello\n");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn it_is_not_run() {
    let project = project(HOOK, "");
    is_not_run(&project, project.permafreeze(&["build"]));
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn it_is_not_run_without_a_sandbox_either() {
    let project = project(&format!("# {}\n{HOOK}", std::process::id()), "");
    is_not_run(&project, without_namespaces(&project, &["build", "--allow-unsandboxed"]));
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn it_is_run_if_the_project_trusts_it_and_the_documents_say_so() {
    let code = "import os\nhiddenimports = ['evil.plugin']\n";
    let project = project(code, "trust-hooks = [\"Evil\"]\n");
    let said = project.permafreeze(&["build"]).success();
    assert!(!said.stderr.contains("hook-evil"), "{}", said.stderr);
    let reason = project.permafreeze(&["explain", "evil.plugin"]).success().stdout;
    assert!(reason.contains("hook"), "{reason}");
    let plan = std::fs::read_to_string(project.path().join("permafreeze.lock")).expect("a plan");
    assert!(plan.contains("\"trust-hooks\": [\n        \"evil\"\n"), "{plan}");
    assert!(project.permafreeze(&["sbom"]).success().stdout.contains("permafreeze:trusted-hooks"));
    assert!(project.permafreeze(&["sbom", "--provenance"]).success().stdout.contains("\"trusted-hooks\": \"true\""));
}
