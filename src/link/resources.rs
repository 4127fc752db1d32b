//! What an executable for Windows shows of itself: icon, manifest, version.
use permafreeze_plan::windows::Windows;

use crate::collection::Resource;
use crate::error::LinkError;
use crate::load::FileId;
use crate::platform::pe::{resources, version};
use crate::program::Program;

/// PyInstaller's icons, by path from the folder of bootloaders.
const ICONS: &str = "images";

/// Returns the options that count for the target.
fn options(program: &Program<'_>) -> Option<Windows> {
    program.job.target.is_windows().then(|| program.job.executable.windows.clone().unwrap_or_default())
}

/// Tells whether the executable has a console: on other systems, whatever starts it decides.
pub(crate) fn has_console(program: &Program<'_>) -> bool {
    options(program).is_none_or(|options| options.console)
}

/// Returns the path of the bootloader without a console that lies beside another one: `runw.exe` beside `run.exe`.
pub(crate) fn without_console(bootloader: &str) -> String {
    match bootloader.rsplit_once('.') {
        Some((stem, suffix)) => format!("{stem}w.{suffix}"),
        None => format!("{bootloader}w"),
    }
}

/// Returns the resources that are put into a bootloader, sorted by kind and number.
///
/// # Errors
/// [`LinkError::NoFile`] and [`LinkError::Resource`] if a file that an option names is not there or is none.
pub(crate) fn of(program: &Program<'_>, bootloader: FileId) -> Result<Vec<Resource>, LinkError> {
    let Some(options) = options(program) else { return Ok(Vec::new()) };
    let icon = match &options.icon {
        Some(path) => program.application_file("windows.icon", path)?,
        None => default_icon(program, bootloader, options.console)?,
    };
    let mut all = resources::icon(&program.objects.read(icon)?).map_err(bad(program, "windows.icon", icon))?;
    all.push(match &options.manifest {
        Some(path) => {
            let file = program.application_file("windows.manifest", path)?;
            resources::manifest(program.objects.read(file)?).map_err(bad(program, "windows.manifest", file))?
        }
        None => resources::plain_manifest(options.uac_admin),
    });
    all.extend(options.version.as_ref().map(|info| resources::version(version::version_info(info))));
    all.sort();
    Ok(all)
}

/// Returns PyInstaller's icon, which lies beside the folders of its bootloaders.
fn default_icon(program: &Program<'_>, bootloader: FileId, console: bool) -> Result<FileId, LinkError> {
    let path = program.objects.path(bootloader);
    let folder = path.rsplitn(3, '/').nth(2).unwrap_or_default();
    let path = format!("{folder}/{ICONS}/icon-{}.ico", if console { "console" } else { "windowed" });
    let file = program.objects.find(bootloader.object, &path);
    file.ok_or(LinkError::NoFile { option: "PyInstaller's icon", path })
}

fn bad<'p>(program: &'p Program<'_>, option: &'static str, file: FileId) -> impl FnOnce(String) -> LinkError + 'p {
    move |problem| LinkError::Resource { option, path: program.objects.path(file).to_owned(), problem }
}
