//! Native libraries that the collected ones need: where they go, and what the system must have.
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use camino::Utf8Path;
use permafreeze_base::glob;

use super::{Toc, TocKind, TocSource};
use crate::error::LinkError;
use crate::load::FileId;
use crate::platform::{Change, Collected, Found, Needed, Place};
use crate::program::Program;
use crate::tree::{Entry, Mount};
use crate::warnings::Warnings;

/// End of the folder of a wheel whose files pip puts beside the interpreter, not into site-packages (PEP 427).
const OF_PREFIX: &str = ".data/data";

/// Libraries that were not found: the first that needs each, and what was found instead.
type Missing = BTreeMap<String, (FileId, Found)>;

/// Adds what the collected libraries need. A library of a package keeps its path, and one beside the standard library's
/// extension modules stays there, with a link in the top folder if the loader looks there; another one goes to the top
/// folder. `suppressed` are patterns of libraries without a link.
///
/// # Errors
/// [`LinkError::Machine`] if the only library of a needed name is for another machine, [`LinkError::NoLibrary`] if one is
/// missing that a distribution has which is not locked.
pub fn with_needed(
    program: &Program<'_>,
    mut toc: Toc,
    suppressed: &BTreeSet<String>,
    warnings: &mut Warnings,
) -> Result<Toc, LinkError> {
    let search = &program.platform.search;
    let mut missing = Missing::new();
    let mut queue: VecDeque<FileId> = toc.libraries().into_iter().map(|(_, file)| file).collect();
    let mut seen: BTreeSet<FileId> = BTreeSet::new();
    while let Some(library) = queue.pop_front() {
        if !seen.insert(library) {
            continue;
        }
        if program.objects.file(library).native.is_none() {
            let (path, owner) = (program.objects.path(library), program.objects.object(library.object).owner());
            warnings.add(format!(
                "`{path}` of `{owner}` is no native library that can be read: what it needs is not known"
            ));
        }
        for Needed { name, found } in search.closure(&program.objects, &program.tree, library) {
            if let Found::Foreign(file) = found {
                program.check_machine(file)?;
            }
            if search.is_excluded(&name) {
                continue;
            }
            match found {
                Found::Library(place) => {
                    add_library(program, &mut toc, search.file_name(&name), place, suppressed);
                    queue.push_back(place.file);
                }
                Found::Missing if search.is_provided(&name) => {}
                _ => drop(missing.entry(name).or_insert((library, found))),
            }
        }
    }
    add_missing(program, &mut toc, missing, suppressed, warnings)?;
    Ok(toc)
}

fn add_library(program: &Program<'_>, toc: &mut Toc, name: &str, place: Place, suppressed: &BTreeSet<String>) {
    let (mount, folder) = program.tree.position(place.dir);
    let source = TocSource::File(place.file);
    let folder = match mount {
        Mount::Site if !folder.ends_with(OF_PREFIX) => folder,
        // Beside the extension modules that need it.
        Mount::Runtime if folder == program.objects.runtime.dynload => program.objects.dynload().unwrap_or_default(),
        _ => String::new(),
    };
    if folder.is_empty() {
        return toc.add(name, TocKind::Binary, source);
    }
    let dest = format!("{folder}/{name}");
    toc.add(&dest, TocKind::Binary, source);
    add_link(program, toc, name, &dest, &program.tree.dir_path(place.dir).join(name), suppressed);
}

fn add_link(
    program: &Program<'_>,
    toc: &mut Toc,
    name: &str,
    target: &str,
    path: &Utf8Path,
    suppressed: &BTreeSet<String>,
) {
    let is_suppressed = || suppressed.iter().any(|pattern| glob::matches_end(pattern, path.as_str()));
    if program.platform.search.has_links() && !is_suppressed() {
        toc.add(name, TocKind::Symlink, TocSource::Link(target.to_owned()));
    }
}

/// A library that was not found, but that is collected for another reason, gets a link; else it is missing.
fn add_missing(
    program: &Program<'_>,
    toc: &mut Toc,
    missing: Missing,
    suppressed: &BTreeSet<String>,
    warnings: &mut Warnings,
) -> Result<(), LinkError> {
    let objects = &program.objects;
    let base_name = |file: FileId| objects.path(file).rsplit('/').next().unwrap_or_default().to_owned();
    let collected: BTreeMap<String, (String, FileId)> =
        toc.libraries().into_iter().map(|(dest, file)| (base_name(file), (dest, file))).collect();
    // macOS: a library may give itself the path that it had on the machine that built it.
    let is_path_of_one = |name: &str| {
        let natives = collected.values().filter_map(|(_, file)| objects.file(*file).native.as_ref());
        name.contains('/') && natives.into_iter().any(|native| native.soname.as_deref() == Some(name))
    };
    for (name, (library, found)) in missing {
        let file_name = program.platform.search.file_name(&name);
        match collected.get(file_name) {
            Some((dest, _)) if !dest.contains('/') => {}
            Some((dest, file)) => {
                if let Some(path) = program.file_path(*file) {
                    add_link(program, toc, file_name, dest, &path, suppressed);
                }
            }
            None if is_path_of_one(&name) => {}
            None => warnings.add(problem(program, name, library, found)?),
        }
    }
    Ok(())
}

/// Returns what the user should know of a library that was not found.
fn problem(program: &Program<'_>, name: String, library: FileId, found: Found) -> Result<String, LinkError> {
    let objects = &program.objects;
    let owner = |file: FileId| objects.object(file.object).owner();
    let (path, by) = (objects.path(library), owner(library));
    if let Found::Several(first, second) = found {
        let (first, second) = (owner(first), owner(second));
        return Ok(format!(
            "library `{name}`, which `{path}` of `{by}` needs, is in `{first}` and in `{second}`, with different bytes; \
             neither is taken: name the package that has it in `collect-binaries`"
        ));
    }
    match program.platform.search.provider(&name) {
        Some(provider) => {
            Err(LinkError::NoLibrary { library: name, file: path.to_owned(), owner: by.to_string(), provider })
        }
        None => Ok(format!("library `{name}`, which `{path}` of `{by}` needs, is in no package")),
    }
}

/// Returns the libraries that the target would not load as they are, changed so that it does, by their destinations.
///
/// # Errors
/// If one cannot be changed.
pub fn changes(program: &Program<'_>, toc: &Toc) -> Result<BTreeMap<String, Change>, LinkError> {
    let mut collected = Collected::default();
    for (dest, _, source) in toc.entries() {
        match source {
            TocSource::File(file) => drop(collected.files.insert(dest.to_owned(), *file)),
            TocSource::Link(target) => drop(collected.links.insert(dest.to_owned(), target.clone())),
            TocSource::Pyc(_) => {}
        }
    }
    program.platform.search.changes(&program.objects, &collected)
}

/// Returns the checksum files that lie beside the collected libraries.
pub fn checksums(program: &Program<'_>, toc: &Toc) -> Toc {
    let mut checksums = Toc::default();
    for (dest, library) in toc.libraries() {
        let Some(dir) = program.tree.place(library) else { continue };
        let (folder, name) = dest.rsplit_once('/').unwrap_or(("", &dest));
        for (path, dest) in program.platform.search.checksum_files(folder, name) {
            if let Some(Entry::File(file)) = program.tree.below(dir, Utf8Path::new(&path)) {
                checksums.add(&dest, TocKind::Data, TocSource::File(file));
            }
        }
    }
    checksums
}
