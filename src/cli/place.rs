//! Where a project's flake is, if it has one, and what of the project Nix sees.
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_nix::Flake;
use permafreeze_plan::plan::Plan;

use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::{own_nix, say, upwards};

/// The file that makes a flake of a folder.
pub const FLAKE: &str = "flake.nix";
/// What a flake.nix that has permafreeze says, or the flake.lock beside it: its input, or where it is imported from.
const OURS: &str = "permafreeze";
/// Files that are named, at most, where some are not tracked.
const NAMED: usize = 5;

/// Finds the flake that has the project: the nearest flake.nix. Where there is none, or it is made for something else,
/// permafreeze's own Nix code takes its place.
///
/// # Errors
/// Kind `Input` if there is no such folder; kind `Outside` if there is no flake.nix, and no Nix.
pub fn find(options: &GlobalOptions) -> Result<Flake, Failure> {
    let project = absolute(&options.project)?;
    let (folder, code) = match upwards::find(&project, FLAKE) {
        Some(file) if has_us(&file) => (file.parent().unwrap_or(&project).to_owned(), None),
        _ => (project, Some(own_nix::folder()?)),
    };
    Ok(Flake { repository: upwards::repository(&folder), folder, code })
}

/// Returns whether a flake.nix has permafreeze; one that cannot be read may have it, and Nix says what is wrong with it.
fn has_us(file: &Utf8Path) -> bool {
    let says = |file: &Utf8Path| fs::read(file).map(|text| String::from_utf8_lossy(&text).contains(OURS));
    says(file).unwrap_or(true) || says(&file.with_extension("lock")).unwrap_or(false)
}

/// Says which flake was found, if it is not in the project's folder.
pub fn say(flake: &Flake, options: &GlobalOptions) {
    let own = absolute(&options.project).is_ok_and(|project| project == flake.folder);
    if !own && !options.quiet {
        say::note(&format!("the project's flake is `{}`", flake.folder.join(FLAKE)));
    }
}

/// Returns a folder's absolute path.
///
/// # Errors
/// Kind `Input` if it is not there.
pub fn absolute(folder: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    let none = |error| Failure::new(Kind::Input, format!("no project folder `{folder}`: {error}"));
    folder.canonicalize_utf8().map_err(none)
}

/// Checks that what the plan has of the disk is where Nix sees it.
///
/// # Errors
/// Kind `Input` if a path dependency or the lock file lies elsewhere.
pub fn check_sources(flake: &Flake, plan: &Plan, options: &GlobalOptions) -> Outcome {
    let sources = plan.sources.keys().map(|source| ("path dependency", source.as_str(), source.as_str()));
    let above = plan.lock.as_deref().and_then(|lock| Some((lock, lock.rsplit_once('/')?.0)));
    let lock = above.map(|(lock, folder)| ("lock file", lock, folder));
    for (what, path, folder) in sources.chain(lock) {
        if absolute(&options.project_file(folder))?.starts_with(flake.visible()) {
            continue;
        }
        let (outside, hint) = match &flake.repository {
            Some(root) => (
                "git repository",
                format!(
                    "move it into the repository; or add it there as a submodule: `git -C {root} submodule add URL`"
                ),
            ),
            None => {
                ("project's folder", "make one git repository of both; or move it into the project's folder".to_owned())
            }
        };
        let text = format!(
            "the {what} `{path}` lies outside of the {outside} `{}`, and Nix sees nothing else",
            flake.visible()
        );
        return Err(Failure::new(Kind::Input, text).hint(hint));
    }
    Ok(())
}

/// Says it of a failure of Nix if what it misses is there, but not tracked by git: Nix does not see it then.
pub fn with_untracked(failure: Failure, flake: &Flake) -> Failure {
    let Some(repository) = flake.repository.as_ref().filter(|_| failure.kind == Kind::Input) else { return failure };
    let files = untracked(flake);
    let all = files.iter().take(NAMED).map(|file| word(file)).collect::<Vec<_>>().join(" ");
    if flake.code.is_none() && files.iter().any(|file| file == FLAKE) {
        let text = format!("`{}` is not tracked by the git repository `{repository}`", flake.folder.join(FLAKE));
        let more = if files.len() > NAMED { " …" } else { "" };
        return Failure::new(Kind::Input, text)
            .hint(format!("Nix sees what git tracks: run `git -C {} add {all}{more}`", flake.folder));
    }
    let text = failure.error.to_string();
    let Some(missed) = files.iter().find(|file| text.contains(file.trim_end_matches('/'))) else { return failure };
    let hint = format!(
        "`{missed}` is not tracked by git, so Nix does not see it: run `git -C {} add {}`",
        flake.folder,
        word(missed)
    );
    failure.hint(hint)
}

/// Makes git aware of a new file of the project, so that Nix sees it, as Nix itself does with flake.lock: nothing of it is
/// staged. A file that git ignores stays unknown; what needs it says so.
pub fn track(file: &Utf8Path) {
    let folder = file.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    let Some(repository) = absolute(folder).ok().and_then(|folder| upwards::repository(&folder)) else { return };
    let name = file.file_name().unwrap_or_default();
    let added = git(folder, &["add", "--intent-to-add", "--", name]);
    if added.is_err() {
        tracing::debug!("git at `{repository}` does not take `{file}`");
    }
}

/// Returns the last tag of the project's repository, if it has one.
pub fn last_tag(folder: &Utf8Path) -> Option<String> {
    upwards::repository(&absolute(folder).ok()?)?;
    git(folder, &["describe", "--tags", "--abbrev=0"]).ok().filter(|tag| !tag.is_empty())
}

/// Runs git on the project's own repository.
fn git(folder: &Utf8Path, arguments: &[&str]) -> std::io::Result<String> {
    let arguments = ["-C", folder.as_str()].into_iter().chain(arguments.iter().copied());
    permafreeze_process::read(&duct::cmd("git", arguments).stdin_null().stderr_null())
}

/// Returns the files and folders below the flake's folder that git neither tracks nor ignores; those that permafreeze
/// makes left out.
fn untracked(flake: &Flake) -> Vec<String> {
    let options = [
        "ls-files",
        "--others",
        "--directory",
        "--exclude-standard",
        "--exclude=dist/",
        "--exclude=.permafreeze/",
        "-z",
    ];
    let listed = git(&flake.folder, &options).unwrap_or_default();
    let mut files: Vec<String> = listed.split_terminator('\0').map(str::to_owned).collect();
    // The flake and what it reads come first, where only some are named.
    files.sort_by_key(|file| (file != FLAKE, !file.ends_with(".toml") && !file.ends_with(".lock"), file.clone()));
    files
}

/// Returns a name as a word of a shell.
pub fn word(name: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "/._-+".contains(character);
    if name.chars().all(is_plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flake_has_us_if_it_or_what_it_locks_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = Utf8Path::from_path(folder.path()).expect("UTF-8").join(FLAKE);
        let has = |flake: &str, lock: Option<&str>| {
            fs::write(&file, flake).expect("written");
            let beside = file.with_extension("lock");
            match lock {
                Some(text) => fs::write(beside, text).expect("written"),
                None => drop(fs::remove_file(beside)),
            }
            has_us(&file)
        };
        assert!(has("{ inputs.permafreeze.url = \"path:/x\"; outputs = _: { }; }", None));
        assert!(!has("{ outputs = _: { devShells = { }; }; }", None));
        assert!(!has("{ outputs = _: { devShells = { }; }; }", Some("{\"nodes\": {\"nixpkgs\": {}}}")));
        let named_otherwise = "{\"original\": {\"url\": \"https://git.example/permafreeze\"}}";
        assert!(has("{ inputs.freeze.url = \"flake:freeze\"; outputs = _: { }; }", Some(named_otherwise)));
        fs::remove_file(&file).expect("removed");
        fs::create_dir(&file).expect("a folder in its place");
        assert!(has_us(&file), "Nix says what is wrong");
    }
}
