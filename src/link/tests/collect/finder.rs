//! The import system's rules.
use permafreeze_link::finder::FoundKind;
use permafreeze_link::tree::Mount;

use crate::support::World;

fn found(world: &World, name: &str) -> Option<(FoundKind, String)> {
    world.link(|linking| {
        let found = linking.program.finder.find(&linking.program.tree, name)?;
        let file = found.file.map(|file| linking.program.objects.path(file).to_owned()).unwrap_or_default();
        Some((found.kind, file))
    })
}

#[test]
fn a_package_wins_over_a_module_of_its_name() {
    let world = World::new().wheel("a", &[("x.py", ""), ("x/__init__.py", "")]);
    assert_eq!(found(&world, "x"), Some((FoundKind::Package, "x/__init__.py".to_owned())));
}

#[test]
fn an_extension_wins_over_a_source() {
    let world =
        World::new().wheel("a", &[("x.py", ""), ("x.abi3.so", "ELF"), ("y/__init__.py", ""), ("y/__init__.so", "ELF")]);
    assert_eq!(found(&world, "x"), Some((FoundKind::Extension, "x.abi3.so".to_owned())));
    assert_eq!(found(&world, "y"), Some((FoundKind::ExtensionPackage, "y/__init__.so".to_owned())));
}

#[test]
fn suffixes_of_another_python_or_machine_do_not_count() {
    let world = World::new().wheel("a", &[("x.cpython-312-x86_64-linux-gnu.so", "ELF"), ("y.pyd", "")]);
    assert_eq!(found(&world, "x"), None);
    assert_eq!(found(&world, "y"), None);
}

#[test]
fn a_source_wins_over_a_compiled_file() {
    let world = World::new().wheel("a", &[("x.py", ""), ("x.pyc", ""), ("y.pyc", "")]);
    assert_eq!(found(&world, "x").unwrap().0, FoundKind::Source);
    assert_eq!(found(&world, "y").unwrap().0, FoundKind::Compiled);
}

#[test]
fn folders_without_init_are_a_namespace_over_all_of_the_path() {
    let world = World::new().scripts(&[("ns/a.py", "")]).wheel("b", &[("ns/b.py", "")]);
    assert_eq!(found(&world, "ns"), Some((FoundKind::Namespace, String::new())));
    assert_eq!(found(&world, "ns.a").unwrap().0, FoundKind::Source);
    assert_eq!(found(&world, "ns.b").unwrap().0, FoundKind::Source);
}

#[test]
fn a_later_package_or_module_wins_over_an_earlier_namespace() {
    let world = World::new().scripts(&[("x/data.txt", "")]).wheel("b", &[("x/__init__.py", "")]);
    assert_eq!(found(&world, "x").unwrap().0, FoundKind::Package);
    let world = World::new().scripts(&[("x/data.txt", "")]).wheel("b", &[("x.py", "")]);
    assert_eq!(found(&world, "x").unwrap().0, FoundKind::Source);
}

#[test]
fn builtins_win_over_files_but_only_at_the_top() {
    let world = World::new().scripts(&[("time.py", ""), ("p/__init__.py", ""), ("p/time.py", "")]);
    assert_eq!(found(&world, "time").unwrap().0, FoundKind::Builtin);
    assert_eq!(found(&world, "p.time").unwrap().0, FoundKind::Source);
}

#[test]
fn plain_scripts_come_before_the_standard_library_and_packages_after_it() {
    let world = World::new().stdlib(&[("json.py", ""), ("csv.py", "")]);
    let world = world.scripts(&[("json.py", "")]).wheel("a", &[("csv.py", "")]);
    assert_eq!(found(&world, "json").unwrap().1, "json.py");
    assert_eq!(found(&world, "csv").unwrap().1, "lib/python3.13/csv.py");
}

#[test]
fn the_parent_must_be_a_package() {
    let world = World::new().wheel("a", &[("x.py", "")]);
    assert_eq!(found(&world, "x.y"), None);
    assert_eq!(found(&world, "nothing.y"), None);
}

#[test]
fn iter_modules_lists_modules_and_regular_packages() {
    let files = [
        ("p/__init__.py", ""),
        ("p/a.py", ""),
        ("p/b.cpython-313-x86_64-linux-gnu.so", "ELF"),
        ("p/c/__init__.py", ""),
        ("p/data/x.txt", ""),
        ("p/no.module.py", ""),
        ("p/z.txt", ""),
    ];
    World::new().wheel("a", &files).link(|linking| {
        let path = linking.program.finder.find(&linking.program.tree, "p").unwrap().path.unwrap();
        let modules = linking.program.finder.iter_modules(&linking.program.tree, &path);
        let expected = [("a", false), ("b", false), ("c", true)].map(|(name, package)| (name.to_owned(), package));
        assert_eq!(modules, expected);
    });
}

#[test]
fn paths_lead_to_files_and_back() {
    let world = World::new().wheel("a", &[("p/data/x.txt", "")]);
    world.link(|linking| {
        let root = linking.program.tree.dir_path(linking.program.tree.root(Mount::Site));
        let entry = linking.program.tree.lookup(&root.join("p/data/../data/x.txt")).unwrap();
        let permafreeze_link::tree::Entry::File(file) = entry else { panic!("{entry:?}") };
        assert_eq!(linking.program.file_path(file), Some(root.join("p/data/x.txt")));
        assert_eq!(linking.program.tree.lookup(&root.join("p/nothing")), None);
        assert_eq!(linking.program.tree.lookup(&root.join("../../../../etc/passwd")), None);
        assert_eq!(linking.program.tree.lookup("/etc/passwd".into()), None);
    });
}
