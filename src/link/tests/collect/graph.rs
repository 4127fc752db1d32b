//! What is imported by what.
use permafreeze_link::compiles;
use permafreeze_link::entry;
use permafreeze_link::graph::Kind;

use crate::support::{World, closure, edges, kind, reached, warnings};

#[test]
fn imports_of_imports_are_followed() {
    let world =
        World::new().wheel("a", &[("a.py", "import b"), ("b.py", "import a\nimport c"), ("c.py", ""), ("d.py", "")]);
    world.link(|linking| assert_eq!(closure(linking, "import a"), ["a", "b", "c"]));
}

#[test]
fn names_of_a_from_import_are_submodules_first() {
    let world = World::new().wheel("p", &[("p/__init__.py", "a = 1"), ("p/a.py", ""), ("p/b.py", "")]);
    world.link(|linking| {
        assert_eq!(closure(linking, "from p import a, nothing"), ["p", "p.a"]);
        assert_eq!(edges(linking, "main"), ["p", "p.a"]);
        assert_eq!(edges(linking, "p"), ["p.a"]);
    });
}

#[test]
fn a_star_pulls_no_submodules() {
    let world = World::new().wheel("p", &[("p/__init__.py", ""), ("p/a.py", "")]);
    world.link(|linking| assert_eq!(closure(linking, "from p import *"), ["p"]));
}

#[test]
fn a_dotted_import_has_one_edge_and_reaches_the_parents_by_the_child() {
    let world = World::new().wheel("p", &[("p/__init__.py", ""), ("p/q/__init__.py", ""), ("p/q/r.py", "")]);
    world.link(|linking| {
        assert_eq!(closure(linking, "import p.q.r"), ["p", "p.q", "p.q.r"]);
        assert_eq!(edges(linking, "main"), ["p.q.r"]);
    });
}

#[test]
fn parents_of_a_missing_module_are_known_but_not_reached() {
    let world = World::new().wheel("p", &[("p/__init__.py", "")]);
    world.link(|linking| {
        assert!(closure(linking, "import p.missing").is_empty());
        assert_eq!(kind(linking, "p"), Some(Kind::Package));
        assert!(linking.graph.missing["p.missing"].contains("main"));
    });
}

#[test]
fn relative_imports_start_at_the_package() {
    let files = [
        ("p/__init__.py", "from . import a"),
        ("p/a.py", "from .q import b\nfrom .q.c import x"),
        ("p/q/__init__.py", "from .. import d"),
        ("p/q/b.py", ""),
        ("p/q/c.py", ""),
        ("p/d.py", ""),
    ];
    World::new().wheel("p", &files).link(|linking| {
        assert_eq!(closure(linking, "import p"), ["p", "p.a", "p.d", "p.q", "p.q.b", "p.q.c"]);
    });
}

#[test]
fn a_relative_import_too_far_up_is_missing() {
    let world = World::new().wheel("p", &[("p/__init__.py", "from ... import x"), ("x.py", "")]);
    world.link(|linking| {
        assert_eq!(closure(linking, "import p\nfrom . import x"), ["p"]);
        assert!(linking.graph.missing.contains_key("..."));
    });
}

#[test]
fn excluded_modules_are_left_out_with_their_submodules() {
    let mut world = World::new().wheel("p", &[("p/__init__.py", ""), ("p/a.py", ""), ("q.py", "")]);
    world.executable.exclude_modules = vec!["p".to_owned()];
    world.link(|linking| {
        assert_eq!(closure(linking, "import p.a\nimport q\nimport p"), ["p", "q"]);
        assert_eq!(kind(linking, "p"), Some(Kind::ExcludedModule));
        assert_eq!(kind(linking, "p.a"), None);
    });
}

#[test]
fn main_is_never_collected() {
    let world = World::new().scripts(&[("__main__.py", "")]);
    world.link(|linking| assert!(closure(linking, "import __main__").is_empty()));
}

#[test]
fn c_code_implies_imports() {
    let world = World::new().stdlib(&[("_strptime.py", ""), ("datetime.py", "import _datetime"), ("_datetime.py", "")]);
    world.link(|linking| {
        assert_eq!(closure(linking, "import datetime"), ["_datetime", "_strptime", "datetime", "time"]);
        assert_eq!(kind(linking, "time"), Some(Kind::BuiltinModule));
    });
}

#[test]
fn os_path_is_another_name_of_posixpath() {
    let world = World::new().stdlib(&[("os.py", ""), ("posixpath.py", "")]);
    world.link(|linking| {
        assert_eq!(closure(linking, "import os.path"), ["os", "os.path", "posixpath"]);
        assert_eq!(kind(linking, "os.path"), Some(Kind::AliasNode));
    });
}

#[test]
fn every_kind_is_told_apart() {
    let files = [
        ("source.py", ""),
        ("package/__init__.py", ""),
        ("namespace/x.txt", ""),
        ("extension.so", "ELF"),
        ("extpackage/__init__.so", "ELF"),
        ("invalid.py", "syntax error"),
    ];
    let names = "source package namespace extension extpackage invalid sys";
    World::new().wheel("w", &files).link(|linking| {
        let text: String = names.split(' ').map(|name| format!("import {name}\n")).collect();
        closure(linking, &text);
        let kinds: Vec<_> = names.split(' ').filter_map(|name| kind(linking, name)).collect();
        use Kind::*;
        let expected =
            [SourceModule, Package, NamespacePackage, Extension, ExtensionPackage, InvalidSourceModule, BuiltinModule];
        assert_eq!(kinds, expected);
        let warning = "module `invalid` is left out: `invalid.py` of `w-1-py3-none-any.whl` does not compile: \
            SyntaxError: here";
        assert_eq!(warnings(linking), [warning]);
    });
}

#[test]
fn what_an_extension_imports_is_read_from_the_source_beside_it() {
    let world = World::new().wheel("w", &[("x.abi3.so", "ELF"), ("x.py", "import y"), ("y.py", "")]);
    world.link(|linking| assert_eq!(closure(linking, "import x"), ["x", "y"]));
}

#[test]
fn what_edges_no_longer_reach_is_not_collected() {
    let world = World::new().wheel("w", &[("a.py", "import b"), ("b.py", "")]);
    world.link(|linking| {
        closure(linking, "import a");
        let (a, b) = (linking.graph.named("a").unwrap(), linking.graph.named("b").unwrap());
        linking.graph.node_mut(a).edges.remove(&b);
        assert_eq!(reached(linking), ["a"]);
    });
}

#[test]
fn users_are_modules_with_an_edge_outside_of_the_package() {
    let files =
        [("c/__init__.py", "import c.d"), ("c/d.py", "import c"), ("u.py", "from c import x"), ("v.py", "import u")];
    World::new().wheel("w", &files).link(|linking| {
        closure(linking, "import v");
        let users = linking.graph.users("c").into_iter().map(|id| linking.graph.node(id).name.clone());
        assert_eq!(users.collect::<Vec<_>>(), ["u"]);
    });
}

#[test]
fn the_order_of_imports_does_not_matter() {
    let files = [
        ("p/__init__.py", "from .a import *"),
        ("p/a.py", "import q.r"),
        ("q/__init__.py", ""),
        ("q/r.py", "import p"),
    ];
    let world = World::new().wheel("w", &files);
    let one = world.link(|linking| closure(linking, "import p\nimport q"));
    // The world's folder has been read, not changed: the same objects again.
    let world = World::new().wheel("w", &files);
    let other = world.link(|linking| closure(linking, "import q\nimport p"));
    assert_eq!(one, other);
}

#[test]
fn modules_of_the_application_must_compile() {
    let files = [
        ("a/__init__.py", ""),
        ("a/bad.py", "syntax error"),
        ("a/templates/x.py", "syntax error"),
        ("a/loose/y.py", "syntax error"),
        ("main.py", "import a.loose.y"),
    ];
    let check = |world: World| {
        world.link(|linking| {
            entry::add(linking).unwrap();
            linking.drain().unwrap();
            linking.add_application().unwrap();
            compiles::check(linking.program, linking.graph)
        })
    };
    let error = check(World::new().scripts(&files)).unwrap_err();
    let text = "`a/bad.py` does not compile: SyntaxError: here\n`a/loose/y.py` does not compile: SyntaxError: here";
    assert_eq!(error.to_string(), text);
    assert!(error.hint().unwrap().contains("exclude-modules = [\"a.bad\", \"a.loose.y\"]"), "{error:?}");
    let mut world = World::new().scripts(&files);
    world.executable.exclude_modules = vec!["a.bad".to_owned(), "a.loose".to_owned()];
    check(world).unwrap();
}
