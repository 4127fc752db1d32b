//! Artifacts: an executable for a target.
use std::fmt;
use std::str::FromStr;

use permafreeze_packaging::target::Target;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An executable for a target; as text `agent-runner-linux-amd64`: Nix's attribute, what the command line takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Artifact {
    /// The executable's name: a key of the plan's `executables`.
    pub name: String,
    /// What it runs on.
    pub target: Target,
}

/// A text that is no artifact's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no artifact: expected a name and a target, as `app-{}`", Target::ALL[0])]
pub struct UnknownArtifact {
    /// What was given.
    pub given: String,
}

impl Artifact {
    /// Returns the executable's file name in the output of its derivation, as `app` or `app.exe`.
    pub fn program(&self) -> String {
        format!("{}{}", self.name, self.target.program_suffix())
    }

    /// Returns its file name in `dist`, as `app-linux-amd64` or `app-windows-amd64.exe`.
    pub fn file_name(&self) -> String {
        format!("{self}{}", self.target.program_suffix())
    }
}

impl fmt::Display for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.name, self.target)
    }
}

impl FromStr for Artifact {
    type Err = UnknownArtifact;

    fn from_str(given: &str) -> Result<Artifact, UnknownArtifact> {
        let split = |target: Target| {
            let name = given.strip_suffix(target.name())?.strip_suffix('-')?;
            (!name.is_empty()).then(|| Artifact { name: name.to_owned(), target })
        };
        Target::ALL.into_iter().find_map(split).ok_or_else(|| UnknownArtifact { given: given.to_owned() })
    }
}

impl Serialize for Artifact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Artifact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Artifact, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_windows_have_a_suffix() {
        let names = |target| {
            let artifact = Artifact { name: "app".to_owned(), target };
            (artifact.program(), artifact.file_name())
        };
        assert_eq!(names(Target::DarwinArm64), ("app".to_owned(), "app-darwin-arm64".to_owned()));
        assert_eq!(names(Target::WindowsAmd64), ("app.exe".to_owned(), "app-windows-amd64.exe".to_owned()));
    }

    #[test]
    fn the_text_has_the_target_last() {
        for target in Target::ALL {
            let artifact = Artifact { name: "agent-runner".to_owned(), target };
            assert_eq!(artifact.to_string(), format!("agent-runner-{target}"));
            assert_eq!(artifact.to_string().parse(), Ok(artifact));
        }
        let doubled: Artifact = "app-linux-amd64-linux-arm64".parse().expect("an artifact");
        assert_eq!((doubled.name.as_str(), doubled.target), ("app-linux-amd64", Target::LinuxArm64));
    }

    #[test]
    fn a_name_or_a_target_alone_is_none() {
        for given in ["", "app", "linux-amd64", "-linux-amd64", "app-linux-amd65", "app-linux-amd64 "] {
            assert!(given.parse::<Artifact>().is_err(), "{given}");
        }
    }
}
