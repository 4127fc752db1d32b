//! A plan read and written again is the same text; what is no plan is refused with its position.
use std::error::Error;

use permafreeze_plan::{reader, writer};

const PLAN: &str = r#"{
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
  "version": 1
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
    assert_eq!(error.to_string(), "`permafreeze.lock` is a plan of version `7`, this permafreeze reads version `1`");
}

#[test]
fn an_unknown_field_is_refused_with_its_position() {
    let error = reader::read("permafreeze.lock", &PLAN.replace("glibc", "musl")).unwrap_err();
    assert_eq!(error.to_string(), "`permafreeze.lock` is not a plan: line 34, column 12");
    assert!(error.source().unwrap().to_string().starts_with("unknown field `musl`"));
}
