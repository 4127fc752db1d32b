//! `permafreeze inspect`: what an executable holds, whose it is, what it needs.
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use permafreeze_archive::Executable;
use permafreeze_executable::report::Report;
use permafreeze_inspect::{html, inspect, text};

use crate::built::{is_of, read_report, report_beside};
use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::{files, say};

/// Arguments of `permafreeze inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// An executable of PyInstaller 6, ours or not, for any system: a file that unpacks itself, or a folder
    #[arg(value_name = "BIN")]
    executable: Utf8PathBuf,
    /// The executable's report.json, which says whose each part is; default: the one beside the executable
    #[arg(long, value_name = "FILE")]
    report: Option<Utf8PathBuf>,
    /// How many rows each table has at most; 0 for all
    #[arg(long, value_name = "N", default_value_t = 25)]
    limit: usize,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
    /// Write one self-contained page with a treemap and tables
    #[arg(long, value_name = "FILE")]
    html: Option<Utf8PathBuf>,
}

/// Runs `permafreeze inspect`.
///
/// # Errors
/// Kind `Input` if the file is not one of PyInstaller, or the report is not its.
pub fn run(args: &InspectArgs, options: &GlobalOptions) -> Outcome {
    let executable = open(&args.executable)?;
    let report = report(args)?;
    let name = args.executable.file_name().unwrap_or(args.executable.as_str());
    let inspection = inspect(name, &executable, report.as_ref()).map_err(|error| input(&args.executable, error))?;
    if let Some(path) = &args.html {
        let page = html::render(&inspection).map_err(|error| Failure::new(Kind::Bug, error))?;
        files::write(path, &page)?;
        if !options.quiet {
            say::note(&format!("wrote {path}"));
        }
    }
    if args.json {
        return say::json(&inspection);
    }
    if args.html.is_none() {
        let limit = if args.limit == 0 { usize::MAX } else { args.limit };
        return say::text(&text::render(&inspection, limit));
    }
    Ok(())
}

/// Opens an executable.
///
/// # Errors
/// Kind `Input`, with the path.
pub fn open(path: &Utf8Path) -> Result<Executable, Failure> {
    Executable::open(path).map_err(|error| input(path, error))
}

fn input(path: &Utf8Path, error: permafreeze_archive::Error) -> Failure {
    match error {
        permafreeze_archive::Error::Unreadable { .. } => Failure::new(Kind::Input, error),
        other => Failure::new(Kind::Input, format!("`{path}` is not a readable executable: {other}")),
    }
}

/// Returns the report that was named, else the one beside the executable if it is of this executable.
fn report(args: &InspectArgs) -> Result<Option<Report>, Failure> {
    if let Some(path) = &args.report {
        let report = read_report(path)?;
        if !is_of(&report, &args.executable) {
            let sha256 = &report.executable.sha256;
            let text = format!("`{path}` is the report of another executable: its sha256 is `{sha256}`");
            return Err(Failure::new(Kind::Input, text).hint("leave out `--report`: names inside say whose a part is"));
        }
        return Ok(Some(report));
    }
    report_beside(&args.executable)
}
