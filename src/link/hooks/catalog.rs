//! Which hook is for which module.
//!
//! Sources by priority: the project's own 1000, hooks of wheels (their `pyinstaller40` entry points) 0, hooks-contrib
//! -1000, PyInstaller's own -2000; a comment `$PyInstaller-Hook-Priority: N` in a file overrides that. One hook per module and kind.
//! A hook of a wheel is code of a stranger: it counts if the plan trusts the distribution, or if it declares and does nothing else.
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_packaging::name::Name;

use crate::error::LinkError;
use crate::load::{FileId, Objects};
use crate::program::Program;
use crate::tree::{DirId, Entry, Mount, Tree};

const USER: i64 = 1000;
const UPSTREAM: i64 = 0;
const CONTRIBUTED: i64 = -1000;
const BUILTIN: i64 = -2000;

/// One hook's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookFile {
    /// The file.
    pub file: FileId,
    /// Its absolute path.
    pub path: Utf8PathBuf,
    priority: i64,
}

/// A hook that a wheel brings whose distribution the plan does not trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// The file.
    pub file: FileId,
    /// The module that it is for.
    pub module: String,
    /// Whether it is a `hook-X.py`: the others are functions.
    pub is_standard: bool,
}

/// All hooks, and the run-time hooks.
#[derive(Debug, Default)]
pub struct Catalog {
    /// `hook-X.py`, by module.
    pub standard: BTreeMap<String, HookFile>,
    /// `pre_safe_import_module/hook-X.py`; each is taken out when it runs.
    pub pre_safe_import: BTreeMap<String, HookFile>,
    /// `pre_find_module_path/hook-X.py`; each is taken out when it runs.
    pub pre_find_path: BTreeMap<String, HookFile>,
    /// Run-time hooks by module, in the order of the `rthooks.dat` files.
    pub runtime: Vec<(String, Vec<FileId>)>,
    /// Hooks that do not count.
    pub withheld: Vec<Stranger>,
    dirs: Vec<DirId>,
}

/// The folders of the kinds of hooks.
const KINDS: [&str; 3] = ["", "pre_safe_import_module", "pre_find_module_path"];

impl Catalog {
    /// Lists the hooks of all sources but those that are withheld, and no run-time hooks.
    ///
    /// # Errors
    /// If a file of an object cannot be read.
    pub fn read(program: &Program<'_>, withheld: Vec<Stranger>) -> Result<Catalog, LinkError> {
        let dirs = hook_dirs(program)?;
        let without = withheld.iter().map(|stranger| stranger.file).collect();
        let [standard, pre_safe_import, pre_find_path] = KINDS.map(|kind| hooks_in(program, &dirs, kind, &without));
        Ok(Catalog {
            standard: standard?,
            pre_safe_import: pre_safe_import?,
            pre_find_path: pre_find_path?,
            runtime: Vec::new(),
            withheld,
            dirs: dirs.into_iter().map(|(dir, _)| dir).collect(),
        })
    }

    /// Returns the text of every `rthooks.dat`, a Python literal, with its folder.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn runtime_tables(&self, program: &Program<'_>) -> Result<Vec<(DirId, String)>, LinkError> {
        let tables = self.dirs.iter().filter_map(|dir| Some((*dir, program.tree.file(*dir, "rthooks.dat")?)));
        let text = |file| Ok(String::from_utf8_lossy(&program.objects.read(file)?).trim().to_owned());
        tables.map(|(dir, file)| Ok((dir, text(file)?))).collect()
    }

    /// Adds the rows of one table: for each module the file names of its run-time hooks. The first table that has a
    /// module counts.
    pub fn add_runtime_table(&mut self, tree: &Tree, dir: DirId, rows: Vec<(String, Vec<String>)>) {
        let folder = tree.dir(dir, "rthooks");
        for (module, names) in rows {
            if self.runtime.iter().any(|(known, _)| *known == module) {
                continue;
            }
            let files = names.iter().filter_map(|name| tree.file(folder?, name)).collect();
            self.runtime.push((module, files));
        }
    }
}

fn hook_dirs(program: &Program<'_>) -> Result<Vec<(DirId, i64)>, LinkError> {
    let mut dirs: Vec<(DirId, i64)> = Vec::new();
    for path in &program.job.executable.hooks {
        match program.application_entry(path) {
            Some(Entry::Dir(dir)) => dirs.push((dir, USER)),
            _ => return Err(LinkError::NoFile { option: "folder of `hooks`", path: path.clone() }),
        }
    }
    for module in upstream_hook_modules(&program.objects)? {
        // The entry point's function would say; all that are known say the folder that they are in.
        let Some(found) = program.finder.find(&program.tree, &module) else { continue };
        let dir = found.path.and_then(|path| path.first().copied());
        dirs.extend(dir.or(found.file.and_then(|file| program.tree.place(file))).map(|dir| (dir, UPSTREAM)));
    }
    let hooks = program.tree.root(Mount::Hooks);
    let known = [
        // Until 2024.7 in a folder of their own.
        ("_pyinstaller_hooks_contrib/hooks/stdhooks", CONTRIBUTED),
        ("_pyinstaller_hooks_contrib/hooks", CONTRIBUTED),
        ("_pyinstaller_hooks_contrib/stdhooks", CONTRIBUTED),
        ("_pyinstaller_hooks_contrib", CONTRIBUTED),
        ("PyInstaller/hooks", BUILTIN),
    ];
    for (path, priority) in known {
        if let Some(Entry::Dir(dir)) = program.tree.below(hooks, Utf8Path::new(path)) {
            dirs.push((dir, priority));
        }
    }
    Ok(dirs)
}

/// Returns the modules of the `hook-dirs` entry points of the packages' `pyinstaller40` groups.
fn upstream_hook_modules(objects: &Objects) -> Result<Vec<String>, LinkError> {
    let mut modules = Vec::new();
    for object in 0..objects.packages {
        let Some(dist_info) = objects.object(object).dist_info() else { continue };
        let Some(file) = objects.find(object, &format!("{dist_info}/entry_points.txt")) else { continue };
        let text = objects.read(file)?;
        modules.extend(hook_dirs_modules(&String::from_utf8_lossy(&text)));
    }
    modules.retain(|module| !module.starts_with("_pyinstaller_hooks_contrib"));
    Ok(modules)
}

/// Lists the hooks that wheels bring whose distributions the plan does not trust.
///
/// # Errors
/// If a file of an object cannot be read.
pub fn strangers(program: &Program<'_>) -> Result<Vec<Stranger>, LinkError> {
    let trusted: BTreeSet<Name> =
        program.job.executable.trust_hooks.iter().map(|name| Name::new(name.as_str())).collect();
    let dirs: Vec<_> = hook_dirs(program)?.into_iter().filter(|(_, priority)| *priority == UPSTREAM).collect();
    let mut found = Vec::new();
    for kind in KINDS {
        for (module, hook) in files_in(program, &dirs, kind) {
            let object = program.objects.object(hook.file.object);
            let is_trusted = object.distribution().is_some_and(|name| trusted.contains(&Name::new(name)));
            if !object.is_source() && !is_trusted {
                found.push(Stranger { file: hook.file, module, is_standard: kind.is_empty() });
            }
        }
    }
    Ok(found)
}

fn hooks_in(
    program: &Program<'_>,
    dirs: &[(DirId, i64)],
    kind: &str,
    without: &BTreeSet<FileId>,
) -> Result<BTreeMap<String, HookFile>, LinkError> {
    let mut all: BTreeMap<String, Vec<HookFile>> = BTreeMap::new();
    for (module, hook) in files_in(program, dirs, kind) {
        if !without.contains(&hook.file) {
            all.entry(module).or_default().push(hook);
        }
    }
    all.into_iter().map(|(module, hooks)| Ok((module, best(&program.objects, hooks)?))).collect()
}

/// Lists the files `hook-X.py` of a kind, with X, in the order of the folders.
fn files_in(program: &Program<'_>, dirs: &[(DirId, i64)], kind: &str) -> Vec<(String, HookFile)> {
    let mut found = Vec::new();
    for (dir, priority) in dirs {
        let dir = if kind.is_empty() { Some(*dir) } else { program.tree.dir(*dir, kind) };
        let Some(dir) = dir else { continue };
        for (name, entry) in program.tree.entries(dir) {
            let module = name.strip_prefix("hook-").and_then(|name| name.strip_suffix(".py"));
            let (Some(module), Entry::File(file)) = (module, entry) else { continue };
            let path = program.tree.dir_path(dir).join(name);
            found.push((module.to_owned(), HookFile { file, path, priority: *priority }));
        }
    }
    found
}

fn best(objects: &Objects, mut hooks: Vec<HookFile>) -> Result<HookFile, LinkError> {
    if hooks.len() > 1 {
        for hook in &mut hooks {
            let text = objects.read(hook.file)?;
            hook.priority = own_priority(&String::from_utf8_lossy(&text)).unwrap_or(hook.priority);
        }
        // Stable: among equals the first source wins.
        hooks.sort_by_key(|hook| std::cmp::Reverse(hook.priority));
    }
    Ok(hooks.swap_remove(0))
}

/// Returns the modules of `hook-dirs = module:function` lines in the group `pyinstaller40` (entry points
/// specification).
fn hook_dirs_modules(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut modules = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[pyinstaller40]";
        } else if let (true, Some((name, value))) = (inside, line.split_once('='))
            && name.trim() == "hook-dirs"
        {
            modules.push(value.split(':').next().unwrap_or_default().trim().to_owned());
        }
    }
    modules
}

/// Returns the priority that a hook's text claims.
fn own_priority(text: &str) -> Option<i64> {
    text.lines().find_map(|line| {
        let comment = line.trim_start().strip_prefix('#')?;
        comment.trim_start().strip_prefix("$PyInstaller-Hook-Priority:")?.split_whitespace().next()?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_points() {
        let text =
            "[console_scripts]\nhook-dirs = no:no\n[pyinstaller40]\nhook-dirs = pkg.hooks:get_dirs\ntests = x:y\n";
        assert_eq!(hook_dirs_modules(text), ["pkg.hooks"]);
    }

    #[test]
    fn priority_comment() {
        assert_eq!(own_priority("x = 1\n# $PyInstaller-Hook-Priority: 7\n"), Some(7));
        assert_eq!(own_priority("# $PyInstaller-Hook-Priority: high\n"), None);
        assert_eq!(own_priority("x = 1\n"), None);
    }
}
