//! How a command fails: the kind decides the exit code, the hint says what mends it.
use std::error::Error;
use std::io::ErrorKind;

use permafreeze_base::FileError;
use permafreeze_nix::Error as NixError;
use permafreeze_terminal::message;

/// The kind of a failure; each has one exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The user's input is wrong, or a check failed: exit code 1.
    Input,
    /// Wrong usage of the command line: exit code 2.
    Usage,
    /// Something outside failed (network, Nix, disk): exit code 3.
    Outside,
    /// An executable is not what was pinned, or not the same when built again: exit code 10.
    Differs,
    /// An executable wants more of the user's machine than the policy allows: exit code 11.
    NotPortable,
    /// An executable does not run: exit code 12.
    DoesNotRun,
    /// Bytes of an executable come from nowhere: exit code 13.
    Unaccounted,
    /// Our bug: exit code 70.
    Bug,
}

impl Kind {
    /// Returns the exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Input => 1,
            Kind::Usage => 2,
            Kind::Outside => 3,
            Kind::Differs => 10,
            Kind::NotPortable => 11,
            Kind::DoesNotRun => 12,
            Kind::Unaccounted => 13,
            Kind::Bug => 70,
        }
    }
}

/// A failed command.
#[derive(Debug)]
pub struct Failure {
    /// What kind it is.
    pub kind: Kind,
    /// What failed; printed as a chain of causes.
    pub error: Box<dyn Error + Send + Sync>,
    /// What mends it, on a line of its own.
    pub hint: Option<String>,
}

impl Failure {
    /// Makes a failure of `kind` from an error.
    pub fn new(kind: Kind, error: impl Into<Box<dyn Error + Send + Sync>>) -> Failure {
        Failure { kind, error: error.into(), hint: None }
    }

    /// Adds what mends it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what mends it, if that is known.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<impl Into<String>>) -> Failure {
        self.hint = hint.map(Into::into);
        self
    }

    /// Returns the text for stderr: `error: …`, a `  caused by: …` line per cause, `hint: …`.
    ///
    /// No text of others in it commands the terminal or begins a line.
    pub fn render(&self) -> String {
        let hint = self.hint.as_deref().map(message);
        permafreeze_base::report::text(&Shown::of(self.error.as_ref()), hint.as_deref())
    }
}

/// An error and its causes in words that a terminal may show.
#[derive(Debug)]
struct Shown {
    text: String,
    cause: Option<Box<Shown>>,
}

impl Shown {
    fn of(error: &dyn Error) -> Shown {
        Shown { text: message(&error.to_string()), cause: error.source().map(|cause| Box::new(Shown::of(cause))) }
    }
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Shown {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// A missing file is the user's to provide; every other fault of a file is the machine's.
impl From<FileError> for Failure {
    fn from(error: FileError) -> Failure {
        let kind = if error.source.kind() == ErrorKind::NotFound { Kind::Input } else { Kind::Outside };
        Failure::new(kind, error)
    }
}

/// A flake or builder that refuses its input is the user's; every other fault of Nix is the machine's.
impl From<NixError> for Failure {
    fn from(error: NixError) -> Failure {
        if let NixError::File(error) = error {
            return error.into();
        }
        let (kind, hint) = (if error.is_input() { Kind::Input } else { Kind::Outside }, error.hint());
        Failure::new(kind, error).maybe_hint(hint)
    }
}

/// What every command returns.
pub type Outcome = Result<(), Failure>;

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    fn file(kind: ErrorKind) -> FileError {
        FileError::of("read", Utf8Path::new("a"))(kind.into())
    }

    #[test]
    fn a_missing_file_is_the_users_and_every_other_fault_of_files_the_machines() {
        assert_eq!(Failure::from(file(ErrorKind::NotFound)).kind, Kind::Input);
        for kind in [ErrorKind::PermissionDenied, ErrorKind::StorageFull, ErrorKind::ReadOnlyFilesystem] {
            assert_eq!(Failure::from(file(kind)).kind, Kind::Outside, "{kind}");
            assert_eq!(Failure::from(NixError::File(file(kind))).kind, Kind::Outside, "{kind}");
        }
    }

    #[test]
    fn what_nix_refuses_is_the_users_and_what_it_cannot_do_the_machines() {
        let evaluation = NixError::Evaluation { said: "permafreeze: no such target".to_owned() };
        assert_eq!(Failure::from(evaluation).kind, Kind::Input);
        let missing = Failure::from(NixError::Missing { program: "nix" });
        assert_eq!(missing.kind, Kind::Outside);
        assert!(missing.render().contains("hint: install Nix"), "{}", missing.render());
    }
}
