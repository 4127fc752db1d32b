//! `permafreeze inspect`: what an executable holds, whose it is, what it needs.
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use permafreeze_archive::Archive;
use permafreeze_executable::report::Report;
use permafreeze_inspect::{html, inspect, text};

use crate::built::{read_report, report_file};
use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::{files, hashes, say};

/// Arguments of `permafreeze inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// An executable of PyInstaller 6, ours or not, for any system
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
    let archive = open(&args.executable)?;
    let report = report(args)?;
    let name = args.executable.file_name().unwrap_or(args.executable.as_str());
    let inspection = inspect(name, &archive, report.as_ref()).map_err(|error| input(&args.executable, error))?;
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
pub fn open(path: &Utf8Path) -> Result<Archive, Failure> {
    Archive::open(path).map_err(|error| input(path, error))
}

fn input(path: &Utf8Path, error: permafreeze_archive::Error) -> Failure {
    match error {
        permafreeze_archive::Error::Unreadable { .. } => Failure::new(Kind::Input, error),
        other => Failure::new(Kind::Input, format!("`{path}` is not a readable PyInstaller executable: {other}")),
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
    for path in beside(&args.executable).into_iter().filter(|path| path.is_file()) {
        let report = read_report(&path)?;
        if is_of(&report, &args.executable) {
            return Ok(Some(report));
        }
        tracing::warn!("`{path}` is the report of another executable, it is not used");
    }
    Ok(None)
}

fn beside(executable: &Utf8Path) -> Vec<Utf8PathBuf> {
    let folder = executable.parent().unwrap_or(Utf8Path::new(""));
    let name = executable.file_name().map(|name| name.strip_suffix(".exe").unwrap_or(name));
    let linked = name.map(|name| report_file(&folder.join(format!(".{name}"))));
    linked.into_iter().chain([report_file(&folder.join(".."))]).collect()
}

fn is_of(report: &Report, executable: &Utf8Path) -> bool {
    hashes::is(executable, report.executable.size, &report.executable.blake3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_lie_beside_builds_and_in_store_paths() {
        let found = |executable: &str| beside(Utf8Path::new(executable));
        assert_eq!(
            found("dist/app-linux-amd64"),
            ["dist/.app-linux-amd64/share/permafreeze/report.json", "dist/../share/permafreeze/report.json"]
        );
        let windows = "dist/.app-windows-amd64/share/permafreeze/report.json";
        assert_eq!(found("dist/app-windows-amd64.exe")[0], windows);
    }
}
