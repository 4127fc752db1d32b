//! Wheel file names (PEP 427): `NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl`, with compressed tag sets.
use std::cmp::Reverse;
use std::str::FromStr;

use crate::name::Name;
use crate::tag::{SupportedTags, Tag};

/// The parts of a wheel's file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelFileName {
    /// The distribution's normalised name.
    pub name: Name,
    /// The version as the file name has it.
    pub version: String,
    /// The build tag: its number and what follows it.
    pub build: Option<(u64, String)>,
    /// Every tag of the compressed tag set.
    pub tags: Vec<Tag>,
}

/// A name that is no wheel's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{file}` is not a wheel's file name: {problem}")]
pub struct InvalidWheelFileName {
    /// The file name.
    pub file: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl FromStr for WheelFileName {
    type Err = InvalidWheelFileName;
    fn from_str(file: &str) -> Result<WheelFileName, InvalidWheelFileName> {
        let error = |problem| InvalidWheelFileName { file: file.to_owned(), problem };
        let stem = file.strip_suffix(".whl").ok_or_else(|| error("it does not end in `.whl`"))?;
        let parts: Vec<&str> = stem.split('-').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return Err(error("a part is empty"));
        }
        let (name, version, build, tags) = match parts[..] {
            [name, version, python, abi, platform] => (name, version, None, [python, abi, platform]),
            [name, version, build, python, abi, platform] => (name, version, Some(build), [python, abi, platform]),
            _ => return Err(error("it has not 5 or 6 parts between `-`")),
        };
        let build = build.map(parse_build).transpose().map_err(error)?;
        Ok(WheelFileName { name: Name::new(name), version: version.to_owned(), build, tags: expand(tags) })
    }
}

fn parse_build(build: &str) -> Result<(u64, String), &'static str> {
    let digits = build.find(|character: char| !character.is_ascii_digit()).unwrap_or(build.len());
    let number = build[..digits].parse().map_err(|_| "its build tag does not begin with a number")?;
    Ok((number, build[digits..].to_owned()))
}

fn expand([pythons, abis, platforms]: [&str; 3]) -> Vec<Tag> {
    let mut tags = Vec::new();
    for python in pythons.split('.') {
        for abi in abis.split('.') {
            for platform in platforms.split('.') {
                let [python, abi, platform] = [python, abi, platform].map(str::to_ascii_lowercase);
                tags.push(Tag { python, abi, platform });
            }
        }
    }
    tags
}

impl WheelFileName {
    /// Returns the index of its best tag among `supported` (0 is the best), if it has one.
    pub fn best_index(&self, supported: &SupportedTags) -> Option<usize> {
        self.tags.iter().filter_map(|tag| supported.index(tag)).min()
    }
}

/// Returns the wheel that pip would take of these wheels of one version: the best tag wins, then the
/// highest build tag, then the first.
pub fn choose<'a, T>(wheels: impl IntoIterator<Item = (&'a WheelFileName, T)>, supported: &SupportedTags) -> Option<T> {
    wheels
        .into_iter()
        .filter_map(|(wheel, value)| Some((wheel, wheel.best_index(supported)?, value)))
        .min_by_key(|(wheel, index, _)| (*index, Reverse(wheel.build.clone())))
        .map(|(_, _, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{Architecture, Platform, System};

    fn chosen(files: &[&'static str]) -> Option<&'static str> {
        let platform = Platform { system: System::Linux { glibc: (2, 28) }, architecture: Architecture::Amd64 };
        let names: Vec<WheelFileName> = files.iter().map(|file| file.parse().unwrap()).collect();
        choose(names.iter().zip(files.iter().copied()), &SupportedTags::cpython(13, platform))
    }

    #[test]
    fn compressed_tag_sets_are_expanded() {
        let wheel: WheelFileName = "Foo_Bar-1.0-1abc-py2.py3-none-linux_x86_64.win_amd64.whl".parse().unwrap();
        assert_eq!((wheel.name.as_str(), wheel.version.as_str()), ("foo-bar", "1.0"));
        assert_eq!(wheel.build, Some((1, "abc".to_owned())));
        assert_eq!(wheel.tags.len(), 4);
    }

    #[test]
    fn the_newest_glibc_that_does_wins() {
        assert_eq!(
            chosen(&[
                "a-1-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
                "a-1-cp313-cp313-manylinux_2_28_x86_64.whl",
                "a-1-cp313-cp313-manylinux_2_34_x86_64.whl",
                "a-1-cp39-abi3-manylinux_2_28_x86_64.whl",
                "a-1-py3-none-any.whl",
            ]),
            Some("a-1-cp313-cp313-manylinux_2_28_x86_64.whl")
        );
    }

    #[test]
    fn a_better_tag_beats_a_build_tag() {
        assert_eq!(
            chosen(&["a-1-cp313-cp313-manylinux2014_x86_64.whl", "a-1-2-py3-none-any.whl"]),
            Some("a-1-cp313-cp313-manylinux2014_x86_64.whl")
        );
    }

    #[test]
    fn build_tags_are_ordered_as_numbers() {
        assert_eq!(
            chosen(&["a-1-py3-none-any.whl", "a-1-2-py3-none-any.whl", "a-1-10-py3-none-any.whl"]),
            Some("a-1-10-py3-none-any.whl")
        );
    }

    #[test]
    fn foreign_wheels_are_never_chosen() {
        assert_eq!(
            chosen(&[
                "a-1-cp313-cp313t-manylinux_2_28_x86_64.whl",
                "a-1-cp313-cp313-musllinux_1_2_x86_64.whl",
                "a-1-cp313-cp313-macosx_11_0_arm64.whl",
                "a-1-cp314-cp314-manylinux_2_28_x86_64.whl",
            ]),
            None
        );
    }

    #[test]
    fn errors_name_the_file_and_the_problem() {
        let error = |file: &str| file.parse::<WheelFileName>().unwrap_err().to_string();
        assert_eq!(error("a-1.tar.gz"), "`a-1.tar.gz` is not a wheel's file name: it does not end in `.whl`");
        assert_eq!(error("a-1.whl"), "`a-1.whl` is not a wheel's file name: it has not 5 or 6 parts between `-`");
        assert_eq!(
            error("a-1-x-py3-none-any.whl"),
            "`a-1-x-py3-none-any.whl` is not a wheel's file name: its build tag does not begin with a number"
        );
    }
}
