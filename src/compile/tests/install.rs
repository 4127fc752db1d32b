//! Wheels are installed to the environment in which hooks run.

use std::process::Command;

use crate::support::{NAME, Scratch, Wheel, chain, host_python};
use camino::Utf8PathBuf;
use permafreeze_compile::install;

fn wheels(scratch: &Scratch, wheels: &[(&str, Wheel)]) -> Vec<(String, Utf8PathBuf)> {
    let written = wheels.iter().enumerate();
    written.map(|(at, (name, wheel))| ((*name).to_owned(), scratch.write(&format!("{at}.whl"), wheel.zip()))).collect()
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn modules_are_imported_from_their_compiled_form() {
    let scratch = Scratch::new();
    let wheel = Wheel::new()
        .with("my_pkg/__init__.py", "value = 1\ndef where(): return where.__code__.co_filename\n")
        .with("my_pkg/broken.py", "def (:\n")
        .with("my_pkg-1.0.data/scripts/run", "#!python\n");
    let out = scratch.path.join("out");
    install(&wheels(&scratch, &[(NAME, wheel)]), &host_python(), 2, &out).unwrap();
    assert!(!out.join("my_pkg/__pycache__/broken.cpython-313.pyc").exists() && !out.join("run").exists());
    // The source changes, the compiled form is what counts: its hash is not checked.
    std::fs::write(out.join("my_pkg/__init__.py"), "value = 2\n").unwrap();
    let code = "import sys; sys.path.insert(0, sys.argv[1]); import my_pkg; print(my_pkg.value, my_pkg.where())";
    let output = Command::new(host_python()).args(["-S", "-c", code, out.as_str()]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("1 {out}/my_pkg/__init__.py\n"));
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn two_owners_of_a_file_are_refused() {
    let scratch = Scratch::new();
    let one = Wheel::new().with("shared.py", "");
    let other = "my_pkg-2.0-py3-none-any.whl";
    let both = wheels(&scratch, &[(NAME, one), (other, Wheel::new().with("shared.py", ""))]);
    let error = install(&both, &host_python(), 1, &scratch.path.join("out")).unwrap_err();
    let expected = format!("`{NAME}` and `{other}` both go to `my_pkg-1.0.dist-info/METADATA`");
    assert_eq!(chain(&error), expected);
    assert_eq!(scratch.list(), ["0.whl", "1.whl"]);
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn a_bad_wheel_leaves_nothing() {
    let scratch = Scratch::new();
    let record = Wheel::new().with("a.py", "1").record();
    let bad = Wheel::new().with("a.py", "2").with("my_pkg-1.0.dist-info/RECORD", record);
    let error = install(&wheels(&scratch, &[(NAME, bad)]), &host_python(), 1, &scratch.path.join("out")).unwrap_err();
    assert!(chain(&error).contains("member `a.py` has the sha256"), "{}", chain(&error));
    assert_eq!(scratch.list(), ["0.whl"]);
}
