//! What a build of the project at hand needs: its plan, its flake, the toolchain, the files, room on the disk.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_nix::{Nix, StorePath, Substitute};
use permafreeze_packaging::python::{DEFAULT, Python};
use permafreeze_packaging::target::Target;
use permafreeze_plan::pins::Made;
use permafreeze_plan::plan::{Plan, host_python_pin, runtime_pin};
use permafreeze_toolchain::store;

use super::{Finding, State};
use crate::commands::{fetch, lock};
use crate::failure::Failure;
use crate::options::GlobalOptions;
use crate::place::FLAKE;
use crate::{files, pins_file, place};

/// Bytes that a build wants to be free: objects of a large project and its executables.
const COMFORTABLE: u64 = 4 << 30;
/// Bytes without which a build of a small project fails.
const NEEDED: u64 = 300 << 20;

/// Looks at the project, if there is one; without Nix at what needs none.
pub(super) fn findings(nix: Option<&Nix>, options: &GlobalOptions) -> Vec<Finding> {
    let mut findings = vec![disk("disk of the store", Utf8Path::new("/nix")), disk("disk of TMPDIR", &temporary())];
    let Some(plan) = plan(options, &mut findings) else {
        findings
            .extend(nix.map(|nix| toolchain(nix, DEFAULT, &[runtime_pin(DEFAULT, Target::LinuxAmd64, None)], options)));
        return findings;
    };
    findings.push(flake(&plan, options));
    let runtimes: Vec<String> =
        plan.targets.iter().map(|(target, planned)| planned.runtime_pin(plan.python, *target)).collect();
    findings.extend(nix.map(|nix| toolchain(nix, plan.python, &runtimes, options)));
    findings.extend(nix.map(|nix| fetched(nix, &plan, options)));
    findings
}

/// Makes the plan, as `lock` would, and compares; nothing if there is no project or it is not in order.
fn plan(options: &GlobalOptions, findings: &mut Vec<Finding>) -> Option<Plan> {
    if !lock::has_lock(options) {
        let hint = "run in the folder of a project that Poetry or uv has locked, or give it with `--project DIR`";
        let text = format!("no lock file in `{}`", options.project);
        findings.push(Finding::bad(State::Warning, "project", text, hint));
        return None;
    }
    findings.push(Finding::ok("project", options.project.to_string()));
    match lock::state(options) {
        Ok((plan, None)) => {
            findings.push(Finding::ok("plan", "it is up to date"));
            Some(plan)
        }
        // `build` makes it anew.
        Ok((plan, Some(stale))) => {
            findings.push(Finding { state: State::Warning, ..Finding::failure("plan", &stale) });
            Some(plan)
        }
        Err(failure) => {
            findings.push(Finding::failure("plan", &failure));
            None
        }
    }
}

fn flake(plan: &Plan, options: &GlobalOptions) -> Finding {
    let found = place::find(options).and_then(|flake| {
        place::check_sources(&flake, plan, options)?;
        Ok(flake)
    });
    match found {
        Ok(flake) if flake.code.is_some() && flake.folder.join(FLAKE).is_file() => {
            Finding::ok("flake", format!("{FLAKE} in `{}` is not for permafreeze, which builds without", flake.folder))
        }
        Ok(flake) if flake.code.is_some() => {
            Finding::ok("flake", format!("no {FLAKE} in `{}`: permafreeze builds without", flake.folder))
        }
        Ok(flake) => Finding::ok("flake", flake.folder.join(FLAKE).to_string()),
        Err(failure) => Finding::failure("flake", &failure),
    }
}

/// What builds with these runtimes, by their names in the pins, are made with must be in the store, or in a binary cache.
fn toolchain(nix: &Nix, python: Python, runtimes: &[String], options: &GlobalOptions) -> Finding {
    let missing = || -> Result<Vec<String>, Failure> {
        let (pins, _) = pins_file::load(&options.project)?;
        let host = files::host_system();
        let tools = [host_python_pin(python, &host), format!("compile-{host}"), format!("link-{host}")];
        let wanted: Vec<(String, &Made)> = tools
            .into_iter()
            .chain(runtimes.iter().cloned())
            .filter_map(|name| pins.made.get(&name).map(|made| (name, made)))
            .collect();
        let mut paths: BTreeMap<StorePath, String> = BTreeMap::new();
        for (name, made) in wanted.into_iter().filter(|(_, made)| made.urls.is_empty()) {
            paths.insert(store::path(made).map_err(|error| Failure::new(crate::failure::Kind::Input, error))?, name);
        }
        let missing = nix.store.missing(paths.keys())?;
        let mut names = Vec::new();
        for (path, name) in paths.iter().filter(|(path, _)| missing.contains(path.as_str())) {
            if !is_cached(nix, path, options)? {
                names.push(format!("`{name}`"));
            }
        }
        Ok(names)
    };
    match missing() {
        Ok(names) if names.is_empty() => {
            Finding::ok("toolchain", "all that builds need is in the store, or in a cache")
        }
        Ok(names) => Finding::bad(
            State::Failure,
            "toolchain",
            format!("neither in the store nor in a binary cache: {}", names.join(", ")),
            "run `permafreeze toolchain build`",
        ),
        Err(failure) => Finding::failure("toolchain", &failure),
    }
}

fn is_cached(nix: &Nix, path: &StorePath, options: &GlobalOptions) -> Result<bool, Failure> {
    if options.offline {
        return Ok(false);
    }
    for cache in nix.caches() {
        if matches!(nix.store.substitute(cache, path.as_str())?, Substitute::Hash(_)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Files that are not in the store must come from an index that answers.
fn fetched(nix: &Nix, plan: &Plan, options: &GlobalOptions) -> Finding {
    let missing = match fetch::missing(plan, &nix.store, options) {
        Ok(missing) => missing,
        Err(failure) => return Finding::failure("files", &failure),
    };
    let Some(first) = missing.first() else { return Finding::ok("files", "all files of the plan are in the store") };
    let files = if missing.len() == 1 { "file" } else { "files" };
    let text = format!("{} {files} of the plan not in the store, as `{}`", missing.len(), first.file);
    if options.offline {
        return Finding::bad(State::Failure, "files", text, "run `permafreeze fetch` without `--offline`");
    }
    match fetch::ask(first, options) {
        Ok(()) => Finding::ok("files", format!("{text}; the index has it")),
        Err(failure) => Finding { text: format!("{text}: {}", failure.error), ..Finding::failure("files", &failure) },
    }
}

fn temporary() -> Utf8PathBuf {
    Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap_or_else(|_| "/tmp".into())
}

fn disk(subject: &'static str, folder: &Utf8Path) -> Finding {
    match files::free_bytes(folder) {
        Err(error) => Finding::bad(State::Warning, subject, format!("`{folder}`: {error}"), "is it there?"),
        Ok(free) => room(subject, folder, free),
    }
}

fn room(subject: &'static str, folder: &Utf8Path, free: u64) -> Finding {
    let state = match free {
        COMFORTABLE.. => State::Ok,
        NEEDED.. => State::Warning,
        _ => State::Failure,
    };
    let text = format!("{} MiB free in `{folder}`", free >> 20);
    match state {
        State::Ok => Finding::ok(subject, text),
        _ => Finding::bad(state, subject, text, "free some: `nix-collect-garbage`, `permafreeze clean`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_a_warning_and_none_a_failure() {
        let state = |free| room("disk", Utf8Path::new("/nix"), free).state;
        assert_eq!((state(COMFORTABLE), state(NEEDED), state(NEEDED - 1)), (State::Ok, State::Warning, State::Failure));
    }
}
