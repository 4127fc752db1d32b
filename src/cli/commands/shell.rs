//! `permafreeze shell`: the user's shell with the application's Python, in the place of this process; or its variables.
use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use permafreeze_process::replace;

use crate::commands::unfrozen::Unfrozen;
use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::place::word;
use crate::say;

/// The shell of a user who has not said which.
const SHELL: &str = "/bin/sh";

/// Arguments of `permafreeze shell`.
#[derive(Debug, Args)]
pub struct ShellArgs {
    /// Print the variables as lines of a shell, for direnv: `eval "$(permafreeze shell --print)"`; start nothing
    #[arg(long)]
    print: bool,
    /// Print the variables as JSON, `null` for one that is to be unset; start nothing
    #[arg(long, conflicts_with = "print")]
    json: bool,
}

/// A value, or `None`: the variable is unset.
type Variables = BTreeMap<&'static str, Option<String>>;

/// Runs `permafreeze shell`. Returns only if variables are printed, or the shell cannot be started.
///
/// # Errors
/// As [`Unfrozen::find`].
pub fn run(args: &ShellArgs, options: &GlobalOptions) -> Outcome {
    let unfrozen = Unfrozen::find(options)?;
    let program = env::current_exe().ok().and_then(|program| Utf8PathBuf::from_path_buf(program).ok());
    let path = path(&unfrozen.bin(), program.as_deref(), &env::var("PATH").unwrap_or_default());
    let variables = variables(&unfrozen.folder, &unfrozen.plan.project, path);
    if args.json {
        return say::json(&variables);
    }
    if args.print {
        return say::verbatim(&lines(&variables));
    }
    let shell = env::var("SHELL").ok().filter(|shell| !shell.is_empty()).unwrap_or_else(|| SHELL.to_owned());
    let mut command = Command::new(&shell);
    for (name, value) in &variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let error = replace(&mut command);
    Err(Failure::new(Kind::Outside, format!("cannot start the shell `{shell}`, which SHELL names: {error}")))
}

/// The variables of a virtual environment, as its `activate` sets them.
fn variables(folder: &Utf8Path, project: &str, path: String) -> Variables {
    BTreeMap::from([
        ("PATH", Some(path)),
        ("PYTHONHOME", None),
        ("VIRTUAL_ENV", Some(folder.to_string())),
        ("VIRTUAL_ENV_PROMPT", Some(project.to_owned())),
    ])
}

/// Puts the environment's programs and this one before the others, each folder once.
fn path(bin: &Utf8Path, program: Option<&Utf8Path>, path: &str) -> String {
    let own = program.and_then(Utf8Path::parent);
    let first: Vec<&str> = [Some(bin), own].into_iter().flatten().map(Utf8Path::as_str).collect();
    let others = path.split(':').filter(|folder| !folder.is_empty() && !first.contains(folder));
    first.iter().copied().chain(others).collect::<Vec<_>>().join(":")
}

fn lines(variables: &Variables) -> String {
    let line = |(name, value): (&&str, &Option<String>)| match value {
        Some(value) => format!("export {name}={}\n", word(value)),
        None => format!("unset {name}\n"),
    };
    variables.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_comes_first_and_once() {
        let of = |old: &str| path(Utf8Path::new("/e/bin"), Some(Utf8Path::new("/p/permafreeze")), old);
        assert_eq!(of("/usr/bin:/bin"), "/e/bin:/p:/usr/bin:/bin");
        assert_eq!(of(&of("/usr/bin:/bin")), of("/usr/bin:/bin"), "a shell in a shell");
        assert_eq!(of(":/usr/bin:"), "/e/bin:/p:/usr/bin", "no part is the current folder");
        assert_eq!(path(Utf8Path::new("/e/bin"), None, "/bin"), "/e/bin:/bin");
    }

    #[test]
    fn lines_are_what_a_shell_reads() {
        let found = lines(&variables(Utf8Path::new("/it's here"), "app", "/a b:/c".to_owned()));
        let expected = "export PATH='/a b:/c'\nunset PYTHONHOME\nexport VIRTUAL_ENV='/it'\\''s here'\n\
                        export VIRTUAL_ENV_PROMPT=app\n";
        assert_eq!(found, expected);
    }
}
