//! The `permafreeze` command: parses, runs, prints the error, exits.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command prints")]
use std::process::ExitCode;

use clap::Parser;
use permafreeze::arguments::Cli;
use tracing_subscriber::filter::LevelFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let level = match (cli.options.quiet, cli.options.verbose) {
        (true, _) => LevelFilter::ERROR,
        (_, 0) => LevelFilter::WARN,
        (_, 1) => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).without_time().init();
    match cli.command.run(&cli.options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprint!("{}", failure.render());
            ExitCode::from(failure.kind.exit_code())
        }
    }
}
