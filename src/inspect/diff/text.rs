//! A difference as text for a terminal.
use std::fmt::Write as _;

use permafreeze_terminal::shown;

use super::bytes::ByteDifference;
use super::code::{CodeDifference, What};
use super::content::Finding;
use super::{Change, Difference, Kind};
use crate::text::human;

/// How many findings of one change are shown.
const FINDINGS: usize = 8;
/// How many names of what moved are shown.
const MOVED: usize = 5;

/// Returns the text. `limit` is how many changes it has at most.
pub fn render(difference: &Difference, limit: usize) -> String {
    let mut text = String::new();
    for (letter, side) in [("a", &difference.a), ("b", &difference.b)] {
        let target = side.target.as_deref().unwrap_or("unknown target");
        let python = &side.python;
        let _ = writeln!(
            text,
            "{letter}  {}: {target}, Python {python}, {}, {} bytes",
            shown(&side.name),
            side.form,
            side.size
        );
        let _ = writeln!(text, "   sha256 {}", side.sha256);
    }
    if difference.equal {
        text.push_str("\nthe same, byte for byte\n");
        return text;
    }
    let counts = difference.counts;
    let _ = writeln!(
        text,
        "\n{} the same, {} changed, {} only in a, {} only in b, {} moved",
        counts.equal, counts.changed, counts.removed, counts.added, counts.moved
    );
    if let Some(bytes) = &difference.bytes {
        let _ = writeln!(text, "of {} bytes {}", difference.a.size, byte_difference(bytes));
    }
    text.push('\n');
    for each in difference.changes.iter().take(limit) {
        change(&mut text, each);
    }
    if difference.changes.len() > limit {
        let _ = writeln!(text, "… and {} more (`--limit 0` shows all)", difference.changes.len() - limit);
    }
    for moved in &difference.moved {
        let place = if moved.place.is_empty() { "table of contents" } else { &moved.place };
        let names: Vec<String> = moved.names.iter().take(MOVED).map(|name| shown(name)).collect();
        let more = moved.names.len().saturating_sub(MOVED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let count = moved.names.len();
        let _ = writeln!(text, "moved    {}: {count} of {}: {}{more}", shown(place), moved.of, names.join(", "));
    }
    text.push_str("\ncauses\n");
    for cause in &difference.causes {
        let percent = 100.0 * cause.explains as f64 / cause.of.max(1) as f64;
        let _ = writeln!(text, "{percent:>6.1} %  {}", cause.sentence);
    }
    let _ = writeln!(text, "\n{}", difference.conclusion);
    text
}

fn change(text: &mut String, change: &Change) {
    let place = if change.place.is_empty() { String::new() } else { format!("{}: ", shown(&change.place)) };
    let (word, sizes) = match (change.change, change.size_a, change.size_b) {
        (Kind::Added, _, size) => ("only b ", human(size.unwrap_or_default())),
        (Kind::Removed, size, _) => ("only a ", human(size.unwrap_or_default())),
        (Kind::Changed, Some(a), Some(b)) if a != b => ("changed", format!("{a} → {b} bytes")),
        (Kind::Changed, size, _) => ("changed", format!("{} bytes", size.unwrap_or_default())),
    };
    let _ = writeln!(text, "{word}  {place}{} ({sizes})", shown(&change.name));
    for finding in change.findings.iter().take(FINDINGS) {
        let _ = writeln!(text, "           {}", self::finding(finding));
    }
    if change.findings.len() > FINDINGS {
        let _ = writeln!(text, "           … and {} more differences", change.findings.len() - FINDINGS);
    }
}

fn finding(finding: &Finding) -> String {
    match finding {
        Finding::Letter { a, b } => format!("type code `{a}` → `{b}`"),
        Finding::Form { a, b } => format!("{a} → {b}"),
        Finding::Compressor { a, b } => {
            format!("equal once decompressed ({a} → {b} bytes stored): other compressor or level")
        }
        Finding::Damaged { side, problem, stored } => {
            let stored = stored.as_ref().map(|bytes| format!("; stored: {}", byte_difference(bytes)));
            format!("{side} is damaged: {}{}", shown(problem), stored.unwrap_or_default())
        }
        Finding::Code(code) => code_difference(code),
        Finding::References { a, b } => {
            format!("the same code in other bytes ({a} → {b}): marshal's references or interned strings")
        }
        Finding::Section(section) => format!("section {}: {}", shown(&section.name), byte_difference(&section.bytes)),
        Finding::Time { a, b } => format!("time {} → {}", shown(a), shown(b)),
        Finding::Line(line) => {
            let (a, b) = (shown(&line.a), shown(&line.b));
            format!("line {} (of {} that differ): `{a}` → `{b}`", line.line, line.count)
        }
        Finding::Bytes(bytes) => byte_difference(bytes),
    }
}

fn code_difference(code: &CodeDifference) -> String {
    let names = |names: &[String]| names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ");
    let what = match &code.what {
        What::Added => "only in b".to_owned(),
        What::Removed => "only in a".to_owned(),
        What::Bytecode(bytes) => format!("bytecode: {}", byte_difference(bytes)),
        What::Constant { index, a, b } => format!("constant {index}: {} → {}", or_none(a), or_none(b)),
        What::SetOrder { index } => format!("constant {index}: the same set in another order"),
        What::FileName { a, b } => format!("file name `{}` → `{}`", shown(a), shown(b)),
        What::Lines { a, b } if a == b => "line numbers or columns".to_owned(),
        What::Lines { a, b } => format!("first line {a} → {b}"),
        What::Names { a, b } if a.is_empty() && b.is_empty() => "order of names".to_owned(),
        What::Names { a, b } => format!("names: only in a [{}], only in b [{}]", names(a), names(b)),
        What::Flags { a, b } => format!("flags {a:#x} → {b:#x}"),
        What::Signature => "arguments, locals or stack size".to_owned(),
        What::Exceptions => "exception table".to_owned(),
    };
    format!("{}: {what}", shown(&code.function))
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "(none)".to_owned() } else { shown(text) }
}

fn byte_difference(bytes: &ByteDifference) -> String {
    let ByteDifference { first, last, count, size_a, size_b, a, b } = bytes;
    let sizes = if size_a == size_b { String::new() } else { format!(", {size_a} → {size_b} bytes") };
    let place = if first == last { format!("at {first:#x}") } else { format!("from {first:#x} to {last:#x}") };
    let verb = if *count == 1 { "differs" } else { "differ" };
    format!("{count} {verb} {place}{sizes}: {} → {}", or_none(a), or_none(b))
}
