//! A requirement, whether it is written as PEP 508 or in Poetry's form.
use std::collections::BTreeSet;
use std::fmt::Write as _;

use permafreeze_packaging::constraint::Constraint;
use permafreeze_packaging::marker::Marker;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::requirement::Requirement;

use crate::address::without_credentials;
use crate::error::InvalidText;
use crate::pyproject::{OneOrMany, Specification, SpecificationTable};

/// Where a required distribution comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An index.
    Index,
    /// A URL or a git repository, as a direct reference has it.
    Url(String),
    /// A path of the project.
    Path,
}

/// A requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The distribution's name as it is written.
    pub written_name: String,
    /// The distribution's normalised name.
    pub name: Name,
    /// The extras that are asked for.
    pub extras: BTreeSet<Name>,
    /// The versions that do.
    pub constraint: Constraint,
    /// When it is required.
    pub marker: Marker,
    /// Whether only an extra brings it.
    pub optional: bool,
    /// The extras that bring it.
    pub in_extras: Vec<Name>,
    /// Where it comes from.
    pub origin: Origin,
}

impl Dependency {
    /// Reads a PEP 508 requirement.
    ///
    /// # Errors
    /// If it is none.
    pub fn from_pep508(text: &str) -> Result<Dependency, InvalidText> {
        // Poetry takes a comment in a requirement, as requirements.txt has them.
        let text = text.split(" #").next().unwrap_or(text);
        let requirement: Requirement = text.parse()?;
        let origin = match requirement.url {
            None => Origin::Index,
            Some(url) if url.starts_with("file:") || !url.contains("://") => Origin::Path,
            Some(url) => Origin::Url(url),
        };
        Ok(Dependency {
            written_name: requirement.written_name,
            name: requirement.name,
            extras: requirement.extras,
            constraint: requirement.constraint,
            optional: requirement.marker.has_extra(),
            marker: requirement.marker,
            in_extras: Vec::new(),
            origin,
        })
    }

    /// Reads a requirement in Poetry's form.
    ///
    /// # Errors
    /// If its constraint or marker is none.
    pub fn from_poetry(name: &str, specification: &Specification) -> Result<Dependency, InvalidText> {
        let version_only;
        let table = match specification {
            Specification::Table(table) => table.as_ref(),
            Specification::Version(version) => {
                version_only = SpecificationTable { version: Some(version.clone()), ..Default::default() };
                &version_only
            }
        };
        let marker = marker(table)?;
        Ok(Dependency {
            written_name: name.to_owned(),
            name: Name::new(name),
            extras: table.extras.iter().map(|extra| Name::new(extra)).collect(),
            constraint: table.version.as_deref().unwrap_or("*").parse()?,
            optional: table.optional || marker.has_extra(),
            marker,
            in_extras: Vec::new(),
            origin: origin(table),
        })
    }

    /// Reads all requirements of one name in Poetry's form.
    ///
    /// # Errors
    /// If a constraint or marker is none.
    pub fn all_from_poetry(name: &str, specifications: &OneOrMany) -> Result<Vec<Dependency>, InvalidText> {
        specifications.all().iter().map(|specification| Dependency::from_poetry(name, specification)).collect()
    }

    /// Returns the requirement as `Requires-Dist` has it.
    pub fn to_pep508(&self) -> String {
        let mut text = self.written_name.clone();
        if !self.extras.is_empty() {
            let extras: Vec<&str> = self.extras.iter().map(Name::as_str).collect();
            let _ = write!(text, "[{}]", extras.join(","));
        }
        match &self.origin {
            Origin::Url(url) => {
                // The metadata is part of the executable.
                let _ = write!(text, " @ {}", without_credentials(url));
            }
            // A path of the machine that builds is no use to a reader, and differs between machines.
            Origin::Path => {}
            // PEP 508 has no "or": a constraint with alternatives is left out, the lock has decided already.
            Origin::Index => {
                if let [specifiers] = &self.constraint.alternatives()[..]
                    && !specifiers.is_empty()
                {
                    let specifiers: Vec<String> = specifiers.iter().map(ToString::to_string).collect();
                    let _ = write!(text, " ({})", specifiers.join(","));
                }
            }
        }
        let extras: Vec<Marker> = self.in_extras.iter().map(Marker::extra).collect();
        let extras = match extras.len() {
            0 => Marker::always(),
            1 => extras.into_iter().next().unwrap_or_else(Marker::always),
            _ => Marker::Any(extras),
        };
        let marker = if self.marker.is_always() || extras.is_always() || self.marker.has_extra() {
            if self.marker.is_always() { extras.to_string() } else { self.marker.to_string() }
        } else {
            format!("({}) and ({extras})", self.marker)
        };
        if !marker.is_empty() {
            let _ = write!(text, " ; {marker}");
        }
        text
    }
}

fn origin(table: &SpecificationTable) -> Origin {
    if let Some(git) = &table.git {
        let revision = [&table.branch, &table.tag, &table.rev].into_iter().flatten().next();
        let revision = revision.map(|revision| format!("@{revision}")).unwrap_or_default();
        return Origin::Url(format!("git+{git}{revision}"));
    }
    match &table.url {
        Some(url) => Origin::Url(url.clone()),
        None if table.path.is_some() || table.file.is_some() => Origin::Path,
        None => Origin::Index,
    }
}

fn marker(table: &SpecificationTable) -> Result<Marker, InvalidText> {
    let mut marker = match table.markers.as_deref().map(str::trim) {
        Some(text) if !text.is_empty() => text.parse()?,
        _ => Marker::always(),
    };
    if let Some(python) = &table.python {
        marker = marker.and(python_marker(&python.parse()?)?);
    }
    if let Some(platform) = &table.platform {
        marker = marker.and(platform_marker(platform)?);
    }
    Ok(marker)
}

/// Returns the marker that Poetry's `python = ">=3.9,<4"` stands for.
fn python_marker(constraint: &Constraint) -> Result<Marker, InvalidText> {
    if constraint.is_any() {
        return Ok(Marker::always());
    }
    let alternatives: Vec<String> = constraint
        .alternatives()
        .iter()
        .map(|specifiers| {
            let comparisons: Vec<String> = specifiers
                .iter()
                .map(|specifier| {
                    let variable =
                        if specifier.version().release().len() > 2 { "python_full_version" } else { "python_version" };
                    let operator = specifier.operator();
                    let star = if operator.is_star() { ".*" } else { "" };
                    format!("{variable} {operator} \"{}{star}\"", specifier.version())
                })
                .collect();
            comparisons.join(" and ")
        })
        .collect();
    Ok(alternatives.join(" or ").parse()?)
}

/// Returns the marker that Poetry's `platform = "linux || darwin"` stands for.
fn platform_marker(platform: &str) -> Result<Marker, InvalidText> {
    let comparisons: Vec<String> = platform
        .split('|')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| match part.strip_prefix("!=") {
            Some(value) => format!("sys_platform != \"{}\"", value.trim()),
            None => format!("sys_platform == \"{}\"", part.trim_start_matches('=').trim()),
        })
        .collect();
    Ok(comparisons.join(" or ").parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poetry(text: &str) -> Dependency {
        let table: SpecificationTable = toml_edit::de::from_str(text).unwrap();
        Dependency::from_poetry("A_b", &Specification::Table(Box::new(table))).unwrap()
    }

    #[test]
    fn a_table_becomes_a_requirement() {
        assert_eq!(
            poetry("version = '^1.2'\nextras = ['x', 'W']\npython = '>=3.9,<4'\nplatform = 'linux'").to_pep508(),
            "A_b[w,x] (>=1.2,<2.0) ; python_version >= \"3.9\" and python_version < \"4\" and sys_platform == \"linux\""
        );
        assert_eq!(
            poetry("git = 'https://x.example/a.git'\ntag = 'v1'").to_pep508(),
            "A_b @ git+https://x.example/a.git@v1"
        );
        assert_eq!(
            poetry("git = 'https://me:secret@x.example/a.git'\ntag = 'v1'").to_pep508(),
            "A_b @ git+https://x.example/a.git@v1"
        );
        assert_eq!(poetry("url = 'https://t@h/a.whl?sig=1'").to_pep508(), "A_b @ https://h/a.whl");
        assert_eq!(poetry("path = '../a'").to_pep508(), "A_b");
    }

    #[test]
    fn an_extra_joins_the_marker() {
        let mut dependency = poetry("version = '*'\noptional = true\npython = '<3.11'");
        dependency.in_extras = vec![Name::new("fast")];
        assert_eq!(dependency.to_pep508(), "A_b ; (python_version < \"3.11\") and (extra == \"fast\")");
    }
}
