//! Where files are, written into the plan: with that, Nix downloads them by itself.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_fetch::run::Fetched;
use permafreeze_plan::plan::{FILE_NAME, Plan};
use permafreeze_plan::{reader, writer};
use permafreeze_resolve::address::{is_of_a_server, without_credentials};
use permafreeze_resolve::sdist::known::may_have_url;
use permafreeze_resolve::settings::has_urls;

use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::options::GlobalOptions;

/// Returns whether the project's plan is to say where its files are.
pub(super) fn are_wanted(options: &GlobalOptions) -> bool {
    options.pyproject().is_some_and(|file| has_urls(&file))
}

/// Returns the files of which the plan does not say where they are.
pub(super) fn missing(plan: &Plan) -> BTreeSet<String> {
    plan.files.iter().filter(|(_, pinned)| may_have_url(pinned)).map(|(file, _)| file.clone()).collect()
}

/// Writes into the plan where indexes have files, as they said it, but without user, password and query. What the plan has
/// already stays, and nothing else of it changes.
///
/// # Errors
/// If the plan cannot be read or written.
pub(in crate::commands) fn record(fetched: &[Fetched], options: &GlobalOptions) -> Outcome {
    let found: BTreeMap<&str, String> =
        fetched.iter().filter_map(|file| Some((file.file.as_str(), public(file)?))).collect();
    if found.is_empty() || !are_wanted(options) {
        return Ok(());
    }
    let path = options.project_file(FILE_NAME);
    let text = files::read(&path)?;
    let mut plan = reader::read(path.as_str(), &text).map_err(|error| Failure::new(Kind::Input, error))?;
    if !add(&mut plan, &found) {
        return Ok(());
    }
    let text = writer::write(&plan).map_err(|error| Failure::new(Kind::Bug, error))?;
    files::write(&path, &text)
}

/// Returns the URL of a file as everybody may read it.
fn public(file: &Fetched) -> Option<String> {
    let mut url = file.url.clone()?;
    url.set_fragment(None);
    Some(without_credentials(url.as_str())).filter(|url| is_of_a_server(url))
}

fn add(plan: &mut Plan, found: &BTreeMap<&str, String>) -> bool {
    let mut is_changed = false;
    for (name, pinned) in plan.files.iter_mut().filter(|(_, pinned)| may_have_url(pinned)) {
        pinned.url = found.get(name.as_str()).cloned();
        is_changed |= pinned.url.is_some();
    }
    is_changed
}
