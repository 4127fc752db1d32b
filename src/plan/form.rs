//! The forms that an executable has.
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

    /// Returns the form that an executable has on a target: only Linux has a launcher.
    pub fn form(self, target: Target) -> Form {
        match (self, target.os()) {
            (Unpack::Cache, Os::Linux) => Form::Bundle,
            _ => Form::Onefile,
        }
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
}

impl Form {
    /// Returns whether it is the default.
    pub fn is_default(&self) -> bool {
        *self == Form::default()
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
    fn only_linux_has_a_launcher() {
        let bundles: Vec<_> =
            Target::ALL.into_iter().filter(|target| Unpack::Cache.form(*target) == Form::Bundle).collect();
        assert_eq!(bundles, [Target::LinuxAmd64, Target::LinuxArm64]);
        assert!(Target::ALL.into_iter().all(|target| Unpack::Always.form(target) == Form::Onefile));
    }
}
