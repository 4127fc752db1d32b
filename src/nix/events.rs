//! Reads Nix's log in the form of `--log-format internal-json`: one event per line of stderr.
//!
//! Format: `src/libutil/logging.cc` of Nix (`JSONLogger`), the numbers in `logging.hh`. They are the same from 2.8 to
//! 2.34; what is new in a later version is [`Event::Other`]. Nothing is an error: a line that is not JSON (of the
//! dynamic linker, of a program that Nix starts) is [`Event::Text`].
use serde::Deserialize;
use serde_json::Value;

use crate::text::plain;

/// What a line of the log that is an event begins with.
const MARK: &[u8] = b"@nix ";
/// Activities, by the numbers of Nix's `ActivityType`.
const BUILDS: u64 = 104;
const BUILD: u64 = 105;
const SUBSTITUTE: u64 = 108;
/// Results, by the numbers of Nix's `ResultType`.
const BUILD_LOG_LINE: u64 = 101;
const PROGRESS: u64 = 105;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An activity begins.
    Start {
        /// Its number.
        id: u64,
        /// What it is.
        activity: Activity,
    },
    /// An activity ends, well or not.
    Stop {
        /// Its number.
        id: u64,
    },
    /// A builder wrote a line.
    LogLine {
        /// The number of its build.
        id: u64,
        /// The line, without colours.
        line: String,
    },
    /// How far an activity is.
    Progress {
        /// Its number.
        id: u64,
        /// What is done.
        done: u64,
        /// What there is to do, as far as Nix knows by now.
        expected: u64,
    },
    /// Nix says something.
    Message(Message),
    /// An event that is of no use here.
    Other,
    /// A line that is no event.
    Text(String),
}

/// What Nix does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// It builds a derivation, or builds it again to compare.
    Build {
        /// The derivation's path.
        derivation: String,
    },
    /// All builds of this call; its progress counts them.
    Builds,
    /// It downloads a store path from a binary cache.
    Substitute {
        /// The store path.
        path: String,
    },
    /// Anything else.
    Other,
}

/// What Nix says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Nix's verbosity level: 0 is an error.
    pub level: u64,
    /// The text alone, without trace, position and colours.
    pub text: String,
    /// The text as a user of Nix sees it, without colours.
    pub shown: String,
    /// Whether it tells of an error, not only of something important.
    pub is_error: bool,
}

/// An event as it is in the log.
#[derive(Deserialize)]
struct Raw {
    action: String,
    #[serde(default)]
    id: u64,
    #[serde(default, rename = "type")]
    number: u64,
    #[serde(default)]
    fields: Vec<Value>,
    #[serde(default)]
    level: u64,
    #[serde(default)]
    msg: String,
    #[serde(default)]
    raw_msg: Option<String>,
}

impl Event {
    /// Reads a line, given without its line end. Bytes that are not UTF-8, which a builder's line may have, become `�`.
    pub fn read(line: &[u8]) -> Event {
        let Some(json) = line.strip_prefix(MARK) else {
            return Event::Text(plain(&String::from_utf8_lossy(line)));
        };
        match serde_json::from_str::<Raw>(&String::from_utf8_lossy(json)) {
            Ok(raw) => Event::of(&raw),
            Err(_) => Event::Text(plain(&String::from_utf8_lossy(line))),
        }
    }

    fn of(raw: &Raw) -> Event {
        let id = raw.id;
        let text = |index: usize| raw.fields.get(index).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |index: usize| raw.fields.get(index).and_then(Value::as_u64).unwrap_or_default();
        match (raw.action.as_str(), raw.number) {
            ("start", BUILD) => Event::Start { id, activity: Activity::Build { derivation: text(0) } },
            ("start", BUILDS) => Event::Start { id, activity: Activity::Builds },
            ("start", SUBSTITUTE) => Event::Start { id, activity: Activity::Substitute { path: text(0) } },
            ("start", _) => Event::Start { id, activity: Activity::Other },
            ("stop", _) => Event::Stop { id },
            ("result", BUILD_LOG_LINE) => Event::LogLine { id, line: plain(&text(0)) },
            ("result", PROGRESS) => Event::Progress { id, done: number(0), expected: number(1) },
            ("msg", _) => Event::Message(Message::of(raw)),
            _ => Event::Other,
        }
    }
}

impl Message {
    fn of(raw: &Raw) -> Message {
        let shown = plain(&raw.msg);
        // Notes have level 0 too; an error has its bare text beside, or says that it is one.
        let is_error = raw.level == 0 && (raw.raw_msg.is_some() || shown.starts_with("error:"));
        let shown = shown.trim_start_matches("error:").trim().to_owned();
        let text = raw.raw_msg.as_deref().map_or_else(|| shown.clone(), |text| plain(text).trim().to_owned());
        Message { level: raw.level, text, shown, is_error }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_event_is_text() {
        for line in ["", "@nix", "@nix {", "@nix []", "@nix {\"action\":1}", "ld.so: bad", "@nix {\"action\":\"msg\"}x"]
        {
            assert_eq!(Event::read(line.as_bytes()), Event::Text(line.to_owned()));
        }
        assert_eq!(Event::read(b"a\xffb"), Event::Text("a\u{fffd}b".to_owned()));
    }

    #[test]
    fn what_a_later_nix_adds_is_passed_over() {
        for json in [
            r#"{"action":"start","id":1,"type":999,"new":{}}"#,
            r#"{"action":"result","id":1,"type":999,"fields":[null,{}]}"#,
            r#"{"action":"other"}"#,
        ] {
            let event = Event::read(format!("@nix {json}").as_bytes());
            assert!(matches!(event, Event::Other | Event::Start { activity: Activity::Other, .. }), "{event:?}");
        }
    }

    #[test]
    fn a_builder_line_that_is_not_utf_8_is_kept() {
        let line = b"@nix {\"action\":\"result\",\"fields\":[\"bad\xffutf\"],\"id\":7,\"type\":101}";
        assert_eq!(Event::read(line), Event::LogLine { id: 7, line: "bad\u{fffd}utf".to_owned() });
    }

    #[test]
    fn notes_are_no_errors() {
        let note = r#"@nix {"action":"msg","level":0,"msg":"note: keeping build directory '/tmp/x'"}"#;
        let error = r#"@nix {"action":"msg","level":0,"msg":"\u001b[31;1merror:\u001b[0m\n  … while\n\n  error: bad","raw_msg":"bad"}"#;
        let read = |line: &str| match Event::read(line.as_bytes()) {
            Event::Message(message) => message,
            event => panic!("{event:?}"),
        };
        assert!(!read(note).is_error);
        let message = read(error);
        assert!(message.is_error);
        assert_eq!((message.text.as_str(), message.shown.as_str()), ("bad", "… while\n\n  error: bad"));
    }

    /// Bytes near to events: a real line with some of its bytes replaced, or cut off.
    fn near_event() -> impl Strategy<Value = Vec<u8>> {
        let line = br#"@nix {"action":"result","fields":["a",1,null],"id":18446744073709551615,"level":0,"msg":"x","raw_msg":"y","type":105}"#;
        let changes = prop::collection::vec((0..line.len(), any::<u8>()), 0..4);
        (changes, 0..=line.len()).prop_map(|(changes, length)| {
            let mut line = line.to_vec();
            changes.into_iter().for_each(|(at, byte)| line[at] = byte);
            line.truncate(length);
            line
        })
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_event(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            Event::read(&bytes);
            Event::read(&[MARK, &bytes].concat());
        }

        #[test]
        fn any_bytes_near_to_an_event_are_one(bytes in near_event()) {
            let event = Event::read(&bytes);
            // What is not JSON any more is not lost.
            if let Event::Text(text) = &event {
                prop_assert_eq!(text, &plain(&String::from_utf8_lossy(&bytes)));
            }
        }
    }
}
