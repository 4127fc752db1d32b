//! Packages that cannot be had, or of which more must be known first.
use std::collections::BTreeMap;

use permafreeze_packaging::name::Name;
use permafreeze_packaging::target::Target;
use permafreeze_plan::lock_format::Format;
use permafreeze_plan::plan::PinnedFile;

use super::Error;
use crate::git::GitTree;
use crate::release::Release;
use crate::source_distribution::Sdist;

/// A locked package has no wheel for a target.
#[derive(Debug, thiserror::Error)]
#[error("`{file}`: `{package} {version}` has no wheel for {target} ({wants}); it has {has}")]
pub struct NoWheel {
    /// The lock file.
    pub file: String,
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The target.
    pub target: &'static str,
    /// What the target takes.
    pub wants: String,
    /// The files that it has.
    pub has: String,
    /// What mends it.
    pub hint: String,
}

/// A package has neither a wheel nor can one be built.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{file}`: `{package} {version}` has no wheel{}, and `{sdist}` cannot be built: {problem}",
    of_targets(lacking)
)]
pub struct NoBuild {
    /// The lock file.
    pub file: String,
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The source distribution.
    pub sdist: String,
    /// The targets for which there is no wheel, if there are some for others.
    pub lacking: Vec<Target>,
    /// Why.
    pub problem: String,
    /// What fixes it, besides what is true of every package without a wheel ([`ways_out`]).
    pub hint: Option<String>,
}

impl NoBuild {
    /// Makes the error of a source distribution that the lock file `file` has.
    pub fn new(file: &str, sdist: &Sdist, problem: String, hint: Option<String>) -> NoBuild {
        let (package, version) = (sdist.pinned.package.clone(), sdist.pinned.version.clone());
        NoBuild {
            file: file.to_owned(),
            hint: hint.or_else(|| other_version(&package, &version, sdist)),
            package,
            version,
            sdist: sdist.file.clone(),
            lacking: sdist.lacking.clone(),
            problem,
        }
    }
}

/// Source distributions of which it is not known what builds them.
#[derive(Debug, thiserror::Error)]
#[error("`{file}`: no build environment is chosen yet for {}", quoted(sdists.iter().map(|sdist| &sdist.file)))]
pub struct UnknownBuilds {
    /// The lock file.
    pub file: String,
    /// The Python that they are built for.
    pub release: Release,
    /// The source distributions.
    pub sdists: Vec<Sdist>,
    /// Pure wheels that are locked, by distribution: file name and pin.
    pub locked: BTreeMap<Name, (String, PinnedFile)>,
    /// What else is in the way.
    pub problems: Vec<Error>,
}

/// Git trees of whose archives the sha256 is not known.
#[derive(Debug, thiserror::Error)]
#[error("`{file}`: the plan has no sha256 yet of {}", quoted(trees.iter().map(|tree| &tree.file)))]
pub struct UnknownTrees {
    /// The lock file.
    pub file: String,
    /// The trees.
    pub trees: Vec<GitTree>,
    /// What else is in the way.
    pub problems: Vec<Error>,
}

impl UnknownTrees {
    /// Returns the error that says all that is in the way, where the archives are not made.
    pub fn into_error(mut self) -> Error {
        let mut problems = std::mem::take(&mut self.problems);
        problems.push(Error::Trees(Box::new(self)));
        Error::all(problems)
    }
}

impl UnknownBuilds {
    /// Returns the error that says all that is in the way, where nothing is chosen.
    pub fn into_error(mut self) -> Error {
        let mut problems = std::mem::take(&mut self.problems);
        problems.push(Error::Sdists(Box::new(self)));
        Error::all(problems)
    }
}

/// Says what can be done where a package of the lock file `file` has no wheel and none can be built.
pub fn ways_out(file: &str, package: &str, version: &str) -> String {
    let add = Format::of(file).unwrap_or(Format::Poetry).other_version(package);
    format!(
        "choose a version of `{package}` that has a wheel (`{add}`); or build one \
         (`pip wheel --no-deps {package}=={version}`) and name it in `[tool.permafreeze]`: \
         `wheels = [{{ file = \"….whl\", sha256 = \"…\" }}]`"
    )
}

/// Says for which targets, if that is known.
fn of_targets(targets: &[Target]) -> String {
    let names: Vec<String> = targets.iter().map(|target| format!("`{target}`")).collect();
    if names.is_empty() { String::new() } else { format!(" for {}", names.join(", ")) }
}

/// Says which version has a wheel: a newer one, where all wheels are for older Pythons; else an older one for one target
/// alone (PEP 508), for packages drop a platform for good.
fn other_version(package: &str, version: &str, sdist: &Sdist) -> Option<String> {
    if sdist.is_outdated {
        return Some("its wheels are for older Pythons: newer versions have some for this one".to_owned());
    }
    // A package without a wheel for the most usual target never had one.
    let [target] = &sdist.lacking[..] else { return None };
    if *target == Target::LinuxAmd64 {
        return None;
    }
    let platform = target.platform();
    Some(format!(
        "require an older version for `{target}` alone: `{package} (<{version}); sys_platform == '{}' and \
         platform_machine == '{}'`",
        platform.sys_platform(),
        platform.machine()
    ))
}

/// Names files.
fn quoted<'a>(files: impl Iterator<Item = &'a String>) -> String {
    files.map(|file| format!("`{file}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_that_a_package_has_dropped_is_named_with_the_way_out() {
        let pinned = PinnedFile {
            package: "cryptography".to_owned(),
            version: "50.0.2".to_owned(),
            sha256: String::new(),
            size: None,
            url: None,
            index: None,
            path: None,
            git: None,
        };
        let no_build = |lacking, is_outdated| {
            let (file, pinned) = ("cryptography-50.0.2.tar.gz".to_owned(), pinned.clone());
            let sdist = Sdist { file, pinned, extra: Vec::new(), subdirectory: None, lacking, is_outdated };
            NoBuild::new("poetry.lock", &sdist, "it is native".to_owned(), None)
        };
        let dropped = no_build(vec![Target::DarwinAmd64], false);
        let text = "`poetry.lock`: `cryptography 50.0.2` has no wheel for `darwin-amd64`, and \
                    `cryptography-50.0.2.tar.gz` cannot be built: it is native";
        assert_eq!(dropped.to_string(), text);
        let hint = "require an older version for `darwin-amd64` alone: `cryptography (<50.0.2); sys_platform == 'darwin' \
                    and platform_machine == 'x86_64'`";
        assert_eq!(dropped.hint.as_deref(), Some(hint));
        assert_eq!(no_build(Vec::new(), false).hint, None);
        assert_eq!(no_build(vec![Target::LinuxAmd64], false).hint, None);
        let hint = no_build(vec![Target::DarwinAmd64], true).hint.expect("a hint");
        assert_eq!(hint, "its wheels are for older Pythons: newer versions have some for this one");
    }
}
