//! Windows: PE files against what every Windows has, and what protects the program.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_object::native::Format;
use permafreeze_packaging::windows;

use super::natives::{ALLOW, BundledLibraries, NativeFile};
use super::parts::BOOTLOADER;
use super::{Audit, Rules};

const LATER: &str = "it is loaded when a function of it is called first: nothing to do if your program calls none";
const PROTECTED: &str = "PyInstaller's own bootloaders are protected: lock a released version of it";
const OF_WHEEL: &str = "the wheel's maker has built it so";

/// Checks every file and notes what the whole needs.
pub(super) fn check(natives: &[NativeFile], bundled: &BundledLibraries, rules: &Rules<'_>, audit: &mut Audit) {
    for file in natives {
        if file.fits(Format::Pe, rules.target, audit) {
            protection(file, audit);
            let wanted = needed(file, bundled, rules, audit);
            delayed(file, bundled, audit);
            audit.files.push(file.listed(BTreeMap::new(), wanted));
        }
    }
}

/// Checks what a file imports; returns what of it the system must have.
fn needed(file: &NativeFile, bundled: &BundledLibraries, rules: &Rules<'_>, audit: &mut Audit) -> BTreeSet<String> {
    let needed = file.native.needed.iter().filter(|library| !bundled.has_in_any_case(library));
    let wanted: BTreeSet<String> = needed.cloned().collect();
    for library in &wanted {
        audit.system_libraries.entry(library.clone()).or_default().insert(file.name.clone());
        let allowed = rules.policy.libraries.iter().any(|name| name.eq_ignore_ascii_case(library));
        if !allowed && !windows::has_library(library) {
            let problem = format!("needs `{library}`, which is neither in the executable nor of the system");
            audit.findings.push(file.finding(problem, ALLOW));
        }
    }
    wanted
}

/// Notes what a file may want later and would not find.
fn delayed(file: &NativeFile, bundled: &BundledLibraries, audit: &mut Audit) {
    for library in &file.native.delayed {
        if !bundled.has_in_any_case(library) && !windows::has_library(library) {
            let problem = format!("may need `{library}`, which is neither in the executable nor of the system");
            audit.notes.push(file.finding(problem, LATER));
        }
    }
}

/// Checks the program's own protection, and notes that of what it loads. Control Flow Guard is the compiler's choice.
fn protection(file: &NativeFile, audit: &mut Audit) {
    let native = &file.native;
    let is_program = file.name == BOOTLOADER;
    let hint = if is_program { PROTECTED } else { OF_WHEEL };
    let required = [
        (native.position_independent, "is loaded to the same address each time (no ASLR: `DYNAMIC_BASE`)"),
        (native.no_execute, "lets the program run data (no DEP: `NX_COMPAT`)"),
    ];
    for (_, problem) in required.into_iter().filter(|(has, _)| !has) {
        let list = if is_program { &mut audit.findings } else { &mut audit.notes };
        list.push(file.finding(problem, hint));
    }
    if is_program && !native.guarded_calls {
        let problem = "does not check where calls lead (no Control Flow Guard: `GUARD_CF`)";
        audit.notes.push(file.finding(problem, hint));
    }
}

#[cfg(test)]
#[path = "pe_tests.rs"]
mod tests;
