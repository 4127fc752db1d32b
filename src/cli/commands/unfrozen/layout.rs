//! Objects, a runtime and source trees -> the folder of an environment, there as a whole or not at all.
use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::FileError;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::python::Python;
use permafreeze_plan::plan::{Distribution, Source};
use permafreeze_verify::smoke::unfrozen::{lay_out, unpack};

use super::scripts::{call, commands, python_script, shell_script};
use super::sources::{Way, ways};
use crate::failure::{Failure, Kind, Outcome};
use crate::files;

/// The folder of the Python and the scripts, in an environment and in a runtime.
pub(super) const BIN: &str = "bin";
/// The Python.
pub(super) const PYTHON: &str = "python";
/// The folder of the code that calls functions of the plan.
pub(super) const ENTRIES: &str = "entries";
/// The folder that an archive of a runtime has.
const RUNTIME: &str = "python";

/// The module that finds those that the plan has the texts of.
const GENERATED: &str = "permafreeze_generated";
/// How the name of a folder begins that is not whole.
const UNFINISHED: &str = ".new-";

/// What an environment is made of.
pub(super) struct Parts<'a> {
    /// The folder that has the runtime, made by [`python`].
    pub python: &'a Utf8Path,
    /// The Python, and its patch release, as `3.13.5`.
    pub version: (Python, &'a str),
    /// The objects of the packages that are not on the disk, in order of precedence.
    pub objects: &'a [Utf8PathBuf],
    /// The source trees and their folders, in order of precedence.
    pub sources: &'a [(Utf8PathBuf, &'a Source)],
    /// The executables that call a function: module and function by name.
    pub entries: BTreeMap<&'a str, (&'a str, &'a str)>,
    /// What Python gets to run each executable, by name.
    pub runs: BTreeMap<&'a str, Vec<String>>,
}

/// Returns the folder of packages of an environment.
pub(super) fn site_packages(environment: &Utf8Path, python: Python) -> Utf8PathBuf {
    environment.join(format!("lib/{}/site-packages", python.name()))
}

/// Unpacks the archive of a runtime at `place`, unless it is there.
///
/// # Errors
/// If the archive cannot be read, or a file cannot be written.
pub(super) fn python(archive: &Utf8Path, place: &Utf8Path) -> Outcome {
    whole(place, |folder| unpack(archive, folder).map(drop).map_err(|error| Failure::new(Kind::Outside, error)))
}

/// Makes an environment at `place`.
///
/// # Errors
/// If an object cannot be read, or a file cannot be written.
pub(super) fn make(place: &Utf8Path, parts: &Parts) -> Outcome {
    whole(place, |folder| {
        let packages = site_packages(folder, parts.version.0);
        files::create_folder(&packages)?;
        lay_out(parts.objects, &packages).map_err(|error| Failure::new(Kind::Outside, error))?;
        add_sources(parts, &packages, &site_packages(place, parts.version.0))?;
        add_python(parts, folder)?;
        add_scripts(parts, folder, place, &packages)
    })
}

/// Waits until no other process makes anything in `cache`, and keeps others waiting as long as the value lives. What
/// processes that were ended have left there is removed.
///
/// # Errors
/// If the folder cannot be written to.
pub(super) fn alone(cache: &Utf8Path) -> Result<File, Failure> {
    let file = files::create_folder(cache)?.join(".lock");
    let lock = File::create(&file).and_then(|lock| lock.lock().map(|()| lock)).map_err(FileError::of("lock", &file))?;
    for entry in cache.read_dir_utf8().map_err(FileError::of("read", cache))?.flatten() {
        if entry.file_name().starts_with(UNFINISHED) {
            fs::remove_dir_all(entry.path()).map_err(FileError::of("remove", entry.path()))?;
        }
    }
    Ok(lock)
}

/// Fills a folder beside `place` and renames it, unless `place` is there. Another process may be sooner: its folder is as
/// good.
fn whole(place: &Utf8Path, fill: impl FnOnce(&Utf8Path) -> Outcome) -> Outcome {
    if place.is_dir() {
        return Ok(());
    }
    let parent = files::create_folder(place.parent().unwrap_or(place))?;
    let made = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&parent);
    let made = made.map_err(FileError::of("make a folder in", &parent))?;
    let folder = files::create_folder(&Utf8Path::from_path(made.path()).unwrap_or(&parent).join("whole"))?;
    fill(&folder)?;
    match fs::rename(&folder, place) {
        Err(error) if !place.is_dir() => Err(FileError::of("write", place)(error).into()),
        _ => Ok(()),
    }
}

/// Lets Python find the source trees, before all packages; `packages` is what `site` is until it is renamed.
fn add_sources(parts: &Parts, packages: &Utf8Path, site: &Utf8Path) -> Outcome {
    let mut paths: Vec<Utf8PathBuf> = Vec::new();
    for (folder, source) in parts.sources {
        for way in ways(folder, source) {
            match way {
                Way::Path(path) if paths.contains(&path) => {}
                Way::Path(path) => paths.push(path),
                Way::Link { from, to } => link(&from, &packages.join(to))?,
            }
        }
        if let Some(distribution) = &source.distribution {
            add_metadata(distribution, packages)?;
        }
    }
    add_generated(parts.sources, packages)?;
    // Plain lines are for editors; they alone would come after the packages. `site` runs lines that begin with `import`.
    let list = serde_json::to_string(&paths).map_err(|error| Failure::new(Kind::Bug, error))?;
    let site = serde_json::to_string(site).map_err(|error| Failure::new(Kind::Bug, error))?;
    let first = format!("import sys; at = sys.path.index({site}); sys.path[at:at] = {list}\n");
    let lines: String = paths.iter().map(|path| format!("{path}\n")).collect();
    write(&packages.join("permafreeze-sources.pth"), &format!("{first}{lines}"), 0o644)
}

/// Lets Python find the modules that the plan has the texts of: they belong to packages of the source trees, into which
/// nothing is written.
fn add_generated(sources: &[(Utf8PathBuf, &Source)], packages: &Utf8Path) -> Outcome {
    let all = sources.iter().flat_map(|(_, source)| &source.generated);
    let modules: BTreeMap<String, &String> = all.filter_map(|(path, text)| Some((module(path)?, text))).collect();
    if modules.is_empty() {
        return Ok(());
    }
    let texts = serde_json::to_string(&modules).map_err(|error| Failure::new(Kind::Bug, error))?;
    let literal = serde_json::to_string(&texts).map_err(|error| Failure::new(Kind::Bug, error))?;
    let code = include_str!("generated.py").replace("\"{}\"", &literal);
    write(&packages.join(format!("{GENERATED}.py")), &code, 0o644)?;
    write(&packages.join(format!("{GENERATED}.pth")), &format!("import {GENERATED}\n"), 0o644)
}

/// Returns the dotted name of the module at a path.
fn module(path: &str) -> Option<String> {
    Some(path.strip_suffix(".py")?.replace('/', "."))
}

/// Says of a source tree what compile says of it: `importlib.metadata` finds it.
fn add_metadata(distribution: &Distribution, packages: &Utf8Path) -> Outcome {
    let Distribution { name, version, metadata, entry_points } = distribution;
    let folder = packages.join(format!("{}-{}.dist-info", Name::new(name).module(), version.replace('-', "_")));
    files::create_folder(&folder)?;
    write(&folder.join("METADATA"), metadata, 0o644)?;
    if entry_points.is_empty() { Ok(()) } else { write(&folder.join("entry_points.txt"), entry_points, 0o644) }
}

/// Makes a virtual environment (PEP 405) of a folder.
fn add_python(parts: &Parts, folder: &Utf8Path) -> Outcome {
    let home = parts.python.join(RUNTIME).join(BIN);
    let (version, full) = parts.version;
    let configuration = format!("home = {home}\ninclude-system-site-packages = false\nversion = {full}\n");
    write(&folder.join("pyvenv.cfg"), &configuration, 0o644)?;
    let bin = files::create_folder(&folder.join(BIN))?;
    link(&home.join("python3"), &bin.join(PYTHON))?;
    for name in ["python3".to_owned(), version.name()] {
        link(Utf8Path::new(PYTHON), &bin.join(name))?;
    }
    Ok(())
}

/// Writes the scripts of all distributions, then those of the executables.
fn add_scripts(parts: &Parts, folder: &Utf8Path, place: &Utf8Path, packages: &Utf8Path) -> Outcome {
    let (bin, python) = (folder.join(BIN), place.join(BIN).join(PYTHON));
    let mut scripts: BTreeMap<String, String> = BTreeMap::new();
    for entry in packages.read_dir_utf8().map_err(FileError::of("read", packages))?.flatten() {
        let text = fs::read_to_string(entry.path().join("entry_points.txt")).unwrap_or_default();
        for (name, (module, function)) in commands(&text) {
            scripts.insert(name.to_owned(), python_script(&python, &call((&module, &function))));
        }
    }
    for (name, arguments) in &parts.runs {
        scripts.insert((*name).to_owned(), shell_script(&python, arguments));
    }
    for (name, text) in scripts.iter().filter(|(name, _)| !name.starts_with(PYTHON)) {
        write(&bin.join(name), text, 0o755)?;
    }
    let entries = files::create_folder(&folder.join(ENTRIES))?;
    parts.entries.iter().try_for_each(|(name, entry)| write(&entries.join(name), &call(*entry), 0o644))
}

fn link(to: &Utf8Path, place: &Utf8Path) -> Outcome {
    files::create_folder(place.parent().unwrap_or(place))?;
    Ok(symlink(to, place).map_err(FileError::of("write", place))?)
}

fn write(place: &Utf8Path, text: &str, mode: u32) -> Outcome {
    let written = fs::write(place, text).and_then(|()| fs::set_permissions(place, Permissions::from_mode(mode)));
    Ok(written.map_err(FileError::of("write", place))?)
}

#[cfg(test)]
mod tests {
    use permafreeze_packaging::python::DEFAULT;
    use permafreeze_plan::plan::SourceContent;

    use super::*;

    #[test]
    fn an_environment_has_sources_metadata_and_scripts() {
        let keep = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(keep.path()).expect("UTF-8");
        let content =
            |from: &str, to: &str| SourceContent { from: from.into(), to: to.into(), include: vec![], exclude: vec![] };
        let distribution = Distribution {
            name: "My-App".to_owned(),
            version: "1.0".to_owned(),
            metadata: "Name: My-App\n".to_owned(),
            entry_points: "[console_scripts]\nserve = app:main\npython3 = app:evil\n".to_owned(),
        };
        let contents = vec![content("src/app", "app"), content("code", "other")];
        let text = "version = '1.0' # \"\\n\u{fc}\"\n".to_owned();
        let generated =
            BTreeMap::from([("app/_version.py".to_owned(), text), ("app/VERSION".to_owned(), "1.0".to_owned())]);
        let source = Source { contents, distribution: Some(distribution), generated };
        let parts = Parts {
            python: &root.join("python"),
            version: (DEFAULT, "3.13.5"),
            objects: &[],
            sources: &[(root.join("project"), &source)],
            entries: BTreeMap::from([("app", ("app", "main"))]),
            runs: BTreeMap::from([("app", vec!["-I".to_owned(), "entry".to_owned()])]),
        };
        let place = root.join("cache/environment");
        make(&place, &parts).expect("it is made");
        make(&place, &parts).expect("the second one is as good");
        let read = |path: &str| fs::read_to_string(place.join(path)).expect(path);
        let links = |path: &str| place.join(path).read_link_utf8().expect(path);
        let packages = "lib/python3.13/site-packages";
        assert!(read(&format!("{packages}/permafreeze-sources.pth")).ends_with(&format!("\n{root}/project/src\n")));
        assert_eq!(links(&format!("{packages}/other")), root.join("project/code"));
        assert_eq!(read(&format!("{packages}/my_app-1.0.dist-info/METADATA")), "Name: My-App\n");
        assert_eq!(links("bin/python"), root.join("python/python/bin/python3"));
        assert_eq!(links("bin/python3"), Utf8Path::new("python"), "no script takes Python's place");
        assert!(read("bin/serve").contains(place.as_str()), "the place that it has in the end");
        assert!(read("bin/app").ends_with("/bin/python -I entry \"$@\"\n"));
        assert!(read("entries/app").contains("sys.exit(main())"));
        assert_eq!(read(&format!("{packages}/permafreeze_generated.pth")), "import permafreeze_generated\n");
        let finder = read(&format!("{packages}/permafreeze_generated.py"));
        assert!(finder.contains("app._version") && !finder.contains("VERSION\\\""), "modules alone: {finder}");
        let left = root.join("cache").read_dir_utf8().expect("a folder").count();
        assert_eq!(left, 1, "nothing is left beside it");
    }

    #[test]
    fn what_an_ended_process_has_left_is_removed() {
        let keep = tempfile::tempdir().expect("a folder");
        let cache = Utf8Path::from_path(keep.path()).expect("UTF-8").join("cache");
        for folder in [".new-abc/whole", "whole"] {
            fs::create_dir_all(cache.join(folder)).expect("a folder");
        }
        let lock = alone(&cache).expect("no other process");
        assert!(!cache.join(".new-abc").exists() && cache.join("whole").is_dir());
        let other = File::open(cache.join(".lock")).expect("a file");
        assert!(other.try_lock().is_err(), "others wait");
        drop(lock);
        other.try_lock().expect("they wait no longer");
    }

    #[test]
    fn what_fails_leaves_nothing() {
        let keep = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(keep.path()).expect("UTF-8");
        let place = root.join("cache/python");
        let failed = python(&root.join("none.tar.gz"), &place).expect_err("there is no archive");
        assert_eq!(failed.kind, Kind::Outside);
        assert_eq!(root.join("cache").read_dir_utf8().expect("a folder").count(), 0);
    }
}
