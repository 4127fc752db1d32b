//! What keeps paths of the store from the garbage collector as long as the project is there: links in `.permafreeze/`.
use camino::Utf8Path;
use permafreeze_nix::{Nix, Store};
use permafreeze_plan::artifact::Artifact;

use crate::options::GlobalOptions;

/// The folder beside the plan.
pub const FOLDER: &str = ".permafreeze";

/// Keeps paths by the root `name`, in place of those that it has kept. That this fails (a project that cannot be written
/// to) is a warning: what was asked for is done.
pub fn keep_all<'p>(store: &Store, options: &GlobalOptions, name: &str, paths: impl IntoIterator<Item = &'p str>) {
    let folder = options.project_file(FOLDER);
    let kept = ignored_folder(&folder)
        .and_then(|()| store.keep_all(&folder.join(name), paths).map_err(|error| error.to_string()));
    if let Err(reason) = kept {
        tracing::warn!("the next garbage collection may delete what was {name}: {reason}");
    }
}

/// Keeps the objects that an executable was linked of, so that the next build compiles none of them again.
pub fn keep_objects(nix: &Nix, options: &GlobalOptions, artifact: &Artifact, derivation: &Utf8Path, output: &Utf8Path) {
    if kept_objects(options, artifact).iter().any(|path| path == output.as_str()) {
        return;
    }
    let name = root_of(artifact);
    match nix.store.closure(derivation) {
        Ok(closure) => {
            let outputs = closure.iter().flat_map(|(_, derivation)| derivation.outputs.values());
            let there = outputs.map(|output| output.path.as_str()).filter(|path| Utf8Path::new(path).exists());
            keep_all(&nix.store, options, &name, there);
        }
        Err(error) => tracing::warn!("the next garbage collection may delete the objects of {artifact}: {error}"),
    }
}

/// Returns what is kept of an executable: its own path, and all that it was linked of; nothing if nothing is kept.
pub fn kept_objects(options: &GlobalOptions, artifact: &Artifact) -> Vec<String> {
    let list = options.project_file(FOLDER).join(root_of(artifact));
    std::fs::read_to_string(list).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn root_of(artifact: &Artifact) -> String {
    format!("built-{artifact}")
}

/// Makes a folder that git leaves out.
fn ignored_folder(folder: &Utf8Path) -> Result<(), String> {
    let ignore = folder.join(".gitignore");
    if ignore.is_file() {
        return Ok(());
    }
    let made = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&ignore, "*\n"));
    made.map_err(|error| format!("cannot write `{ignore}`: {error}"))
}
