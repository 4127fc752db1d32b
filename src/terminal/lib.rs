//! Text of others (names in wheels, words of Nix, options of a project) → text that a terminal may show.
//!
//! A terminal obeys control characters, and a reader believes a line that begins with `hint:`. So neither comes from
//! a value: control characters, and what turns the direction of the text, are written as `\u{1b}`.

/// How far lines after the first stand to the right, at least.
const INDENT: &str = "  ";

/// Returns a value on one line: line ends are `\n`, a tab is `\t`, other control characters `\u{1b}`.
pub fn shown(value: &str) -> String {
    escaped(value, |_| false)
}

/// Returns a text of several lines, each as it is but for control characters; tabs stay.
pub fn lines(text: &str) -> String {
    escaped(text, |character| matches!(character, '\n' | '\t'))
}

/// Returns a message of one or several lines. Those after the first are indented, so none of them can be taken for a
/// message of its own.
pub fn message(text: &str) -> String {
    let text = lines(text);
    let mut after_first = text.split('\n').skip(1).filter(|line| !line.is_empty());
    if after_first.all(|line| line.starts_with(INDENT)) {
        return text;
    }
    let mut message = String::new();
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            message.push('\n');
            message.push_str(if line.is_empty() { "" } else { INDENT });
        }
        message.push_str(line);
    }
    message
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_command(character) && !stays(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Whether a terminal acts on a character instead of showing it: control characters (C0, DEL, C1), line separators,
/// and what sets the direction of the text (Unicode Standard Annex #9).
fn is_command(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_on_its_line_and_commands_nothing() {
        assert_eq!(shown("a\u{1b}[2Jb\u{202e}c\nü\t"), "a\\u{1b}[2Jb\\u{202e}c\\nü\\t");
        for (from, to) in [('\0', '\u{1f}'), ('\u{7f}', '\u{9f}'), ('\u{2028}', '\u{202e}'), ('\u{2066}', '\u{2069}')] {
            for character in from..=to {
                let text = shown(&character.to_string());
                assert!(text.starts_with('\\') && text.is_ascii(), "{text}");
            }
        }
        assert_eq!(shown("naïve 日本 🎉 `\\`'\""), "naïve 日本 🎉 `\\`'\"");
    }

    #[test]
    fn a_text_keeps_its_lines() {
        assert_eq!(lines("a\n\tb\r\u{9b}31m"), "a\n\tb\\r\\u{9b}31m");
    }

    #[test]
    fn a_line_of_a_message_begins_no_other() {
        assert_eq!(message("bad `x\nhint: run it`"), "bad `x\n  hint: run it`");
        assert_eq!(message("bad\n  |\n7 | x\n\nerror: no"), "bad\n    |\n  7 | x\n\n  error: no");
        assert_eq!(message("2 things:\n  1. a\n     b\n"), "2 things:\n  1. a\n     b\n");
        assert_eq!(message("a\n "), "a\n   ");
        assert_eq!(message(""), "");
    }
}
