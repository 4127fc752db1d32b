//! macOS: Mach-O files against what those systems have.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_object::native::Format;
use permafreeze_packaging::manylinux::Version;
use permafreeze_packaging::target::MACOS;

use super::natives::{BundledLibraries, NativeFile};
use super::{Audit, File, Rules};

const OTHER_WHEEL: &str = "choose another version of the package: its wheel is made for other systems";

/// Folders of macOS' own libraries.
const MACOS_LIBRARIES: [&str; 2] = ["/usr/lib/", "/System/Library/"];
/// What Mach-O library names begin with that are searched in the unpacked folder.
const RELATIVE: [&str; 3] = ["@rpath/", "@loader_path", "@executable_path"];

/// Checks every file and notes what the whole needs.
pub(super) fn check(natives: &[NativeFile], bundled: &BundledLibraries, rules: &Rules<'_>, audit: &mut Audit) {
    let format = Format::MachO;
    let machine = rules.target.architecture().name();
    for file in natives {
        let native = &file.native;
        if native.format != format || !native.machines.iter().any(|found| found == machine) {
            let problem = format!("is {:?} for `{}`, the target is `{}`", native.format, native.machine, rules.target);
            match file.binary {
                true => audit.findings.push(file.finding(problem, OTHER_WHEEL)),
                false => audit.notes.push(file.finding(problem, "it is data for the target, and not loaded")),
            }
            continue;
        }
        let newest = macos(file, audit);
        let wanted: BTreeSet<String> =
            native.needed.iter().filter(|library| !is_bundled(bundled, library)).cloned().collect();
        for library in &wanted {
            audit.system_libraries.entry(library.clone()).or_default().insert(file.name.clone());
            let allowed = rules.policy.libraries.iter().any(|name| name == library);
            if !allowed && !is_of_the_system(library) {
                let problem = format!("needs `{library}`, which is neither in the executable nor of the system");
                let hint = "add a package that brings it, or allow it: `libraries` in `[tool.permafreeze.policy]`";
                audit.findings.push(file.finding(problem, hint));
            }
        }
        audit.files.push(File {
            name: file.name.clone(),
            owner: file.owner.clone(),
            format,
            machine: native.machine.clone(),
            newest,
            system_libraries: wanted,
            run_paths: native.rpath.clone(),
            interpreter: native.interpreter.clone(),
            executable_stack: native.executable_stack,
            relro: None,
        });
    }
}

fn macos(file: &NativeFile, audit: &mut Audit) -> BTreeMap<String, Version> {
    let minimum = file.native.minimum_macos.as_deref().and_then(|version| version.parse::<Version>().ok());
    let Some(version) = minimum else { return BTreeMap::new() };
    audit.need("macOS", &version, file);
    let oldest = Version::from(MACOS);
    if version > oldest {
        let problem = format!("needs macOS `{version}`, executables are for `{oldest}`");
        audit.findings.push(file.finding(problem, OTHER_WHEEL));
    }
    BTreeMap::from([("macOS".to_owned(), version)])
}

/// Absolute names are looked for where they say and nowhere else.
fn is_bundled(bundled: &BundledLibraries, library: &str) -> bool {
    let name = library.rsplit('/').next().unwrap_or(library);
    let relative = RELATIVE.iter().any(|prefix| library.starts_with(prefix)) || !library.contains('/');
    relative && bundled.has(name)
}

fn is_of_the_system(library: &str) -> bool {
    MACOS_LIBRARIES.iter().any(|folder| library.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_of_systems() {
        assert!(is_of_the_system("/usr/lib/libSystem.B.dylib"));
        assert!(!is_of_the_system("/usr/local/lib/libz.dylib"));
    }
}
