//! An inspection as text for a terminal: aligned, the biggest first.
use std::fmt::Write as _;

use permafreeze_terminal::shown;

use crate::bundle::BundleFacts;
use crate::inspection::Inspection;

/// Returns the text. `limit` is how many rows each table has at most.
pub fn render(inspection: &Inspection, limit: usize) -> String {
    let mut text = String::new();
    head(&mut text, inspection);
    needs(&mut text, inspection);
    let size = inspection.size;
    let rows = inspection.distributions.iter().map(|each| {
        let counts = format!("{:>8}{:>7}", each.modules, each.files);
        (each.stored, each.unpacked, format!("{counts}  {}", shown(&each.owner.to_string())))
    });
    table(&mut text, "distributions", "modules  files  name", rows.collect(), size, limit);
    let rows = inspection.entries.iter().map(|each| {
        let how = if each.compressed { "deflated" } else { "stored" };
        (each.stored, each.unpacked, format!("{} {:<17} {how:<8}  {}", each.letter, each.kind, shown(&each.name)))
    });
    table(&mut text, "table of contents", "kind                storing   name", rows.collect(), size, limit);
    let rows = inspection.modules.iter().map(|each| {
        let name = format!("{:<17} {}", each.kind, shown(&each.name));
        (each.stored, each.unpacked.unwrap_or_default(), name)
    });
    table(&mut text, "modules", "kind              name", rows.collect(), size, limit);
    for note in &inspection.notes {
        let _ = writeln!(text, "\nnote: {}", shown(note));
    }
    text
}

fn head(text: &mut String, inspection: &Inspection) {
    let Inspection { name, size, sha256, target, python, python_library, .. } = inspection;
    let target = target.as_deref().unwrap_or("unknown target");
    let (name, python_library) = (shown(name), shown(python_library));
    let _ = writeln!(text, "{name}: {target}, Python {python} ({python_library})");
    let _ = writeln!(text, "  form    {}", inspection.form);
    let _ = writeln!(text, "  size    {} ({size} bytes)", human(*size));
    let _ = writeln!(text, "  sha256  {sha256}");
    if let Some(bundle) = &inspection.bundle {
        text.push_str(&of_bundle(bundle));
    }
    let counts = (inspection.entries.len(), inspection.modules.len(), inspection.distributions.len());
    let _ = writeln!(text, "  holds   {} entries, {} modules, {} distributions", counts.0, counts.1, counts.2);
    let from = match inspection.owners_from {
        "report" => "the report",
        _ => "RECORD files inside and top-level names",
    };
    let _ = writeln!(text, "  owners  from {from}");
}

fn of_bundle(bundle: &BundleFacts) -> String {
    let BundleFacts { name, key, launcher, frames, stored, decoded, files, unpacked } = bundle;
    let ratio = *decoded as f64 / (*stored).max(1) as f64;
    format!(
        "  starts  by a launcher of {}\n  frames  {frames}, {} of {} decoded (1 : {ratio:.2})\n  unpacks {files} files to \
         {}/{key}: {} on disk, {} with holes\n",
        human(*launcher),
        human(*stored),
        human(*decoded),
        shown(name),
        human(*decoded),
        human(*unpacked)
    )
}

fn needs(text: &mut String, inspection: &Inspection) {
    let needs = &inspection.needs;
    if needs.natives.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nneeds");
    for (family, floor) in &needs.symbol_versions {
        let (family, version, file) = (shown(family), shown(&floor.version), shown(&floor.wanted_by));
        let _ = writeln!(text, "  {:<22}  wanted by {file}", format!("{family} {version}"));
    }
    if let Some(version) = &needs.minimum_macos {
        let _ = writeln!(text, "  macOS {version}");
    }
    for (library, files) in &needs.system_libraries {
        let plural = if *files == 1 { "" } else { "s" };
        let _ = writeln!(text, "  {:<22}  from the system, for {files} file{plural}", shown(library));
    }
}

fn table(text: &mut String, title: &str, columns: &str, mut rows: Vec<(u64, u64, String)>, size: u64, limit: usize) {
    let count = rows.len();
    if count == 0 {
        return;
    }
    rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.2.cmp(&b.2)));
    let _ = writeln!(text, "\n{title} ({count})");
    let _ = writeln!(text, "{:>12}{:>12}{:>8}  {columns}", "in the file", "unpacked", "share");
    for (stored, unpacked, name) in rows.iter().take(limit) {
        let share = 100.0 * *stored as f64 / size.max(1) as f64;
        let _ = writeln!(text, "{:>12}{:>12}{share:>7.2}%  {name}", human(*stored), human(*unpacked));
    }
    if count > limit {
        let rest: u64 = rows[limit..].iter().map(|row| row.0).sum();
        let _ = writeln!(text, "{:>12}{:>12}{:>8}  … and {} more", human(rest), "", "", count - limit);
    }
}

/// Returns a size with a unit: powers of 1000, as file managers have it.
pub fn human(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        let sizes = [0, 999, 1000, 87_444_515, 999_949, 999_950, 4_294_967_296].map(human);
        assert_eq!(sizes, ["0 B", "999 B", "1.0 kB", "87.4 MB", "999.9 kB", "1.0 MB", "4.3 GB"]);
    }

    #[test]
    fn the_biggest_come_first_and_the_rest_is_counted() {
        let mut text = String::new();
        let rows = vec![(5, 6, "small".to_owned()), (1000, 2000, "big".to_owned()), (4, 4, "tiny".to_owned())];
        table(&mut text, "things", "name", rows, 2000, 2);
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines[0], "things (3)");
        assert_eq!(lines[2], "      1.0 kB      2.0 kB  50.00%  big");
        assert_eq!(lines[3], "         5 B         6 B   0.25%  small");
        assert!(lines[4].starts_with("         4 B") && lines[4].ends_with("… and 1 more"), "{}", lines[4]);
    }

    #[test]
    fn names_cannot_speak_to_the_terminal() {
        assert_eq!(shown("a\u{1b}[2Jb\u{202e}c\nü"), "a\\u{1b}[2Jb\\u{202e}c\\nü");
    }
}
