//! A plan read and written again is the same text; what is no plan is refused with its position.
use std::error::Error;

use permafreeze_plan::expected::{self, Expected};
use permafreeze_plan::plan::Plan;
use permafreeze_plan::{reader, version_1, writer};

const PLAN: &str = r#"{
  "digests": {
    "app-linux-amd64": "00"
  },
  "executables": {
    "app": {
      "collect-data": [
        "app"
      ],
      "entry": {
        "function": "main",
        "module": "app.cli"
      }
    }
  },
  "files": {
    "a-1-py3-none-any.whl": {
      "package": "a",
      "sha256": "00",
      "version": "1"
    }
  },
  "project": "app",
  "python": "3.13",
  "sources": {
    ".": {
      "contents": [
        {
          "from": "src/app",
          "to": "app"
        }
      ]
    }
  },
  "targets": {
    "linux-amd64": {
      "glibc": "2.28",
      "packages": [
        {
          "source": "."
        },
        {
          "file": "a-1-py3-none-any.whl"
        }
      ]
    }
  },
  "version": 2
}
"#;

#[test]
fn the_text_is_canonical() {
    let plan = reader::read("permafreeze.lock", PLAN).unwrap();
    assert_eq!(writer::write(&plan).unwrap(), PLAN);
}

#[test]
fn another_version_is_refused() {
    let error = reader::read("permafreeze.lock", r#"{"version": 7, "new": 1}"#).unwrap_err();
    assert_eq!(error.to_string(), "`permafreeze.lock` is a plan of version `7`, this permafreeze reads version `2`");
}

#[test]
fn an_unknown_field_is_refused_with_its_position() {
    let error = reader::read("permafreeze.lock", &PLAN.replace("glibc", "musl")).unwrap_err();
    assert_eq!(error.to_string(), "`permafreeze.lock` is not a plan: line 37, column 12");
    assert!(error.source().unwrap().to_string().starts_with("unknown field `musl`"));
}

/// A plan of format version 1 with what version 2 has elsewhere.
fn version_1() -> String {
    let old = PLAN.replace("\"version\": 2", "\"version\": 1").replace("{\n  \"digests\"", "{\n  \"unused\"");
    let mut old: serde_json::Value = serde_json::from_str(&old).unwrap();
    let fields = old.as_object_mut().unwrap();
    fields.remove("unused");
    let hashes = serde_json::json!({"sha256": "aa", "blake3": "bb", "size": 3});
    fields.insert("outputs".to_owned(), serde_json::json!({"app-linux-amd64": hashes, "gone-linux-arm64": hashes}));
    fields.insert("accepted".to_owned(), serde_json::json!({"app-linux-amd64": {"tkinter": "ImportError: x"}}));
    old.to_string()
}

fn current() -> Plan {
    let mut plan = reader::read("permafreeze.lock", PLAN).unwrap();
    plan.digests = permafreeze_plan::digest::digests(&plan);
    plan
}

#[test]
fn pins_and_accepted_modules_of_version_1_are_all_taken_over() {
    let expected = version_1::expected("permafreeze.lock", &version_1()).unwrap().unwrap();
    let artifact = "app-linux-amd64".parse().unwrap();
    assert_eq!(
        expected.pinned(&current(), &artifact).unwrap().executable.sha256,
        "aa",
        "the plan is the same: the pin holds"
    );
    assert_eq!(expected.accepted[&artifact]["tkinter"], "ImportError: x");
    let gone = "gone-linux-arm64".parse().unwrap();
    assert_eq!(expected.pins[&gone].executable.size, 3);
    assert_eq!(expected.stale(&current()), [(&gone, expected::Stale::Unplanned)]);
}

#[test]
fn a_pin_of_version_1_does_not_hold_for_another_plan() {
    let old = version_1().replace("a-1-py3-none-any.whl", "a-2-py3-none-any.whl");
    let expected = version_1::expected("permafreeze.lock", &old).unwrap().unwrap();
    let artifact = "app-linux-amd64".parse().unwrap();
    assert_eq!(expected.pinned(&current(), &artifact), None);
    assert!(expected.stale(&current()).contains(&(&artifact, expected::Stale::Decided)));
}

#[test]
fn no_other_text_is_a_plan_of_version_1() {
    for text in [PLAN, "", "[]", "{\"version\": 3}", "{\"outputs\": {}}"] {
        assert_eq!(version_1::expected("permafreeze.lock", text).unwrap(), None, "{text}");
    }
    let broken = r#"{"version": 1, "outputs": {"app": {}}}"#;
    let error = version_1::expected("permafreeze.lock", broken).unwrap_err();
    assert_eq!(error.to_string(), "`permafreeze.lock` is not a plan: line 1, column 32");
}

#[test]
fn what_is_expected_already_is_not_replaced() {
    let earlier = version_1::expected("permafreeze.lock", &version_1()).unwrap().unwrap();
    let own = r#"{"version": 1, "pins": {"app-linux-amd64": {"digest": "00", "executable": {"sha256": "cc", "blake3": "dd", "size": 4}}}}"#;
    let mut expected = reader::read_expected("permafreeze.expected.json", own).unwrap();
    expected.add_missing(earlier.clone());
    let artifact = "app-linux-amd64".parse().unwrap();
    assert_eq!(expected.pins[&artifact].executable.sha256, "cc");
    assert_eq!((expected.pins.len(), &expected.accepted), (2, &earlier.accepted));
}

#[test]
fn expectations_read_and_written_again_are_the_same_text() {
    let expected = version_1::expected("permafreeze.lock", &version_1()).unwrap().unwrap();
    let text = writer::write(&expected).unwrap();
    assert_eq!(reader::read_expected("permafreeze.expected.json", &text).unwrap(), expected);
    assert_eq!(writer::write(&Expected::default()).unwrap(), "{\n  \"version\": 1\n}\n");
    let error = reader::read_expected("permafreeze.expected.json", r#"{"version": 2}"#).unwrap_err().to_string();
    assert_eq!(
        error,
        "`permafreeze.expected.json` is a list of pins and accepted modules of version `2`, this permafreeze reads version `1`"
    );
}
