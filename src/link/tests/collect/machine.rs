//! Libraries for another machine than the target's.
use std::collections::BTreeSet;

use permafreeze_link::collect::extensions;
use permafreeze_link::error::LinkError;
use permafreeze_link::files::{data, libraries, machine};
use permafreeze_link::linking::Linking;
use permafreeze_plan::plan::AddedData;

use crate::support::{World, closure};

const PLATFORM: &str = "manylinux_2_17_x86_64";

/// Collects what a script reaches, as `collect` does.
fn collect(linking: &mut Linking<'_>, script: &str) -> Result<(), LinkError> {
    closure(linking, script);
    let (program, graph) = (linking.program, &*linking.graph);
    let planned = data::planned(program)?;
    let mut toc = planned.toc;
    toc.extend(data::of_ctypes(program, graph, linking.warnings)?);
    toc.extend(extensions(program, graph)?);
    let toc = libraries::with_needed(program, toc, &BTreeSet::new(), linking.warnings)?;
    machine::check_wheels(program, graph, &toc, &planned.files)
}

fn refused(world: &World, script: &str) -> String {
    world.try_link(|linking| collect(linking, script)).unwrap_err().to_string()
}

fn error(file: &str, platform: &str) -> String {
    format!(
        "`{file}` of `p-1-py3-none-{platform}.whl` is an ELF file for `aarch64`, but target `linux-amd64` needs ELF for \
         `x86_64`"
    )
}

#[test]
fn an_extension_is_refused_in_every_wheel() {
    for platform in ["any", PLATFORM] {
        let world = World::new().wheel_for(platform, "p", &[("x.so", "ELF machine=aarch64")]);
        assert_eq!(refused(&world, "import x"), error("x.so", platform));
    }
}

#[test]
fn a_needed_library_is_refused_where_it_would_be_found() {
    let files = [("x.so", "ELF needed=libz.so.1 runpath=$ORIGIN"), ("libz.so.1", "ELF machine=aarch64")];
    for platform in ["any", PLATFORM] {
        let world = World::new().wheel_for(platform, "p", &files);
        assert_eq!(refused(&world, "import x"), error("libz.so.1", platform));
    }
}

#[test]
fn a_foreign_library_before_one_that_fits_is_passed_over_as_the_loader_does() {
    // What imports, a library that is foreign, and one that fits.
    let elf = [
        ("x.so", "ELF needed=liba.so runpath=$ORIGIN/1,$ORIGIN/2"),
        ("1/liba.so", "ELF machine=aarch64"),
        ("2/liba.so", "ELF"),
    ];
    let mach_o = [
        ("x.so", "MachO needed=@rpath/liba.dylib rpath=@loader_path/1,@loader_path/2"),
        ("1/liba.dylib", "MachO machine=x86_64"),
        ("2/liba.dylib", "MachO"),
    ];
    let pe = [("x.pyd", "PE needed=a.dll"), ("1/a.dll", "PE machine=aarch64"), ("2/a.dll", "PE")];
    let worlds: [(fn() -> World, _); 3] = [(World::new, elf), (World::macos, mach_o), (World::windows, pe)];
    for (world, files) in worlds {
        world().wheel("p", &files).link(|linking| collect(linking, "import x").unwrap());
        let error = refused(&world().wheel("p", &files[..2]), "import x");
        assert!(error.starts_with(&format!("`{}` of ", files[1].0)), "{error}");
    }
}

#[test]
fn a_wheel_for_the_target_has_a_library_for_it() {
    let files = [("p/__init__.py", ""), ("p/liba.so", "ELF machine=aarch64")];
    let world = World::new().wheel_for(PLATFORM, "p", &files);
    assert_eq!(refused(&world, "import p"), error("p/liba.so", PLATFORM));
    // Nothing of the wheel is in the executable.
    world.link(|linking| collect(linking, "").unwrap());
    let both = [files[0], files[1], ("p/libb.so", "ELF")];
    World::new().wheel_for(PLATFORM, "p", &both).link(|linking| collect(linking, "import p").unwrap());
}

#[test]
fn a_wheel_for_every_platform_may_bring_libraries_for_many() {
    let files = [("p/__init__.py", ""), ("p/liba.so", "ELF machine=aarch64")];
    World::new().wheel("p", &files).link(|linking| collect(linking, "import p").unwrap());
}

#[test]
fn a_collected_library_is_refused_unless_the_plan_names_it() {
    let files = [("p/__init__.py", ""), ("p/liba.so", "ELF machine=aarch64"), ("p/libb.so", "ELF")];
    let mut world = World::new().wheel_for(PLATFORM, "p", &files);
    world.executable.datas = vec![AddedData { from: "p/liba.so".to_owned(), to: "lib".to_owned() }];
    world.link(|linking| collect(linking, "import p").unwrap());
    let collected = world.try_link(|linking| {
        closure(linking, "import p");
        let toc = data::planned(linking.program)?.toc;
        machine::check_wheels(linking.program, linking.graph, &toc, &BTreeSet::new())
    });
    assert_eq!(collected.unwrap_err().to_string(), error("p/liba.so", PLATFORM));
}

#[test]
fn a_library_for_ctypes_is_refused_in_a_wheel_for_the_target() {
    let files = [("p.py", "import ctypes\nctypes.CDLL(\"liba.so\")"), ("liba.so", "ELF machine=aarch64")];
    let world = World::new().stdlib(&[("ctypes/__init__.py", "")]).wheel_for(PLATFORM, "p", &files);
    assert_eq!(refused(&world, "import p"), error("liba.so", PLATFORM));
}

#[test]
fn the_hint_names_the_wheel() {
    let world = World::new().wheel("p", &[("x.so", "ELF machine=aarch64")]);
    let error = world.try_link(|linking| collect(linking, "import x")).unwrap_err();
    assert!(error.hint().unwrap().starts_with("`p-1-py3-none-any.whl` was built wrongly for its tags"));
}
