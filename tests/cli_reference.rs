//! `docs/cli.md` is what `--help` says. `PERMAFREEZE_UPDATE=1` writes it.
use std::fmt::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory};
use permafreeze::arguments::Cli;

const HEAD: &str = "# The command line\n\n\
                    What `permafreeze help` and `permafreeze help COMMAND` print. A test compares this page with the \
                    command;\n`PERMAFREEZE_UPDATE=1 cargo test --test cli_reference` writes it.\n";

/// Appends the help of a command and of its subcommands.
fn write(command: &Command, path: &str, page: &mut String) {
    let command = command.clone().mut_args(|argument| argument.hide_env_values(true));
    let help = command.clone().bin_name(path).term_width(100).render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    write!(page, "\n## `{path}`\n\n```text\n{}\n```\n", lines.join("\n").trim_end()).expect("a string");
    for subcommand in command.get_subcommands().filter(|it| it.get_name() != "help") {
        write(subcommand, &format!("{path} {}", subcommand.get_name()), page);
    }
}

#[test]
fn the_reference_is_current() {
    let mut page = HEAD.to_owned();
    write(&Cli::command(), "permafreeze", &mut page);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    if std::env::var_os("PERMAFREEZE_UPDATE").is_some() {
        std::fs::write(&file, &page).expect("docs/cli.md is writable");
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(there, page, "docs/cli.md is stale: run with PERMAFREEZE_UPDATE=1");
}
