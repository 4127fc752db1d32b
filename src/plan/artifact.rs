//! Artifacts: an executable for a target.
use std::fmt;
use std::str::FromStr;

use camino::Utf8PathBuf;
use permafreeze_packaging::target::Target;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::form::Form;

/// What the file names of archives of folders end with: tar (POSIX.1-1988, `ustar`), compressed as of RFC 8878.
pub const ARCHIVE_SUFFIX: &str = ".tar.zst";

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
    /// Returns the path of what is delivered, in the output of its derivation: `bin/app`, `bin/app.exe` or `app.tar.zst`.
    pub fn output(&self, form: Form) -> Utf8PathBuf {
        let Artifact { name, target } = self;
        match form {
            Form::Onefile | Form::Bundle => format!("bin/{name}{}", target.program_suffix()).into(),
            Form::Onedir => format!("{name}{ARCHIVE_SUFFIX}").into(),
        }
    }

    /// Returns its file name in `dist`: `app-linux-amd64`, `app-windows-amd64.exe` or `app-linux-amd64.tar.zst`.
    pub fn file_name(&self, form: Form) -> String {
        match form {
            Form::Onefile | Form::Bundle => format!("{self}{}", self.target.program_suffix()),
            Form::Onedir => format!("{self}{ARCHIVE_SUFFIX}"),
        }
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
            [Form::Onefile, Form::Onedir].map(|form| format!("{} {}", artifact.output(form), artifact.file_name(form)))
        };
        assert_eq!(names(Target::DarwinArm64), ["bin/app app-darwin-arm64", "app.tar.zst app-darwin-arm64.tar.zst"]);
        assert_eq!(
            names(Target::WindowsAmd64),
            ["bin/app.exe app-windows-amd64.exe", "app.tar.zst app-windows-amd64.tar.zst"]
        );
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
