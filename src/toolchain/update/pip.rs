//! The newest wheel, by pip.
use camino::Utf8Path;
use permafreeze_base::sha256;
use permafreeze_packaging::wheel_file_name::WheelFileName;
use permafreeze_plan::pins::PinnedWheel;

use crate::clients;

/// Returns the newest wheel of a distribution that `wheel.within` allows, with the platform tags of `wheel`, for CPython
/// `python` (`3.13.5`). Downloads it into `folder`.
///
/// # Errors
/// What failed, in words.
pub(super) fn newest(wheel: &PinnedWheel, python: &str, folder: &Utf8Path) -> Result<PinnedWheel, String> {
    if super::is_held(wheel) {
        return Ok(wheel.clone());
    }
    let requirement = format!("{}{}", wheel.package, wheel.within.as_deref().unwrap_or_default());
    clients::pip_download(&requirement, &wheel.file, Some(python), folder)?;
    let mut files = folder.read_dir_utf8().map_err(|error| format!("`{folder}`: {error}"))?.flatten();
    let file = files.find(|entry| entry.file_name().ends_with(".whl")).ok_or("pip has downloaded no wheel")?;
    let name: WheelFileName = file.file_name().parse().map_err(|_| format!("bad wheel `{}`", file.file_name()))?;
    let (sha256, size) = sha256::of_file(file.path()).map_err(|error| error.to_string())?;
    Ok(PinnedWheel { version: name.version.clone(), file: file.file_name().to_owned(), sha256, size, ..wheel.clone() })
}
