//! `permafreeze toolchain update`: newer sources and wheels, then their pins.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_plan::jobs::RuntimeLibrary;
use permafreeze_toolchain::update::{LIBRARIES, update, update_libraries};
use permafreeze_toolchain::{Error, pins};

use super::setting::Setting;
use super::{failure, pins_to_write};
use crate::failure::{Failure, Kind, Outcome};
use crate::files;

/// Writes the newest versions into `nix/toolchain.json` and `nix/runtime-libraries.json`. Returns whether any is new.
///
/// # Errors
/// Kind `Outside` if a package client cannot be asked, `Input` if there is no checkout.
pub(super) fn run(setting: &mut Setting) -> Result<bool, Failure> {
    let path = pins_to_write(setting)?.to_owned();
    let before = setting.pins.clone();
    let scratch = setting.scratch();
    let changes = update(&mut setting.pins, &scratch).map_err(failure)?;
    for change in &changes {
        setting.say(&format!("{}: {} -> {}", change.name, change.from, change.to));
    }
    if setting.pins == before {
        setting.say("every source and wheel is the newest");
        return Ok(false);
    }
    libraries(setting, &path.with_file_name(LIBRARIES))?;
    pins::save(&setting.pins, &path).map_err(failure)?;
    setting.say(&format!("wrote {path}"));
    Ok(true)
}

/// Brings the list of the runtimes' C libraries up to date, from the sources themselves.
fn libraries(setting: &Setting, file: &Utf8Path) -> Outcome {
    let mut list: Vec<RuntimeLibrary> =
        serde_json::from_str(&files::read(file)?).map_err(|error| Failure::new(Kind::Input, error))?;
    setting.with_builder(|builder| {
        let sources = setting.pins.sources.iter();
        let archives: Result<BTreeMap<String, Utf8PathBuf>, Error> =
            sources.map(|(name, pinned)| Ok((name.clone(), builder.sources.source(name, pinned)?))).collect();
        update_libraries(&mut list, &setting.pins, &archives?)
    })?;
    let mut text = serde_json::to_string_pretty(&list).map_err(|error| Failure::new(Kind::Bug, error))?;
    text.push('\n');
    files::write(file, &text)
}
