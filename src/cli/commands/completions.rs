//! `permafreeze completions`: the script with which a shell completes the command line.
use clap::{Args, Command};
use clap_complete::{Shell, generate};

use crate::failure::Outcome;
use crate::say;

/// Where each shell reads the script.
const PLACES: &str = "\
Where the script goes:
  bash        permafreeze completions bash > ~/.local/share/bash-completion/completions/permafreeze
  zsh         permafreeze completions zsh > FOLDER/_permafreeze, with a FOLDER of $fpath
  fish        permafreeze completions fish > ~/.config/fish/completions/permafreeze.fish
  elvish      eval (permafreeze completions elvish | slurp), in rc.elv
  powershell  permafreeze completions powershell | Out-String | Invoke-Expression, in $PROFILE";

/// Arguments of `permafreeze completions`.
#[derive(Debug, Args)]
#[command(after_long_help = PLACES)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Runs `permafreeze completions`; `grammar` is the whole command line.
///
/// # Errors
/// Kind `Outside` if stdout cannot be written to.
pub fn run(args: &CompletionsArgs, grammar: Command) -> Outcome {
    say::verbatim(&script(args.shell, grammar))
}

fn script(shell: Shell, mut grammar: Command) -> String {
    let (name, mut script) = (grammar.get_name().to_owned(), Vec::new());
    generate(shell, &mut grammar, name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use clap::{CommandFactory, ValueEnum};

    use super::*;
    use crate::arguments::Cli;

    /// How a shell reads a script without running it; the script's path is the last argument.
    fn checker(shell: Shell) -> Vec<&'static str> {
        match shell {
            Shell::Zsh => vec!["zsh", "-n"],
            Shell::Fish => vec!["fish", "--no-execute"],
            Shell::Elvish => vec!["elvish", "-compileonly"],
            Shell::PowerShell => {
                vec!["pwsh", "-NoProfile", "-Command", "[scriptblock]::Create((Get-Content -Raw $args[0]))"]
            }
            _ => vec!["bash", "-n"],
        }
    }

    /// What only an interactive elvish has: the script sets a part of it.
    const ELVISH: &str = "var edit: = (ns [&completion:=(ns [&arg-completer=[&]])])\n";

    fn said(program: &str, arguments: &[&str]) -> Option<String> {
        let output = Command::new(program).args(arguments).output().ok()?;
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    #[test]
    fn every_script_has_every_subcommand_and_its_shell_can_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        for shell in Shell::value_variants() {
            let script = script(*shell, Cli::command());
            for subcommand in Cli::command().get_subcommands() {
                assert!(script.contains(subcommand.get_name()), "{shell}: {}", subcommand.get_name());
            }
            let file = folder.path().join(format!("{shell}.ps1"));
            let before = if *shell == Shell::Elvish { ELVISH } else { "" };
            fs::write(&file, format!("{before}{script}")).expect("written");
            let mut words = checker(*shell);
            words.push(file.to_str().expect("UTF-8"));
            // A shell that is not installed is not asked.
            let read = said(words[0], &words[1..]);
            assert!(read.is_some() || *shell != Shell::Bash, "bash is everywhere");
        }
    }

    /// Returns what bash offers for the last of `words`.
    fn offered(words: &[&str]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("script");
        fs::write(&file, script(Shell::Bash, Cli::command())).expect("written");
        let (last, count) = (words.last().expect("a word"), words.len() - 1);
        let ask = format!(
            "source {}; COMP_WORDS=({}); COMP_CWORD={count}; _permafreeze permafreeze '{last}' '{}'; echo \"${{COMPREPLY[@]}}\"",
            file.display(),
            words.iter().map(|word| format!("'{word}' ")).collect::<String>(),
            words[count - 1],
        );
        let said = said("bash", &["-c", &ask]).expect("bash is everywhere");
        said.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn bash_offers_subcommands_options_and_targets() {
        assert_eq!(offered(&["permafreeze", "comp"]), ["completions"]);
        assert_eq!(offered(&["permafreeze", "toolchain", "up"]), ["update"]);
        assert_eq!(offered(&["permafreeze", "build", "--lo"]), ["--locked"]);
        assert_eq!(offered(&["permafreeze", "init", "--target", "windows"]), ["windows-amd64"]);
        assert_eq!(offered(&["permafreeze", "completions", "el"]), ["elvish"]);
    }
}
