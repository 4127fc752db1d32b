//! Globs of the plan: `*` and `?` within a part, `**` for any number of parts, `[a-z]` classes.

/// Returns whether a path, `/` between parts, matches a glob.
pub(crate) fn matches(glob: &str, path: &str) -> bool {
    let glob: Vec<&str> = glob.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    parts(&glob, &path)
}

fn parts(glob: &[&str], path: &[&str]) -> bool {
    match glob {
        [] => path.is_empty(),
        // A trailing `**` means everything below; consecutive ones mean the same as one.
        ["**"] => !path.is_empty(),
        ["**", "**", ..] => parts(&glob[1..], path),
        ["**", rest @ ..] => (0..=path.len()).any(|skip| parts(rest, &path[skip..])),
        [first, rest @ ..] => match path {
            [] => false,
            [part, below @ ..] => chars(first.as_bytes(), part.as_bytes()) && parts(rest, below),
        },
    }
}

/// Bytes suffice: every special character is ASCII, and `?` for one byte of a longer character is made up for below.
fn chars(glob: &[u8], name: &[u8]) -> bool {
    match glob {
        [] => name.is_empty(),
        [b'*', rest @ ..] => (0..=name.len()).any(|skip| chars(rest, &name[skip..])),
        [b'?', rest @ ..] => match std::str::from_utf8(name).ok().and_then(|text| text.chars().next()) {
            Some(char) => chars(rest, &name[char.len_utf8()..]),
            None => false,
        },
        [b'[', rest @ ..] => match (class(rest), name) {
            (Some((class, after)), [byte, below @ ..]) => in_class(class, *byte) && chars(after, below),
            (None, [b'[', below @ ..]) => chars(rest, below),
            _ => false,
        },
        [byte, rest @ ..] => name.first() == Some(byte) && chars(rest, &name[1..]),
    }
}

/// Splits `a-z]rest`; a `]` that comes first is a member of the class.
fn class(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = usize::from(matches!(rest, [b'!', ..])) + 1;
    let end = rest.iter().skip(start).position(|byte| *byte == b']')? + start;
    Some((&rest[..end], &rest[end + 1..]))
}

fn in_class(class: &[u8], byte: u8) -> bool {
    let (negated, class) = match class {
        [b'!', class @ ..] => (true, class),
        class => (false, class),
    };
    let mut rest = class;
    let mut found = false;
    while let [first, tail @ ..] = rest {
        if let [b'-', last, after @ ..] = tail {
            found |= (*first..=*last).contains(&byte);
            rest = after;
        } else {
            found |= *first == byte;
            rest = tail;
        }
    }
    found != negated
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs() {
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
            ("[]]", "]"),
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
            ("a?c", "ac"),
            ("data", "data/x"),
            ("", "a"),
        ];
        for (glob, path) in no {
            assert!(!matches(glob, path), "{glob} {path}");
        }
    }
}
