//! Which file of a locked package is installed on a target.
use std::collections::BTreeSet;

use permafreeze_packaging::name::Name;
use permafreeze_packaging::platform::{Platform, System};
use permafreeze_packaging::tag::{SupportedTags, Tag};
use permafreeze_packaging::target::Target;
use permafreeze_packaging::wheel_file_name::{WheelFileName, choose};
use permafreeze_plan::plan::PinnedFile;

use crate::document::TomlFile;
use crate::error::{Error, NoWheel};
use crate::lockfile::{LockedFile, LockedPackage, LockedSource};

/// The newest minor version of glibc for which a wheel is looked for, to tell the user of it.
const NEWEST_GLIBC: u32 = 60;
/// Files that an error names at most.
const NAMED: usize = 8;

/// A target and the wheels that it takes.
#[derive(Debug)]
pub struct Installer {
    target: Target,
    platform: Platform,
    python_minor: u32,
    supported: SupportedTags,
}

/// A locked package as it is installed.
#[derive(Debug)]
pub enum Installed {
    /// A wheel: its file name and its pin.
    Wheel(String, PinnedFile),
    /// A source tree: its path relative to the lock file.
    Source(String),
}

impl Installer {
    /// Returns the installer for `target` with this glibc and CPython `3.minor`.
    pub fn new(target: Target, glibc: (u32, u32), python_minor: u32) -> Installer {
        let platform = target.platform(glibc);
        Installer { target, platform, python_minor, supported: SupportedTags::cpython(python_minor, platform) }
    }

    /// Returns the platform.
    pub fn platform(&self) -> Platform {
        self.platform
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
        match &package.source {
            None => self.wheel(file, package, None, None),
            Some(LockedSource::Index { url }) => self.wheel(file, package, Some(url), None),
            Some(LockedSource::Url { url }) => self.wheel(file, package, None, Some(url)),
            Some(LockedSource::Folder { path, subdirectory }) => Ok(Installed::Source(match subdirectory {
                Some(subdirectory) => crate::tree::join(path, subdirectory),
                None => crate::tree::join(".", path),
            })),
            Some(LockedSource::File { path }) => Err(unsupported(
                format!("the local file `{path}`"),
                "put the wheel on an index and add that with `poetry source add`, or depend on its source folder",
            )),
            Some(LockedSource::Git { url }) => Err(unsupported(
                format!("the git repository `{url}`"),
                "depend on a released version, or add the repository as a submodule and depend on its path",
            )),
            Some(LockedSource::Other { kind, url }) => {
                Err(unsupported(format!("`{url}` (source type `{kind}`)"), "depend on a released version"))
            }
        }
    }

    /// Returns the package's best wheel, if it has one.
    ///
    /// # Errors
    /// If its hash is no sha256.
    pub fn try_wheel(
        &self,
        file: &TomlFile,
        package: &LockedPackage,
        index: Option<&str>,
        url: Option<&str>,
    ) -> Result<Option<Installed>, Error> {
        let Some(chosen) = best(&package.files, &self.supported) else { return Ok(None) };
        let sha256 = chosen.hash.strip_prefix("sha256:").filter(|sha256| {
            sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        });
        let Some(sha256) = sha256 else {
            return Err(file.wrong(format!("hash of {}", chosen.file), &chosen.hash, "only `sha256:` is taken"));
        };
        let pinned = PinnedFile {
            package: Name::new(&package.name).to_string(),
            version: package.version.clone(),
            sha256: sha256.to_owned(),
            size: None,
            url: url.map(str::to_owned),
            index: index.map(str::to_owned),
        };
        Ok(Some(Installed::Wheel(chosen.file.clone(), pinned)))
    }

    fn wheel(
        &self,
        file: &TomlFile,
        package: &LockedPackage,
        index: Option<&str>,
        url: Option<&str>,
    ) -> Result<Installed, Error> {
        match self.try_wheel(file, package, index, url)? {
            Some(installed) => Ok(installed),
            None => Err(self.no_wheel(file, package)),
        }
    }

    fn no_wheel(&self, file: &TomlFile, package: &LockedPackage) -> Error {
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
            wants: format!("CPython 3.{}, {wants}", self.python_minor),
            has: listed(&package.files, &self.supported),
            hint: self.no_wheel_hint(package),
        }))
    }

    fn no_wheel_hint(&self, package: &LockedPackage) -> String {
        if let System::Linux { glibc: (major, minor) } = self.platform.system {
            let newer = (minor + 1..=NEWEST_GLIBC).find(|minor| {
                let platform = self.target.platform((major, *minor));
                best(&package.files, &SupportedTags::cpython(self.python_minor, platform)).is_some()
            });
            if let Some(newer) = newer {
                return format!(
                    "it has a wheel for glibc {major}.{newer}: set `glibc = \"{major}.{newer}\"` in \
                     `[tool.permafreeze]`, if the executable need not run on older systems"
                );
            }
        }
        format!(
            "choose a version of `{0}` that has a wheel (`poetry add {0}@…`), or build one (`pip wheel {0}=={1}`), put \
             it on an index of yours and add that with `poetry source add`; then run `poetry lock`; or take `{2}` out of \
             `targets`",
            package.name, package.version, self.target
        )
    }
}

fn best<'a>(files: &'a [LockedFile], supported: &SupportedTags) -> Option<&'a LockedFile> {
    let wheels: Vec<(WheelFileName, &LockedFile)> =
        files.iter().filter_map(|file| Some((file.file.parse().ok()?, file))).collect();
    choose(wheels.iter().map(|(name, file)| (name, *file)), supported)
}

/// Names what there is: wheels by their tags, those for this Python first; other files by their names.
fn listed(files: &[LockedFile], supported: &SupportedTags) -> String {
    let for_python = |name: &WheelFileName| {
        let fits = |tag: &Tag| supported.tags().iter().any(|own| (&own.python, &own.abi) == (&tag.python, &tag.abi));
        name.tags.iter().any(fits)
    };
    let named = files.iter().map(|file| match file.file.parse::<WheelFileName>() {
        Ok(name) => (!for_python(&name), format!("`{}`", tags(&file.file))),
        Err(_) => (true, format!("`{}`", file.file)),
    });
    let named: BTreeSet<(bool, String)> = named.collect();
    let mut names: Vec<String> = named.iter().take(NAMED).map(|(_, name)| name.clone()).collect();
    if named.len() > NAMED {
        names.push(format!("and {} more", named.len() - NAMED));
    }
    if names.is_empty() { "no files".to_owned() } else { names.join(", ") }
}

/// Returns the compressed tag set of a wheel's file name: its last three parts.
fn tags(file: &str) -> String {
    let parts: Vec<&str> = file.trim_end_matches(".whl").split('-').collect();
    parts[parts.len().saturating_sub(3)..].join("-")
}
