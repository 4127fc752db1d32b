//! The static `permafreeze-link` tool: `permafreeze-link --job FILE --out DIR`, or both from the environment of a
//! derivation (`jobPath`, `out`).
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program prints; its library does not")]
use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_link::error::LinkError;
use permafreeze_link::job;

/// Exit code of wrong usage.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let Some((job, out)) = arguments() else {
        eprintln!("usage: permafreeze-link --job FILE --out DIR");
        return ExitCode::from(USAGE);
    };
    match run(&job, &out) {
        Ok(warnings) => {
            for warning in warnings {
                eprintln!("warning: {warning}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprint!("{}", permafreeze_base::report::text(&error, error.hint().as_deref()));
            ExitCode::FAILURE
        }
    }
}

fn run(job: &Utf8Path, out: &Utf8Path) -> Result<Vec<String>, LinkError> {
    let job = job::read(job)?;
    let scratch = std::env::temp_dir().join(format!("permafreeze-link-{}", std::process::id()));
    let scratch = Utf8PathBuf::from_path_buf(scratch)
        .unwrap_or_else(|path| Utf8PathBuf::from(path.to_string_lossy().into_owned()));
    let io = |action| {
        let path = scratch.clone();
        move |source| LinkError::Io { action, path, source }
    };
    std::fs::create_dir_all(&scratch).map_err(io("create"))?;
    let linked = permafreeze_link::link(&job, out, &scratch);
    std::fs::remove_dir_all(&scratch).map_err(io("remove"))?;
    linked
}

/// Returns the job's file and the output's folder.
fn arguments() -> Option<(Utf8PathBuf, Utf8PathBuf)> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let mut job = std::env::var("jobPath").ok();
    let mut out = std::env::var("out").ok();
    for pair in given.chunks(2) {
        let [name, value] = pair else { return None };
        match name.as_str() {
            "--job" => job = Some(value.clone()),
            "--out" => out = Some(value.clone()),
            _ => return None,
        }
    }
    Some((job?.into(), out?.into()))
}
