//! `permafreeze sbom`: the bill of materials and the provenance that the build has made.
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use permafreeze_sbom::cyclonedx::Bill;
use permafreeze_sbom::{BILL, PROVENANCE};

use crate::artifact::choose;
use crate::built::{self, Built};
use crate::failure::{Failure, Kind, Outcome};
use crate::options::{GlobalOptions, OutDir};
use crate::{files, say};

/// Arguments of `permafreeze sbom`.
#[derive(Debug, Args)]
pub struct SbomArgs {
    /// Of what: targets (`linux-amd64`) or executables (`agent-runner`, `agent-runner-linux-amd64`); default: all of the plan
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Where to write: a file, or a folder that gets NAME-TARGET.cdx.json and NAME-TARGET.provenance.json of each;
    /// default: standard output
    #[arg(long, value_name = "FILE|DIR")]
    out: Option<Utf8PathBuf>,
    /// The SLSA provenance (an in-toto statement) instead of the CycloneDX bill of materials
    #[arg(long)]
    provenance: bool,
    #[command(flatten)]
    out_dir: OutDir,
}

/// Runs `permafreeze sbom`.
///
/// # Errors
/// An unknown target, several executables for one file (kind `Usage`), none built, or another one in its place (kind
/// `Input`).
pub fn run(args: &SbomArgs, options: &GlobalOptions) -> Outcome {
    let (plan, _) = built::read_plan(options)?;
    let chosen = choose(&plan, &args.targets)?;
    let folder = args.out.as_deref().filter(|out| out.is_dir() || out.as_str().ends_with('/'));
    if chosen.len() > 1 && folder.is_none() {
        let names: Vec<String> = chosen.iter().map(|artifact| format!("`{artifact}`")).collect();
        let text = format!("one file cannot take several bills of materials: {}", names.join(", "));
        return Err(Failure::new(Kind::Usage, text).hint("name one of them, or a folder: `--out FOLDER/`"));
    }
    for artifact in chosen {
        let built = Built::find(&args.out_dir.of(options), &plan, artifact)?;
        let bill: Bill = built.read(BILL)?;
        let stated = bill.metadata.component.hashes.iter().find(|hash| hash.alg == "SHA-256");
        built.check(stated.map_or("", |hash| &hash.content))?;
        let text = built.text(if args.provenance { PROVENANCE } else { BILL })?;
        match (folder, &args.out) {
            (Some(folder), _) => write_both(&built, folder)?,
            (None, Some(file)) => files::write(file, &text)?,
            (None, None) => say::verbatim(&text)?,
        }
    }
    Ok(())
}

fn write_both(built: &Built, folder: &Utf8Path) -> Outcome {
    files::create_folder(folder)?;
    for (name, ending) in [(BILL, "cdx.json"), (PROVENANCE, "provenance.json")] {
        files::write(&folder.join(format!("{}.{ending}", built.artifact)), &built.text(name)?)?;
    }
    Ok(())
}
