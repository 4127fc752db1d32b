//! The `permafreeze` command: parses, runs, prints the error, exits.
use std::io::stdin;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use permafreeze::arguments::Cli;
use permafreeze::{log, say, signals};
use permafreeze_process::{WATCH, allow_watch, watch};

fn main() -> ExitCode {
    if std::env::args_os().skip(1).eq([WATCH]) {
        watch(stdin().lock());
        return ExitCode::SUCCESS;
    }
    let cli = Cli::parse();
    log::begin(&cli.options);
    signals::listen();
    if let Ok(program) = std::env::current_exe() {
        allow_watch(program);
    }
    let outcome = cli.command.run(&cli.options, Cli::command);
    signals::done();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say::failure(&failure);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}
