//! The validation report as Markdown (GitHub's, with tables).
use std::fmt::Write;

use permafreeze_plan::artifact::Artifact;
use serde_json::Value;

use super::{Executable, Page, Pin, Row, Test};
use crate::finding::Finding;
use crate::result::{Part, Verdict};

/// The fact that says how long a part took.
const SECONDS: &str = "seconds";

/// Returns the page as text; the same for the same page, always.
pub fn markdown(page: &Page) -> String {
    let mut text = format!("# Validation report: {}\n\n", cell(&page.project));
    paragraph(
        &mut text,
        "A result says what was tried and how it came out. What was not tried is listed as such; nothing here passes \
         because it was not looked at.",
    );
    table(
        &mut text,
        &["", ""],
        [
            vec!["Project".to_owned(), cell(&page.project)],
            vec!["Plan".to_owned(), format!("`permafreeze.lock`, sha256 `{}`", page.plan_sha256)],
            vec!["Python".to_owned(), format!("CPython {}", cell(&page.python))],
            vec!["Made with".to_owned(), format!("permafreeze {}", env!("CARGO_PKG_VERSION"))],
        ],
    );
    heading(&mut text, 2, "Results");
    let head = ["executable", "size", "pinned", "reproduce", "audit", "smoke", "origin"];
    let not_built = page.not_built.iter().map(not_built_row);
    table(&mut text, &head, page.executables.iter().map(result_row).chain(not_built));
    for executable in &page.executables {
        section(&mut text, executable);
    }
    heading(&mut text, 2, "Toolchain");
    let rows = page.toolchain.iter().map(|(key, (name, sha256))| vec![cell(key), cell(name), format!("`{sha256}`")]);
    table(&mut text, &["pin", "file", "sha256"], rows);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn result_row(executable: &Executable) -> Vec<String> {
    let verdicts = executable.tests.iter().map(|test| verdict(test.verdict).to_owned());
    let mut row =
        vec![cell(&executable.artifact.to_string()), size(executable.hashes.size), pin(executable.pin).to_owned()];
    row.extend(verdicts);
    row
}

fn not_built_row(artifact: &Artifact) -> Vec<String> {
    let mut row = vec![cell(&artifact.to_string()), "not built".to_owned(), String::new()];
    row.extend(Part::ALL.map(|_| verdict(Verdict::NotRun).to_owned()));
    row
}

fn section(text: &mut String, executable: &Executable) {
    heading(text, 2, &executable.artifact.to_string());
    table(
        text,
        &["", ""],
        [
            vec!["Target".to_owned(), cell(&executable.target)],
            vec!["Size".to_owned(), format!("{} bytes ({})", executable.hashes.size, size(executable.hashes.size))],
            vec!["sha256".to_owned(), format!("`{}`", executable.hashes.sha256)],
            vec!["blake3".to_owned(), format!("`{}`", executable.hashes.blake3)],
            vec!["Pinned".to_owned(), pin(executable.pin).to_owned()],
            vec!["Holds".to_owned(), format!("{} modules, {} files", executable.modules, executable.files)],
            vec!["Times".to_owned(), times(&executable.tests)],
        ],
    );
    tests(text, &executable.tests);
    measured(text, &executable.tests);
    heading(text, 3, "Warnings of the linker");
    if executable.warnings.is_empty() {
        paragraph(text, "None.");
    }
    list(text, executable.warnings.iter().map(|warning| cell(warning)));
    contents(text, &executable.components);
}

/// How long the parts took that have measured it ([`SECONDS`]).
fn times(tests: &[Test]) -> String {
    let measured = tests.iter().filter_map(|test| test.facts.get(SECONDS)?.as_f64().map(|time| (test.part, time)));
    let times: Vec<String> = measured.map(|(part, time)| format!("{} {time:.1} s", part.name())).collect();
    if times.is_empty() { "not measured".to_owned() } else { times.join(", ") }
}

fn tests(text: &mut String, tests: &[Test]) {
    let ran = |test: &&Test| test.verdict != Verdict::NotRun;
    heading(text, 3, "What was tested");
    if tests.iter().any(|test| ran(&test)) {
        let rows = tests.iter().filter(ran);
        let row =
            |test: &Test| vec![test.part.name().to_owned(), verdict(test.verdict).to_owned(), cell(&test.summary)];
        table(text, &["part", "result", "what"], rows.map(row));
    } else {
        paragraph(text, "Nothing.");
    }
    for test in tests {
        for (findings, title) in [(&test.failures, "failures"), (&test.notes, "notes")] {
            if !findings.is_empty() {
                heading(text, 4, &format!("{} of {}", capital(title), test.part.name()));
                list(text, findings.iter().map(finding));
            }
        }
    }
    heading(text, 3, "What was not tested");
    if tests.iter().all(|test| ran(&test)) {
        paragraph(text, "Every part of `permafreeze verify` has been run on these bytes.");
    }
    let left = tests.iter().filter(|test| test.verdict == Verdict::NotRun);
    list(text, left.map(|test| format!("**{}**: not run: {}", test.part.name(), cell(&test.summary))));
}

/// What the parts have measured, under the heading of what it is about.
fn measured(text: &mut String, tests: &[Test]) {
    for test in tests {
        let title = if test.part == Part::Audit {
            "Portability".to_owned()
        } else {
            format!("Measured by {}", test.part.name())
        };
        // How long it took is said at the top.
        let facts = test.facts.iter().filter(|(name, _)| *name != SECONDS);
        let rows: Vec<Vec<String>> = facts.map(|(name, value)| vec![cell(name), cell(&fact(value))]).collect();
        if !rows.is_empty() {
            heading(text, 3, &title);
            table(text, &["what", "value"], rows);
        } else if test.part == Part::Audit {
            heading(text, 3, &title);
            paragraph(text, "Not measured.");
        }
    }
}

fn contents(text: &mut String, components: &[Row]) {
    heading(text, 3, "What it is made of");
    let (inside, outside): (Vec<&Row>, Vec<&Row>) = components.iter().partition(|row| row.contained);
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let row = |row: &&Row| {
        let licence = if row.licence.is_empty() { "none declared".to_owned() } else { cell(&row.licence) };
        vec![cell(&row.name), cell(&row.version), licence, row.kind.to_owned(), number(row.modules), number(row.files)]
    };
    table(text, &["name", "version", "licence", "kind", "modules", "files"], inside.iter().map(row));
    if !outside.is_empty() {
        heading(text, 3, "Locked, but not in it");
        table(text, &["name", "version", "licence", "kind", "modules", "files"], outside.iter().map(row));
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "**failed**",
        Verdict::NotRun => "not run",
    }
}

fn pin(pin: Pin) -> &'static str {
    match pin {
        Pin::Same => "yes, this one",
        Pin::Differs => "**another one**",
        Pin::Stale => "of an older plan",
        Pin::None => "no",
    }
}

fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let mib = bytes as f64 / f64::from(1 << 20);
    format!("{mib:.1} MiB")
}

fn finding(finding: &Finding) -> String {
    let mut text = format!("{}: {}", cell(&finding.subject), cell(&finding.problem));
    if let Some(blame) = finding.blame.as_ref().filter(|blame| **blame != finding.subject) {
        let _ = write!(text, " (of {})", cell(blame));
    }
    if let Some(hint) = &finding.hint {
        let _ = write!(text, ". {}", cell(hint));
    }
    text
}

/// A measured value as people read it.
fn fact(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) => values.iter().map(fact).collect::<Vec<_>>().join(", "),
        Value::Object(fields) if fields.is_empty() => "none".to_owned(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{name}: {}", fact(value))).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// Text as the content of a cell or an item: on one line, without what Markdown or HTML takes for its own.
fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('\\', "\\\\").replace('|', "\\|").replace('&', "&amp;").replace('<', "&lt;")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn heading(text: &mut String, level: usize, title: &str) {
    let _ = writeln!(text, "{} {}\n", "#".repeat(level), cell(title));
}

fn paragraph(text: &mut String, words: &str) {
    let _ = writeln!(text, "{words}\n");
}

fn list(text: &mut String, items: impl Iterator<Item = String>) {
    let before = text.len();
    for item in items {
        let _ = writeln!(text, "- {item}");
    }
    if text.len() > before {
        text.push('\n');
    }
}

fn table(text: &mut String, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let _ = writeln!(text, "| {} |", head.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(head.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text.push('\n');
}
