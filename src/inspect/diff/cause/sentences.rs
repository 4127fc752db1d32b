//! Causes in words.
use std::collections::{BTreeMap, BTreeSet};

use super::{Evidence, FEW_BYTES, Kind, Versions};
use crate::diff::bytes::ByteDifference;
use crate::diff::order::Moved;
use crate::diff::{Change, Kind as ChangeKind};
use permafreeze_terminal::shown;

/// How many names a sentence has.
const NAMED: usize = 3;

/// Returns what the evidence says of a kind of cause; `group` are the changes that it explains.
pub(super) fn sentence(
    kind: Kind,
    group: &[&Change],
    moved: &[Moved],
    evidence: &Evidence<'_>,
    versions: &Versions,
) -> String {
    let entries = || named(group.iter().map(|change| full_name(change)));
    let owners = || {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        group.iter().for_each(|change| *counts.entry(&change.owner.name).or_default() += 1);
        let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        named(counts.into_iter().map(|(name, count)| format!("`{}` ({count})", shown(name))))
    };
    match kind {
        Kind::ChangedBytes => changed_bytes(evidence, &entries()),
        Kind::Form => {
            let [a, b] = evidence.forms;
            format!("another form, {a} and {b}: the same parts are laid out otherwise")
        }
        Kind::Launcher => "another version or build of the launcher".to_owned(),
        Kind::Target => {
            let [a, b] = evidence.targets.map(Option::unwrap_or_default);
            format!("another target, `{a}` and `{b}`: native files and what describes them differ")
        }
        Kind::Python => {
            let [a, b] = evidence.python.map(|(major, minor)| format!("{major}.{minor}"));
            let what = if a == b { format!("another build of Python {a}") } else { format!("Python {a} and {b}") };
            format!("{what}: its library or standard library differs ({})", entries())
        }
        Kind::Pyinstaller => format!("another version or build of PyInstaller: {}", entries()),
        Kind::Wheel => {
            let owners: BTreeSet<&String> = group.iter().map(|change| &change.owner.name).collect();
            let pairs = owners.iter().filter_map(|name| Some((name, versions.get(name.as_str())?)));
            let pairs = pairs.map(|(name, (a, b))| format!("`{}` {} → {}", shown(name), shown(a), shown(b)));
            format!("other versions of distributions: {}", named(pairs))
        }
        Kind::Code => format!("other code, so another version or an edit, of {}", owners()),
        Kind::Native => format!("native files of another build or version: {}", owners()),
        Kind::Collected => {
            let count = |kind| group.iter().filter(|change| change.change == kind).count();
            let (removed, added) = (count(ChangeKind::Removed), count(ChangeKind::Added));
            format!(
                "{removed} only in the first and {added} only in the second: other options, hooks or installed packages ({})",
                owners()
            )
        }
        Kind::Path => format!("the folder of the build or of the venv, in {}", entries()),
        Kind::Time => format!("the time of the build, in {}", entries()),
        Kind::Order => {
            let places = moved.iter().map(|moved| {
                let place = if moved.place.is_empty() { "the table of contents" } else { &moved.place };
                format!("{} of {} in {}", moved.names.len(), moved.of, shown(place))
            });
            format!("the order in which things were collected (hash seed, directory order): {}", named(places))
        }
        Kind::References => {
            format!(
                "marshal's reference flags or the order of sets (reference counts, hash seed): the same code in other bytes, in {}",
                entries()
            )
        }
        Kind::Compressor => format!("another compressor or level: equal once decompressed, in {}", entries()),
        Kind::Data => format!("other data in {}", entries()),
        Kind::Tables => "all contents agree, but the tables or what is between the entries differ".to_owned(),
        Kind::Unknown => format!("not known, in {}", entries()),
    }
}

fn changed_bytes(evidence: &Evidence<'_>, entries: &str) -> String {
    match evidence.bytes {
        Some(ByteDifference { count: 1, first, .. }) => {
            format!("one changed byte, at offset {first} of the file, in {entries}: damaged or altered after the build")
        }
        Some(ByteDifference { count, first, last, .. }) if *count <= FEW_BYTES => {
            format!(
                "{count} changed bytes, at offsets {first} to {last} of the file, in {entries}: damaged or altered after the build"
            )
        }
        _ => format!("damaged entries, which do not decompress: {entries}"),
    }
}

fn full_name(change: &Change) -> String {
    match change.place.as_str() {
        "" => format!("`{}`", shown(&change.name)),
        place => format!("`{}` of {}", shown(&change.name), shown(place)),
    }
}

/// Joins the first few and counts the rest.
fn named(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let mut text = names[..names.len().min(NAMED)].join(", ");
    if names.len() > NAMED {
        text.push_str(&format!(" and {} more", names.len() - NAMED));
    }
    text
}
