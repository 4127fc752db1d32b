//! Two owners of one path.
use permafreeze_link::error::LinkError;
use permafreeze_link::program::Program;
use permafreeze_link::shadow;
use permafreeze_link::tree::{Entry, Mount};

use crate::support::{World, closure, warnings};

fn error(world: &World) -> LinkError {
    world.try_link(|_| Ok(())).unwrap_err()
}

#[test]
fn equal_files_of_two_owners_are_fine() {
    let world = World::new().wheel("a", &[("p/__init__.py", "same")]).wheel("b", &[("p/__init__.py", "same")]);
    world.link(|linking| assert!(linking.program.conflicts.is_empty()));
}

#[test]
fn different_code_is_an_error_that_names_both_and_the_mend() {
    let world = World::new().wheel("a", &[("p/x.py", "1")]).wheel("b_c", &[("p/x.py", "2")]);
    let error = error(&world);
    assert_eq!(
        error.to_string(),
        "`p/x.py` is owned by both `a-1-py3-none-any.whl` and `b_c-1-py3-none-any.whl`, with different bytes"
    );
    let hint = "say who wins:\n[tool.permafreeze.precedence]\n\"p/x.py\" = \"a\" # or \"b-c\"";
    assert_eq!(error.hint().unwrap(), hint);
}

#[test]
fn all_conflicts_come_at_once_and_a_glob_settles_them() {
    let world = || {
        let first = World::new().wheel("a", &[("p/x.py", "1"), ("p/q/y.py", "1"), ("p/own.py", "1")]);
        first.wheel("b", &[("p/x.py", "2"), ("p/q/y.py", "2")])
    };
    let LinkError::Collision(conflicts) = error(&world()) else { panic!("no collision") };
    assert_eq!(conflicts.iter().map(|conflict| conflict.path.as_str()).collect::<Vec<_>>(), ["p/q/y.py", "p/x.py"]);
    let text = |rules: &[(&str, &str)], path: &str| {
        let mut world = world();
        world.executable.precedence =
            rules.iter().map(|(path, owner)| ((*path).to_owned(), (*owner).to_owned())).collect();
        world.link(|linking| {
            let Program { tree, objects, .. } = linking.program;
            let found = tree.below(tree.root(Mount::Site), path.into());
            let Some(Entry::File(file)) = found else { panic!("{found:?}") };
            String::from_utf8(objects.read(file).unwrap()).unwrap()
        })
    };
    assert_eq!([text(&[("p/**", "b")], "p/x.py"), text(&[("p/**", "b")], "p/own.py")], ["2", "1"]);
    // A path wins over a glob, a longer glob over a shorter one.
    assert_eq!(text(&[("p/**", "b"), ("p/x.py", "a")], "p/x.py"), "1");
    assert_eq!(text(&[("p/**", "b"), ("p/q/*.py", "a")], "p/q/y.py"), "1");
}

#[test]
fn a_glob_must_name_files_of_its_distribution() {
    let mut world = World::new().wheel("a", &[("p/x.py", "1")]).wheel("b", &[]);
    world.executable.precedence.insert("p/**".to_owned(), "b".to_owned());
    assert_eq!(
        error(&world).to_string(),
        "precedence of `p/**` is given to `b`, which has no such file: its owners are `a`"
    );
}

#[test]
fn precedence_says_who_wins() {
    let mut world = World::new().wheel("a", &[("p/x.py", "1")]).wheel("B_c", &[("p/x.py", "2")]);
    world.executable.precedence.insert("p/x.py".to_owned(), "b.c".to_owned());
    world.link(|linking| {
        let file = linking
            .program
            .tree
            .walk(linking.program.tree.root(Mount::Site))
            .into_iter()
            .find(|(path, _)| path == "p/x.py");
        assert_eq!(linking.program.objects.read(file.unwrap().1).unwrap(), b"2");
        assert!(linking.program.conflicts.is_empty());
    });
}

#[test]
fn precedence_must_name_an_owner() {
    let mut world = World::new().wheel("a", &[("p/x.py", "1")]);
    world.executable.precedence.insert("p/x.py".to_owned(), "b".to_owned());
    assert_eq!(
        error(&world).to_string(),
        "precedence of `p/x.py` is given to `b`, which has no such file: its owners are `a`"
    );
}

#[test]
fn different_data_is_noted_and_the_first_owner_wins() {
    let world = World::new().wheel("a", &[("LICENSE", "1")]).wheel("b", &[("LICENSE", "2")]);
    world.link(|linking| {
        assert_eq!(linking.program.conflicts.keys().collect::<Vec<_>>(), ["LICENSE"]);
        let file = linking.program.tree.file(linking.program.tree.root(Mount::Site), "LICENSE").unwrap();
        assert_eq!(linking.program.objects.read(file).unwrap(), b"1");
    });
}

#[test]
fn a_file_where_another_has_a_folder_is_an_error() {
    let world = World::new().wheel("a", &[("p/x.py", "")]).wheel("b", &[("p", "")]);
    let error = error(&world);
    assert_eq!(error.to_string(), "`p` is a file of `b-1-py3-none-any.whl` and a folder of `a-1-py3-none-any.whl`");
    assert!(error.hint().unwrap().contains("poetry update"));
}

#[test]
fn a_module_hidden_by_a_package_is_shipped_with_what_it_imports() {
    let world = World::new()
        .wheel("python_multipart", &[("multipart/__init__.py", "")])
        .wheel("multipart", &[("multipart.py", "import helper")])
        .wheel("helper", &[("helper.py", "")]);
    world.link(|linking| {
        assert_eq!(closure(linking, "import multipart"), ["multipart"]);
        let shadows = shadow::add(linking).unwrap();
        assert_eq!(shadows.iter().map(|shadow| shadow.path.as_str()).collect::<Vec<_>>(), ["multipart.py"]);
        assert_eq!(crate::support::reached(linking), ["helper", "multipart", "multipart#shadow"]);
        let expected = "the package `multipart` of `python_multipart-1-py3-none-any.whl` hides the module `multipart.py` \
            of `multipart-1-py3-none-any.whl`; the module is shipped as a file";
        assert_eq!(warnings(linking), [expected]);
    });
}
