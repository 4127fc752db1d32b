//! Compatibility tags (PEP 425, 600): which wheels CPython takes on a platform, best first.
//!
//! The order is `packaging.tags`': a lower index is a better match.
use std::collections::BTreeMap;
use std::fmt;

use crate::platform::{Architecture, Platform, System};

/// One tag: `cp313-cp313-manylinux_2_28_x86_64`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// The interpreter: `cp313`, `py3`.
    pub python: String,
    /// The ABI: `cp313`, `abi3`, `none`.
    pub abi: String,
    /// The platform: `manylinux_2_28_x86_64`, `any`.
    pub platform: String,
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.python, self.abi, self.platform)
    }
}

/// The tags that an interpreter supports, and how well.
#[derive(Debug, Clone)]
pub struct SupportedTags {
    tags: Vec<Tag>,
    indices: BTreeMap<Tag, usize>,
}

impl SupportedTags {
    /// Returns the tags of CPython `3.minor` (with the GIL) on `platform`.
    pub fn cpython(minor: u32, platform: Platform) -> SupportedTags {
        let tags = cpython_tags(minor, &platform_tags(platform));
        let mut indices = BTreeMap::new();
        for (index, tag) in tags.iter().enumerate() {
            indices.entry(tag.clone()).or_insert(index);
        }
        SupportedTags { tags, indices }
    }

    /// Returns them, best first.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// Returns the tag's index (0 is the best), if it is supported.
    pub fn index(&self, tag: &Tag) -> Option<usize> {
        self.indices.get(tag).copied()
    }
}

fn cpython_tags(minor: u32, platforms: &[String]) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut add = |python: &str, abi: &str, platforms: &[String]| {
        tags.extend(platforms.iter().map(|platform| Tag {
            python: python.to_owned(),
            abi: abi.to_owned(),
            platform: platform.clone(),
        }));
    };
    let cpython = format!("cp3{minor}");
    let any = ["any".to_owned()];
    add(&cpython, &cpython, platforms);
    add(&cpython, "abi3", platforms);
    add(&cpython, "none", platforms);
    for older in (2..minor).rev() {
        add(&format!("cp3{older}"), "abi3", platforms);
    }
    let mut pure = vec![format!("py3{minor}"), "py3".to_owned()];
    pure.extend((0..minor).rev().map(|older| format!("py3{older}")));
    for python in &pure {
        add(python, "none", platforms);
    }
    add(&cpython, "none", &any);
    for python in &pure {
        add(python, "none", &any);
    }
    tags
}

/// Returns the platform tags of `platform`, best first.
pub fn platform_tags(platform: Platform) -> Vec<String> {
    match platform.system {
        System::Linux { glibc } => linux_tags(platform, glibc),
        System::Darwin { macos } => darwin_tags(platform.architecture, macos),
        System::Windows => vec![match platform.architecture {
            Architecture::Amd64 => "win_amd64".to_owned(),
            Architecture::Arm64 => "win_arm64".to_owned(),
        }],
    }
}

/// `linux_*` says nothing of the libc: an index does not take such wheels, a private one may have them.
fn linux_tags(platform: Platform, (major, minor): (u32, u32)) -> Vec<String> {
    let machine = platform.machine();
    let mut tags = vec![format!("linux_{machine}")];
    // No x86-64 wheel is older than glibc 2.5 (PEP 513), none of other processors than 2.17 (PEP 599).
    let oldest = if platform.architecture == Architecture::Amd64 { 5 } else { 17 };
    for minor in (oldest..=minor).rev() {
        tags.push(format!("manylinux_{major}_{minor}_{machine}"));
        let alias = match minor {
            17 => "manylinux2014",
            12 => "manylinux2010",
            5 => "manylinux1",
            _ => continue,
        };
        tags.push(format!("{alias}_{machine}"));
    }
    tags
}

fn darwin_tags(architecture: Architecture, (major, minor): (u32, u32)) -> Vec<String> {
    let formats: &[&str] = match architecture {
        Architecture::Amd64 => &["x86_64", "intel", "fat64", "fat3", "universal2", "universal"],
        Architecture::Arm64 => &["arm64", "universal2"],
    };
    // From macOS 11 on the major number counts the yearly releases, before it the minor number of 10 did.
    let mut releases: Vec<((u32, u32), &[&str])> = (11..=major).rev().map(|major| ((major, 0), formats)).collect();
    let newest = if major >= 11 { 16 } else { minor };
    match architecture {
        Architecture::Amd64 => releases.extend((4..=newest).rev().map(|minor| ((10, minor), formats))),
        // The x86-64 half of a universal2 wheel may be older than the first macOS on AArch64.
        Architecture::Arm64 => {
            releases.extend((4..=newest).rev().map(|minor| ((10, minor), &["universal2"] as &[&str])));
        }
    }
    releases
        .into_iter()
        .flat_map(|((major, minor), formats)| {
            formats.iter().map(move |format| format!("macosx_{major}_{minor}_{format}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linux(architecture: Architecture, glibc: (u32, u32)) -> Vec<String> {
        platform_tags(Platform { system: System::Linux { glibc }, architecture })
    }

    #[test]
    fn old_names_follow_their_glibc() {
        let tags = linux(Architecture::Amd64, (2, 18));
        assert_eq!(
            tags[..4],
            ["linux_x86_64", "manylinux_2_18_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"]
        );
        assert_eq!(tags.last().unwrap(), "manylinux1_x86_64");
        assert_eq!(linux(Architecture::Arm64, (2, 28)).last().unwrap(), "manylinux2014_aarch64");
    }

    #[test]
    fn an_own_abi_beats_the_stable_one_beats_pure() {
        let platform = Platform { system: System::Windows, architecture: Architecture::Amd64 };
        let supported = SupportedTags::cpython(13, platform);
        let first: Vec<String> = supported.tags().iter().take(4).map(Tag::to_string).collect();
        assert_eq!(
            first,
            ["cp313-cp313-win_amd64", "cp313-abi3-win_amd64", "cp313-none-win_amd64", "cp312-abi3-win_amd64"]
        );
        assert_eq!(supported.tags().last().unwrap().to_string(), "py30-none-any");
    }

    #[test]
    fn an_old_macos_runs_no_newer_wheel() {
        let tags =
            platform_tags(Platform { system: System::Darwin { macos: (11, 0) }, architecture: Architecture::Arm64 });
        assert_eq!(tags[..3], ["macosx_11_0_arm64", "macosx_11_0_universal2", "macosx_10_16_universal2"]);
    }
}
