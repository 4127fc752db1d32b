//! Which file of a locked package is installed on a target.
use std::collections::BTreeSet;

use permafreeze_packaging::name::Name;
use permafreeze_packaging::platform::{Platform, System};
use permafreeze_packaging::python::Python;
use permafreeze_packaging::tag::{SupportedTags, Tag};
use permafreeze_packaging::target::{MACOS, Target};
use permafreeze_packaging::wheel_file_name::{WheelFileName, choose};
use permafreeze_plan::lock_format::relock;
use permafreeze_plan::plan::PinnedFile;

use crate::document::TomlFile;
use crate::error::{Error, NoWheel, ways_out};
use crate::git::GitTree;
use crate::given::Given;
use crate::lockfile::{LockedFile, LockedPackage, LockedSource};
use crate::oldest::system_and_option;
use crate::sdist::choose::is_pure;
use crate::source_distribution::is_sdist;

/// The newest minor version of glibc, and the newest major one of macOS, for which a wheel is looked for.
const NEWEST: u32 = 60;
/// Files that an error names at most.
const NAMED: usize = 8;
/// What can be done about a package that is not built.
const GIVE_A_WHEEL: &str = "build a wheel of it and name it in `[tool.permafreeze]`: `wheels = [{ file = \"….whl\", \
                            sha256 = \"…\" }]`; or depend on a released version";

/// A target and the wheels that it takes.
#[derive(Debug)]
pub struct Installer {
    target: Target,
    platform: Platform,
    python: Python,
    supported: SupportedTags,
    options: Options,
}

/// What the project says of the choice.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether a package without a wheel is built of its source distribution.
    pub build_sdists: bool,
    /// Wheels that the project brings.
    pub given: Vec<Given>,
}

/// Where a file comes from.
#[derive(Debug, Clone, Copy, Default)]
struct Place<'a> {
    index: Option<&'a str>,
    url: Option<&'a str>,
    path: Option<&'a str>,
}

/// A locked package as it is installed.
#[derive(Debug)]
pub enum Installed {
    /// A wheel: its file name and its pin.
    Wheel(String, PinnedFile),
    /// A source distribution that a wheel is built of: its file name and its pin.
    Sdist(String, PinnedFile),
    /// The tree of a commit that a wheel is built of.
    Tree(GitTree),
    /// A source tree: its path relative to the lock file.
    Source(String),
}

impl Installer {
    /// Returns the installer for `target`, which is this platform, and this Python.
    pub fn new(target: Target, platform: Platform, python: Python, options: Options) -> Installer {
        let supported = SupportedTags::cpython(python.minor(), platform);
        Installer { target, platform, python, supported, options }
    }

    /// Returns the oldest glibc and macOS as plans have them; of macOS only what is not the default.
    pub fn oldest_in_plan(&self) -> (Option<String>, Option<String>) {
        match self.platform.system {
            System::Linux { glibc: (major, minor) } => (Some(format!("{major}.{minor}")), None),
            System::Darwin { macos: MACOS } | System::Windows => (None, None),
            System::Darwin { macos: (major, minor) } => (None, Some(format!("{major}.{minor}"))),
        }
    }

    /// Returns what is installed for `package`.
    ///
    /// # Errors
    /// If there is no wheel for the target, or the package comes from where none is taken.
    pub fn install(&self, file: &TomlFile, package: &LockedPackage) -> Result<Installed, Error> {
        let unsupported = |source_text: String, hint: &str| Error::UnsupportedSource {
            file: file.name.clone(),
            package: format!("{} {}", package.name, package.version),
            source_text,
            hint: hint.to_owned(),
        };
        let place = Place::default();
        match &package.source {
            None => self.file(file, package, place),
            Some(LockedSource::Index { url }) => self.file(file, package, Place { index: Some(url), ..place }),
            Some(LockedSource::Url { url }) => self.file(file, package, Place { url: Some(url), ..place }),
            Some(LockedSource::File { path }) => self.file(file, package, Place { path: Some(path), ..place }),
            Some(LockedSource::Folder { path, subdirectory }) => Ok(Installed::Source(match subdirectory {
                Some(subdirectory) => permafreeze_base::path::join(path, subdirectory),
                None => permafreeze_base::path::join(".", path),
            })),
            Some(LockedSource::Git { url, commit, subdirectory }) => {
                if let Some(given) = self.given(package) {
                    return Ok(given);
                }
                if !self.options.build_sdists {
                    return Err(unsupported(
                        format!("the git repository `{url}`, and `build-sdists = false` allows no build of it"),
                        GIVE_A_WHEEL,
                    ));
                }
                let tree = GitTree::new((&package.name, &package.version), url, commit, subdirectory.as_deref());
                tree.map(Installed::Tree).ok_or_else(|| {
                    unsupported(format!("the git repository `{url}`, with no commit that is one"), relock(&file.name))
                })
            }
            Some(LockedSource::Other { kind, url }) => {
                Err(unsupported(format!("`{url}` (source type `{kind}`)"), "depend on a released version"))
            }
        }
    }

    /// Returns the package's best wheel, one of the project's own first, else its source distribution.
    fn file(&self, file: &TomlFile, package: &LockedPackage, place: Place<'_>) -> Result<Installed, Error> {
        if let Some(given) = self.given(package) {
            return Ok(given);
        }
        if let Some(chosen) = best(&package.files, &self.supported) {
            return Ok(Installed::Wheel(chosen.file.clone(), pinned(file, package, chosen, place)?));
        }
        match package.files.iter().find(|candidate| is_sdist(&candidate.file)) {
            // A wheel for a newer system is native, and so is what the source distribution would become.
            Some(sdist) if self.options.build_sdists && self.newer_system(package).is_none() => {
                Ok(Installed::Sdist(sdist.file.clone(), pinned(file, package, sdist, place)?))
            }
            _ => Err(self.no_wheel(file, package)),
        }
    }

    /// Returns the project's own wheel of a package, if there is one for the target.
    fn given(&self, package: &LockedPackage) -> Option<Installed> {
        let given = self.options.given.iter().filter(|given| given.is_of(&package.name, &package.version));
        let given = choose(given.map(|given| (&given.name, given)), &self.supported)?;
        Some(Installed::Wheel(given.file.clone(), given.pinned.clone()))
    }

    /// Tells whether the wheels of a locked version are for other Pythons alone: it is older than this one.
    pub fn is_outdated(&self, package: &LockedPackage) -> bool {
        let names: Vec<WheelFileName> = package.files.iter().filter_map(|file| file.file.parse().ok()).collect();
        !names.is_empty() && !names.iter().any(|name| is_for_python(name, &self.supported))
    }

    /// Returns the error that the package has no wheel for the target.
    pub fn no_wheel(&self, file: &TomlFile, package: &LockedPackage) -> Error {
        let wants = match self.platform.system {
            System::Linux { glibc: (major, minor) } => format!("glibc {major}.{minor}"),
            System::Darwin { macos: (major, minor) } => format!("macOS {major}.{minor}"),
            System::Windows => "Windows".to_owned(),
        };
        Error::NoWheel(Box::new(NoWheel {
            file: file.name.clone(),
            package: package.name.clone(),
            version: package.version.clone(),
            target: self.target.name(),
            wants: format!("CPython {}, {wants}", self.python),
            has: listed(&package.files, &self.supported) + &on_index(package),
            hint: self.no_wheel_hint(&file.name, package),
        }))
    }

    /// Returns the oldest glibc or macOS for which the package has a wheel, if it has none for the one that is asked for.
    pub fn newer_system(&self, package: &LockedPackage) -> Option<(u32, u32)> {
        if self.given(package).is_some() || best(&package.files, &self.supported).is_some() {
            return None;
        }
        let newer: Vec<(u32, u32)> = match self.platform.system {
            System::Linux { glibc: (major, minor) } => (minor + 1..=NEWEST).map(|minor| (major, minor)).collect(),
            System::Darwin { macos: (major, _) } => (major + 1..=NEWEST).map(|major| (major, 0)).collect(),
            System::Windows => Vec::new(),
        };
        newer.into_iter().find(|oldest| {
            let platform = self.target.platform_from(*oldest);
            best(&package.files, &SupportedTags::cpython(self.python.minor(), platform)).is_some()
        })
    }

    fn no_wheel_hint(&self, file: &str, package: &LockedPackage) -> String {
        if let Some((major, minor)) = self.newer_system(package) {
            let (system, option) = system_and_option(self.target);
            return format!(
                "it has a wheel for {system} {major}.{minor}: set `{option} = \"{major}.{minor}\"` in `[tool.permafreeze]`, \
                 or leave the option out, if the executable need not run on older systems"
            );
        }
        let target = format!("; or take `{}` out of `targets`", self.target);
        ways_out(file, &package.name, &package.version) + &target
    }
}

/// Returns the pure wheel of a package that an index has, and its pin.
pub fn pure_wheel(lock: &TomlFile, package: &LockedPackage) -> Option<(String, PinnedFile)> {
    let index = match &package.source {
        None => None,
        Some(LockedSource::Index { url }) => Some(url.as_str()),
        Some(_) => return None,
    };
    let wheel = package.files.iter().find(|file| file.file.parse().is_ok_and(|name| is_pure(&name)))?;
    Some((wheel.file.clone(), pinned(lock, package, wheel, Place { index, ..Place::default() }).ok()?))
}

/// Returns the pin of a locked file.
fn pinned(
    lock: &TomlFile,
    package: &LockedPackage,
    chosen: &LockedFile,
    place: Place<'_>,
) -> Result<PinnedFile, Error> {
    let sha256 = chosen.hash.strip_prefix("sha256:").filter(|sha256| {
        sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    });
    let Some(sha256) = sha256 else {
        return Err(lock.wrong(format!("hash of {}", chosen.file), &chosen.hash, "only `sha256:` is taken"));
    };
    Ok(PinnedFile {
        package: Name::new(&package.name).to_string(),
        version: package.version.clone(),
        sha256: sha256.to_owned(),
        size: chosen.size,
        url: chosen.url.clone().or_else(|| place.url.map(str::to_owned)),
        index: place.index.map(str::to_owned),
        path: chosen.path.clone().or_else(|| place.path.map(|path| permafreeze_base::path::join(".", path))),
        git: None,
    })
}

/// Tells whether a locked version has wheels, for whatever platform.
pub fn has_wheels(package: &LockedPackage) -> bool {
    package.files.iter().any(|file| file.file.ends_with(".whl"))
}

fn best<'a>(files: &'a [LockedFile], supported: &SupportedTags) -> Option<&'a LockedFile> {
    let wheels: Vec<(WheelFileName, &LockedFile)> =
        files.iter().filter_map(|file| Some((file.file.parse().ok()?, file))).collect();
    choose(wheels.iter().map(|(name, file)| (name, *file)), supported)
}

/// Tells whether a wheel is for a Python, on whatever platform.
fn is_for_python(name: &WheelFileName, supported: &SupportedTags) -> bool {
    let fits = |tag: &Tag| supported.tags().iter().any(|own| (&own.python, &own.abi) == (&tag.python, &tag.abi));
    name.tags.iter().any(fits)
}

/// Names what there is: wheels by their tags, those for this Python first; other files by their names.
fn listed(files: &[LockedFile], supported: &SupportedTags) -> String {
    let named = files.iter().map(|file| match file.file.parse::<WheelFileName>() {
        Ok(name) => (!is_for_python(&name, supported), format!("`{}`", tags(&file.file))),
        Err(_) => (true, format!("`{}`", file.file)),
    });
    let named: BTreeSet<(bool, String)> = named.collect();
    let mut names: Vec<String> = named.iter().take(NAMED).map(|(_, name)| name.clone()).collect();
    if named.len() > NAMED {
        names.push(format!("and {} more", named.len() - NAMED));
    }
    if names.is_empty() { "no files".to_owned() } else { names.join(", ") }
}

/// Names the index that a package is locked from, if it is not the default one.
fn on_index(package: &LockedPackage) -> String {
    match &package.source {
        Some(LockedSource::Index { url }) => format!(" on the index `{url}`"),
        _ => String::new(),
    }
}

/// Returns the compressed tag set of a wheel's file name: its last three parts.
fn tags(file: &str) -> String {
    let parts: Vec<&str> = file.trim_end_matches(".whl").split('-').collect();
    parts[parts.len().saturating_sub(3)..].join("-")
}
