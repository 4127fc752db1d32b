//! The bootloader of an executable for Windows: PyInstaller's, with what the plan says that Windows shows of it.
use permafreeze_executable::pe::resources::{self, Resource};
use permafreeze_executable::pe::{Checksum, default_icon, edited};
use permafreeze_plan::windows::Windows;

use super::Check;
use super::compare::difference;

/// The end of the path of PyInstaller's bootloader for programs without a console.
const WITHOUT_CONSOLE: &str = "/runw.exe";

/// Compares the bootloader with its owner's file, edited as the plan wants it.
///
/// # Errors
/// The difference.
pub(super) fn compare(check: Check<'_>, bytes: &[u8], owner: Vec<u8>) -> Result<(), String> {
    let options = check.sources.windows().cloned().unwrap_or_default();
    let path = &check.report.bootloader.path;
    if options.console == path.ends_with(WITHOUT_CONSOLE) {
        return Err(format!("`console` is `{}` in the plan", options.console));
    }
    let (mut expected, place) = edited(owner, &resources_of(check, &options)?).map_err(|error| error.to_string())?;
    let mut checksum = Checksum::default();
    checksum.update(&expected);
    let whole = check.archive.bytes();
    checksum.update(whole.get(bytes.len()..).unwrap_or_default());
    expected[place].copy_from_slice(&checksum.finish().to_le_bytes());
    difference(bytes, &expected).map_or(Ok(()), Err)
}

/// Returns the resources that the plan and PyInstaller give it.
fn resources_of(check: Check<'_>, options: &Windows) -> Result<Vec<Resource>, String> {
    let sources = check.sources;
    let read = |path: &str| -> Result<Vec<u8>, String> {
        let found = sources.of_application(path).ok_or_else(|| format!("should show `{path}`, which no source has"))?;
        found.reader.file(found.file).map_err(|error| error.to_string())
    };
    let icon = match &options.icon {
        Some(path) => read(path)?,
        None => {
            let said = &check.report.bootloader;
            let path = default_icon(&said.path, options.console);
            let found = sources.file(&said.owner, &path).ok_or_else(|| format!("has no icon `{path}`"))?;
            found.reader.file(found.file).map_err(|error| error.to_string())?
        }
    };
    let mut all = resources::icon(&icon)?;
    all.push(match &options.manifest {
        Some(path) => resources::manifest(read(path)?)?,
        None => resources::plain_manifest(options.uac_admin),
    });
    all.extend(options.version.as_ref().map(|version| resources::version(version.number, &version.texts)));
    all.sort();
    Ok(all)
}
