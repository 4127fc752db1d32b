//! Options that every subcommand has.
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use permafreeze_packaging::target::Target;
use permafreeze_resolve::document::TomlFile;

use crate::upwards;

/// What a project's folder has.
pub const PYPROJECT: &str = "pyproject.toml";
/// The current folder.
const HERE: &str = ".";
/// The folder of the executables, in the current one or in that of a project that was found above it.
const DIST: &str = "dist";

/// Options that every subcommand has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalOptions {
    /// The folder of the project's pyproject.toml; if the current folder has none, it is searched for above, in the same git
    /// repository
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath, default_value = HERE)]
    pub project: Utf8PathBuf,
    /// The project was found above the current folder.
    #[arg(skip)]
    is_above: bool,
    /// Do not use the network
    #[arg(long, global = true, env = "PERMAFREEZE_OFFLINE", value_parser = boolean)]
    pub offline: bool,
    /// Build even where builds see this machine: no sandbox keeps them from it. The provenance says so
    #[arg(long, global = true)]
    pub allow_unsandboxed: bool,
    /// Say less: only errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Reads the value of a variable that stands for an option without value.
///
/// # Errors
/// What was expected.
pub fn boolean(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" | "" => Ok(false),
        _ => Err("expected 1, true, yes or on; or 0, false, no, off or nothing".to_owned()),
    }
}

/// Returns what reads a target and lists all of them, in the help and to shells, too.
pub fn target() -> impl TypedValueParser<Value = Target> {
    PossibleValuesParser::new(Target::ALL.map(Target::name)).try_map(|name| name.parse::<Target>())
}

/// Where executables are.
#[derive(Debug, Clone, Default, Args)]
pub struct OutDir {
    /// The folder of the executables; default: `dist` in the current folder, or in that of a project that was found above
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    out_dir: Option<Utf8PathBuf>,
}

impl OutDir {
    /// Returns the folder.
    pub fn of(&self, options: &GlobalOptions) -> Utf8PathBuf {
        let default = || if options.is_above { options.project.join(DIST) } else { DIST.into() };
        self.out_dir.clone().unwrap_or_else(default)
    }
}

impl GlobalOptions {
    /// Finds the project: where nobody has named a folder and the current one has no project, it is the nearest above.
    pub fn in_project(self) -> GlobalOptions {
        if self.project != HERE || Utf8Path::new(PYPROJECT).exists() {
            return self;
        }
        let here = Utf8Path::new(HERE).canonicalize_utf8().ok();
        match here.and_then(|here| Some(upwards::find_above(&here, PYPROJECT)?.parent()?.to_owned())) {
            Some(project) => GlobalOptions { project, is_above: true, ..self },
            None => self,
        }
    }

    /// Returns the path of a file of the project.
    pub fn project_file(&self, name: &str) -> Utf8PathBuf {
        if self.project == HERE { Utf8PathBuf::from(name) } else { self.project.join(name) }
    }

    /// Returns the project's pyproject.toml, for an option of it that decides nothing of the plan: an empty one if it cannot be read,
    /// `None` if it is malformed.
    pub fn pyproject(&self) -> Option<TomlFile> {
        let file = self.project_file(PYPROJECT);
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        TomlFile::parse(file.into_string(), text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_on_or_off_in_many_words() {
        for word in ["1", "true", "TRUE", "yes", "on"] {
            assert_eq!(boolean(word), Ok(true), "{word}");
        }
        for word in ["0", "false", "No", "off", ""] {
            assert_eq!(boolean(word), Ok(false), "{word}");
        }
        assert!(boolean("2").is_err() && boolean("maybe").is_err() && boolean(" ").is_err());
    }
}
