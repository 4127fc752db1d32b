//! Files beside code: which come with it.
use permafreeze_link::files::beside::{self, Beside};
use permafreeze_link::files::{Toc, TocKind};

use crate::support::{World, closure};

const READS: &str = "mentions: __file__";

fn collected(world: &World, text: &str) -> (Vec<String>, Vec<(String, u32)>) {
    world.link(|linking| {
        closure(linking, text);
        let found = beside::files(linking.program, linking.graph, &linking.hooks.results, &Toc::default());
        let Beside { toc, left_out } = found;
        (toc.entries().map(|(dest, ..)| dest.to_owned()).collect(), left_out.into_iter().collect())
    })
}

#[test]
fn a_package_whose_code_looks_at_its_files_has_them() {
    let files = [
        ("p/__init__.py", ""),
        ("p/sub/__init__.py", READS),
        ("p/data/x.json", "1"),
        ("p/py.typed", ""),
        ("p/p.pyi", ""),
        ("p/fast.pyx", ""),
        ("p/fast.lib", ""),
        ("p/fast.pdb", ""),
        ("p/tests/y.json", "2"),
        ("p/README.md", "5"),
        ("p/.github/x.yml", "6"),
        ("p/bridge/Cargo.toml", "7"),
        ("p/bridge/src/x.svg", "8"),
        ("p/b.py", ""),
        ("other/__init__.py", ""),
        ("other/z.json", "3"),
        ("unused/__init__.py", READS),
        ("unused/w.json", "4"),
    ];
    let world = World::new().wheel("p", &files);
    let (found, left_out) = collected(&world, "import p.sub\nimport other");
    assert_eq!(found, ["p/data/x.json"]);
    assert_eq!(left_out, [("other".to_owned(), 1)]);
    assert_eq!(collected(&world, "import p").0, Vec::<String>::new(), "the module that looks is not linked");
}

#[test]
fn every_way_to_look_counts() {
    for text in
        ["mentions: get_data", "import importlib.resources", "from importlib import resources", "import pkg_resources"]
    {
        let world = World::new().wheel("p", &[("p/__init__.py", text), ("p/x.json", "1")]);
        assert_eq!(collected(&world, "import p").0, ["p/x.json"], "{text}");
    }
}

#[test]
fn folders_of_frameworks_come_without() {
    let world = World::new().wheel("p", &[("p/__init__.py", ""), ("p/templates/a/x.html", "1"), ("p/y.html", "2")]);
    assert_eq!(collected(&world, "import p").0, ["p/templates/a/x.html"]);
}

#[test]
fn packages_of_a_namespace_are_units_of_their_own() {
    let files = [
        ("n/a/__init__.py", READS),
        ("n/a/x.json", "1"),
        ("n/b/__init__.py", ""),
        ("n/b/y.json", "2"),
        ("n/z.json", "3"),
    ];
    let world = World::new().wheel("n", &files);
    let (found, left_out) = collected(&world, "import n.a\nimport n.b");
    assert_eq!((found, left_out), (vec!["n/a/x.json".to_owned()], vec![("n.b".to_owned(), 1)]));
}

#[test]
fn all_files_of_the_applications_packages_come() {
    let files = [
        ("app/__init__.py", ""),
        ("app/tests/x.json", "1"),
        ("app/y.css", "2"),
        ("not_used/__init__.py", ""),
        ("not_used/z", "3"),
    ];
    assert_eq!(collected(&World::new().scripts(&files), "import app").0, ["app/tests/x.json", "app/y.css"]);
    assert_eq!(collected(&World::new().source("app", &files), "import app").0, ["app/tests/x.json", "app/y.css"]);
}

#[test]
fn sources_outside_of_packages_come_if_linked_code_loads_files_as_modules() {
    let files = [("app/__init__.py", ""), ("app/versions/1.py", ""), ("app/sub/__init__.py", ""), ("app/sub/a.py", "")];
    let world = |text: &str| World::new().source("app", &files).wheel("m", &[("m.py", text)]);
    assert_eq!(collected(&world("mentions: spec_from_file_location"), "import app\nimport m").0, ["app/versions/1.py"]);
    assert_eq!(collected(&world(""), "import app\nimport m").0, Vec::<String>::new());
}

#[test]
fn a_hook_that_lists_files_of_the_package_knows_better() {
    let world = World::new().wheel("p", &[("p/__init__.py", READS), ("p/x.json", "1")]);
    let with_datas = |dest: &str| {
        world.link(|linking| {
            closure(linking, "import p");
            let pair = (dest.to_owned(), "/none".to_owned());
            linking.hooks.results.datas.insert("p".to_owned(), [pair].into());
            let found = beside::files(linking.program, linking.graph, &linking.hooks.results, &Toc::default());
            found.toc.entries().count()
        })
    };
    assert_eq!(with_datas("p/other.json"), 0);
    assert_eq!(with_datas("p-1.dist-info/METADATA"), 1);
}

#[test]
fn libraries_come_where_ctypes_is_used() {
    let files = |text| {
        [("p/__init__.py", text), ("p/libx.so", "ELF"), ("p/libarm.so", "ELF machine=aarch64"), ("p/_ext.so", "ELF")]
    };
    let world = World::new().wheel("p", &files("import ctypes"));
    world.link(|linking| {
        closure(linking, "import p");
        let toc = beside::files(linking.program, linking.graph, &linking.hooks.results, &Toc::default()).toc;
        let found: Vec<_> = toc.entries().map(|(dest, kind, _)| (dest.to_owned(), kind)).collect();
        assert_eq!(found, [("p/libx.so".to_owned(), TocKind::Binary)]);
    });
    assert_eq!(collected(&World::new().wheel("p", &files("")), "import p").0, Vec::<String>::new());
}
