//! What Python itself imports, and what a runtime lacks of the standard library.
use permafreeze_link::base;
use permafreeze_link::graph::Kind;

use crate::support::{World, closure, kind, reached, warnings};

/// The warnings of a main script with some imports, in a world with modules of the standard library.
fn said(world: &World, imports: &str) -> Vec<String> {
    world.link(|linking| {
        closure(linking, imports);
        linking.warn_of_missing_stdlib();
        warnings(linking)
    })
}

#[test]
fn an_import_of_what_the_runtime_lacks_is_a_warning_with_who_imports_it() {
    let world = World::new().wheel("p", &[("p/__init__.py", "import p.a"), ("p/a.py", "import idlelib.config")]);
    assert_eq!(
        said(&world, "import p\nimport readline"),
        [
            "`main` imports `readline`: this Python runtime was made without it",
            "`p.a` imports `idlelib`: this Python runtime was made without it",
        ]
    );
}

#[test]
fn a_module_that_needs_what_is_lacking_is_one_too() {
    let files = [("dbm/__init__.py", "import dbm.gnu"), ("dbm/gnu.py", "import _gdbm"), ("shelve.py", "import dbm")];
    let world = World::new().stdlib(&files).wheel("p", &[("p.py", "import dbm.gnu")]);
    assert_eq!(said(&world, "import shelve"), Vec::<String>::new());
    let expected = "`p` imports `dbm.gnu`, which needs `_gdbm`: this Python runtime was made without it";
    assert_eq!(said(&world, "import p"), [expected]);
}

#[test]
fn what_is_there_or_of_another_system_or_excluded_is_none() {
    let mut world = World::new()
        .stdlib(&[("readline.py", "")])
        .wheel("p", &[("p.py", "import readline\nimport winreg\nimport tkinter")]);
    world.executable.exclude_modules = vec!["tkinter".to_owned()];
    assert_eq!(said(&world, "import p"), Vec::<String>::new());
}

#[test]
fn what_no_python_for_windows_has_is_none_there() {
    let world = World::windows().wheel("p", &[("p.py", "import readline\nimport curses\nimport sqlite3")]);
    let world = world.stdlib(&[("curses/__init__.py", "import _curses"), ("sqlite3/__init__.py", "import _sqlite3")]);
    let expected = "`p` imports `sqlite3`, which needs `_sqlite3`: this Python runtime was made without it";
    assert_eq!(said(&world, "import p"), [expected]);
}

#[test]
fn every_program_has_what_c_code_of_python_imports_but_not_in_base_library() {
    let files = [("codecs.py", ""), ("_pylong.py", "import decimal"), ("decimal.py", "")];
    World::new().stdlib(&files).link(|linking| {
        let in_base_library = base::add_modules(linking).unwrap();
        assert_eq!(reached(linking), ["_pylong", "codecs", "decimal"]);
        let names: Vec<&str> = in_base_library.iter().map(|id| linking.graph.node(*id).name.as_str()).collect();
        assert_eq!(names, ["codecs"]);
    });
}

#[test]
fn what_c_code_imports_can_be_excluded() {
    let mut world = World::new().stdlib(&[("_pylong.py", "import decimal"), ("decimal.py", "")]);
    world.executable.exclude_modules = vec!["decimal".to_owned()];
    world.link(|linking| {
        base::add_modules(linking).unwrap();
        assert_eq!(kind(linking, "decimal"), Some(Kind::ExcludedModule));
    });
}
