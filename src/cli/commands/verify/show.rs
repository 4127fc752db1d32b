//! Shows what was verified: one line per part, and what was found.
use std::fmt::Write as _;

use permafreeze_terminal::shown;
use permafreeze_verify::Finding;
use permafreeze_verify::result::{Verdict, Verification};

use crate::failure::Outcome;
use crate::say;

/// How many findings of a part are shown.
const SHOWN: usize = 40;

/// Prints the results.
///
/// # Errors
/// Never for results.
pub(super) fn show(verified: &[Verification], json: bool) -> Outcome {
    if json {
        return say::json(&verified);
    }
    let mut text = String::new();
    for verification in verified {
        let _ = writeln!(text, "{}: sha256 {}", verification.artifact(), verification.executable.sha256);
        for (part, result) in &verification.parts {
            let verdict = match result.verdict {
                Verdict::Passed => "passed",
                Verdict::Failed => "FAILED",
                Verdict::NotRun => "not run",
            };
            let _ = writeln!(text, "  {:<9}  {verdict:<7}  {}", part.name(), shown(&result.summary));
            findings(&mut text, "", &result.failures);
            findings(&mut text, "note: ", &result.notes);
        }
    }
    say::text(&text)
}

fn findings(text: &mut String, prefix: &str, findings: &[Finding]) {
    for finding in findings.iter().take(SHOWN) {
        let blame = finding.blame.as_ref().filter(|owner| **owner != finding.subject);
        let blame = blame.map_or_else(String::new, |owner| format!(" ({})", shown(owner)));
        let problem = finding.problem.trim_end().replace('\n', "\n        ");
        let _ = writeln!(text, "    {prefix}{}: {problem}{blame}", shown(&finding.subject));
        if let Some(hint) = &finding.hint {
            let _ = writeln!(text, "      hint: {}", shown(hint));
        }
    }
    if findings.len() > SHOWN {
        let _ = writeln!(text, "    {prefix}and {} more; `--json` has them all", findings.len() - SHOWN);
    }
}
