//! Tools of the tests: `permafreeze-test-tools TOOL ARGUMENT…`; each says its arguments itself.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]
use std::error::Error;
use std::process::ExitCode;

mod assemble;
mod audit;
mod entries;
mod policies;
mod resolve;
mod sign;
mod tamper;

/// What a tool gives back: whether what it looked at is as expected.
type Outcome = Result<ExitCode, Box<dyn Error>>;

fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let tool = arguments.next().unwrap_or_default();
    let arguments: Vec<String> = arguments.collect();
    match tool.as_str() {
        "assemble" => assemble::run(&arguments),
        "audit" => audit::run(&arguments),
        "entries" => entries::run(&arguments),
        "policies" => policies::run(&arguments),
        "resolve" => resolve::run(),
        "sign" => sign::run(&arguments),
        "tamper" => tamper::run(&arguments),
        other => {
            Err(format!("no tool `{other}`: expected assemble, audit, entries, policies, resolve, sign or tamper")
                .into())
        }
    }
}
