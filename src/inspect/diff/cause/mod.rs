//! Why two executables differ: each change gets a cause from what was found in it, then from what was found around it.
//!
//! First by itself ([`local`]): a change of code, a path, a time, an order … Then evidence that reaches further takes
//! over: few changed bytes, another target, another Python, another PyInstaller, other versions of distributions.
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::bytes::{self, ByteDifference};
use super::code::What;
use super::content::Finding;
use super::order::Moved;
use super::{Change, Kind as ChangeKind};
use crate::owners::Owners;

mod sentences;

/// No build differs from another one in so few bytes.
const FEW_BYTES: u64 = 16;
/// Offsets and sizes in the headers of a bootloader have fewer bytes.
const HEADER_BYTES: u64 = 64;
/// What follows the cookie.
const TRAILER: &str = "(after the package)";

/// A kind of cause; of two that explain as much, the earlier is the likelier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Bytes changed after the build.
    ChangedBytes,
    /// Another form: what is the same is laid out otherwise.
    Form,
    /// Another launcher of a bundle.
    Launcher,
    /// Another target.
    Target,
    /// Another Python.
    Python,
    /// Another version of PyInstaller.
    Pyinstaller,
    /// Other versions of distributions.
    Wheel,
    /// Other code.
    Code,
    /// Native files of another build.
    Native,
    /// Other options, hooks or packages that were there to collect.
    Collected,
    /// Where it was built.
    Path,
    /// When it was built.
    Time,
    /// The order of entries.
    Order,
    /// Marshal's references and the order of sets: reference counts, hash seed.
    References,
    /// The compressor or its level.
    Compressor,
    /// Other data.
    Data,
    /// The tables of the formats.
    Tables,
    /// Not known.
    Unknown,
}

/// A cause and how much it explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cause {
    /// Which.
    pub kind: Kind,
    /// How many of the differences it explains.
    pub explains: usize,
    /// How many there are.
    pub of: usize,
    /// What the evidence says.
    pub sentence: String,
}

/// What is known besides the changes.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The targets.
    pub targets: [Option<&'a str>; 2],
    /// Python's versions.
    pub python: [(u8, u8); 2],
    /// Python's libraries.
    pub python_libraries: [&'a str; 2],
    /// Whose what is.
    pub owners: &'a [Owners; 2],
    /// How they are laid out.
    pub forms: [&'a str; 2],
    /// How the files' bytes differ, if they have one size.
    pub bytes: Option<&'a ByteDifference>,
}

/// Sets each change's cause; returns the causes, the likeliest first, and the conclusion.
pub fn find(evidence: &Evidence<'_>, changes: &mut [Change], moved: &[Moved]) -> (Vec<Cause>, String) {
    for change in changes.iter_mut() {
        change.cause = local(change);
    }
    tables(changes, moved);
    records(changes);
    owners_of_code(changes);
    let versions = versions(evidence.owners);
    wheels(changes, &versions);
    pyinstaller(changes);
    python(evidence, changes);
    target(evidence, changes);
    few_bytes(evidence, changes);
    // Tables that follow from what differs are no differences of their own.
    let counted = |change: &&Change| change.cause != Kind::Tables;
    let contents = changes.iter().filter(counted).count() + moved.len();
    let of = if contents == 0 { changes.len() } else { contents };
    let mut groups: BTreeMap<Kind, Vec<&Change>> = BTreeMap::new();
    for change in changes.iter().filter(|change| contents == 0 || counted(change)) {
        groups.entry(change.cause).or_default().push(change);
    }
    if !moved.is_empty() {
        groups.entry(Kind::Order).or_default();
    }
    let mut causes: Vec<Cause> = groups
        .into_iter()
        .map(|(kind, group)| Cause {
            kind,
            explains: group.len() + if kind == Kind::Order { moved.len() } else { 0 },
            of,
            sentence: sentences::sentence(kind, &group, moved, evidence, &versions),
        })
        .collect();
    causes.sort_by_key(|cause| (std::cmp::Reverse(cause.explains), cause.kind));
    let conclusion = causes.first().map_or_else(|| "the two are the same".to_owned(), conclusion);
    (causes, conclusion)
}

fn conclusion(cause: &Cause) -> String {
    let Cause { explains, of, sentence, .. } = cause;
    let percent = 100 * explains / of.max(&1);
    format!("likeliest cause: {sentence}; explains {explains} of {of} differences ({percent} %)")
}

/// Returns the cause that a change's own findings show: that of the gravest.
fn local(change: &Change) -> Kind {
    match change.name.as_str() {
        "(bootloader)" | TRAILER => return Kind::Pyinstaller,
        "(form)" => return Kind::Form,
        "(launcher)" => return Kind::Launcher,
        "(table of contents and cookie)" | "(whole file)" | "(index and footer)" => return Kind::Tables,
        _ => {}
    }
    if change.change != ChangeKind::Changed {
        return Kind::Collected;
    }
    let kinds: BTreeSet<Kind> = change.findings.iter().map(of_finding).collect();
    // From the gravest on: an entry whose code differs needs no other reason.
    let gravest = [
        Kind::ChangedBytes,
        Kind::Code,
        Kind::Native,
        Kind::Data,
        Kind::Collected,
        Kind::Path,
        Kind::Time,
        Kind::References,
        Kind::Compressor,
    ];
    gravest.into_iter().find(|kind| kinds.contains(kind)).unwrap_or(Kind::Unknown)
}

fn of_finding(finding: &Finding) -> Kind {
    let of_words = |(a, b): (&str, &str), other: Kind| match (a, b) {
        (a, b) if bytes::are_paths(a, b) => Kind::Path,
        (a, b) if bytes::are_times(a, b) => Kind::Time,
        _ => other,
    };
    match finding {
        Finding::Letter { .. } => Kind::Collected,
        Finding::Form { .. } => Kind::Form,
        Finding::Compressor { .. } => Kind::Compressor,
        Finding::Damaged { .. } => Kind::ChangedBytes,
        Finding::References { .. } => Kind::References,
        Finding::Section(_) => Kind::Native,
        Finding::Time { .. } => Kind::Time,
        Finding::Line(line) => of_words((&line.words.0, &line.words.1), Kind::Data),
        Finding::Bytes(_) => Kind::Data,
        Finding::Code(code) => match &code.what {
            What::FileName { .. } => Kind::Path,
            What::SetOrder { .. } => Kind::References,
            What::Constant { a, b, .. } => {
                let (a, b) = bytes::differing_words(a, b);
                of_words((&a, &b), Kind::Code)
            }
            _ => Kind::Code,
        },
    }
}

/// Headers of the bootloader and what follows the package (section headers, a signature) hold offsets, sizes or hashes of
/// the package: with another package they are others, too. Another bootloader differs in more.
fn tables(changes: &mut [Change], moved: &[Moved]) {
    let contents = changes.iter().any(|change| !change.name.starts_with('('));
    if !contents && moved.is_empty() {
        return;
    }
    let few = |change: &Change| {
        let counted = change.findings.iter().map(|finding| match finding {
            Finding::Bytes(bytes) if bytes.size_a == bytes.size_b => bytes.count,
            Finding::Section(section) if section.bytes.size_a == section.bytes.size_b => section.bytes.count,
            _ => u64::MAX,
        });
        counted.fold(0, u64::saturating_add) <= HEADER_BYTES
    };
    let bootloader = changes.iter().find(|change| change.name == "(bootloader)");
    if bootloader.is_none_or(few) {
        for change in changes.iter_mut().filter(|change| ["(bootloader)", TRAILER].contains(&change.name.as_str())) {
            change.cause = Kind::Tables;
        }
    }
}

/// A RECORD differs because a file that it lists does; scripts outside site-packages name the venv's path.
fn records(changes: &mut [Change]) {
    let causes: BTreeMap<String, Kind> = changes.iter().map(|change| (change.name.clone(), change.cause)).collect();
    for change in changes.iter_mut().filter(|change| change.name.ends_with(".dist-info/RECORD")) {
        let Some(Finding::Line(line)) = change.findings.first() else { continue };
        let listed = line.a.split(',').next().unwrap_or_default();
        if let Some(cause) = causes.get(listed).filter(|cause| **cause != Kind::Data) {
            change.cause = *cause;
        } else if listed.starts_with("../") {
            change.cause = Kind::Path;
        }
    }
}

/// What came and went with changed code of its owner is part of that change.
fn owners_of_code(changes: &mut [Change]) {
    let causes = [Kind::Code, Kind::Native].map(|kind| {
        let owners = changes.iter().filter(|change| change.cause == kind).map(|change| change.owner.name.clone());
        (kind, owners.collect::<BTreeSet<String>>())
    });
    for change in changes.iter_mut().filter(|change| change.cause == Kind::Collected) {
        let cause = causes.iter().find(|(_, owners)| owners.contains(&change.owner.name));
        change.cause = cause.map_or(change.cause, |(kind, _)| *kind);
    }
}

type Versions = BTreeMap<String, (String, String)>;

/// Returns the distributions that are in other versions.
fn versions(owners: &[Owners; 2]) -> Versions {
    let versions = |owners: &Owners| -> BTreeMap<String, String> {
        owners.known().filter_map(|owner| Some((owner.name.clone(), owner.version.clone()?))).collect()
    };
    let (a, b) = (versions(&owners[0]), versions(&owners[1]));
    let both = a.into_iter().filter_map(|(name, version)| Some((b.get(&name)?.clone(), name, version)));
    both.filter(|(b, _, a)| a != b).map(|(b, name, a)| (name, (a, b))).collect()
}

/// Whether another version of what holds it may explain a change.
fn comes_with_a_version(cause: Kind) -> bool {
    matches!(cause, Kind::Code | Kind::Native | Kind::Data | Kind::Collected | Kind::Path | Kind::Time | Kind::Unknown)
}

fn explain(changes: &mut [Change], kind: Kind, belongs: impl Fn(&Change) -> bool) {
    for change in changes.iter_mut().filter(|change| comes_with_a_version(change.cause) && belongs(change)) {
        change.cause = kind;
    }
}

fn wheels(changes: &mut [Change], versions: &Versions) {
    explain(changes, Kind::Wheel, |change| versions.contains_key(&change.owner.name));
}

fn pyinstaller(changes: &mut [Change]) {
    if changes.iter().any(|change| change.cause == Kind::Pyinstaller) {
        explain(changes, Kind::Pyinstaller, |change| change.owner.name == "pyinstaller");
    }
}

fn python(evidence: &Evidence<'_>, changes: &mut [Change]) {
    let [a, b] = evidence.python_libraries;
    let library = changes.iter().any(|change| change.name == a || change.name == b);
    if evidence.python[0] != evidence.python[1] || a != b || library {
        explain(changes, Kind::Python, |change| change.owner.name == "python");
    }
}

/// Another target has other native files; what is pure is the same.
fn target(evidence: &Evidence<'_>, changes: &mut [Change]) {
    let [Some(a), Some(b)] = evidence.targets else { return };
    if a == b {
        return;
    }
    let native = |change: &Change| {
        let name = change.name.to_lowercase();
        change.cause == Kind::Native || [".so", ".dylib", ".dll", ".pyd"].iter().any(|part| name.contains(part))
    };
    let owners: BTreeSet<String> =
        changes.iter().filter(|change| native(change)).map(|change| change.owner.name.clone()).collect();
    for change in changes.iter_mut() {
        let metadata = change.name.contains(".dist-info/") || change.name.contains("_sysconfigdata");
        let tool = ["python", "pyinstaller"].contains(&change.owner.name.as_str());
        let reached = native(change) || metadata || tool || owners.contains(&change.owner.name);
        if reached && (comes_with_a_version(change.cause) || change.cause == Kind::Pyinstaller || tool) {
            change.cause = Kind::Target;
        }
    }
}

fn few_bytes(evidence: &Evidence<'_>, changes: &mut [Change]) {
    let few = evidence.bytes.is_some_and(|bytes| bytes.count <= FEW_BYTES);
    let in_place = |change: &Change| {
        change.change == ChangeKind::Changed
            && change.findings.iter().all(|finding| {
                matches!(
                    finding,
                    Finding::Damaged { .. }
                        | Finding::Section(_)
                        | Finding::Bytes(_)
                        | Finding::Line(_)
                        | Finding::Code(_)
                )
            })
    };
    let has_reason = |change: &Change| matches!(change.cause, Kind::Path | Kind::Time);
    if few && changes.iter().all(|change| in_place(change) && !has_reason(change)) {
        changes.iter_mut().for_each(|change| change.cause = Kind::ChangedBytes);
    }
}

#[cfg(test)]
mod tests;
