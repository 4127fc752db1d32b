//! Audits an executable as JSON: `audit EXECUTABLE TARGET REPORT|- [FOLDER…]`; the folders are what must not be in it.
use std::process::ExitCode;

use camino::Utf8Path;
use permafreeze_archive::Executable;
use permafreeze_plan::plan::Policy;
use permafreeze_verify::audit::{LeakPatterns, Rules, audit};

use crate::Outcome;

/// Runs the tool.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let [executable, target, report, folders @ ..] = arguments else {
        return Err("usage: audit EXECUTABLE TARGET REPORT|- [FOLDER…]".into());
    };
    let executable = Executable::open(Utf8Path::new(executable))?;
    let report = match report.as_str() {
        "-" => None,
        path => Some(serde_json::from_slice(&std::fs::read(path)?)?),
    };
    let needles = LeakPatterns { folders: folders.to_vec(), ..LeakPatterns::default() };
    let rules = Rules { target: target.parse()?, policy: &Policy::default(), oldest: None, needles: &needles };
    let audit = audit(&executable, report.as_ref(), &rules);
    println!("{}", serde_json::to_string_pretty(&audit)?);
    Ok(if audit.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
