//! Globs: `*` and `?` within a part of a path, `[a-z]` and `[!a-z]` classes, `**` for any number of parts.
//!
//! The crate `globset` was looked at: its `?` and classes match bytes, and it refuses a `[` without an end, which a file
//! name may have.

/// Returns whether a whole path, `/` between parts, matches a glob.
pub fn matches(glob: &str, path: &str) -> bool {
    let glob: Vec<&str> = glob.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    all_parts(&glob, &path)
}

/// Returns whether the end of a path matches a pattern, as Python's `PurePath.match` has it: compared from the right,
/// part by part, `**` like `*`; a pattern that begins with `/` must match the whole path.
pub fn matches_end(pattern: &str, path: &str) -> bool {
    let parts = |text: &str| text.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (path_parts, pattern_parts) = (parts(path), parts(pattern));
    if pattern_parts.is_empty() || pattern_parts.len() > path_parts.len() {
        return false;
    }
    if pattern.starts_with('/') && pattern_parts.len() != path_parts.len() {
        return false;
    }
    path_parts.iter().rev().zip(pattern_parts.iter().rev()).all(|(name, pattern)| part(pattern, name))
}

/// From the globs' end to their beginning: which ends of the path does this end of the globs match? So the time is the
/// product of both lengths, whatever the pattern.
fn all_parts(glob: &[&str], path: &[&str]) -> bool {
    let length = path.len();
    let mut ends: Vec<bool> = (0..=length).map(|at| at == length).collect();
    for (place, piece) in glob.iter().enumerate().rev() {
        ends = match (*piece, glob.get(place + 1)) {
            // A trailing `**` means everything below; consecutive ones mean the same as one.
            ("**", None) => (0..=length).map(|at| at < length).collect(),
            ("**", Some(&"**")) => ends,
            ("**", Some(_)) => any_later(&ends),
            _ => (0..=length).map(|at| at < length && ends[at + 1] && part(piece, path[at])).collect(),
        };
    }
    ends[0]
}

/// Returns for each place whether it or a later one is set.
fn any_later(ends: &[bool]) -> Vec<bool> {
    let last = ends.iter().rposition(|end| *end);
    (0..ends.len()).map(|at| last.is_some_and(|last| at <= last)).collect()
}

/// What one part of a glob is made of.
enum Token<'g> {
    /// `*`.
    Any,
    /// `?`.
    One,
    /// What is between `[` and `]`.
    Class(&'g str),
    /// A character that means itself.
    Char(char),
}

fn tokens(glob: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut rest) = (Vec::new(), glob);
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        tokens.push(match (first, class(rest)) {
            ('*', _) => Token::Any,
            ('?', _) => Token::One,
            ('[', Some((class, after))) => {
                rest = after;
                Token::Class(class)
            }
            _ => Token::Char(first),
        });
    }
    tokens
}

/// Returns whether one part matches.
fn part(glob: &str, name: &str) -> bool {
    let chars: Vec<char> = name.chars().collect();
    let length = chars.len();
    let mut ends: Vec<bool> = (0..=length).map(|at| at == length).collect();
    for token in tokens(glob).iter().rev() {
        let takes = |char: char| match token {
            Token::Any | Token::One => true,
            Token::Class(class) => in_class(class, char),
            Token::Char(own) => *own == char,
        };
        ends = match token {
            Token::Any => any_later(&ends),
            _ => (0..=length).map(|at| at < length && ends[at + 1] && takes(chars[at])).collect(),
        };
    }
    ends[0]
}

/// Splits what follows a `[` into the class and the rest of the glob; a `]` that comes first is a member of the class.
/// `None`: the class has no end, and `[` is an ordinary character.
fn class(rest: &str) -> Option<(&str, &str)> {
    let negated = rest.starts_with('!');
    let first = rest.chars().nth(usize::from(negated))?.len_utf8();
    let start = usize::from(negated) + first;
    let end = start + rest[start..].find(']')?;
    Some((&rest[..end], &rest[end + 1..]))
}

fn in_class(class: &str, wanted: char) -> bool {
    let members = class.strip_prefix('!');
    let chars: Vec<char> = members.unwrap_or(class).chars().collect();
    let mut rest = chars.as_slice();
    let mut found = false;
    while let [first, tail @ ..] = rest {
        if let ['-', last, after @ ..] = tail {
            found |= (*first..=*last).contains(&wanted);
            rest = after;
        } else {
            found |= *first == wanted;
            rest = tail;
        }
    }
    found != members.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_bounded_whatever_the_pattern() {
        let began = std::time::Instant::now();
        let (deep, name) = (["a"; 60].join("/"), "a".repeat(200));
        for glob in [format!("{}b", "**/a/".repeat(30)), format!("{}{}b", "**/".repeat(30), "*a".repeat(60))] {
            assert!(!matches(&glob, &format!("{deep}/{name}")), "{glob}");
            assert!(!matches_end(&glob, &format!("{deep}/{name}")), "{glob}");
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(5));
    }

    #[test]
    fn whole_paths() {
        let yes = [
            ("**/*.py", "a.py"),
            ("**/*.py", "x/y/a.py"),
            ("*.py", "a.py"),
            ("x/**", "x/y/z"),
            ("x/**/z", "x/z"),
            ("**/**/a", "a"),
            ("a?c", "aéc"),
            ("[a-c]x", "bx"),
            ("[!a]x", "bx"),
            ("[é-ü]x", "öx"),
            ("[]]", "]"),
            ("[!]]", "a"),
            ("[a-]", "-"),
            ("a[b", "a[b"),
            ("data", "data"),
        ];
        for (glob, path) in yes {
            assert!(matches(glob, path), "{glob} {path}");
        }
        let no = [
            ("*.py", "x/a.py"),
            ("x/**", "x"),
            ("x/**", "xy/z"),
            ("*.py", "a.pyc"),
            ("[!a]x", "ax"),
            ("[!]]", "]"),
            ("a?c", "ac"),
            ("data", "data/x"),
            ("", "a"),
        ];
        for (glob, path) in no {
            assert!(!matches(glob, path), "{glob} {path}");
        }
    }

    #[test]
    fn ends_of_paths() {
        for (pattern, path, expected) in [
            ("*.libs/*.so", "/s/pkg.libs/libx.so", true),
            ("libx.so", "/s/pkg.libs/libx.so", true),
            ("pkg.libs", "/s/pkg.libs/libx.so", false),
            ("/libx.so", "/s/libx.so", false),
            ("/libx.so", "/libx.so", true),
            ("**/c", "a/b/c", true),
            ("**/c", "c", false),
            ("lib[0-9].so", "lib1.so", true),
            ("lib[!0-9].so", "libx.so", true),
            ("lib[!0-9].so", "lib1.so", false),
            ("lib.so.?", "lib.so.1", true),
            ("", "a", false),
        ] {
            assert_eq!(matches_end(pattern, path), expected, "{pattern} {path}");
        }
    }
}
