//! Shows a place in a text: the line, and carets below what is meant.
use std::ops::Range;

/// Where something is in a text, and that line with carets below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The line's number, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The line with its number in a margin, and the carets.
    pub shown: String,
}

impl Snippet {
    /// Returns the snippet of the bytes `span` of `text`; carets end with the line.
    pub fn of(text: &str, span: &Range<usize>) -> Snippet {
        let before = text.get(..span.start).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        let shown = text[start..].lines().next().unwrap_or_default();
        let column = before[start..].chars().count() + 1;
        let marked = text.get(span.clone()).and_then(|marked| marked.lines().next()).unwrap_or_default();
        // A tab stays one, so that the carets are below their characters.
        let indent: String = before[start..].chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let carets = "^".repeat(marked.chars().count().max(1));
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        Snippet { line, column, shown: format!("{margin} |\n{number} | {shown}\n{margin} | {indent}{carets}") }
    }

    /// Returns the snippet of one character of `text`, by line and column, both from 1; `None` if the text has no such
    /// line. A column behind the line's end is its end.
    pub fn at(text: &str, line: usize, column: usize) -> Option<Snippet> {
        let start = match line.checked_sub(2) {
            None => 0,
            Some(before) => text.match_indices('\n').nth(before)?.0 + 1,
        };
        let shown = text[start..].lines().next()?;
        let characters = shown.char_indices().map(|(at, _)| at);
        let at = start + characters.chain([shown.len()]).nth(column.saturating_sub(1)).unwrap_or(shown.len());
        Some(Snippet::of(text, &(at..at)))
    }
}

/// Returns a text of one line and carets below its bytes from `position` on.
pub fn of_line(text: &str, position: usize) -> String {
    let indent = text.get(..position).unwrap_or(text).chars().count();
    format!("  |\n  | {text}\n  | {}^", " ".repeat(indent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_and_what_is_meant_are_shown() {
        let text = "a = 1\nbé = true # x\n";
        let snippet = Snippet::of(text, &(12..16));
        assert_eq!((snippet.line, snippet.column), (2, 6));
        assert_eq!(snippet.shown, "  |\n2 | bé = true # x\n  |      ^^^^");
    }

    #[test]
    fn a_place_is_found_by_line_and_column() {
        let at = |line, column| Snippet::at("a = 1\nbé = x\n", line, column).map(|snippet| snippet.shown);
        assert_eq!(at(1, 1).unwrap(), "  |\n1 | a = 1\n  | ^");
        assert_eq!(at(2, 6).unwrap(), "  |\n2 | bé = x\n  |      ^");
        assert_eq!(at(2, 99).unwrap(), "  |\n2 | bé = x\n  |       ^");
        assert_eq!((at(3, 1), at(9, 1)), (None, None));
    }

    #[test]
    fn what_ends_in_another_line_ends_with_its_own() {
        let snippet = Snippet::of("[a\nb]", &(1..4));
        assert_eq!(snippet.shown, "  |\n1 | [a\n  |  ^");
        assert_eq!(Snippet::of("", &(0..0)).shown, "  |\n1 | \n  | ^");
        assert_eq!(Snippet::of("a = ", &(4..4)).shown, "  |\n1 | a = \n  |     ^");
    }
}
