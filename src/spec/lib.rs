//! What a PyInstaller spec declares, recorded once per target -> `[tool.permafreeze]`, and what no option says.
//!
//! Pure: `nix/spec` has evaluated the spec and recorded it ([`recorded`]), the project's files come in through
//! [`project::Files`]. For each target [`translate`] turns what is recorded into options; [`merge`] makes one table of them,
//! [`table`] its text.
use std::collections::BTreeMap;

use permafreeze_packaging::target::Target;

mod analysis;
mod context;
mod entry;
mod executable;
pub mod finding;
pub mod merge;
mod places;
pub mod project;
pub mod recorded;
pub mod settings;
mod sources;
pub mod table;
pub mod targets;
mod translate;
mod value;

use crate::finding::Findings;
use crate::project::Project;
use crate::recorded::{Fault, Outcome, Recorded};
use crate::settings::Executable;

/// What a spec becomes.
#[derive(Debug)]
pub struct Imported {
    /// The executables, in the order of the spec.
    pub executables: Vec<Executable>,
    /// What is not said by an option, or said by one that means more.
    pub findings: Findings,
}

/// A spec that cannot be evaluated for a target.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its code fails.
    #[error("`{spec}`{}: {}, evaluated for `{target}`", line(fault), fault.text)]
    Fault {
        /// The spec.
        spec: String,
        /// The target.
        target: Target,
        /// What fails.
        fault: Fault,
    },
    /// It makes no executable.
    #[error("`{spec}` makes no executable: it calls `EXE` nowhere, evaluated for `{target}`")]
    Nothing {
        /// The spec.
        spec: String,
        /// The target.
        target: Target,
    },
}

impl Error {
    /// Returns what fixes it, if that is known.
    pub fn hint(&self) -> Option<String> {
        let Error::Fault { fault, .. } = self else {
            return Some("a spec calls `Analysis`, `PYZ` and `EXE`".to_owned());
        };
        let text = match fault.kind.as_str() {
            "network" | "program" => "write the value itself into the spec, or write `[tool.permafreeze]` by hand",
            "file" => {
                "the spec sees the project's folder, without what begins with a dot, virtual environments, \
                 `node_modules`, and `build` and `dist` at its top"
            }
            "environment" | "raises" | "ended" if !fault.unset.is_empty() => {
                let each = fault.unset.iter().map(|name| format!("`--env {name}=VALUE`"));
                return Some(format!(
                    "variables that it has asked for are set by {}",
                    each.collect::<Vec<_>>().join(", ")
                ));
            }
            _ => return None,
        };
        Some(text.to_owned())
    }
}

fn line(fault: &Fault) -> String {
    fault.line.map(|line| format!(", line {line}")).unwrap_or_default()
}

/// Turns a recorded spec into options. `targets` are those that are wanted, at least one; what `recorded` has of
/// `windows-amd64` says what an executable shows of itself there, wanted or not.
///
/// # Errors
/// If the spec fails for a wanted target, or makes no executable for it.
pub fn import(recorded: &Recorded, project: &Project<'_>, targets: &[Target]) -> Result<Imported, Error> {
    let mut findings = Findings::default();
    let mut translated = BTreeMap::new();
    for (target, outcome) in &recorded.targets {
        let is_wanted = targets.contains(target);
        match outcome {
            Outcome::Recorded(tape) => {
                let mut own = Findings::default();
                let executables = translate::translate(tape, project, &mut own);
                if is_wanted && executables.is_empty() {
                    return Err(Error::Nothing { spec: project.spec.clone(), target: *target });
                }
                if is_wanted {
                    findings.extend(own.without(&[&tape.root, &tape.packages]), *target);
                }
                translated.insert(*target, executables);
            }
            Outcome::Error(failed) if is_wanted => {
                let fault = failed.error.clone();
                return Err(Error::Fault { spec: project.spec.clone(), target: *target, fault });
            }
            // Of a target that is not wanted nothing is missing.
            Outcome::Error(_) => {}
        }
    }
    let merged = merge::merge(&translated, targets, &mut findings);
    let executables = merge::distinct(merged, &mut findings);
    Ok(Imported { executables, findings })
}

#[cfg(test)]
mod tests;
