//! Linux: ELF files against the policy.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_packaging::manylinux::{self, Demand, Version};
use permafreeze_packaging::platform::Architecture;
use permafreeze_packaging::target::DEFAULT_GLIBC;

use super::natives::{BundledLibraries, NativeFile, OTHER_WHEEL, inside};
use super::parts::{BOOTLOADER, LAUNCHER};
use super::{Audit, Rules};
use crate::finding::Finding;
use permafreeze_object::native::{Format, Relro};

/// One audit's constants.
struct Linux<'r> {
    rules: &'r Rules<'r>,
    bundled: &'r BundledLibraries,
    /// The newest glibc that may be needed.
    glibc: Version,
    architecture: Architecture,
}

/// Checks every file and notes what the whole needs.
pub(super) fn check(natives: &[NativeFile], bundled: &BundledLibraries, rules: &Rules<'_>, audit: &mut Audit) {
    let glibc = match rules.policy.glibc.as_deref().or(rules.oldest) {
        None => Ok(Version::from(DEFAULT_GLIBC)),
        Some(text) => text.parse::<Version>().map_err(|_| text),
    };
    let glibc = match glibc {
        Ok(glibc) => glibc,
        Err(text) => {
            audit.findings.push(Finding::new("the policy", format!("names the glibc `{text}`, expected as `2.28`")));
            return;
        }
    };
    audit.allowed_glibc = Some(glibc.clone());
    let linux = Linux { rules, bundled, glibc, architecture: rules.target.architecture() };
    for file in natives {
        if file.fits(Format::Elf, rules.target, audit) {
            linux.file(file, audit);
        }
    }
}

impl Linux<'_> {
    fn file(&self, file: &NativeFile, audit: &mut Audit) {
        let native = &file.native;
        let newest = self.versions(file, audit);
        for (family, version) in &newest {
            audit.need(family, version, file);
        }
        let wanted: BTreeSet<String> = native.needed.iter().filter(|name| !self.bundled.has(name)).cloned().collect();
        for library in &wanted {
            audit.system_libraries.entry(library.clone()).or_default().insert(file.name.clone());
            self.library(file, library, audit);
        }
        self.run_paths(file, audit);
        if file.name == LAUNCHER && (native.interpreter.is_some() || !native.needed.is_empty()) {
            let problem = "needs a dynamic loader or libraries, expected a static program";
            audit.findings.push(file.finding(problem, "build it with the pinned toolchain"));
        }
        if let (Some(interpreter), Some(loader)) = (&native.interpreter, self.rules.target.loader())
            && interpreter != loader
        {
            let problem = format!("wants the loader `{interpreter}`, systems have `{loader}`");
            audit.findings.push(file.finding(problem, OTHER_WHEEL));
        }
        if native.executable_stack && !self.rules.policy.executable_stack.contains(&file.name) {
            let hint = "glibc from 2.41 on refuses to load it; choose another version of the package, or name the \
                        file in `executable-stack` of `[tool.permafreeze.policy]`";
            audit.findings.push(file.finding("makes the stack executable", hint));
        }
        audit.files.push(file.listed(newest, wanted));
        if native.relro == Relro::None {
            audit.notes.push(file.finding("has no read-only relocations (RELRO)", "it was linked without `-z relro`"));
        }
    }

    /// Checks the versions that the system must have; returns the newest of each family.
    fn versions(&self, file: &NativeFile, audit: &mut Audit) -> BTreeMap<String, Version> {
        let mut newest: BTreeMap<String, Version> = BTreeMap::new();
        // By family: the worst offender, as it is written, with its library and what is allowed.
        let mut worst: BTreeMap<String, (Version, String)> = BTreeMap::new();
        for (library, versions) in file.native.versions.iter().filter(|(library, _)| !self.bundled.has(library)) {
            for version in versions {
                let family = version.split('_').next().unwrap_or_default().to_owned();
                let (found, allowed) = match manylinux::demand(version, &self.glibc, self.architecture) {
                    Demand::Glibc(found) => (found, self.glibc.clone()),
                    Demand::Newest(found, allowed) => (found, allowed),
                    Demand::Met => continue,
                    Demand::Unknown => {
                        self.unknown(file, library, version, audit);
                        continue;
                    }
                };
                if found > allowed && worst.get(&family).is_none_or(|(known, _)| *known < found) {
                    let problem = format!(
                        "needs `{version}` of `{library}`; systems with glibc `{}` have `{family}_{allowed}` at most",
                        self.glibc
                    );
                    worst.insert(family.clone(), (found.clone(), problem));
                }
                if newest.get(&family).is_none_or(|known| *known < found) {
                    newest.insert(family, found);
                }
            }
        }
        for (_, problem) in worst.into_values() {
            audit.findings.push(file.finding(problem, self.newer_hint(file)));
        }
        newest
    }

    fn newer_hint(&self, file: &NativeFile) -> String {
        let name = file.name.rsplit('/').next().unwrap_or_default();
        if file.name == BOOTLOADER {
            return "take PyInstaller's manylinux wheel".to_owned();
        }
        if file.owner.is_none() && manylinux::has_library(&self.glibc, name) {
            return "it was taken from the machine that built the executable; leave it to the user's system".to_owned();
        }
        let glibc = &self.glibc;
        format!(
            "take a version of the package that has a wheel for glibc {glibc} (`glibc = \"{glibc}\"` in \
             `[tool.permafreeze]` chooses those), or allow it: `glibc` in `[tool.permafreeze.policy]`"
        )
    }

    /// A version that no policy knows counts if it is of a library that systems have.
    fn unknown(&self, file: &NativeFile, library: &str, version: &str, audit: &mut Audit) {
        if manylinux::has_library(&self.glibc, library) {
            let problem = format!("needs `{version}` of `{library}`, which no manylinux policy allows");
            audit.findings.push(file.finding(problem, OTHER_WHEEL));
        }
    }

    fn library(&self, file: &NativeFile, library: &str, audit: &mut Audit) {
        let allowed = &self.rules.policy.libraries;
        if !manylinux::has_library(&self.glibc, library) && !allowed.iter().any(|name| name == library) {
            let problem = format!("needs `{library}`, which is not in the executable and which systems need not have");
            let hint = "add a package that brings it, or allow it: `libraries` in `[tool.permafreeze.policy]`";
            audit.findings.push(file.finding(problem, hint));
        }
    }

    /// RPATH and RUNPATH lead from the file's own folder to another one in the unpacked folder.
    fn run_paths(&self, file: &NativeFile, audit: &mut Audit) {
        let folder = file.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        for path in file.native.rpath.iter().chain(&file.native.runpath).filter(|path| !path.is_empty()) {
            let rest = path.strip_prefix("$ORIGIN").or_else(|| path.strip_prefix("${ORIGIN}"));
            let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with('/'));
            let problem = match rest.map(|rest| inside(folder, rest.trim_start_matches('/'))) {
                Some(Some(_)) => continue,
                Some(None) => format!("searches libraries in `{path}`, which is outside of the unpacked folder"),
                None => format!("searches libraries in `{path}`, expected `$ORIGIN/…`"),
            };
            let hint = "what lies there on the user's machine would be loaded; choose another version of the package";
            audit.findings.push(file.finding(problem, hint));
        }
    }
}
