//! `permafreeze toolchain export` and `import`: the toolchain as files, for machines that do not build it.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_nix::Store;
use permafreeze_toolchain::assets::{self, Found};
use permafreeze_toolchain::product::check_names;
use permafreeze_toolchain::{Error, store};

use super::setting::Setting;
use super::{add_to_store, failure};
use crate::failure::{Failure, Kind, Outcome};

/// Writes what the store has of the toolchain, or what is named, into a folder.
///
/// # Errors
/// Kind `Input` if a name is not pinned, is not in the store, or is there with other bytes; `Outside` if Nix is missing
/// or a file cannot be written.
pub(super) fn export(setting: &Setting, folder: &Utf8Path, names: &[String]) -> Outcome {
    let pins = &setting.pins;
    check_names(pins, names).map_err(failure)?;
    let there = store::present(&Store::default(), pins).map_err(failure)?;
    let asked = there.into_iter().filter(|(name, _)| names.is_empty() || names.contains(name));
    let files: BTreeMap<String, Utf8PathBuf> = asked.map(|(name, path)| (name, path.as_str().into())).collect();
    let wanted =
        if names.is_empty() && files.is_empty() { pins.made.keys().cloned().collect() } else { names.to_vec() };
    let lacking: Vec<String> = wanted.into_iter().filter(|name| !files.contains_key(name)).collect();
    if !lacking.is_empty() {
        return Err(failure(Error::NotInStore { names: lacking }));
    }
    let written = assets::write(pins, &files, folder).map_err(failure)?;
    for name in written.iter().map(String::as_str).chain([assets::SUMS]) {
        setting.say(&format!("wrote {}", folder.join(name)));
    }
    Ok(())
}

/// Adds the files of a folder that are pinned to the store, to stay; says which are not.
///
/// # Errors
/// Kind `Input` if a file of the toolchain is damaged, missing or not the pinned one (what fits is added by then), or if
/// there is none; `Outside` if Nix is missing or a file cannot be read.
pub(super) fn import(setting: &Setting, folder: &Utf8Path) -> Outcome {
    let found = assets::read(&setting.pins, folder).map_err(failure)?;
    for name in &found.foreign {
        setting.say(&format!("left out: `{name}` is no file of the toolchain"));
    }
    let there = store::present(&Store::default(), &setting.pins).map_err(failure)?;
    for (name, file) in &found.pinned {
        match there.get(name) {
            Some(path) => {
                Store::default().keep(&setting.roots.join(name), path.as_str())?;
                setting.say(&format!("{name} is in the Nix store already"));
            }
            None => add_to_store(setting, name, &setting.pins.made[name], file).map_err(failure)?,
        }
    }
    judge(&found, folder)
}

/// Turns what is wrong with a folder into the failure of the command.
fn judge(found: &Found, folder: &Utf8Path) -> Outcome {
    if !found.faults.is_empty() {
        let lines: Vec<String> = found.faults.iter().map(ToString::to_string).collect();
        let hint = "get these files of this release of permafreeze again; those that fit are in the Nix store";
        return Err(Failure::new(Kind::Input, lines.join("\n")).hint(hint));
    }
    if found.pinned.is_empty() {
        let text = format!("`{folder}` has no file of the toolchain");
        return Err(Failure::new(Kind::Input, text).hint("`permafreeze toolchain export DIR` writes such a folder"));
    }
    Ok(())
}
