//! Names and options with control characters: the terminal sees them escaped.
use crate::project::{Outcome, Project, Wheel};
use crate::stub_nix::StubNix;

/// Sets the title of a terminal, clears it, turns the direction of the text.
const TITLE: &str = "\u{1b}]0;owned\u{7}";
/// The same characters in TOML.
const IN_TOML: &str = r"\u001b]0;owned\u0007\u009b2J\u202e";

#[track_caller]
fn no_commands(said: &Outcome) {
    for text in [&said.stdout, &said.stderr] {
        let bad = |character: char| character != '\n' && (character.is_control() || character == '\u{202e}');
        assert!(!text.contains(bad), "{text:?}");
    }
}

#[test]
fn of_an_option() {
    let project = Project::with_options(&[("main.py", "print()\n")], &[], &format!("targets = [\"x{IN_TOML}\"]\n"));
    let said = project.permafreeze(&["lock"]).failure(1, &["x\\u{1b}]0;owned\\u{7}\\u{9b}2J\\u{202e}"]);
    no_commands(&said);
}

#[test]
fn of_a_locked_package() {
    let project = Project::new(&[("main.py", "print()\n")], &[]);
    let lock = std::fs::read_to_string(project.path().join("poetry.lock")).expect("a lock");
    let package = format!(
        "[[package]]\nname = \"x{IN_TOML}\"\nversion = \"1\"\noptional = false\npython-versions = \"*\"\n\
         groups = [\"main\"]\nfiles = []\n\n"
    );
    project.write("poetry.lock", &format!("{package}{lock}"));
    let said = project.permafreeze(&["lock"]);
    assert!(said.stderr.contains("\\u{1b}"), "{}", said.stderr);
    no_commands(&said);
}

#[test]
fn of_words_of_nix() {
    let project = Project::new(&[("main.py", "print()\n")], &[]);
    let nix = StubNix::new("2.34.0", "printf 'broken \\033]0;owned\\007 \\302\\2332J \\342\\200\\256\\n' >&2; exit 1");
    let said: Outcome = project.command(&["build"]).env("PATH", nix.path()).output().expect("it runs").into();
    no_commands(&said.failure(3, &["broken"]));
}

#[test]
fn of_a_netrc_file_whose_colours_are_the_terminals() {
    let project = Project::new(&[("main.py", "print()\n")], &[]);
    project.permafreeze(&["lock"]).success();
    let (nix, netrc) = (StubNix::new("2.34.0", "exit 1"), project.path().join(format!("netrc{TITLE}")));
    let fetched = |variables: &[(&str, &str)]| -> Outcome {
        let mut command = project.command(&["fetch"]);
        command.env("PATH", nix.path()).env("NETRC", &netrc).env_remove("NO_COLOR");
        command.envs(variables.iter().copied()).output().expect("it runs").into()
    };
    let said = fetched(&[]).success();
    assert!(said.stderr.contains("warning: netrc file `"), "{}", said.stderr);
    assert!(said.stderr.contains("netrc\\u{1b}]0;owned\\u{7}` is left out"), "{}", said.stderr);
    no_commands(&said);
    assert!(fetched(&[("CLICOLOR_FORCE", "1")]).stderr.contains("\u{1b}[33mwarning\u{1b}[0m: netrc file `"));
    no_commands(&fetched(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn of_a_member_of_a_wheel() {
    let options = zip::write::SimpleFileOptions::default();
    let wheel = Wheel::with_zip("greeting", "9.1", &[("greeting.py", "")], |zip| {
        zip.start_file(format!("greeting/{TITLE}.py"), options).expect("a member");
    });
    let project = Project::new(&[("main.py", "import greeting\n")], &[wheel]);
    let said = project.permafreeze(&["build"]);
    assert!(said.stderr.contains("owned"), "{}", said.stderr);
    no_commands(&said);
}
