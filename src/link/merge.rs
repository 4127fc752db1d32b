//! Merges all objects into the virtual tree, and sees who owns what.
use std::collections::BTreeMap;

use camino::Utf8Path;
use permafreeze_base::glob;
use permafreeze_object::format::File;
use permafreeze_packaging::name::Name;
use permafreeze_plan::plan::Executable;

use crate::conflicts::Conflict;
use crate::error::LinkError;
use crate::finder::Finder;
use crate::load::{FileId, Objects};
use crate::tree::{DirId, Entry, Mount, Tree};

/// Files that two distributions own with different bytes, where neither is code: path -> winner and loser.
pub type Conflicts = BTreeMap<String, (FileId, FileId)>;

/// Where the mounts are.
#[derive(Debug, Clone)]
pub struct Prefixes<'p> {
    /// A folder of ours: scripts, site-packages and runtime lie below it.
    pub scratch: &'p Utf8Path,
    /// The folder that hooks run from.
    pub hooks_env: &'p Utf8Path,
}

/// Makes the tree.
///
/// The first owner of a path wins. Another owner with other bytes is an error for code, unless `precedence` names the
/// winner; for other files (wheels like to drop a `LICENSE` or `README.md` into site-packages) it is one only if the
/// file is collected, which is seen later.
pub fn merge(
    objects: &Objects,
    executable: &Executable,
    prefixes: &Prefixes<'_>,
) -> Result<(Tree, Conflicts), LinkError> {
    let mut tree = Tree::new(&[
        (Mount::Application, &prefixes.scratch.join("application")),
        (Mount::Site, &prefixes.scratch.join("site-packages")),
        (Mount::Runtime, &prefixes.scratch.join("python")),
        (Mount::Hooks, prefixes.hooks_env),
    ]);
    let mut conflicts = Conflicts::new();
    for object in 0..objects.packages {
        let plain = objects.object(object).is_plain_scripts();
        let mount = if plain { Mount::Application } else { Mount::Site };
        for (id, path, file) in objects.files(object) {
            add(&mut tree, mount, path, id, file, objects, &mut conflicts)?;
        }
    }
    apply_precedence(&mut tree, objects, executable, &mut conflicts)?;
    let is_code = |id: FileId| objects.file(id).module.is_some() || objects.file(id).native.is_some();
    refuse(objects, &conflicts, |first, second| is_code(first) || is_code(second))?;
    mount_rest(&mut tree, objects);
    Ok((tree, conflicts))
}

fn add(
    tree: &mut Tree,
    mount: Mount,
    path: &str,
    id: FileId,
    file: &File,
    objects: &Objects,
    conflicts: &mut Conflicts,
) -> Result<(), LinkError> {
    match tree.add(mount, path, id) {
        Some(Entry::File(first)) if objects.file(first).sha256 != file.sha256 => {
            conflicts.entry(path.to_owned()).or_insert((first, id));
            Ok(())
        }
        // A file where another distribution has a folder: no precedence can mend that.
        Some(Entry::Dir(dir)) => {
            let inside = tree.walk(dir).first().map_or(id, |(_, file)| *file);
            let owner = |id: FileId| objects.object(id.object).owner();
            Err(LinkError::FileAndFolder { path: path.to_owned(), file: owner(id), folder: owner(inside) })
        }
        _ => Ok(()),
    }
}

fn apply_precedence(
    tree: &mut Tree,
    objects: &Objects,
    executable: &Executable,
    conflicts: &mut Conflicts,
) -> Result<(), LinkError> {
    let mut rules: Vec<(&String, &String)> = executable.precedence.iter().collect();
    // The last that is applied wins: a path over a glob, a longer glob over a shorter one.
    rules.sort_by_key(|(path, _)| (!is_glob(path), path.len()));
    for (path, distribution) in rules {
        let owned = owned_by(objects, path, distribution);
        if owned.is_empty() {
            return Err(no_owner(objects, path, distribution));
        }
        for (path, winner) in owned {
            tree.replace(Mount::Site, path, winner);
            conflicts.remove(path);
        }
    }
    Ok(())
}

fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Returns the files of a distribution that a rule of `precedence` is about.
fn owned_by<'o>(objects: &'o Objects, rule: &'o str, distribution: &str) -> Vec<(&'o str, FileId)> {
    let named = |object: &u32| objects.object(*object).distribution().map(Name::new) == Some(Name::new(distribution));
    let owners = (0..objects.packages).filter(named);
    if let (false, Some(file)) = (is_glob(rule), owners.clone().find_map(|object| objects.find(object, rule))) {
        return vec![(rule, file)];
    }
    let files = owners.flat_map(|object| objects.files(object));
    files.filter(|(_, path, _)| glob::matches(rule, path)).map(|(id, path, _)| (path.as_str(), id)).collect()
}

fn no_owner(objects: &Objects, path: &str, distribution: &str) -> LinkError {
    let owns = |object: &u32| match is_glob(path) {
        true => objects.files(*object).any(|(_, file, _)| glob::matches(path, file)),
        false => objects.find(*object, path).is_some(),
    };
    let owners = (0..objects.packages).filter(owns);
    let owners = owners.map(|object| format!("`{}`", objects.object(object).distribution().unwrap_or_default()));
    let owners = owners.collect::<Vec<_>>();
    let owners = if owners.is_empty() { "nobody".to_owned() } else { owners.join(", ") };
    LinkError::Precedence { path: path.to_owned(), distribution: distribution.to_owned(), owners }
}

/// Refuses conflicts that count, all at once.
///
/// # Errors
/// [`LinkError::Collision`] if there is one.
pub fn refuse(
    objects: &Objects,
    conflicts: &Conflicts,
    counts: impl Fn(FileId, FileId) -> bool,
) -> Result<(), LinkError> {
    let owner = |id: &FileId| objects.object(id.object).owner();
    let wrong = conflicts.iter().filter(|(_, (first, second))| counts(*first, *second));
    let wrong = wrong.map(|(path, (first, second))| Conflict {
        path: path.clone(),
        first: owner(first),
        second: owner(second),
    });
    let wrong: Vec<Conflict> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(LinkError::Collision(wrong)) }
}

fn mount_rest(tree: &mut Tree, objects: &Objects) {
    let runtime = objects.runtime_index();
    let mut links = Vec::new();
    for (id, path, file) in objects.files(runtime) {
        match &file.symlink {
            Some(target) => links.push((path, target)),
            None => drop(tree.add(Mount::Runtime, path, id)),
        }
    }
    // A link to a file is that file under another name. Links to folders (terminfo) lead to nothing that is imported.
    for (path, target) in links {
        let folder = Utf8Path::new(path).parent().unwrap_or(Utf8Path::new(""));
        let Some(Entry::Dir(dir)) = tree.below(tree.root(Mount::Runtime), folder) else { continue };
        if let Some(Entry::File(file)) = tree.below(dir, Utf8Path::new(target)) {
            tree.add(Mount::Runtime, path, file);
        }
    }
    for object in runtime + 1..objects.loader_index() {
        for (id, path, _) in objects.files(object) {
            tree.add(Mount::Hooks, path, id);
        }
    }
}

/// Returns the target's import system: scripts, standard library, its extensions, site-packages, the folders that `.pth`
/// files add.
///
/// # Errors
/// If an object cannot be read.
pub fn finder(objects: &Objects, tree: &Tree) -> Result<Finder, LinkError> {
    let runtime = tree.root(Mount::Runtime);
    let folder = |path: &str| match tree.below(runtime, Utf8Path::new(path)) {
        Some(Entry::Dir(dir)) => Some(dir),
        _ => None,
    };
    let mut path = vec![tree.root(Mount::Application)];
    path.extend(folder(&objects.runtime.stdlib));
    path.extend(folder(&objects.runtime.dynload));
    path.push(tree.root(Mount::Site));
    path.extend(added_folders(objects, tree)?);
    Ok(Finder {
        extension_suffixes: objects.runtime.extension_suffixes.clone(),
        builtins: objects.runtime.builtins.iter().cloned().collect(),
        path,
    })
}

/// Returns the folders of site-packages that its `.pth` files add to `sys.path` (Python's `site`): each line that is no
/// comment and no code names one.
fn added_folders(objects: &Objects, tree: &Tree) -> Result<Vec<DirId>, LinkError> {
    let site = tree.root(Mount::Site);
    let mut folders = Vec::new();
    for (name, entry) in tree.entries(site) {
        let (true, Entry::File(file)) = (name.ends_with(".pth"), entry) else { continue };
        let text = String::from_utf8_lossy(&objects.read(file)?).into_owned();
        let is_code = |line: &&str| line.starts_with("import ") || line.starts_with("import\t");
        let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines.filter(|line| !is_code(line)) {
            if let Some(Entry::Dir(folder)) = tree.below(site, Utf8Path::new(&line.replace('\\', "/")))
                && !folders.contains(&folder)
            {
                folders.push(folder);
            }
        }
    }
    Ok(folders)
}
