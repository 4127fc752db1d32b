//! Signs a Mach-O file for one machine ad hoc, in the place of the signature that it has: `sign FILE NAME OUT`.
use std::process::ExitCode;

use permafreeze_link::macho::Image;

use crate::Outcome;

/// Runs the tool.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let [file, name, out] = arguments else { return Err("usage: sign FILE NAME OUT".into()) };
    std::fs::write(out, Image::parse(std::fs::read(file)?)?.signed(name)?)?;
    Ok(ExitCode::SUCCESS)
}
