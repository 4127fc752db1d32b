//! Libraries where they lie at run time: does dyld find there what they need, and does macOS load them at all?
//!
//! Nearly every library is taken as it is: wheels name their own libraries by `@loader_path`, and folders stay as they
//! are. One that names another by where it was on the machine that built it gets the place in the executable instead;
//! one for arm64 whose signature is missing or does not hold is signed, since macOS ends programs that load it.
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use permafreeze_object::format::{Native, Signature};

use super::super::{Change, Collected, Search};
use super::search::MachO;
use super::{LOADER_PATH, RPATH, base_name, below_loader, is_of_system, may_be_of_system};
use crate::error::LinkError;
use crate::load::{FileId, Objects};
use crate::macho::{Image, MachOError};

/// The machine on which everything must be signed, in Nix's words.
const SIGNED_MACHINE: &str = "aarch64";

/// Returns the libraries that must be changed, by their destinations.
///
/// # Errors
/// [`LinkError::Change`] if one cannot be changed; if an object cannot be read.
pub(super) fn changes(
    search: &MachO,
    objects: &Objects,
    collected: &Collected,
) -> Result<BTreeMap<String, Change>, LinkError> {
    let folder = Folder::new(search, objects, collected);
    let inherited = folder.inherited();
    let mut changes = BTreeMap::new();
    for (dest, (file, native)) in &folder.libraries {
        let plan = Plan {
            names: folder.renamed(dest, *file, native, inherited.get(dest)),
            sign: unsigned(native, search.machine()),
        };
        if plan.names.is_empty() && plan.sign.is_none() {
            continue;
        }
        let bytes = objects.read(*file)?;
        let signed = native.signature.is_some() || search.machine() == SIGNED_MACHINE;
        let changed = plan.apply(bytes, base_name(dest), signed).map_err(|source| LinkError::Change {
            file: objects.path(*file).to_owned(),
            owner: objects.object(file.object).owner(),
            reason: plan.reason(),
            source: Box::new(source),
        })?;
        changes.insert((*dest).to_owned(), Change { bytes: changed, reason: plan.reason() });
    }
    Ok(changes)
}

/// Returns why a library must be signed, if it must.
fn unsigned(native: &Native, machine: &str) -> Option<&'static str> {
    match native.signature {
        Some(Signature::Valid) => None,
        Some(Signature::Broken) => Some("its signature does not hold"),
        None => (machine == SIGNED_MACHINE).then_some("it has no signature"),
    }
}

/// What is done with one library.
struct Plan {
    /// Names of libraries, and what they become.
    names: BTreeMap<String, String>,
    /// Why it is signed whatever its names are.
    sign: Option<&'static str>,
}

impl Plan {
    fn apply(&self, bytes: Vec<u8>, identifier: &str, signed: bool) -> Result<Vec<u8>, MachOError> {
        let mut image = Image::parse(bytes)?;
        image.rename_needed(|name| self.names.get(name).cloned());
        if signed { image.signed(identifier) } else { image.into_bytes() }
    }

    fn reason(&self) -> String {
        let names = self.names.iter().map(|(old, new)| format!("`{old}` is `{new}`"));
        names.chain(self.sign.map(|reason| format!("signed ad hoc: {reason}"))).collect::<Vec<_>>().join("; ")
    }
}

/// The executable's folder: its libraries by their paths, and everything that has a path.
struct Folder<'a> {
    libraries: BTreeMap<&'a str, (FileId, &'a Native)>,
    collected: &'a Collected,
}

impl<'a> Folder<'a> {
    fn new(search: &MachO, objects: &'a Objects, collected: &'a Collected) -> Folder<'a> {
        let libraries = collected.files.iter().filter_map(|(dest, file)| {
            let native = objects.file(*file).native.as_ref().filter(|native| search.fits(native))?;
            Some((dest.as_str(), (*file, native)))
        });
        Folder { libraries: libraries.collect(), collected }
    }

    /// Returns, for each library, the folders of the run paths of those that load it, of those that load these, and so on.
    fn inherited(&self) -> BTreeMap<&'a str, BTreeSet<String>> {
        let mut inherited: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let mut queue: VecDeque<&str> = self.libraries.keys().copied().collect();
        while let Some(dest) = queue.pop_front() {
            let Some((_, native)) = self.libraries.get(dest) else { continue };
            let mut folders = inherited.get(dest).cloned().unwrap_or_default();
            folders.extend(run_paths(dest, native));
            for name in &native.needed {
                let Some(found) = self.look_for(dest, native, inherited.get(dest), name) else { continue };
                let known = inherited.entry(found).or_default();
                let before = known.len();
                known.extend(folders.iter().cloned());
                if known.len() > before {
                    queue.push_back(found);
                }
            }
        }
        inherited
    }

    /// Returns the library that dyld finds for a name, by its path.
    fn look_for(
        &self,
        dest: &str,
        native: &Native,
        inherited: Option<&BTreeSet<String>>,
        name: &str,
    ) -> Option<&'a str> {
        if let Some(path) = below_loader(name) {
            return self.at(&inside(folder_of(dest), path)?);
        }
        let path = name.strip_prefix(RPATH)?;
        let mut folders = run_paths(dest, native).chain(inherited.into_iter().flatten().cloned());
        folders.find_map(|folder| self.at(&inside(&folder, path)?))
    }

    /// Returns the library at a path, behind a link or not.
    fn at(&self, path: &str) -> Option<&'a str> {
        let path = self.collected.links.get(path).map_or(path, String::as_str);
        self.libraries.get_key_value(path).map(|(dest, _)| *dest)
    }

    /// Returns the needed names that dyld would not find, though the library is there, and what it would find.
    fn renamed(
        &self,
        dest: &str,
        file: FileId,
        native: &Native,
        inherited: Option<&BTreeSet<String>>,
    ) -> BTreeMap<String, String> {
        let lost = native.needed.iter().filter(|name| !is_of_system(name) && !may_be_of_system(native, name));
        let lost = lost.filter(|name| self.look_for(dest, native, inherited, name).is_none());
        let renamed = lost.filter_map(|name| {
            let found = self.by_name(name, file)?;
            Some((name.clone(), format!("{LOADER_PATH}/{}", relative(folder_of(dest), found))))
        });
        renamed.collect()
    }

    /// Returns the library that a name means wherever it is: the one that gives itself this name, else one whose file
    /// has it; of several the one of the same wheel, else none.
    fn by_name(&self, name: &str, from: FileId) -> Option<&'a str> {
        let all = || self.libraries.iter();
        let named: Vec<_> = all().filter(|(_, (_, native))| native.soname.as_deref() == Some(name)).collect();
        let filed: Vec<_> = all().filter(|(dest, _)| base_name(dest) == base_name(name)).collect();
        [named, filed].into_iter().find_map(|candidates| {
            let own: Vec<_> = candidates.iter().filter(|(_, (file, _))| file.object == from.object).collect();
            match (own.as_slice(), candidates.as_slice()) {
                ([(dest, _)], _) | ([], [(dest, _)]) => Some(**dest),
                _ => None,
            }
        })
    }
}

/// Returns the folders of a library's own run paths.
fn run_paths(dest: &str, native: &Native) -> impl Iterator<Item = String> {
    native.rpath.iter().filter_map(move |path| inside(folder_of(dest), below_loader(path)?))
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Returns the path that `path` means from `folder`, both in the executable's folder; `None` if it leads out of it.
fn inside(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Returns the way from a folder to a path, both in the executable's folder.
fn relative(folder: &str, path: &str) -> String {
    let parts = |path: &'_ str| path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (folder, path) = (parts(folder), parts(path));
    let common = folder.iter().zip(&path).take_while(|(one, other)| one == other).count();
    let up = vec!["..".to_owned(); folder.len() - common];
    up.into_iter().chain(path[common..].iter().cloned()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways() {
        assert_eq!(relative("a/b", "a/c/d.dylib"), "../c/d.dylib");
        assert_eq!(relative("", "d.dylib"), "d.dylib");
        assert_eq!(relative("python3.13/lib-dynload", "libpython3.13.dylib"), "../../libpython3.13.dylib");
        assert_eq!(relative("a", "a/d.dylib"), "d.dylib");
    }

    #[test]
    fn paths_stay_inside() {
        assert_eq!(inside("a/b", "../c/./d").as_deref(), Some("a/c/d"));
        assert_eq!(inside("a", "../../d"), None);
    }
}
