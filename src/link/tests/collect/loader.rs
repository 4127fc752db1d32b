//! What makes the importer, and the run-time hooks that are put off.
use permafreeze_executable::owner::Owner;
use permafreeze_link::collect::{self, Modules, Scripts};
use permafreeze_link::collection::{Collection, Script};
use permafreeze_link::entry::{self, RuntimeHooks};
use permafreeze_link::error::LinkError;
use permafreeze_link::linking::Linking;
use permafreeze_link::warnings::Warnings;

use crate::support::{World, closure, reached};

const HOOK: &str = "PyInstaller/hooks/rthooks/pyi_rth_inspect.py";
const TEXT: &str = "import zipfile";

fn owned(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// The list with one source of one hook. In a world a text's hash is the text in quotes.
fn list(name: &str, source: &str) -> Vec<(String, String)> {
    vec![("deferred.json".to_owned(), format!("{{\"{name}\": [{:?}]}}", format!("{source:?}")))]
}

/// A program that imports `inspect`, with PyInstaller's hook for it.
fn world(list: Vec<(String, String)>) -> World {
    let mut world = World::new().stdlib(&[("inspect.py", ""), ("zipfile.py", ""), ("struct.py", "")]);
    world.pyinstaller = owned(&[(HOOK, TEXT)]);
    world.loader = list;
    world
}

/// Reaches `inspect` and adds the hooks.
fn hooks(linking: &mut Linking<'_>) -> Result<RuntimeHooks, LinkError> {
    closure(linking, "import inspect");
    let objects = &linking.program.objects;
    let hook = objects.find(objects.pyinstaller_index(), HOOK).unwrap();
    linking.hooks.catalog.runtime.push(("inspect".to_owned(), vec![hook]));
    entry::add_runtime_hooks(linking)
}

fn names(hooks: &RuntimeHooks) -> [Vec<String>; 2] {
    let scripts = hooks.scripts.iter().map(|script| script.name.clone());
    [scripts.collect(), hooks.deferred.iter().map(|module| module.name.clone()).collect()]
}

#[test]
fn a_known_hook_is_a_module_and_brings_what_it_imports() {
    world(list("pyi_rth_inspect", TEXT)).link(|linking| {
        let hooks = hooks(linking).unwrap();
        assert_eq!(names(&hooks), [vec![], vec!["_permafreeze_deferred.pyi_rth_inspect".to_owned()]]);
        assert_eq!(hooks.deferred[0].origin.path, HOOK);
        assert_eq!(hooks.deferred[0].code.as_ref().unwrap().size(), 1);
        assert!(reached(linking).contains(&"zipfile".to_owned()));
    });
}

#[test]
fn a_hook_of_another_source_or_name_is_a_script() {
    for list in [list("pyi_rth_inspect", "import other"), list("pyi_rth_other", TEXT)] {
        let found = world(list).link(|linking| names(&hooks(linking).unwrap()));
        assert_eq!(found, [vec!["pyi_rth_inspect".to_owned()], vec![]]);
    }
}

#[test]
fn a_hook_of_the_user_with_the_known_source_is_a_script() {
    let mut world = world(list("pyi_rth_inspect", TEXT)).scripts(&[("pyi_rth_inspect.py", TEXT)]);
    world.executable.runtime_hooks = vec!["pyi_rth_inspect.py".to_owned()];
    let hooks = world.link(|linking| names(&entry::add_runtime_hooks(linking).unwrap()));
    assert_eq!(hooks, [vec!["pyi_rth_inspect".to_owned()], vec![]]);
}

#[test]
fn a_list_that_is_none_is_an_error() {
    let error = world(owned(&[("deferred.json", "[]")])).try_link(hooks).unwrap_err();
    let expected = "the loader's list `deferred.json` is not a table of sha256 by name: invalid type: sequence, expected a map at line 1 column 0";
    assert_eq!(error.to_string(), expected);
    let error = world(Vec::new()).try_link(hooks).unwrap_err();
    assert_eq!(error.to_string(), "the loader's list `deferred.json` does not exist in the application's files");
}

/// Collects a program of one script.
fn collected(linking: &mut Linking<'_>) -> Result<Collection, LinkError> {
    let runtime_hooks = hooks(linking)?;
    let entry = entry::add(linking)?;
    let scripts = Scripts { runtime_hooks, entry };
    collect::collection(linking.program, scripts, Modules::default(), Vec::new(), Warnings::default())
}

#[test]
fn the_loader_of_permafreeze_wins_and_pyinstaller_has_the_rest() {
    let mut world = world(list("pyi_rth_inspect", TEXT)).scripts(&[("main.py", "")]);
    world.pyinstaller.extend(owned(&[
        ("PyInstaller/loader/pyimod01_archive.py", ""),
        ("PyInstaller/loader/pyimod02_importers.py", ""),
        ("PyInstaller/loader/pyimod03_ctypes.py", ""),
        ("PyInstaller/loader/pyiboot01_bootstrap.py", ""),
    ]));
    world.loader.extend(owned(&[("pyimod01_archive.py", ""), ("pyiboot01_bootstrap.py", "")]));
    let collection = world.try_link(collected).unwrap();
    let origins = |scripts: &[Script]| -> Vec<String> {
        scripts.iter().map(|script| format!("{}:{}", script.origin.owner, script.origin.path)).collect()
    };
    let pyinstaller = "pyinstaller-1-py3-none-any.whl:PyInstaller/loader";
    let bootstrap = [
        "python-runtime:lib/python3.13/struct.py".to_owned(),
        "permafreeze-loader:pyimod01_archive.py".to_owned(),
        format!("{pyinstaller}/pyimod02_importers.py"),
        format!("{pyinstaller}/pyimod03_ctypes.py"),
    ];
    assert_eq!(origins(&collection.bootstrap), bootstrap);
    assert_eq!(origins(&collection.scripts), ["permafreeze-loader:pyiboot01_bootstrap.py", "source:scripts:main.py"]);
    assert_eq!(
        collection.modules.iter().map(|module| &module.name).collect::<Vec<_>>(),
        ["_permafreeze_deferred.pyi_rth_inspect"]
    );
    assert_eq!(collection.scripts[0].origin.owner, Owner::Loader);
}

#[test]
fn what_neither_has_is_an_error() {
    let error = world(list("a", "")).scripts(&[("main.py", "")]).try_link(collected).unwrap_err();
    let expected =
        "PyInstaller's loader `PyInstaller/loader/pyimod01_archive.py` does not exist in the application's files";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn hooks_do_not_see_the_loader() {
    let mut world = World::new();
    world.loader.push(("seen.py".to_owned(), String::new()));
    world.link(|linking| assert_eq!(closure(linking, "import seen"), Vec::<String>::new()));
}
