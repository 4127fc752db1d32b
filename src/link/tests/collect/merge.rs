//! Two owners of one path.
use permafreeze_link::error::LinkError;
use permafreeze_link::shadow;
use permafreeze_link::tree::Mount;

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
    assert_eq!(error.hint().unwrap(), "say who wins: [tool.permafreeze.precedence] \"p/x.py\" = \"a\" (or \"b-c\")");
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
    assert!(matches!(error(&world), LinkError::Collision { .. }));
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
