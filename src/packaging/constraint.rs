//! Poetry's version constraints: PEP 440's specifiers, and `^1.2`, `~1.2`, a bare `1.2`, `1.*`, `*`, `A || B`.
//!
//! Every term is turned into PEP 440 specifiers; commas and spaces both mean "and".
use std::fmt;
use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifier};

/// A constraint on versions: one of the alternatives must hold, of which every specifier must.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    alternatives: Vec<Vec<VersionSpecifier>>,
}

/// A text that is no constraint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a version constraint: `{part}` is not understood")]
pub struct InvalidConstraint {
    /// The whole text.
    pub text: String,
    /// The part that is wrong.
    pub part: String,
}

impl Constraint {
    /// The constraint that every version meets.
    pub fn any() -> Constraint {
        Constraint { alternatives: vec![Vec::new()] }
    }

    /// Returns whether every version meets it.
    pub fn is_any(&self) -> bool {
        self.alternatives.iter().any(Vec::is_empty)
    }

    /// Returns whether `version` meets it.
    pub fn contains(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|specifiers| specifiers.iter().all(|specifier| specifier.contains(version)))
    }

    /// Returns the constraint that both meet.
    #[must_use]
    pub fn and(&self, other: &Constraint) -> Constraint {
        let alternatives = self.alternatives.iter().flat_map(|mine| {
            other.alternatives.iter().map(|theirs| mine.iter().chain(theirs).cloned().collect::<Vec<_>>())
        });
        Constraint { alternatives: alternatives.collect() }
    }

    /// Returns the alternatives, each as specifiers without those that another one makes needless.
    pub fn alternatives(&self) -> Vec<Vec<VersionSpecifier>> {
        self.alternatives.iter().map(|specifiers| tightest(specifiers)).collect()
    }
}

/// Keeps the highest lower bound, the lowest upper bound, and everything else once.
fn tightest(specifiers: &[VersionSpecifier]) -> Vec<VersionSpecifier> {
    let is_lower = |s: &&VersionSpecifier| matches!(s.operator(), Operator::GreaterThan | Operator::GreaterThanEqual);
    let is_upper = |s: &&VersionSpecifier| matches!(s.operator(), Operator::LessThan | Operator::LessThanEqual);
    // Of two bounds at one version the one that excludes it is tighter.
    let lower = specifiers
        .iter()
        .filter(is_lower)
        .max_by_key(|s| (s.version().clone(), *s.operator() == Operator::GreaterThan));
    let upper =
        specifiers.iter().filter(is_upper).min_by_key(|s| (s.version().clone(), *s.operator() != Operator::LessThan));
    let mut kept: Vec<VersionSpecifier> = lower.into_iter().cloned().collect();
    for specifier in specifiers.iter().filter(|s| !is_lower(s) && !is_upper(s)) {
        if !kept.contains(specifier) {
            kept.push(specifier.clone());
        }
    }
    kept.extend(upper.cloned());
    kept
}

impl FromStr for Constraint {
    type Err = InvalidConstraint;
    fn from_str(text: &str) -> Result<Constraint, InvalidConstraint> {
        let mut alternatives = Vec::new();
        for alternative in text.split('|').filter(|part| !part.is_empty()) {
            let mut specifiers = Vec::new();
            let mut rest = alternative;
            while let Some((operator, version, after)) = next_term(rest) {
                let term = expand(operator, version)
                    .ok_or_else(|| InvalidConstraint { text: text.to_owned(), part: format!("{operator}{version}") })?;
                specifiers.extend(term);
                rest = after;
            }
            alternatives.push(specifiers);
        }
        if alternatives.is_empty() {
            alternatives.push(Vec::new());
        }
        Ok(Constraint { alternatives })
    }
}

/// Splits off one term: its operator and its version.
fn next_term(text: &str) -> Option<(&str, &str, &str)> {
    let between = |character: char| character == ',' || character.is_whitespace();
    let text = text.trim_start_matches(between);
    if text.is_empty() {
        return None;
    }
    let end = text.find(|character| !"~^=<>!".contains(character)).unwrap_or(text.len());
    let (operator, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let end = rest.find(between).unwrap_or(rest.len());
    let (version, rest) = rest.split_at(end);
    Some((operator, version, rest))
}

fn expand(operator: &str, text: &str) -> Option<Vec<VersionSpecifier>> {
    let wildcard = text.strip_suffix(".*");
    if operator.is_empty() && matches!(text, "*" | "x" | "X") || matches!(operator, "==" | "=") && text == "*" {
        return Some(Vec::new());
    }
    let specifier = |operator: &str, version: &str| VersionSpecifier::from_str(&format!("{operator}{version}")).ok();
    if let Some(base) = wildcard {
        return match operator {
            "" | "=" | "==" => specifier("==", text).map(|s| vec![s]),
            "!=" | "<>" => specifier("!=", text).map(|s| vec![s]),
            // No standard allows it, but metadata has it: the wildcard says nothing.
            "<" | "<=" | ">" | ">=" => specifier(operator, base).map(|s| vec![s]),
            _ => None,
        };
    }
    if operator == "===" {
        return specifier(operator, text).map(|s| vec![s]);
    }
    let version = Version::from_str(text).ok()?;
    let upper = match operator {
        "^" => next_breaking(&version),
        "~" => bump(&version, usize::from(version.release().len() > 1)),
        "~=" => bump(&version, version.release().len().checked_sub(2)?),
        "" | "=" | "==" => return Some(vec![VersionSpecifier::equals_version(version)]),
        "<>" | "!=" => return Some(vec![VersionSpecifier::not_equals_version(version)]),
        "<" | "<=" | ">" | ">=" => return specifier(operator, text).map(|s| vec![s]),
        _ => return None,
    };
    // An upper bound is a release; `>=` takes no local part (PEP 440).
    let lower = VersionSpecifier::greater_than_equal_version(version.without_local());
    Some(vec![lower, VersionSpecifier::less_than_version(upper)])
}

/// Returns the release with part `index` raised by one and the parts after it zero.
fn bump(version: &Version, index: usize) -> Version {
    let release = version.release();
    let parts = release.iter().enumerate().map(|(at, part)| match at.cmp(&index) {
        std::cmp::Ordering::Less => *part,
        std::cmp::Ordering::Equal => part + 1,
        std::cmp::Ordering::Greater => 0,
    });
    Version::new(parts).with_epoch(version.epoch())
}

/// Raises the first part that is not zero, or the last one.
fn next_breaking(version: &Version) -> Version {
    let release = version.release();
    bump(version, release.iter().position(|part| *part > 0).unwrap_or(release.len() - 1))
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, specifiers) in self.alternatives().iter().enumerate() {
            if index > 0 {
                f.write_str(" || ")?;
            }
            let joined = specifiers.iter().map(VersionSpecifier::to_string).collect::<Vec<_>>().join(",");
            f.write_str(if specifiers.is_empty() { "*" } else { &joined })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> String {
        Constraint::from_str(text).unwrap().to_string()
    }

    #[test]
    fn carets_and_tildes_are_ranges() {
        for (given, expected) in [
            ("^1.2.3", ">=1.2.3,<2.0.0"),
            ("^1.2", ">=1.2,<2.0"),
            ("^0.2.3", ">=0.2.3,<0.3.0"),
            ("^0.0.3", ">=0.0.3,<0.0.4"),
            ("^0.0", ">=0.0,<0.1"),
            ("^0", ">=0,<1"),
            ("~1.2.3", ">=1.2.3,<1.3.0"),
            ("~1", ">=1,<2"),
            ("~=1.4.5", ">=1.4.5,<1.5.0"),
            ("~=1.4", ">=1.4,<2.0"),
            ("1.2", "==1.2"),
            ("1.2.*", "==1.2.*"),
            ("*", "*"),
            (">= 1.0 ,< 2.0", ">=1.0,<2.0"),
            (">=1.0 <2.0,!=1.5", ">=1.0,!=1.5,<2.0"),
            (">=1,>=2,<4,<3", ">=2,<3"),
            ("^1.2 || ^3.0", ">=1.2,<2.0 || >=3.0,<4.0"),
        ] {
            assert_eq!(expanded(given), expected, "{given}");
        }
    }

    #[test]
    fn one_alternative_suffices() {
        let constraint = Constraint::from_str("<1 || >=2,<3").unwrap();
        let contains = |version: &str| constraint.contains(&Version::from_str(version).unwrap());
        assert!(contains("0.9") && contains("2.5"));
        assert!(!contains("1.5") && !contains("3.0"));
    }

    #[test]
    fn errors_name_the_part() {
        assert_eq!(
            Constraint::from_str(">=1,^^2").unwrap_err().to_string(),
            "`>=1,^^2` is not a version constraint: `^^2` is not understood"
        );
    }
}
