//! Requirements (PEP 508): `name[extra] >=1,<2; marker` and `name @ URL ; marker`.
use std::collections::BTreeSet;
use std::str::FromStr;

use crate::constraint::{Constraint, InvalidConstraint};
use crate::lexer::{Lexer, ParseError};
use crate::marker::{Marker, parse_any};
use crate::name::Name;

/// A requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The distribution's name as it is written.
    pub written_name: String,
    /// The distribution's normalised name.
    pub name: Name,
    /// The extras that are asked for.
    pub extras: BTreeSet<Name>,
    /// The versions that do.
    pub constraint: Constraint,
    /// The URL of a direct reference.
    pub url: Option<String>,
    /// When it is required.
    pub marker: Marker,
}

/// A text that is no requirement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequirement {
    /// The text does not follow the grammar.
    #[error(transparent)]
    Syntax(#[from] ParseError),
    /// Its versions are none.
    #[error(transparent)]
    Constraint(#[from] InvalidConstraint),
}

impl FromStr for Requirement {
    type Err = InvalidRequirement;
    fn from_str(text: &str) -> Result<Requirement, InvalidRequirement> {
        let mut lexer = Lexer::new(text);
        let name = lexer.take_while(is_name);
        if name.is_empty() {
            return Err(lexer.expected("a name").into());
        }
        let extras = parse_extras(&mut lexer)?;
        let mut requirement = Requirement {
            written_name: name.to_owned(),
            name: Name::new(name),
            extras,
            constraint: Constraint::any(),
            url: None,
            marker: Marker::always(),
        };
        if lexer.take("@") {
            requirement.url = Some(parse_url(&mut lexer)?);
        } else {
            requirement.constraint = parse_versions(&mut lexer)?;
        }
        if lexer.take(";") {
            requirement.marker = parse_any(&mut lexer)?;
            lexer.end("`and`, `or` or the end")?;
        } else {
            lexer.end("a version, `;` or the end")?;
        }
        Ok(requirement)
    }
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

fn parse_extras(lexer: &mut Lexer<'_>) -> Result<BTreeSet<Name>, ParseError> {
    let mut extras = BTreeSet::new();
    if !lexer.take("[") {
        return Ok(extras);
    }
    while !lexer.take("]") {
        let extra = lexer.take_while(is_name);
        if extra.is_empty() {
            return Err(lexer.expected("an extra or `]`"));
        }
        extras.insert(Name::new(extra));
        lexer.take(",");
    }
    Ok(extras)
}

/// A URL ends at white space: `;` may be part of it.
fn parse_url(lexer: &mut Lexer<'_>) -> Result<String, ParseError> {
    let url = lexer.take_while(|character| !character.is_whitespace());
    if url.is_empty() { Err(lexer.expected("a URL")) } else { Ok(url.to_owned()) }
}

fn parse_versions(lexer: &mut Lexer<'_>) -> Result<Constraint, InvalidRequirement> {
    let parenthesis = lexer.take("(");
    let versions = lexer.take_while(|character| !matches!(character, ')' | ';')).trim();
    if parenthesis && !lexer.take(")") {
        return Err(lexer.expected("`)`").into());
    }
    if !versions.is_empty() && !versions.starts_with(['<', '>', '=', '!', '~']) {
        return Err(lexer.expected("a version, `;` or the end").into());
    }
    Ok(versions.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_read() {
        let requirement: Requirement = "HTTPX[http2, Brotli] (>=0.27,<1) ; python_version >= '3.9'".parse().unwrap();
        assert_eq!(requirement.name.as_str(), "httpx");
        assert_eq!(requirement.extras, BTreeSet::from([Name::new("http2"), Name::new("brotli")]));
        assert_eq!(requirement.constraint.to_string(), ">=0.27,<1");
        assert_eq!(requirement.marker.to_string(), r#"python_version >= "3.9""#);
    }

    #[test]
    fn a_url_may_hold_a_semicolon() {
        let requirement: Requirement = "a @ https://x.example/a;b.whl ; os_name == 'nt'".parse().unwrap();
        assert_eq!(requirement.url.as_deref(), Some("https://x.example/a;b.whl"));
        assert!(!requirement.marker.is_always());
    }

    #[test]
    fn errors_say_where() {
        let error = |text: &str| text.parse::<Requirement>().unwrap_err().to_string();
        assert_eq!(error(">=1"), "`>=1`: expected a name at character 1");
        assert_eq!(error("a b"), "`a b`: expected a version, `;` or the end at character 4");
        assert_eq!(error("a>=1; x"), "`a>=1; x`: expected a marker variable or a quoted value at character 7");
        assert_eq!(error("a[b"), "`a[b`: expected an extra or `]` at character 4");
    }
}
