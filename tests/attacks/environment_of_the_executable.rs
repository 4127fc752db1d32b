//! Who starts the executable sets Python's variables: none of them counts.
use std::fs;
use std::process::Command;

use crate::project::Project;

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn no_variable_of_python_is_read() {
    let main = "import json, sys\nprint(json.dumps([sys.flags.inspect, sys.flags.verbose, sys.flags.optimize]))\n";
    let project = Project::new(&[("main.py", main)], &[]);
    project.permafreeze(&["build"]).success();
    let folder = tempfile::tempdir().expect("a folder");
    let evil = "raise SystemExit('evil')\n";
    for name in ["json.py", "sitecustomize.py", "start.py"] {
        fs::write(folder.path().join(name), evil).expect("written");
    }
    let output = Command::new(project.path().join("dist/hello-linux-amd64"))
        .env_clear()
        .envs([("PYTHONPATH", folder.path()), ("PYTHONHOME", folder.path()), ("_MEIPASS2", folder.path())])
        .env("PYTHONSTARTUP", folder.path().join("start.py"))
        .envs([("PYTHONINSPECT", "1"), ("PYTHONVERBOSE", "1"), ("PYTHONOPTIMIZE", "2"), ("PYTHONWARNINGS", "error")])
        .current_dir(folder.path())
        .output()
        .expect("it starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!((output.status.code(), &*stdout, &*stderr), (Some(0), "[0, 0, 0]\n", ""));
}
