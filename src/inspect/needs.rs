//! What an executable needs of the machine, from the facts of the native files in it.
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use permafreeze_archive::{EntryKind, Executable};
use permafreeze_object::native::{self, Format, Native};

/// The name that the bootloader has among the native files.
pub const BOOTLOADER: &str = "(bootloader)";
/// The name that a bundle's launcher has among them.
pub const LAUNCHER: &str = "(launcher)";

/// What an executable needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Needs {
    /// The newest version of each family of symbols of a library that is not inside, as `GLIBC` → 2.28.
    pub symbol_versions: BTreeMap<String, Floor>,
    /// The oldest macOS that all files run on.
    pub minimum_macos: Option<String>,
    /// Libraries that no file inside is, with how many files want them.
    pub system_libraries: BTreeMap<String, usize>,
    /// The native files, in the executable's order, launcher and bootloader first.
    pub natives: Vec<NativeFile>,
}

/// A version that must be there at least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Floor {
    /// The version, as `2.28`.
    pub version: String,
    /// The first of the files that want it.
    pub wanted_by: String,
}

/// A native file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NativeFile {
    /// Its name in the archive.
    pub name: String,
    /// The machine, as `amd64`.
    pub machine: String,
    /// The newest glibc symbol version it wants, as `2.28`.
    pub glibc: Option<String>,
    /// The libraries that it wants.
    pub needed: Vec<String>,
}

/// Returns the target that a bootloader is for, as `linux-amd64`.
pub fn target(executable: &Executable) -> Option<String> {
    let program = executable.program();
    let bytes = program.bytes();
    let native = facts(&bytes[program.bootloader()]).or_else(|| facts(bytes))?;
    let system = match native.format {
        Format::Elf => "linux",
        Format::MachO => "darwin",
        Format::Pe => "windows",
    };
    Some(format!("{system}-{}", native.machine))
}

fn facts(bytes: &[u8]) -> Option<Native> {
    native::facts(bytes).ok().flatten()
}

/// Reads the native files; what cannot be read becomes a note.
pub fn needs(executable: &Executable, notes: &mut Vec<String>) -> Needs {
    let mut found = Found::default();
    if let Some(bundle) = executable.bundle() {
        match facts(&bundle.bytes()[bundle.launcher()]) {
            Some(native) => found.add(LAUNCHER, native),
            None => notes.push("the launcher is no native file that can be read".into()),
        }
    }
    let program = executable.program();
    let bootloader = &program.bytes()[program.bootloader()];
    // A bootloader may refer to tables that lie after the package.
    match facts(bootloader).or_else(|| facts(program.bytes())) {
        Some(native) => found.add(BOOTLOADER, native),
        None => notes.push("the bootloader is no native file that can be read".into()),
    }
    for entry in executable.entries() {
        if entry.kind == EntryKind::Symlink {
            found.inside.insert(base_name(&entry.name).to_lowercase());
        }
        if entry.kind != EntryKind::Binary {
            continue;
        }
        let facts = executable.data(entry).map_err(|error| error.to_string());
        match facts.and_then(|data| native::facts(&data).map_err(|error| error.to_string())) {
            Ok(Some(native)) => found.add(&entry.name, native),
            Ok(None) => {}
            Err(error) => notes.push(format!("`{}`: {error}", entry.name.escape_debug())),
        }
    }
    found.needs()
}

#[derive(Default)]
struct Found {
    natives: Vec<(String, Native)>,
    /// Names that a loader finds inside, in lower case.
    inside: BTreeSet<String>,
}

impl Found {
    fn add(&mut self, name: &str, native: Native) {
        self.inside.insert(base_name(name).to_lowercase());
        self.inside.extend(native.soname.iter().map(|soname| base_name(soname).to_lowercase()));
        self.natives.push((name.to_owned(), native));
    }

    fn has(&self, library: &str) -> bool {
        self.inside.contains(&base_name(library).to_lowercase())
    }

    fn needs(self) -> Needs {
        let mut needs = Needs::default();
        for (name, native) in &self.natives {
            let of_system = native.versions.iter().filter(|(library, _)| !self.has(library));
            for version in of_system.flat_map(|(_, versions)| versions) {
                raise(&mut needs.symbol_versions, version, name);
            }
            needs.minimum_macos = newest([needs.minimum_macos.as_deref(), native.minimum_macos.as_deref()]);
            for library in native.needed.iter().collect::<BTreeSet<_>>() {
                if !self.has(library) {
                    *needs.system_libraries.entry(library.clone()).or_default() += 1;
                }
            }
        }
        needs.natives = self.natives.into_iter().map(|(name, native)| native_file(name, native)).collect();
        needs
    }
}

fn native_file(name: String, native: Native) -> NativeFile {
    let versions = native.versions.values().flatten().filter_map(|version| version.strip_prefix("GLIBC_"));
    NativeFile {
        name,
        glibc: newest(versions.filter(|version| !numbers(version).is_empty()).map(Some)),
        machine: native.machine,
        needed: native.needed,
    }
}

/// Takes `GLIBC_2.28` into account, if its end is a version.
fn raise(floors: &mut BTreeMap<String, Floor>, symbol: &str, file: &str) {
    let Some((family, version)) = symbol.rsplit_once('_').filter(|(_, version)| !numbers(version).is_empty()) else {
        return;
    };
    let floor = Floor { version: version.to_owned(), wanted_by: file.to_owned() };
    match floors.get_mut(family) {
        Some(known) if numbers(&known.version) >= numbers(version) => {}
        Some(known) => *known = floor,
        None => {
            floors.insert(family.to_owned(), floor);
        }
    }
}

/// Returns the numbers of a dotted version; nothing if it is none, as in `GLIBC_PRIVATE`.
fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map(str::parse).collect::<Result<_, _>>().unwrap_or_default()
}

fn newest<'a>(versions: impl IntoIterator<Item = Option<&'a str>>) -> Option<String> {
    versions.into_iter().flatten().max_by_key(|version| numbers(version)).map(str::to_owned)
}

fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_of_a_family_is_its_floor() {
        let mut floors = BTreeMap::new();
        for (symbol, file) in [("GLIBC_2.9", "a"), ("GLIBC_2.17", "b"), ("GLIBC_PRIVATE", "c"), ("GLIBC_2.17", "d")] {
            raise(&mut floors, symbol, file);
        }
        assert_eq!(floors["GLIBC"], Floor { version: "2.17".into(), wanted_by: "b".into() });
        assert_eq!(floors.len(), 1);
    }

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(newest([Some("10.15"), None, Some("11.0"), Some("9.9")]).as_deref(), Some("11.0"));
        assert_eq!(newest([]), None);
    }

    #[test]
    fn base_names_are_those_of_both_systems() {
        assert_eq!(base_name("@rpath/libz.dylib"), "libz.dylib");
        assert_eq!(base_name("numpy\\core\\x.dll"), "x.dll");
    }
}
