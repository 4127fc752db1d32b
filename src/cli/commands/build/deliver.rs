//! From the store to the user's folder: the executable is copied, what it is is said.
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_packaging::target::Target;
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::expected::FileDigest;
use serde::Serialize;

use crate::built::{read_report, report_file};
use crate::failure::{Failure, Kind, Outcome};
use crate::{files, hashes, pinned};

/// One executable that was built.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Delivered {
    #[serde(skip)]
    pub artifact: Artifact,
    name: String,
    target: Target,
    /// Where it lies now.
    pub path: Utf8PathBuf,
    /// Where it lies in the store.
    store_path: Utf8PathBuf,
    /// Size in bytes.
    pub size: u64,
    /// blake3 of the bytes, lower-case hex.
    pub blake3: String,
    /// What the linker had to say.
    warnings: Vec<String>,
}

/// Copies the executable out of the store to `path`, unless it is there already. The one that `pin` pins is kept beside.
///
/// # Errors
/// If a file cannot be read or written.
pub(super) fn deliver(
    store_path: &Utf8Path,
    path: &Utf8Path,
    artifact: Artifact,
    pin: Option<&FileDigest>,
) -> Result<Delivered, Failure> {
    let report = read_report(&report_file(store_path))?;
    let (size, blake3) = (report.executable.size, report.executable.blake3);
    if !hashes::is(path, size, &blake3) {
        if let Some(pin) = pin {
            pinned::keep(path, pin)?;
        }
        files::copy_executable(&store_path.join("bin").join(&artifact.name), path)?;
    }
    Ok(Delivered {
        name: artifact.name.clone(),
        target: artifact.target,
        artifact,
        path: path.to_owned(),
        store_path: store_path.to_owned(),
        size,
        blake3,
        warnings: report.warnings,
    })
}

/// Prints what was built.
///
/// # Errors
/// None that a user can cause.
pub(super) fn report(delivered: &[Delivered], json: bool, quiet: bool, started: Instant) -> Outcome {
    if json {
        let text = serde_json::to_string_pretty(delivered).map_err(|error| Failure::new(Kind::Bug, error))?;
        println!("{text}");
    } else {
        for executable in delivered {
            println!("{}", executable.path);
        }
    }
    if !quiet {
        for Delivered { artifact, size, blake3, warnings, .. } in delivered {
            for warning in warnings {
                eprintln!("warning: {warning}");
            }
            #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
            let mib = *size as f64 / f64::from(1 << 20);
            eprintln!("{artifact}: {mib:.1} MiB, blake3 {blake3}");
        }
        eprintln!("built in {:.1} s", started.elapsed().as_secs_f64());
    }
    Ok(())
}
