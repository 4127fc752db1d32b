//! The forms that an executable has: what the options say, and what becomes of it on a target.
use permafreeze_packaging::target::{Os, Target};
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize};

/// A value of `[tool.permafreeze]` that is one of a few words.
pub trait Word: Default + PartialEq + DeserializeOwned {
    /// Every value as it is written, the default first.
    const NAMES: &'static [&'static str];

    /// Reads a value.
    fn of(name: &str) -> Option<Self> {
        let name: StrDeserializer<'_, Error> = name.into_deserializer();
        Self::deserialize(name).ok()
    }

    /// Returns whether it is the default.
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

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

impl Word for Unpack {
    const NAMES: &'static [&'static str] = &["always", "cache"];
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

impl Word for Mode {
    const NAMES: &'static [&'static str] = &["onefile", "onedir"];
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

impl Word for Compression {
    const NAMES: &'static [&'static str] = &["fast", "small"];
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

    /// Checks that all names are read, as they are written, the default's first, and no other word.
    fn check<T: Word + Serialize>() {
        for name in T::NAMES {
            let value = T::of(name).expect("a known name");
            assert_eq!(serde_json::to_string(&value).expect("JSON"), format!("\"{name}\""));
            assert_eq!(value.is_default(), *name == T::NAMES[0]);
        }
        assert!(T::of("best").is_none() && T::of("").is_none());
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        check::<Unpack>();
        check::<Mode>();
        check::<Compression>();
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
