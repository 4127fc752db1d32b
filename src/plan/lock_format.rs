//! The formats of lock files, by their names, and the commands of the program that writes one: what errors and hints say
//! of a lock file comes from here.

/// A format of lock files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `poetry.lock`.
    Poetry,
    /// `uv.lock`.
    Uv,
    /// `pylock.toml` or `pylock.NAME.toml` (PEP 751).
    Pylock,
}

impl Format {
    /// Every format, in the order in which a project's lock file is looked for.
    pub const ALL: [Format; 3] = [Format::Poetry, Format::Uv, Format::Pylock];

    /// Returns the format of a file by its name, whatever folder it is in.
    pub fn of(path: &str) -> Option<Format> {
        let name = path.rsplit('/').next().unwrap_or(path);
        if let Some(format) = Format::ALL.into_iter().find(|format| format.file() == name) {
            return Some(format);
        }
        // PEP 751: `^pylock\.([^.]+)\.toml$`.
        let named = name.strip_prefix("pylock.")?.strip_suffix(".toml")?;
        (!named.is_empty() && !named.contains('.')).then_some(Format::Pylock)
    }

    /// Returns the usual name of such a file.
    pub fn file(self) -> &'static str {
        match self {
            Format::Poetry => "poetry.lock",
            Format::Uv => "uv.lock",
            Format::Pylock => "pylock.toml",
        }
    }

    /// Says what writes the file again, as a clause of a hint.
    pub fn relock(self) -> &'static str {
        match self {
            Format::Poetry => "run `poetry lock`",
            Format::Uv => "run `uv lock`",
            Format::Pylock => {
                "write it again with the tool that has written it (`uv export --format pylock.toml -o pylock.toml`)"
            }
        }
    }

    /// Says what writes a file of a version that is read, where another version is there.
    pub fn other_format(self) -> String {
        match self {
            Format::Poetry => "run `poetry lock` of Poetry 2, or `poetry lock --no-update` of Poetry 1.5 to 1.8: both \
                               keep the versions"
                .to_owned(),
            Format::Uv => "run `uv lock` of a uv that writes such a version, or update permafreeze".to_owned(),
            Format::Pylock => format!("{}, or update permafreeze", self.relock()),
        }
    }

    /// Says what to do about a file that is malformed.
    pub fn rewrite(self) -> String {
        match self {
            Format::Poetry => format!("Poetry writes this file: {} (after a merge too)", self.relock()),
            Format::Uv => format!("uv writes this file: {} (after a merge too)", self.relock()),
            Format::Pylock => format!("a tool writes this file: {}", self.relock()),
        }
    }

    /// Returns the command that requires another version of a package.
    pub fn other_version(self, package: &str) -> String {
        match self {
            Format::Poetry => format!("poetry add {package}@…"),
            Format::Uv | Format::Pylock => format!("uv add {package}==…"),
        }
    }
}

/// Says what writes the lock file `file` again; Poetry's command if it is no lock file.
pub fn relock(file: &str) -> &'static str {
    Format::of(file).unwrap_or(Format::Poetry).relock()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_told_by_the_name() {
        for (path, format) in [
            ("poetry.lock", Some(Format::Poetry)),
            ("../uv.lock", Some(Format::Uv)),
            ("/a/b/pylock.toml", Some(Format::Pylock)),
            ("pylock.deploy.toml", Some(Format::Pylock)),
            ("pylock.a.b.toml", None),
            ("pylock..toml", None),
            ("my-poetry.lock", None),
            ("Pipfile.lock", None),
            ("", None),
        ] {
            assert_eq!(Format::of(path), format, "{path}");
        }
    }

    #[test]
    fn the_command_is_that_of_the_file() {
        assert_eq!(relock("x/uv.lock"), "run `uv lock`");
        assert_eq!(relock("poetry.lock"), "run `poetry lock`");
        assert!(relock("pylock.x.toml").contains("uv export"));
    }
}
