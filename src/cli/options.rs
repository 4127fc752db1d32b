//! Options that every subcommand has.
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use permafreeze_packaging::target::Target;

/// Options that every subcommand has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalOptions {
    /// The folder of the project's pyproject.toml
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath, default_value = ".")]
    pub project: Utf8PathBuf,
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

impl GlobalOptions {
    /// Returns the path of a file of the project.
    pub fn project_file(&self, name: &str) -> Utf8PathBuf {
        if self.project == Utf8Path::new(".") { Utf8PathBuf::from(name) } else { self.project.join(name) }
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
