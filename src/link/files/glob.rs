//! Path patterns as Python's `PurePath.match` takes them: compared from the right, part by part.

/// Tells whether a path matches a pattern.
pub fn matches(path: &str, pattern: &str) -> bool {
    let parts = |text: &str| text.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (path_parts, pattern_parts) = (parts(path), parts(pattern));
    if pattern_parts.is_empty() || pattern_parts.len() > path_parts.len() {
        return false;
    }
    if pattern.starts_with('/') && pattern_parts.len() != path_parts.len() {
        return false;
    }
    path_parts
        .iter()
        .rev()
        .zip(pattern_parts.iter().rev())
        .all(|(part, pattern)| part_matches(&part.chars().collect::<Vec<_>>(), &pattern.chars().collect::<Vec<_>>()))
}

/// Tells whether one part matches (`fnmatch`: `*`, `?`, `[…]`, `[!…]`).
fn part_matches(text: &[char], pattern: &[char]) -> bool {
    match (text, pattern) {
        (_, []) => text.is_empty(),
        (_, ['*', rest @ ..]) => (0..=text.len()).any(|at| part_matches(&text[at..], rest)),
        ([_, text @ ..], ['?', rest @ ..]) => part_matches(text, rest),
        ([first, text_rest @ ..], ['[', rest @ ..]) => match class(rest) {
            Some((set, negated, after)) => set_has(set, *first) != negated && part_matches(text_rest, after),
            None => *first == '[' && part_matches(text_rest, rest),
        },
        ([first, text @ ..], [wanted, rest @ ..]) => first == wanted && part_matches(text, rest),
        ([], _) => false,
    }
}

/// Splits what follows a `[` into the set, whether it is negated, and the rest of the pattern.
fn class(pattern: &[char]) -> Option<(&[char], bool, &[char])> {
    let negated = pattern.first() == Some(&'!');
    let set = &pattern[usize::from(negated)..];
    // A `]` that comes first is a member.
    let end = set.iter().skip(1).position(|c| *c == ']')? + 1;
    Some((&set[..end], negated, &set[end + 1..]))
}

fn set_has(set: &[char], wanted: char) -> bool {
    match set {
        [low, '-', high, rest @ ..] => (*low..=*high).contains(&wanted) || set_has(rest, wanted),
        [first, rest @ ..] => *first == wanted || set_has(rest, wanted),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_from_the_right() {
        for (path, pattern, expected) in [
            ("/s/pkg.libs/libx.so", "*.libs/*.so", true),
            ("/s/pkg.libs/libx.so", "libx.so", true),
            ("/s/pkg.libs/libx.so", "pkg.libs", false),
            ("/s/libx.so", "/libx.so", false),
            ("/libx.so", "/libx.so", true),
            ("a/b/c", "**/c", true),
            ("c", "**/c", false),
            ("lib1.so", "lib[0-9].so", true),
            ("libx.so", "lib[!0-9].so", true),
            ("lib1.so", "lib[!0-9].so", false),
            ("lib.so.1", "lib.so.?", true),
            ("a", "", false),
        ] {
            assert_eq!(matches(path, pattern), expected, "{path} {pattern}");
        }
    }
}
