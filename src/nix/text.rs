//! Text of terminals and store paths, as Nix and builders print them, and texts of the Nix language.

/// Returns a text without terminal colours (ECMA-48 SGR) and control characters; tabs and line ends stay.
pub(crate) fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    plain.retain(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    plain
}

/// Returns the paths that a message quotes, in order: in `'` until Nix 2.26, some in `"` in 2.34.
pub(crate) fn quoted_paths(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\'', '"']).skip(1).filter(|quoted| quoted.starts_with('/'))
}

/// Returns a store path's name: without folder, hash and `.drv`.
pub(crate) fn name_of(path: &str) -> &str {
    let base = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".drv");
    base.split_once('-').map_or(base, |(_, name)| name)
}

/// Returns a string of the Nix language.
pub(crate) fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_its_text() {
        assert_eq!(literal(r#"a"b\c${d}$e"#), r#""a\"b\\c\${d}$e""#);
    }

    #[test]
    fn colours_and_control_characters_are_taken_out() {
        assert_eq!(plain("\u{1b}[31;1merror:\u{1b}[0m bad\u{1}\n\tx"), "error: bad\n\tx");
        assert_eq!(plain("\u{1b}[31"), "31");
    }

    #[test]
    fn quoted_paths_are_found_in_both_quotes() {
        let text = "derivation '/s/a.drv' may not be so: output \"/s/b\" differs from \"/s/b.check\" in 'x'";
        assert_eq!(quoted_paths(text).collect::<Vec<_>>(), ["/s/a.drv", "/s/b", "/s/b.check"]);
    }

    #[test]
    fn a_name_has_no_hash() {
        assert_eq!(name_of("/nix/store/abc-object-x.drv"), "object-x");
        assert_eq!(name_of("x"), "x");
    }
}
