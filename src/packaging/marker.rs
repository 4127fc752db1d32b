//! Environment markers (PEP 508), with the outcome of `packaging.markers` for every comparison.
//!
//! Grammar: `or`, `and`, parentheses, and comparisons `VARIABLE OP "value"` or `"value" OP VARIABLE` with OP one of
//! `==`, `!=`, `<`, `<=`, `>`, `>=`, `~=`, `===`, `in`, `not in`. Markers of lock files (PEP 751) ask sets too: `"name" in extras`, `"name" not in dependency_groups`.
//! Markers never ask the running machine.
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifier};

use crate::environment::{Environment, Variable};
use crate::lexer::{Lexer, ParseError};
use crate::name::Name;

/// An operator of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    ArbitraryEqual,
    Equal,
    NotEqual,
    LessEqual,
    Less,
    GreaterEqual,
    Greater,
    Compatible,
    NotIn,
    In,
}

/// Operators that are signs; a longer one stands before its beginning.
const SIGNS: [(Operator, &str); 8] = [
    (Operator::ArbitraryEqual, "==="),
    (Operator::Equal, "=="),
    (Operator::NotEqual, "!="),
    (Operator::LessEqual, "<="),
    (Operator::Less, "<"),
    (Operator::GreaterEqual, ">="),
    (Operator::Greater, ">"),
    (Operator::Compatible, "~="),
];

impl Operator {
    fn text(self) -> &'static str {
        match self {
            Operator::In => "in",
            Operator::NotIn => "not in",
            sign => SIGNS.iter().find(|(other, _)| *other == sign).map_or("", |(_, text)| text),
        }
    }
}

/// A marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marker {
    /// Every one must hold; none: holds always.
    All(Vec<Marker>),
    /// One must hold.
    Any(Vec<Marker>),
    /// A comparison.
    Comparison(Comparison),
}

/// A comparison of a variable with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    variable: Variable,
    operator: Operator,
    value: String,
    /// Whether the value stands left of the operator.
    reversed: bool,
}

impl Marker {
    /// The marker that always holds.
    pub fn always() -> Marker {
        Marker::All(Vec::new())
    }

    /// Returns whether it is the marker that always holds.
    pub fn is_always(&self) -> bool {
        matches!(self, Marker::All(markers) if markers.is_empty())
    }

    /// Returns the marker `extra == "name"`.
    pub fn extra(name: &Name) -> Marker {
        Marker::Comparison(Comparison {
            variable: Variable::Extra,
            operator: Operator::Equal,
            value: name.to_string(),
            reversed: false,
        })
    }

    /// Returns the marker that holds where both do.
    #[must_use]
    pub fn and(self, other: Marker) -> Marker {
        match (self, other) {
            (marker, other) if other.is_always() => marker,
            (marker, other) if marker.is_always() => other,
            (Marker::All(mut markers), Marker::All(others)) => {
                markers.extend(others);
                Marker::All(markers)
            }
            (Marker::All(mut markers), other) => {
                markers.push(other);
                Marker::All(markers)
            }
            (marker, Marker::All(mut others)) => {
                others.insert(0, marker);
                Marker::All(others)
            }
            (marker, other) => Marker::All(vec![marker, other]),
        }
    }

    /// Returns whether it holds in `environment` with these extras asked for. `extra == "x"` holds if `x` is one of
    /// them, `extra != "x"` if it is not (Poetry's meaning; PEP 508 knows but one extra at a time).
    pub fn holds(&self, environment: &Environment, extras: &BTreeSet<Name>) -> bool {
        self.holds_with(environment, extras, &BTreeSet::new())
    }

    /// Returns whether it holds in `environment` with these extras and dependency groups asked for (PEP 751).
    pub fn holds_with(&self, environment: &Environment, extras: &BTreeSet<Name>, groups: &BTreeSet<Name>) -> bool {
        match self {
            Marker::All(markers) => markers.iter().all(|marker| marker.holds_with(environment, extras, groups)),
            Marker::Any(markers) => markers.iter().any(|marker| marker.holds_with(environment, extras, groups)),
            Marker::Comparison(comparison) => comparison.holds(environment, extras, groups),
        }
    }

    /// Returns the names that comparisons with `extra` have in it.
    pub fn extras(&self) -> BTreeSet<Name> {
        match self {
            Marker::All(markers) | Marker::Any(markers) => markers.iter().flat_map(Marker::extras).collect(),
            Marker::Comparison(comparison) if comparison.variable == Variable::Extra => {
                BTreeSet::from([Name::new(&comparison.value)])
            }
            Marker::Comparison(_) => BTreeSet::new(),
        }
    }

    /// Returns whether a comparison in it is one of a version with what is none, as `python_version < "<3.10"`: tools do
    /// not agree on what it means.
    pub fn has_invalid_version(&self) -> bool {
        match self {
            Marker::All(markers) | Marker::Any(markers) => markers.iter().any(Marker::has_invalid_version),
            Marker::Comparison(comparison) => comparison.has_invalid_version(),
        }
    }

    /// Returns whether a comparison in it is one with `extra`.
    pub fn has_extra(&self) -> bool {
        match self {
            Marker::All(markers) | Marker::Any(markers) => markers.iter().any(Marker::has_extra),
            Marker::Comparison(comparison) => comparison.variable == Variable::Extra,
        }
    }
}

impl Comparison {
    fn has_invalid_version(&self) -> bool {
        let is_order = !matches!(self.operator, Operator::In | Operator::NotIn | Operator::ArbitraryEqual);
        let is_python = matches!(self.variable, Variable::PythonVersion | Variable::PythonFullVersion);
        is_python && is_order && !self.reversed && specifier(self.operator, &self.value).is_none()
    }

    fn holds(&self, environment: &Environment, extras: &BTreeSet<Name>, groups: &BTreeSet<Name>) -> bool {
        if self.variable.is_set() {
            let asked = if self.variable == Variable::Extras { extras } else { groups };
            return asked.contains(&Name::new(&self.value)) == (self.operator == Operator::In);
        }
        if self.variable == Variable::Extra {
            let asked = extras.contains(&Name::new(&self.value));
            return asked == (self.operator == Operator::Equal);
        }
        let value = environment.value(self.variable);
        let (left, right) = if self.reversed { (self.value.as_str(), value) } else { (value, self.value.as_str()) };
        if self.variable.is_version()
            && let Some(specifier) = specifier(self.operator, right)
        {
            // `packaging`: what is no version is in no set of versions.
            return Version::from_str(left).is_ok_and(|version| specifier.contains(&version));
        }
        // `packaging`: strings are not ordered; `<=` and `>=` mean equality, `<` and `>` never hold.
        match self.operator {
            Operator::Equal | Operator::LessEqual | Operator::GreaterEqual => left == right,
            Operator::ArbitraryEqual => left == right.trim(),
            Operator::NotEqual => left != right,
            Operator::In => right.contains(left),
            Operator::NotIn => !right.contains(left),
            Operator::Less | Operator::Greater | Operator::Compatible => false,
        }
    }
}

fn specifier(operator: Operator, version: &str) -> Option<VersionSpecifier> {
    if matches!(operator, Operator::In | Operator::NotIn | Operator::ArbitraryEqual) {
        return None;
    }
    VersionSpecifier::from_str(&format!("{}{}", operator.text(), version.trim())).ok()
}

impl FromStr for Marker {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Marker, ParseError> {
        let mut lexer = Lexer::new(text);
        let marker = parse_any(&mut lexer)?;
        lexer.end("`and`, `or` or the end")?;
        Ok(marker)
    }
}

/// Reads a marker; what follows it is left.
pub(crate) fn parse_any(lexer: &mut Lexer<'_>) -> Result<Marker, ParseError> {
    let mut markers = vec![parse_all(lexer)?];
    while lexer.take_word("or") {
        markers.push(parse_all(lexer)?);
    }
    Ok(if markers.len() == 1 { markers.remove(0) } else { Marker::Any(markers) })
}

fn parse_all(lexer: &mut Lexer<'_>) -> Result<Marker, ParseError> {
    let mut markers = vec![parse_one(lexer)?];
    while lexer.take_word("and") {
        markers.push(parse_one(lexer)?);
    }
    Ok(if markers.len() == 1 { markers.remove(0) } else { Marker::All(markers) })
}

fn parse_one(lexer: &mut Lexer<'_>) -> Result<Marker, ParseError> {
    if lexer.take("(") {
        let marker = parse_any(lexer)?;
        return if lexer.take(")") { Ok(marker) } else { Err(lexer.expected("`)`")) };
    }
    let start = lexer.clone();
    let (variable, operator, value, reversed) = match lexer.take_quoted()? {
        Some(value) => {
            let operator = parse_operator(lexer)?;
            (parse_variable(lexer)?, operator, value, true)
        }
        None => {
            let variable = parse_variable(lexer)?;
            let operator = parse_operator(lexer)?;
            let value = lexer.take_quoted()?.ok_or_else(|| lexer.expected("a quoted value"))?;
            (variable, operator, value, false)
        }
    };
    let defined = match operator {
        _ if variable.is_set() => reversed && matches!(operator, Operator::In | Operator::NotIn),
        _ if variable == Variable::Extra => matches!(operator, Operator::Equal | Operator::NotEqual),
        Operator::ArbitraryEqual => variable.is_version() && (reversed || !value.trim().contains(char::is_whitespace)),
        // The release of the operating system is not known, so it is no version.
        Operator::Compatible if reversed => variable.is_version() && variable != Variable::PlatformRelease,
        Operator::Compatible => variable.is_version() && specifier(operator, value).is_some(),
        _ => true,
    };
    if !defined {
        return Err(start.expected("a comparison that is defined for its values"));
    }
    Ok(Marker::Comparison(Comparison { variable, operator, value: value.to_owned(), reversed }))
}

fn parse_variable(lexer: &mut Lexer<'_>) -> Result<Variable, ParseError> {
    let start = lexer.clone();
    let name = lexer.take_while(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '.'));
    Variable::from_name(name).ok_or_else(|| {
        let mut start = start;
        start.rest();
        start.expected("a marker variable or a quoted value")
    })
}

fn parse_operator(lexer: &mut Lexer<'_>) -> Result<Operator, ParseError> {
    if let Some((operator, _)) = SIGNS.iter().find(|(_, text)| lexer.take(text)) {
        return Ok(*operator);
    }
    if lexer.take_word("in") {
        return Ok(Operator::In);
    }
    if lexer.take_word("not") && lexer.take_word("in") {
        return Ok(Operator::NotIn);
    }
    Err(lexer.expected("an operator, as `==`"))
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Marker::Comparison(comparison) => comparison.fmt(f),
            Marker::All(markers) => write_joined(f, markers, " and "),
            Marker::Any(markers) => write_joined(f, markers, " or "),
        }
    }
}

fn write_joined(f: &mut fmt::Formatter<'_>, markers: &[Marker], word: &str) -> fmt::Result {
    for (index, marker) in markers.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        // `and` binds tighter than `or`: an `and` within an `or` needs no parentheses.
        let parentheses = matches!(marker, Marker::Any(_)) || (word == " and " && matches!(marker, Marker::All(_)));
        if parentheses { write!(f, "({marker})")? } else { write!(f, "{marker}")? }
    }
    Ok(())
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.value.contains('"') { '\'' } else { '"' };
        let value = format!("{quote}{}{quote}", self.value);
        let (name, operator) = (self.variable.name(), self.operator.text());
        if self.reversed { write!(f, "{value} {operator} {name}") } else { write!(f, "{name} {operator} {value}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{Architecture, Platform, System};

    fn holds(marker: &str) -> bool {
        let platform = Platform { system: System::Linux { glibc: (2, 28) }, architecture: Architecture::Amd64 };
        let environment = Environment::cpython(&Version::from_str("3.13.5").unwrap(), platform);
        Marker::from_str(marker).unwrap().holds(&environment, &BTreeSet::from([Name::new("grpc")]))
    }

    #[test]
    fn versions_are_compared_as_versions() {
        assert!(holds(r#"python_version >= "3.9""#));
        assert!(holds(r#"python_full_version == "3.13.*""#));
        assert!(holds(r#""3.10" <= python_version"#));
        assert!(!holds(r#"python_version < "3.11" or sys_platform == "win32""#));
    }

    #[test]
    fn strings_are_not_ordered() {
        assert!(holds(r#"sys_platform >= "linux""#));
        assert!(!holds(r#"sys_platform > "aaa""#));
        assert!(!holds(r#"platform_release >= "5""#));
    }

    #[test]
    fn and_binds_tighter_than_or() {
        assert!(holds(r#"os_name == "posix" or os_name == "nt" and sys_platform == "win32""#));
        assert!(!holds(r#"(os_name == "posix" or os_name == "nt") and sys_platform == "win32""#));
    }

    #[test]
    fn several_extras_are_asked_for_at_once() {
        assert!(holds(r#"extra == "GRPC" and extra != "http""#));
        assert!(!holds(r#"extra == "http""#));
    }

    #[test]
    fn a_version_that_is_none_is_found() {
        let invalid = |text: &str| Marker::from_str(text).unwrap().has_invalid_version();
        assert!(invalid(r#"os_name == "nt" and (python_version < "<3.10" or os_name == "x")"#));
        assert!(!invalid(r#"python_version < "3.10" and python_version not in "x" and sys_platform == "<3""#));
    }

    #[test]
    fn sets_are_asked_for_members() {
        let groups = BTreeSet::from([Name::new("dev")]);
        let extras = BTreeSet::from([Name::new("grpc")]);
        let platform = Platform { system: System::Windows, architecture: Architecture::Amd64 };
        let environment = Environment::cpython(&Version::from_str("3.13.5").unwrap(), platform);
        let holds = |text: &str| Marker::from_str(text).unwrap().holds_with(&environment, &extras, &groups);
        assert!(holds(r#""Dev" in dependency_groups and "x" not in dependency_groups"#));
        assert!(holds(r#""grpc" in extras"#) && !holds(r#""dev" in extras"#) && !holds(r#""grpc" not in extras"#));
        for wrong in [r#"extras == "x""#, r#"extras in "x""#, r#""x" == dependency_groups"#] {
            assert!(Marker::from_str(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn text_is_kept() {
        for text in [
            r#"python_version < "3.11" or sys_platform == "win32" and os_name == "nt""#,
            r#"(python_version < "3.11" or sys_platform == "win32") and "x86" not in platform_machine"#,
        ] {
            assert_eq!(Marker::from_str(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn errors_say_where_and_what() {
        let error = |text: &str| Marker::from_str(text).unwrap_err().to_string();
        assert_eq!(
            error("python_verzion > '3'"),
            "`python_verzion > '3'`: expected a marker variable or a quoted value at character 1"
        );
        assert_eq!(error("os_name == posix"), "`os_name == posix`: expected a quoted value at character 12");
        assert_eq!(error("os_name == 'nt"), "`os_name == 'nt`: expected a closing quote at character 12");
        assert_eq!(
            error("os_name ~= '3'"),
            "`os_name ~= '3'`: expected a comparison that is defined for its values at character 1"
        );
        assert_eq!(error("(os_name == 'nt'"), "`(os_name == 'nt'`: expected `)` at character 17");
    }
}
