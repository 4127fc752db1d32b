//! Data, metadata, modes: what goes where.
use permafreeze_link::collect::{self, Modules};
use permafreeze_link::entry;
use permafreeze_link::error::LinkError;
use permafreeze_link::files::{Toc, data, metadata};
use permafreeze_link::linking::Linking;
use permafreeze_plan::plan::{AddedData, Entry};

use crate::support::{World, closure, warnings};

fn dests(toc: &Toc) -> Vec<String> {
    toc.entries().map(|(dest, ..)| dest.to_owned()).collect()
}

/// Collects the modules, none of base_library.zip.
fn modules(linking: &Linking<'_>) -> Result<Modules, LinkError> {
    collect::modules(linking.program, linking.graph, &Default::default(), &linking.hooks.results.modes)
}

#[test]
fn planned_data_are_files_and_folders() {
    let mut world = World::new().wheel("a", &[("a/conf/x.toml", "1"), ("a/conf/sub/y.toml", "2"), ("a/z.txt", "3")]);
    let data = |from: &str, to: &str| AddedData { from: from.to_owned(), to: to.to_owned() };
    world.executable.datas = vec![data("a/conf", "etc"), data("a/z.txt", ".")];
    world.link(|linking| {
        let toc = data::planned(linking.program).unwrap().toc;
        assert_eq!(dests(&toc), ["etc/sub/y.toml", "etc/x.toml", "z.txt"]);
    });
}

#[test]
fn planned_data_must_exist() {
    let mut world = World::new().wheel("a", &[("a/z.txt", "3")]);
    world.executable.datas = vec![AddedData { from: "a/none".to_owned(), to: ".".to_owned() }];
    let error = world.try_link(|linking| data::planned(linking.program).map(|_| ())).unwrap_err();
    assert_eq!(error.to_string(), "datas `a/none` does not exist in the application's files");
}

#[test]
fn metadata_follow_calls_in_modules_that_import_the_module() {
    let world = World::new()
        .stdlib(&[("importlib/__init__.py", ""), ("importlib/metadata.py", "")])
        .wheel("Red.is", &[("x.py", "from importlib.metadata import version\nversion(\"red-is\")\nversion(\"none\")")])
        .wheel("other", &[("y.py", "version(\"other\")")]);
    world.link(|linking| {
        closure(linking, "import x\nimport y");
        let toc = metadata::wanted(linking).unwrap();
        assert_eq!(dests(&toc), ["Red.is-1.dist-info/METADATA"]);
    });
}

#[test]
fn who_asks_for_what_is_not_known_has_the_metadata_of_its_own_distribution() {
    let record = "named-1.dist-info/RECORD";
    let alias = "from importlib.metadata import version as _version\n_version(\"named\")";
    let world = World::new()
        .stdlib(&[("importlib/__init__.py", ""), ("importlib/metadata.py", "")])
        .wheel("named", &[("a.py", alias), (record, "")])
        .wheel("computed", &[("b.py", "from importlib.metadata import version\nversion(__name__)")])
        .wheel("constant", &[("c.py", "from importlib.metadata import version\nversion(\"named\")")])
        .wheel("unasked", &[("d.py", "version(__name__)")])
        .wheel("unreached", &[("e.py", "from importlib.metadata import version\nversion(__name__)")]);
    world.link(|linking| {
        closure(linking, "import a\nimport b\nimport c\nimport d");
        let toc = metadata::of_askers(linking.program, linking.graph);
        assert_eq!(dests(&toc), ["computed-1.dist-info/METADATA", "named-1.dist-info/METADATA"]);
    });
}

#[test]
fn planned_metadata_must_exist() {
    let mut world = World::new().wheel("a", &[]);
    world.executable.copy_metadata = vec!["A".to_owned(), "nothing".to_owned()];
    let error = world.try_link(|linking| metadata::planned(linking.program)).unwrap_err();
    assert_eq!(error.to_string(), "copy-metadata names `nothing`, which is none of the installed distributions");
    assert_eq!(error.hint().unwrap(), "remove `nothing` from copy-metadata or add it to the lock");
}

#[test]
fn a_missing_script_is_an_error() {
    let world = World::new().scripts(&[("other.py", "")]);
    let error = world.try_link(entry::add).unwrap_err();
    assert_eq!(error.to_string(), "entry script `main.py` does not exist in the application's files");
}

#[test]
fn a_package_that_is_run_brings_its_main() {
    let run = |files: &[(&str, &str)], module: &str| {
        let mut world = World::new().source("my-app", files);
        world.executable.entry = Entry::Module { module: module.to_owned() };
        world.try_link(|linking| {
            let script = entry::add(linking)?;
            linking.drain()?;
            let reached = linking.graph.reachable(linking.graph.root);
            let wanted = ["p", "p.__main__", "p.cli", "p.help"];
            let names: Vec<_> = wanted.into_iter().filter(|name| reached.contains_key(*name)).collect();
            Ok((script.origin.path, names))
        })
    };
    let entry_script = ".entries/app.py";
    let main = ("p/__main__.py", "from . import help");
    let files = [(entry_script, ""), ("p/__init__.py", ""), main, ("p/help.py", ""), ("p/cli.py", "")];
    assert_eq!(run(&files, "p").unwrap(), (entry_script.to_owned(), vec!["p", "p.__main__", "p.help"]));
    assert_eq!(run(&files, "p.cli").unwrap().1, ["p", "p.cli"]);
    let error = run(&files[..2], "p").unwrap_err();
    assert_eq!(error.to_string(), "the entry point `-m p` names a module that no package has: `p.__main__`");
    let error = run(&files, "no").unwrap_err();
    assert_eq!(error.to_string(), "the entry point `-m no` names a module that no package has: `no`");
    let error = run(&files[1..], "p").unwrap_err();
    assert_eq!(error.to_string(), "entry script `.entries/app.py` does not exist in the application's files");
}

#[test]
fn a_script_with_a_syntax_error_is_an_error() {
    let world = World::new().scripts(&[("main.py", "syntax error")]);
    let error = world.try_link(entry::add).unwrap_err();
    assert_eq!(error.to_string(), "`main.py` does not compile: SyntaxError: here");
}

#[test]
fn modes_are_inherited_from_packages_and_the_last_one_counts() {
    let files = [("p/__init__.py", ""), ("p/a.py", ""), ("p/b.py", ""), ("q.py", "")];
    World::new().wheel("p", &files).link(|linking| {
        closure(linking, "import p.a\nimport p.b\nimport q");
        for (module, mode) in [("p", "py"), ("p.b", "pyz+py"), ("q", "pyc")] {
            linking.hooks.results.modes.insert(module.to_owned(), mode.to_owned());
        }
        let modules = modules(linking).unwrap();
        assert_eq!(modules.pyz.iter().map(|module| module.name.as_str()).collect::<Vec<_>>(), ["p.b"]);
        assert_eq!(dests(&modules.files), ["p/__init__.py", "p/a.py", "p/b.py", "q.pyc"]);
        linking.hooks.results.modes.insert("q".to_owned(), "zip".to_owned());
        let error = self::modules(linking).err().unwrap();
        assert!(matches!(error, LinkError::CollectionMode { .. }), "{error}");
    });
}

#[test]
fn a_data_file_with_two_owners_is_an_error_when_it_is_collected() {
    let world = || World::new().wheel("a", &[("LICENSE", "1")]).wheel("b", &[("LICENSE", "2")]);
    world().link(|linking| {
        assert!(collect::files(linking.program, linking.graph, &Toc::default(), linking.warnings).unwrap().is_empty());
        assert_eq!(warnings(linking).len(), 1);
    });
    let mut wanted = world();
    wanted.executable.datas = vec![AddedData { from: "LICENSE".to_owned(), to: ".".to_owned() }];
    let error = wanted.try_link(|linking| {
        let toc = data::planned(linking.program)?.toc;
        collect::files(linking.program, linking.graph, &toc, linking.warnings).map(|_| ())
    });
    assert!(matches!(error, Err(LinkError::Collision(_))));
}

#[test]
fn the_plans_modes_win_over_the_hooks() {
    let mut world = World::new().wheel("p", &[("p/__init__.py", ""), ("p/a.py", "")]);
    world.executable.module_collection_mode = [("p".to_owned(), "py".to_owned())].into();
    world.link(|linking| {
        closure(linking, "import p.a");
        linking.hooks.results.modes.insert("p".to_owned(), "pyz".to_owned());
        let modules = modules(linking).unwrap();
        assert!(modules.pyz.is_empty());
        assert_eq!(dests(&modules.files), ["p/__init__.py", "p/a.py"]);
    });
}
