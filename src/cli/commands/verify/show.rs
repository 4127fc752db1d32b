//! Shows what was verified: one line per part, and what was found.
use permafreeze_verify::Finding;
use permafreeze_verify::result::{Verdict, Verification};

use crate::failure::{Failure, Kind, Outcome};

/// How many findings of a part are shown.
const SHOWN: usize = 40;

/// Prints the results.
///
/// # Errors
/// Never for results.
pub(super) fn show(verified: &[Verification], json: bool) -> Outcome {
    if json {
        let text = serde_json::to_string_pretty(verified).map_err(|error| Failure::new(Kind::Bug, error))?;
        println!("{text}");
        return Ok(());
    }
    for verification in verified {
        println!("{}: sha256 {}", verification.artifact(), verification.executable.sha256);
        for (part, result) in &verification.parts {
            let verdict = match result.verdict {
                Verdict::Passed => "passed",
                Verdict::Failed => "FAILED",
                Verdict::NotRun => "not run",
            };
            println!("  {:<9}  {verdict:<7}  {}", part.name(), result.summary);
            findings("", &result.failures);
            findings("note: ", &result.notes);
        }
    }
    Ok(())
}

fn findings(prefix: &str, findings: &[Finding]) {
    for finding in findings.iter().take(SHOWN) {
        let blame = finding.blame.as_ref().map_or_else(String::new, |owner| format!(" ({owner})"));
        let problem = finding.problem.trim_end().replace('\n', "\n        ");
        println!("    {prefix}{}: {problem}{blame}", finding.subject);
        if let Some(hint) = &finding.hint {
            println!("      hint: {hint}");
        }
    }
    if findings.len() > SHOWN {
        println!("    {prefix}and {} more; `--json` has them all", findings.len() - SHOWN);
    }
}
