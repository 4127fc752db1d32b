//! The words of PEP 508: what markers and requirements are read with.

/// A parse error: where, and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}`: {}", self.problem())]
pub struct ParseError {
    /// The whole text.
    pub text: String,
    /// What could have stood there.
    pub expected: &'static str,
    /// Where, as a count of bytes.
    pub position: usize,
}

impl ParseError {
    /// Returns what is wrong, without the text itself.
    pub fn problem(&self) -> String {
        format!("expected {} at character {}", self.expected, self.position + 1)
    }
}

/// A text and how far it has been read.
#[derive(Debug, Clone)]
pub struct Lexer<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Lexer<'a> {
    /// Starts at the front of `text`.
    pub fn new(text: &'a str) -> Lexer<'a> {
        Lexer { text, position: 0 }
    }

    /// Returns what has not been read, after white space.
    pub fn rest(&mut self) -> &'a str {
        let rest = &self.text[self.position..];
        let trimmed = rest.trim_start();
        self.position += rest.len() - trimmed.len();
        trimmed
    }

    /// Reads `token` if it comes next.
    pub fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.position += token.len();
        }
        found
    }

    /// Reads the longest run of characters that `matches` takes; empty if there is none.
    pub fn take_while(&mut self, matches: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|character| !matches(character)).unwrap_or(rest.len());
        self.position += end;
        &rest[..end]
    }

    /// Reads `word` if it comes next and no letter, digit or `_` follows it.
    pub fn take_word(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let found = rest.strip_prefix(word).is_some_and(|after| !after.starts_with(is_word));
        if found {
            self.position += word.len();
        }
        found
    }

    /// Reads a quoted string, without its quotes.
    ///
    /// # Errors
    /// If the closing quote is missing.
    pub fn take_quoted(&mut self) -> Result<Option<&'a str>, ParseError> {
        let rest = self.rest();
        let Some(quote) = rest.chars().next().filter(|character| matches!(character, '"' | '\'')) else {
            return Ok(None);
        };
        let Some(end) = rest[1..].find(quote) else {
            return Err(self.expected("a closing quote"));
        };
        self.position += end + 2;
        Ok(Some(&rest[1..=end]))
    }

    /// Returns the error that something else was expected here.
    pub fn expected(&self, expected: &'static str) -> ParseError {
        ParseError { text: self.text.to_owned(), expected, position: self.position }
    }

    /// Checks that everything has been read.
    ///
    /// # Errors
    /// If there is more.
    pub fn end(&mut self, expected: &'static str) -> Result<(), ParseError> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.expected(expected)) }
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
