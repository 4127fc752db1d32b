//! Bytes and lines that differ: where first, where last, how many.
use serde::Serialize;

/// How many bytes are shown, from the first difference on.
const SHOWN: usize = 16;
/// How many characters of a line or a value are shown.
const SHOWN_CHARACTERS: usize = 120;

/// How two byte strings differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ByteDifference {
    /// Offset of the first byte that differs.
    pub first: u64,
    /// Offset of the last one; where one is longer, the longer one's end counts.
    pub last: u64,
    /// How many bytes differ, position by position.
    pub count: u64,
    /// Size of the first.
    pub size_a: u64,
    /// Size of the second.
    pub size_b: u64,
    /// The bytes of the first from `first` on, in hex.
    pub a: String,
    /// The bytes of the second from `first` on, in hex.
    pub b: String,
}

/// Compares bytes; none if they are equal.
pub fn compare(a: &[u8], b: &[u8]) -> Option<ByteDifference> {
    if a == b {
        return None;
    }
    let common = a.len().min(b.len());
    let mut differing = a.iter().zip(b).enumerate().filter(|(_, (x, y))| x != y).map(|(at, _)| at);
    let first = differing.next();
    let (count, last) = differing.fold((u64::from(first.is_some()), first), |(count, _), at| (count + 1, Some(at)));
    let longest = a.len().max(b.len());
    let first = first.unwrap_or(common);
    let last = if a.len() == b.len() { last.unwrap_or(first) } else { longest - 1 };
    Some(ByteDifference {
        first: first as u64,
        last: last as u64,
        count: count + (longest - common) as u64,
        size_a: a.len() as u64,
        size_b: b.len() as u64,
        a: hex(a.get(first..).unwrap_or_default()),
        b: hex(b.get(first..).unwrap_or_default()),
    })
}

fn hex(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    shown.join(" ")
}

/// The first line that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LineDifference {
    /// Its number, from 1 on.
    pub line: usize,
    /// How many lines differ, position by position.
    pub count: usize,
    /// The line of the first; empty after its end.
    pub a: String,
    /// The line of the second.
    pub b: String,
    /// What of the two lines differs, widened to whole words.
    pub words: (String, String),
}

/// Compares texts line by line; none if one is no text or they are equal.
pub fn compare_text(a: &[u8], b: &[u8]) -> Option<LineDifference> {
    let text = |bytes| std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    let (a, b) = (text(a)?, text(b)?);
    let (lines_a, lines_b): (Vec<&str>, Vec<&str>) = (a.split('\n').collect(), b.split('\n').collect());
    let line = |lines: &[&str], at: usize| lines.get(at).copied().unwrap_or_default().to_owned();
    let longest = lines_a.len().max(lines_b.len());
    let mut differing = (0..longest).filter(|at| lines_a.get(*at) != lines_b.get(*at));
    let first = differing.next()?;
    let (a, b) = (line(&lines_a, first), line(&lines_b, first));
    let words = differing_words(&a, &b);
    Some(LineDifference {
        line: first + 1,
        count: 1 + differing.count(),
        a: shortened(&a, &b),
        b: shortened(&b, &a),
        words: (truncated(&words.0), truncated(&words.1)),
    })
}

/// Returns what differs between two texts, widened to the borders of words: no space, quote or comma.
pub fn differing_words(a: &str, b: &str) -> (String, String) {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut start = common(a.iter(), b.iter());
    let mut end = common(a[start..].iter().rev(), b[start..].iter().rev());
    let border = |character: char| character.is_whitespace() || "\"'`,;=()[]{}<>".contains(character);
    while start > 0 && !border(a[start - 1]) {
        start -= 1;
    }
    while end > 0 && !border(a[a.len() - end]) {
        end -= 1;
    }
    (a[start..a.len() - end].iter().collect(), b[start..b.len() - end].iter().collect())
}

fn common<'a>(a: impl Iterator<Item = &'a char>, b: impl Iterator<Item = &'a char>) -> usize {
    a.zip(b).take_while(|(x, y)| x == y).count()
}

/// Shortens `text` so that what differs from `other` is seen.
pub fn shortened(text: &str, other: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= SHOWN_CHARACTERS {
        return text.to_owned();
    }
    let other: Vec<char> = other.chars().collect();
    let start = common(characters.iter(), other.iter()).saturating_sub(SHOWN_CHARACTERS / 3);
    let start = start.min(characters.len() - SHOWN_CHARACTERS);
    let end = start + SHOWN_CHARACTERS;
    let before = if start > 0 { "…" } else { "" };
    let after = if end < characters.len() { "…" } else { "" };
    format!("{before}{}{after}", characters[start..end].iter().collect::<String>())
}

fn truncated(text: &str) -> String {
    text.chars().take(4 * SHOWN_CHARACTERS).collect()
}

/// Tells whether two different words look like absolute paths.
pub fn are_paths(a: &str, b: &str) -> bool {
    [a, b].iter().all(|word| {
        let path = word.strip_prefix("file://").unwrap_or(word);
        let drive = path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && path.get(1..3) == Some(":\\");
        drive
            || (path.starts_with('/') && path.len() > 1)
            || ["-I/", "-L/"].iter().any(|option| path.starts_with(option))
    })
}

/// Tells whether two different words look like dates, times of day or seconds since 1970.
pub fn are_times(a: &str, b: &str) -> bool {
    [a, b].iter().all(|word| is_time(word))
}

fn is_time(word: &str) -> bool {
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = |separator: char, lengths: &[usize]| {
        let parts: Vec<&str> = word.split(['T', 'Z', ' ', '+', '.']).flat_map(|part| part.split(separator)).collect();
        parts.windows(lengths.len()).any(|some| some.iter().zip(lengths).all(|(part, length)| digits(part, *length)))
    };
    let seconds = digits(word.split('.').next().unwrap_or(word), 10) && word.starts_with('1');
    seconds || parts('-', &[4, 2, 2]) || parts('/', &[4, 2, 2]) || parts(':', &[2, 2, 2]) || parts(':', &[2, 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bytes_have_no_difference() {
        assert_eq!(compare(b"abc", b"abc"), None);
        assert_eq!(compare_text(b"abc", b"abc"), None);
    }

    #[test]
    fn one_byte_is_found_where_it_is() {
        let found = compare(b"abcdef", b"abXdef").expect("different");
        assert_eq!((found.first, found.last, found.count), (2, 2, 1));
        assert_eq!((found.a.as_str(), found.b.as_str()), ("63 64 65 66", "58 64 65 66"));
    }

    #[test]
    fn what_is_longer_differs_to_its_end() {
        let found = compare(b"abc", b"abcdef").expect("different");
        assert_eq!((found.first, found.last, found.count, found.a.as_str()), (3, 5, 3, ""));
        let found = compare(b"axc", b"abcd").expect("different");
        assert_eq!((found.first, found.last, found.count), (1, 3, 2));
    }

    #[test]
    fn the_first_line_that_differs_is_shown() {
        let found = compare_text(b"one\ntwo\nthree\n", b"one\n2\nthree\nfour\n").expect("different");
        assert_eq!((found.line, found.count), (2, 3));
        assert_eq!((found.a.as_str(), found.b.as_str()), ("two", "2"));
        assert_eq!(compare_text(b"a\0b", b"a\0c"), None, "bytes with a NUL are no text");
    }

    #[test]
    fn long_lines_are_cut_around_the_difference() {
        let (a, b) = (format!("{}A{}", "x".repeat(500), "y".repeat(500)), "x".repeat(600));
        let shown = shortened(&a, &b);
        assert!(shown.contains('A') && shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert_eq!(shown.chars().count(), SHOWN_CHARACTERS + 2);
    }

    #[test]
    fn words_are_widened() {
        let (a, b) = differing_words("{\"url\": \"file:///home/a/x\"}", "{\"url\": \"file:///home/b/x\"}");
        assert_eq!((a.as_str(), b.as_str()), ("file:///home/a/x", "file:///home/b/x"));
        assert!(are_paths(&a, &b));
        assert!(are_paths("C:\\build\\1", "D:\\build"));
        assert!(!are_paths("a/b", "/a/b"));
        assert!(!are_paths("/", "/a"));
    }

    #[test]
    fn times_are_recognised() {
        for (a, b) in [
            ("2024-01-31", "2025-11-01"),
            ("10:11:12", "23:59:59"),
            ("2024-01-31T10:11:12Z", "2024-01-31T10:11:13Z"),
            ("1732300000", "1732300001.5"),
        ] {
            assert!(are_times(a, b), "{a} {b}");
        }
        assert!(!are_times("1.2.3", "1.2.4"));
        assert!(!are_times("2024-01-31", "later"));
    }
}
