//! The forms that an executable has: what the options say, and what becomes of it on a target.
use permafreeze_packaging::target::{Os, Target};
use serde::{Deserialize, Serialize};

/// When an executable unpacks its files (`unpack` in `[tool.permafreeze]`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unpack {
    /// At every start, into a folder that is removed at its end: PyInstaller's one-file executable.
    #[default]
    Always,
    /// At the first start, into the user's cache.
    Cache,
}

impl Unpack {
    /// Every value as it is written, the default first.
    pub const NAMES: [&str; 2] = ["always", "cache"];

    /// Reads a value.
    pub fn of(name: &str) -> Option<Unpack> {
        Unpack::NAMES
            .into_iter()
            .zip([Unpack::Always, Unpack::Cache])
            .find(|(known, _)| *known == name)
            .map(|pair| pair.1)
    }

    /// Returns whether it is the default.
    pub fn is_default(&self) -> bool {
        *self == Unpack::default()
    }
}

/// Whether an executable is one file or a folder (`mode` in `[tool.permafreeze]`; PyInstaller's `--onefile`, `--onedir`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// One file.
    #[default]
    Onefile,
    /// A folder, which is delivered as an archive and unpacked.
    Onedir,
}

impl Mode {
    /// Every value as it is written, the default first.
    pub const NAMES: [&str; 2] = ["onefile", "onedir"];

    /// Reads a value.
    pub fn of(name: &str) -> Option<Mode> {
        Mode::NAMES.into_iter().zip([Mode::Onefile, Mode::Onedir]).find(|(known, _)| *known == name).map(|pair| pair.1)
    }

    /// Returns whether it is the default.
    pub fn is_default(&self) -> bool {
        *self == Mode::default()
    }
}

/// How much a build spends on making a bundle small (`compression` in `[tool.permafreeze]`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compression {
    /// As much as a clean build does not wait for.
    #[default]
    Fast,
    /// Once for each wheel, ten to twenty times as much.
    Small,
}

impl Compression {
    /// Every value as it is written, the default first.
    pub const NAMES: [&str; 2] = ["fast", "small"];

    /// Reads a value.
    pub fn of(name: &str) -> Option<Compression> {
        let values = [Compression::Fast, Compression::Small];
        Compression::NAMES.into_iter().zip(values).find(|(known, _)| *known == name).map(|pair| pair.1)
    }

    /// Returns whether it is the default.
    pub fn is_default(&self) -> bool {
        *self == Compression::default()
    }
}

/// What an executable is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// PyInstaller's one-file executable: bootloader and archive.
    #[default]
    Onefile,
    /// Launcher, frames, index and footer.
    Bundle,
    /// A folder of program and files, and an archive of it.
    Onedir,
}

impl Form {
    /// Returns whether it is the default.
    pub fn is_default(&self) -> bool {
        *self == Form::default()
    }

    /// Returns the form that an executable with these options has on a target: only Linux has a launcher.
    pub fn of(mode: Mode, unpack: Unpack, target: Target) -> Form {
        match (mode, unpack, target.os()) {
            (Mode::Onedir, ..) => Form::Onedir,
            (Mode::Onefile, Unpack::Cache, Os::Linux) => Form::Bundle,
            (Mode::Onefile, ..) => Form::Onefile,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in Unpack::NAMES {
            let unpack = Unpack::of(name).expect("a known name");
            assert_eq!(serde_json::to_string(&unpack).expect("JSON"), format!("\"{name}\""));
        }
        assert_eq!(Unpack::of("never"), None);
        assert!(Unpack::of(Unpack::NAMES[0]).is_some_and(|unpack| unpack.is_default()));
    }

    #[test]
    fn modes_are_read_as_they_are_written() {
        for name in Mode::NAMES {
            let mode = Mode::of(name).expect("a known name");
            assert_eq!(serde_json::to_string(&mode).expect("JSON"), format!("\"{name}\""));
        }
        assert_eq!(Mode::of("folder"), None);
        assert!(Mode::of(Mode::NAMES[0]).is_some_and(|mode| mode.is_default()));
    }

    #[test]
    fn compressions_are_read_as_they_are_written() {
        for name in Compression::NAMES {
            let compression = Compression::of(name).expect("a known name");
            assert_eq!(serde_json::to_string(&compression).expect("JSON"), format!("\"{name}\""));
        }
        assert_eq!(Compression::of("best"), None);
        assert!(Compression::of(Compression::NAMES[0]).is_some_and(|compression| compression.is_default()));
    }

    #[test]
    fn only_linux_has_a_launcher() {
        let form = |mode, unpack| Target::ALL.map(|target| Form::of(mode, unpack, target));
        let of_linux = |target: Target| if target.is_linux() { Form::Bundle } else { Form::Onefile };
        assert_eq!(form(Mode::Onefile, Unpack::Cache), Target::ALL.map(of_linux));
        assert_eq!(form(Mode::Onefile, Unpack::Always), Target::ALL.map(|_| Form::Onefile));
        assert_eq!(form(Mode::Onedir, Unpack::Always), Target::ALL.map(|_| Form::Onedir));
    }
}
