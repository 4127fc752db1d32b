//! macOS: Mach-O files against what those systems have and load.
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use permafreeze_archive::{EntryKind, Executable};
use permafreeze_object::native::Format;
use permafreeze_packaging::manylinux::Version;
use permafreeze_packaging::target::MACOS;

use super::natives::{ALLOW, NativeFile, inside};
use super::parts::BOOTLOADER;
use super::{Audit, Rules};
use crate::finding::Finding;
use crate::macho::Signature;

const REBUILD: &str = "it was changed after it was linked, or the linker has a defect: build it again";
/// Folders of macOS' own libraries.
const SYSTEM: [&str; 2] = ["/usr/lib/", "/System/Library/"];

/// Checks every file and notes what the whole needs.
pub(super) fn check(executable: &Executable, natives: &[NativeFile], rules: &Rules<'_>, audit: &mut Audit) {
    let machine = rules.target.architecture().name();
    let folder = Folder::new(executable, natives);
    let inherited = folder.inherited();
    if !natives.iter().any(|file| file.name == BOOTLOADER) {
        audit.findings.push(Finding::new(BOOTLOADER, "is no Mach-O file, so macOS does not start it").hint(REBUILD));
    }
    for file in natives {
        if !file.fits(Format::MachO, rules.target, audit) {
            continue;
        }
        signature(file, machine, audit);
        let newest = oldest_macos(file, rules, audit);
        let wanted = needed(file, &folder, inherited.get(file.name.as_str()), rules, audit);
        audit.files.push(file.listed(newest, wanted));
    }
}

/// macOS ends programs for arm64 that load what is not signed, and on all machines those that load what has changed.
fn signature(file: &NativeFile, machine: &str, audit: &mut Audit) {
    let finding = match &file.signature {
        Some(Signature::Broken(problem)) => {
            file.finding(format!("has a signature that does not hold: it {problem}"), REBUILD)
        }
        Some(Signature::Absent) if machine == "arm64" => {
            file.finding("is not signed, so macOS does not load it", REBUILD)
        }
        None => return audit.notes.push(file.finding("is for several machines", "its signatures are not looked at")),
        Some(Signature::Absent | Signature::Holds) => return,
    };
    audit.findings.push(finding);
}

fn oldest_macos(file: &NativeFile, rules: &Rules<'_>, audit: &mut Audit) -> BTreeMap<String, Version> {
    let minimum = file.native.minimum_macos.as_deref().and_then(|version| version.parse::<Version>().ok());
    let Some(version) = minimum else { return BTreeMap::new() };
    audit.need("macOS", &version, file);
    let allowed = rules.policy.macos.as_deref().or(rules.oldest).and_then(|text| text.parse::<Version>().ok());
    let allowed = allowed.unwrap_or_else(|| Version::from(MACOS));
    if version > allowed {
        let problem = format!("needs macOS `{version}`, the policy allows `{allowed}`");
        let hint = "choose another version of the package, or allow it: `macos` in `[tool.permafreeze.policy]`";
        audit.findings.push(file.finding(problem, hint));
    }
    BTreeMap::from([("macOS".to_owned(), version)])
}

/// Checks what a file needs; returns what of it the system must have.
fn needed(
    file: &NativeFile,
    folder: &Folder<'_>,
    inherited: Option<&BTreeSet<String>>,
    rules: &Rules<'_>,
    audit: &mut Audit,
) -> BTreeSet<String> {
    let mut wanted = BTreeSet::new();
    for library in file.native.needed.iter().collect::<BTreeSet<_>>() {
        if SYSTEM.iter().any(|system| library.starts_with(system)) {
            wanted.insert(library.clone());
            audit.system_libraries.entry(library.clone()).or_default().insert(file.name.clone());
            continue;
        }
        if library.starts_with("@rpath/") {
            absolute_run_paths(file, folder, library, audit);
        }
        let allowed = file.native.weak.contains(library) || rules.policy.libraries.contains(library);
        if folder.look_for(file, inherited, library).is_none() && !allowed {
            let problem = format!("needs `{library}`, which is not in the executable where it would be looked for");
            audit.findings.push(file.finding(problem, ALLOW));
        }
    }
    wanted
}

/// Run paths before the one that leads to the library must not lead out of the unpacked folder. Others are never looked
/// at: wheels keep those of the machine that built them.
fn absolute_run_paths(file: &NativeFile, folder: &Folder<'_>, library: &str, audit: &mut Audit) {
    for path in &file.native.rpath {
        match run_path(file, path).and_then(|path| inside(&path, library.trim_start_matches("@rpath/"))) {
            Some(place) if folder.at(&place).is_some() => return,
            Some(_) => {}
            None => {
                let problem = format!("searches `{library}` in `{path}`, which is outside of the unpacked folder");
                let hint =
                    "what lies there on the user's machine would be loaded; choose another version of the package";
                audit.findings.push(file.finding(problem, hint));
            }
        }
    }
}

/// The unpacked folder: its libraries by their paths, and links to them.
struct Folder<'a> {
    files: BTreeMap<&'a str, &'a NativeFile>,
    links: BTreeMap<&'a str, String>,
}

impl<'a> Folder<'a> {
    fn new(executable: &'a Executable, natives: &'a [NativeFile]) -> Folder<'a> {
        let files = natives.iter().filter(|file| file.name != BOOTLOADER).map(|file| (file.name.as_str(), file));
        let links = executable.entries().iter().filter(|entry| entry.kind == EntryKind::Symlink);
        let links = links.filter_map(|entry| {
            let target = String::from_utf8_lossy(executable.raw(entry));
            Some((entry.name.as_str(), inside(parent(&entry.name), target.trim_end_matches('\0'))?))
        });
        Folder { files: files.collect(), links: links.collect() }
    }

    /// Returns the library at a path, behind a link or not.
    fn at(&self, path: &str) -> Option<&'a NativeFile> {
        let path = self.links.get(path).map_or(path, String::as_str);
        self.files.get(path).copied()
    }

    /// Returns what dyld finds for a name: `@rpath` stands for a library's own run paths, then for those of its loaders.
    fn look_for(&self, file: &NativeFile, inherited: Option<&BTreeSet<String>>, name: &str) -> Option<&'a NativeFile> {
        if let Some(rest) = name.strip_prefix("@rpath/") {
            let own = file.native.rpath.iter().filter_map(|path| run_path(file, path));
            let mut folders = own.chain(inherited.into_iter().flatten().cloned());
            return folders.find_map(|folder| self.at(&inside(&folder, rest)?));
        }
        self.at(&run_path(file, name)?)
    }

    /// Returns the run paths of the loaders of each library, of their loaders, and so on, as folders.
    fn inherited(&self) -> BTreeMap<&'a str, BTreeSet<String>> {
        let mut inherited: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let mut queue: VecDeque<&NativeFile> = self.files.values().copied().collect();
        while let Some(file) = queue.pop_front() {
            let known = inherited.get(file.name.as_str()).cloned().unwrap_or_default();
            let own = file.native.rpath.iter().filter_map(|path| run_path(file, path));
            let given: BTreeSet<String> = known.iter().cloned().chain(own).collect();
            for name in &file.native.needed {
                let Some(found) = self.look_for(file, Some(&known), name) else { continue };
                let folders = inherited.entry(found.name.as_str()).or_default();
                if !given.is_subset(folders) {
                    folders.extend(given.iter().cloned());
                    queue.push_back(found);
                }
            }
        }
        inherited
    }
}

/// Returns the path in the unpacked folder that `@loader_path` and what follows it mean; `None` for every other path.
fn run_path(file: &NativeFile, path: &str) -> Option<String> {
    let rest = path.strip_prefix("@loader_path")?;
    let below = rest.strip_prefix('/').or(rest.is_empty().then_some(rest))?;
    inside(parent(&file.name), below)
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
