//! What an executable for Windows shows of itself: icon, manifest, version.
use permafreeze_executable::pe::default_icon;
use permafreeze_executable::pe::resources::{self, Resource};
use permafreeze_plan::windows::Windows;

use crate::error::LinkError;
use crate::load::FileId;
use crate::program::Program;

/// Returns the options that count for the target.
fn options(program: &Program<'_>) -> Option<Windows> {
    program.job.target.is_windows().then(|| program.job.executable.windows.clone().unwrap_or_default())
}

/// Tells whether the executable has a console: on other systems, whatever starts it decides.
pub(crate) fn has_console(program: &Program<'_>) -> bool {
    options(program).is_none_or(|options| options.console)
}

/// Returns the resources that are put into a bootloader, sorted by kind and number.
///
/// # Errors
/// [`LinkError::NoFile`] and [`LinkError::Resource`] if a file that an option names is not there or is none.
pub(crate) fn of(program: &Program<'_>, bootloader: FileId) -> Result<Vec<Resource>, LinkError> {
    let Some(options) = options(program) else { return Ok(Vec::new()) };
    let icon = match &options.icon {
        Some(path) => program.application_file("windows.icon", path)?,
        None => {
            let path = default_icon(program.objects.path(bootloader), options.console);
            let file = program.objects.find(bootloader.object, &path);
            file.ok_or(LinkError::NoFile { option: "PyInstaller's icon", path })?
        }
    };
    let mut all = resources::icon(&program.objects.read(icon)?).map_err(bad(program, "windows.icon", icon))?;
    all.push(match &options.manifest {
        Some(path) => {
            let file = program.application_file("windows.manifest", path)?;
            resources::manifest(program.objects.read(file)?).map_err(bad(program, "windows.manifest", file))?
        }
        None => resources::plain_manifest(options.uac_admin),
    });
    all.extend(options.version.as_ref().map(|version| resources::version(version.number, &version.texts)));
    all.sort();
    Ok(all)
}

fn bad<'p>(program: &'p Program<'_>, option: &'static str, file: FileId) -> impl FnOnce(String) -> LinkError + 'p {
    move |problem| LinkError::Resource { option, path: program.objects.path(file).to_owned(), problem }
}
