//! What Nix 2.8, 2.26 and 2.34 really wrote (`fixtures/VERSION/CASE.log`: stderr of `--log-format internal-json`), and
//! what it is taken for.
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use crate::builds::{CheckOutcome, Step};
use crate::call::{Call, Finished, Log, Program};
use crate::cause;
use crate::error::Error;

const VERSIONS: [&str; 3] = ["2.8", "2.26", "2.34"];

/// Reads a log; returns also the steps that a user sees.
fn read(version: &str, case: &str) -> (Log, Vec<String>) {
    let path = format!("{}/fixtures/{version}/{case}.log", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (mut log, mut steps) = (Log::default(), Vec::new());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        log.hear(line, &mut |step| {
            if let Step::Build(name) = step {
                steps.push(name.to_owned());
            }
        });
    }
    (log, steps)
}

fn finished(version: &str, case: &str, code: i32) -> Finished {
    Finished { status: ExitStatus::from_raw(code << 8), stdout: String::new(), log: read(version, case).0 }
}

fn store_call() -> Call {
    Call::new(Program::NixStore, ["--realise", "/nix/store/x.drv"])
}

fn eval_call() -> Call {
    Call::new(Program::Nix, ["eval", "--json", "/x#packages", "--apply", "x: x"])
}

#[test]
fn each_cause_is_told_from_the_others() {
    for version in VERSIONS {
        let of_store = |case| cause::of_call(&store_call(), &finished(version, case, 1));
        let of_eval = |case| cause::of_call(&eval_call(), &finished(version, case, 1));
        assert!(matches!(of_store("no-daemon"), Error::NoDaemon { .. }), "{version}");
        assert!(matches!(of_eval("no-daemon-eval"), Error::NoDaemon { .. }), "{version}");
        assert!(matches!(of_store("read-only"), Error::NotWritable { .. }), "{version}");
        assert!(matches!(of_store("disk-full"), Error::DiskFull { .. }), "{version}");
        assert!(matches!(of_store("builder-fails"), Error::Builder { .. }), "{version}");
        assert!(matches!(of_eval("evaluation"), Error::Evaluation { .. }), "{version}");
        assert!(matches!(of_store("not-valid"), Error::Failed { .. }), "{version}");
        assert!(cause::is_not_valid(&finished(version, "not-valid", 1)), "{version}");
        assert!(!cause::is_not_valid(&finished(version, "no-daemon", 1)), "{version}");
    }
}

#[test]
fn an_error_says_what_failed_how_and_why() {
    let text = cause::of_call(&store_call(), &finished("2.8", "no-daemon", 1)).to_string();
    assert_eq!(
        text,
        "`nix-store --realise` failed (exit 1): the Nix daemon cannot be reached: cannot connect to socket at \
         '/nonexistent/socket': No such file or directory"
    );
    let text = cause::of_call(&store_call(), &finished("2.34", "read-only", 1)).to_string();
    assert_eq!(
        text,
        "`nix-store --realise` failed (exit 1): the Nix store cannot be written to: remounting \"/nix/store\" \
         writable: Invalid argument"
    );
}

#[test]
fn a_program_that_is_missing_is_not_one_that_cannot_start() {
    let of = |kind: std::io::ErrorKind| cause::of_start(Program::NixStore, kind.into());
    assert!(matches!(of(std::io::ErrorKind::NotFound), Error::Missing { program: "nix-store" }));
    assert!(matches!(of(std::io::ErrorKind::PermissionDenied), Error::NotStarted { program: "nix-store", .. }));
}

#[test]
fn a_signal_and_silence_are_told() {
    let finished = Finished { status: ExitStatus::from_raw(9), stdout: String::new(), log: Log::default() };
    let text = cause::of_call(&store_call(), &finished).to_string();
    assert_eq!(text, "`nix-store --realise` failed (signal 9): it said nothing");
}

#[test]
fn our_own_words_are_told_without_a_trace() {
    for version in VERSIONS {
        let text = cause::of_call(&eval_call(), &finished(version, "own-throw", 1)).to_string();
        assert_eq!(text, "permafreeze: no such", "{version}");
    }
}

#[test]
fn other_faults_of_evaluation_say_where() {
    for version in VERSIONS {
        let text = cause::of_call(&eval_call(), &finished(version, "evaluation", 1)).to_string();
        assert!(text.contains("attribute 'zz' missing") && text.contains("«string»:1:10"), "{version}: {text}");
        assert!(!text.contains('\u{1b}'), "{version}: {text}");
    }
}

#[test]
fn a_failed_builder_is_told_with_its_log_and_what_was_not_built_is_not() {
    for version in VERSIONS {
        let Error::Builder { failures } = cause::of_call(&store_call(), &finished(version, "builder-fails", 100))
        else {
            panic!("{version}: another cause")
        };
        let told: Vec<_> = failures.iter().map(|failure| (failure.name(), failure.log.as_str())).collect();
        assert_eq!(told, [("bbb", "broke")], "{version}");
    }
}

#[test]
fn every_build_that_failed_is_told_where_nix_goes_on() {
    for version in VERSIONS {
        let Error::Builder { mut failures } = cause::of_call(&store_call(), &finished(version, "several-fail", 100))
        else {
            panic!("{version}: another cause")
        };
        failures.sort_by(|a, b| a.name().cmp(b.name()));
        let told: Vec<_> = failures.iter().map(|failure| (failure.name(), failure.log.as_str())).collect();
        assert_eq!(told[1..], [("one", "one broke"), ("two", "two broke")], "{version}");
        // Its builder says nothing, so Nix does.
        assert!(told[0].0 == "below" && told[0].1.contains("failed with exit code 3"), "{version}: {told:?}");
    }
}

#[test]
fn a_line_that_is_not_utf_8_ends_nothing() {
    let lines: [&[u8]; 3] = [
        br#"@nix {"action":"start","fields":["/nix/store/a-x.drv","",1,1],"id":1,"level":3,"type":105}"#,
        b"@nix {\"action\":\"result\",\"fields\":[\"bad\xffutf\"],\"id\":1,\"type\":101}",
        br#"@nix {"action":"msg","level":0,"msg":"error: builder for '/nix/store/a-x.drv' failed with exit code 1"}"#,
    ];
    let mut log = Log::default();
    lines.iter().for_each(|line| log.hear(line, &mut |_| {}));
    assert_eq!(log.builds.failures(&log.errors)[0].log, "bad\u{fffd}utf");
}

#[test]
fn a_tool_that_is_not_in_the_store_is_told_in_our_words() {
    for version in VERSIONS {
        let error = cause::of_call(&store_call(), &finished(version, "tool-missing", 1));
        assert_eq!(
            error.to_string(),
            "x is not in the Nix store: run `permafreeze toolchain build`\n  while building f",
            "{version}"
        );
    }
}

#[test]
fn builds_are_seen_when_they_begin() {
    for version in VERSIONS {
        let (log, steps) = read(version, "succeeds");
        assert_eq!(steps.last().map(String::as_str), Some("dep"), "{version}");
        assert!(steps.contains(&"aaa".to_owned()), "{version}: {steps:?}");
        assert_eq!(log.errors, [], "{version}");
    }
}

#[test]
fn a_rebuild_that_differs_names_both_outputs() {
    for version in VERSIONS {
        let (log, steps) = read(version, "differs");
        assert_eq!(steps, ["nondet"], "{version}");
        let found: Vec<_> = log.builds.differing(&log.errors).into_iter().collect();
        let [(derivation, CheckOutcome::Differs { output, check: Some(check) })] = &found[..] else {
            panic!("{version}: {found:?}")
        };
        assert!(derivation.ends_with("-nondet.drv"), "{version}: {derivation}");
        assert_eq!(format!("{output}.check"), *check, "{version}");
        assert!(output.starts_with("/nix/store/"), "{version}: {output}");
    }
}

#[test]
fn a_rebuild_that_fails_is_no_difference() {
    for version in VERSIONS {
        let (log, _) = read(version, "builder-fails");
        let found: Vec<_> = log.builds.differing(&log.errors).into_values().collect();
        assert_eq!(found, [CheckOutcome::Fails], "{version}");
    }
}

#[test]
fn what_a_builder_wrote_is_not_the_cause() {
    let lines = [
        r#"@nix {"action":"start","fields":["/nix/store/a-x.drv","",1,1],"id":1,"level":3,"type":105}"#,
        r#"@nix {"action":"result","fields":["error: No space left on device, Read-only file system"],"id":1,"type":101}"#,
        r#"@nix {"action":"msg","level":0,"msg":"error: builder for '/nix/store/a-x.drv' failed with exit code 1;\nlast 1 log lines:\n> No space left on device","raw_msg":"builder for '/nix/store/a-x.drv' failed with exit code 1;\nlast 1 log lines:\n> No space left on device"}"#,
    ];
    let mut log = Log::default();
    lines.iter().for_each(|line| log.hear(line.as_bytes(), &mut |_| {}));
    let finished = Finished { status: ExitStatus::from_raw(100 << 8), stdout: String::new(), log };
    let error = cause::of_call(&store_call(), &finished);
    assert!(matches!(error, Error::Builder { .. }), "{error}");
}
