//! PEP 691's answer for a project. What is not needed is read over.
use std::fmt;
use std::io::{self, BufReader, Read};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use url::Url;

use super::Unread;
use crate::exceeded::{Exceeded, TEXT};
use crate::links::{Collector, Link, Refused};

/// Characters of a message that may quote the page.
const QUOTED: usize = 200;

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Files,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: Hashes,
    size: Option<u64>,
    requires_python: Option<String>,
    #[serde(default)]
    yanked: Yanked,
}

#[derive(Default, Deserialize)]
struct Hashes {
    sha256: Option<String>,
}

/// `false`, `true`, or the reason.
#[derive(Default)]
struct Yanked(bool);

impl<'de> Deserialize<'de> for Yanked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Yanked, D::Error> {
        struct Flag;
        impl Visitor<'_> for Flag {
            type Value = Yanked;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a reason")
            }

            fn visit_bool<E>(self, yanked: bool) -> Result<Yanked, E> {
                Ok(Yanked(yanked))
            }

            fn visit_str<E>(self, _reason: &str) -> Result<Yanked, E> {
                Ok(Yanked(true))
            }
        }
        deserializer.deserialize_any(Flag)
    }
}

/// Reads a page into `links`.
pub(super) fn read(page: &Url, body: &mut dyn Read, links: &mut Collector<'_>) -> Result<(), Unread> {
    let mut refused = None;
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(Strings::new(body)));
    let project = Project { page, links, refused: &mut refused };
    let read = project.deserialize(&mut json).and_then(|()| json.end());
    match (refused, read) {
        (Some(refused), _) => Err(refused.into()),
        (None, Err(error)) if error.is_io() => Err(Unread::Broken(error.into())),
        (None, Err(error)) => Err(Unread::Bad(reason(&error))),
        (None, Ok(())) => Ok(()),
    }
}

/// Returns what is wrong; it may quote the page.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.char_indices().nth(QUOTED) {
        None => text.escape_debug().to_string(),
        Some((end, _)) => {
            format!("{}… at line {} column {}", text[..end].escape_debug(), error.line(), error.column())
        }
    }
}

/// The answer as a whole, and its `files`.
struct Project<'p, 'k> {
    page: &'p Url,
    links: &'p mut Collector<'k>,
    refused: &'p mut Option<Refused>,
}

struct Files<'p, 'k>(Project<'p, 'k>);

impl<'de> DeserializeSeed<'de> for Project<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Project<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a project")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Project { page, links, refused } = self;
        let mut found = false;
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Files => {
                    map.next_value_seed(Files(Project { page, links: &mut *links, refused: &mut *refused }))?;
                    found = true;
                }
                Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if found { Ok(()) } else { Err(A::Error::missing_field("files")) }
    }
}

impl<'de> DeserializeSeed<'de> for Files<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Files<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut files: A) -> Result<(), A::Error> {
        let Project { page, links, refused } = self.0;
        while let Some(file) = files.next_element::<File>()? {
            let url = page.join(&file.url);
            let url = url.map_err(|error| A::Error::custom(format!("URL of `{}`: {error}", file.filename)))?;
            let link = Link {
                file: file.filename,
                url,
                sha256: file.hashes.sha256.map(|hash| hash.to_ascii_lowercase()),
                size: file.size,
                requires_python: file.requires_python,
                yanked: file.yanked.0,
            };
            links.add(link).map_err(|reason| {
                *refused = Some(reason);
                A::Error::custom("refused")
            })?;
        }
        Ok(())
    }
}

/// Lets no string of more than [`TEXT`] bytes through: a parser would hold it in memory.
struct Strings<R> {
    inner: R,
    /// Bytes since the last quote that begins or ends a string.
    run: usize,
    escaped: bool,
}

impl<R: Read> Strings<R> {
    fn new(inner: R) -> Strings<R> {
        Strings { inner, run: 0, escaped: false }
    }
}

impl<R: Read> Read for Strings<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        for byte in &buffer[..count] {
            self.run = if *byte == b'"' && !self.escaped { 0 } else { self.run + 1 };
            self.escaped = *byte == b'\\' && !self.escaped;
            if self.run > TEXT {
                return Err(Exceeded::Text(TEXT).into_io());
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests;
    use super::*;

    fn read(body: &str) -> Result<Vec<Link>, Unread> {
        tests::read("application/vnd.pypi.simple.v1+json", body)
    }

    #[test]
    fn files_with_what_is_said_of_them() {
        let body = r#"{"meta": {"api-version": "1.1"}, "name": "six", "files": [
            {"filename": "six-1.0.whl", "url": "/f/six-1.0.whl", "hashes": {"sha256": "AB", "md5": "1"}, "size": 7,
             "yanked": "reason", "requires-python": ">=3"},
            {"filename": "six-2.0.whl", "url": "https://b.example/x", "hashes": {}, "yanked": false}],
            "versions": ["1.0", "2.0"]}"#;
        let links = read(body).expect("is read");
        let [one, two] = &links[..] else { panic!("{links:?}") };
        assert_eq!((one.file.as_str(), one.url.as_str()), ("six-1.0.whl", "https://a.example/f/six-1.0.whl"));
        assert_eq!((one.sha256.as_deref(), one.size, one.yanked), (Some("ab"), Some(7), true));
        assert_eq!(one.requires_python.as_deref(), Some(">=3"));
        assert_eq!((two.url.as_str(), two.sha256.as_deref(), two.size), ("https://b.example/x", None, None));
        assert!(!two.yanked);
    }

    #[test]
    fn faults_say_where() {
        let bad = |body: &str| read(body).expect_err("is refused").to_string();
        assert!(bad("{\"files\": [{\"filename\": 1}]}").contains("expected a string at line 1"));
        assert!(bad("{\"files\": []} x").contains("trailing characters"));
        assert!(bad("{\"files\": [{\"filename\": \"a\", \"url\": \"b\", \"yanked\": []}]}").contains("or a reason"));
        let long = bad(&format!("{{\"files\": [\"{}\"]}}", "x".repeat(1000)));
        assert!(long.len() < 250 && long.ends_with("xxx… at line 1 column 1013"), "{long}");
        assert!(bad("[").contains("expected a project"));
        assert!(!bad("{\"files\": [{\"filename\": \"\\u001b\", \"url\": \"http://[\"}]}").contains('\u{1b}'));
    }

    #[test]
    fn a_string_without_an_end_is_not_held() {
        for inside in ["a", "\\\"", "\\\\"] {
            let body = format!("{{\"files\": [{{\"filename\": \"{}", inside.repeat(TEXT + 1));
            let Err(Unread::Broken(error)) = read(&body) else { panic!("is refused") };
            assert_eq!(Exceeded::of(&error), Some(Exceeded::Text(TEXT)), "{inside}");
        }
        let strings = format!("{{\"other\": [{}\"\"], \"files\": []}}", "\"text\", ".repeat(TEXT));
        assert!(read(&strings).expect("many strings are no long one").is_empty());
    }
}
