//! What native libraries need.
use permafreeze_link::collect::extensions;
use permafreeze_link::entry;
use permafreeze_link::files::{Toc, TocKind, TocSource, libraries, runtime};
use permafreeze_link::linking::Linking;

use crate::support::{World, closure, warnings};

/// Collects the extension modules that a script reaches with what they need: destination and what is there.
fn collected(linking: &mut Linking<'_>, script: &str) -> Vec<String> {
    closure(linking, script);
    let program = linking.program;
    let toc = extensions(program, linking.graph).unwrap();
    let suppressed = &linking.hooks.results.suppressed;
    let mut toc = libraries::with_needed(program, toc, suppressed, linking.warnings).unwrap();
    toc.extend(libraries::checksums(program, &toc));
    let describe = |dest: &str, kind: TocKind, source: &TocSource| match source {
        TocSource::Link(target) => format!("{dest} -> {target}"),
        _ => format!("{dest} {kind:?}"),
    };
    toc.entries().map(|(dest, kind, source)| describe(dest, kind, source)).collect()
}

#[test]
fn libraries_of_a_wheel_keep_their_place_and_get_a_link() {
    let files = [
        ("p/x.abi3.so", "ELF needed=liba.so.1,libc.so.6,libz.so.1 runpath=$ORIGIN/../p.libs"),
        ("p.libs/liba.so.1", "ELF needed=libb.so runpath=${ORIGIN}"),
        ("p.libs/libb.so", "ELF"),
        ("p/__init__.py", ""),
    ];
    World::new().wheel("p", &files).link(|linking| {
        let expected = [
            "liba.so.1 -> p.libs/liba.so.1",
            "libb.so -> p.libs/libb.so",
            "p.libs/liba.so.1 Binary",
            "p.libs/libb.so Binary",
            "p/x.abi3.so Extension",
        ];
        assert_eq!(collected(linking, "import p.x"), expected);
        assert!(warnings(linking).is_empty());
    });
}

#[test]
fn rpath_is_inherited_and_runpath_is_not() {
    for (path, found) in [("rpath", true), ("runpath", false)] {
        let extension = format!("ELF needed=liba.so {path}=$ORIGIN/one");
        let files = [("x.so", extension.as_str()), ("one/liba.so", "ELF needed=libb.so"), ("one/libb.so", "ELF")];
        World::new().wheel("p", &files).link(|linking| {
            let all = collected(linking, "import x");
            assert_eq!(all.contains(&"one/libb.so Binary".to_owned()), found, "{path}");
            assert_eq!(warnings(linking).is_empty(), found, "{path}");
        });
    }
}

#[test]
fn a_missing_library_is_a_warning_with_both_names() {
    World::new().wheel("p", &[("x.so", "ELF needed=libmagic.so.1")]).link(|linking| {
        collected(linking, "import x");
        let expected = "library `libmagic.so.1`, which `x.so` of `p-1-py3-none-any.whl` needs, is in no package";
        assert_eq!(warnings(linking), [expected]);
    });
}

#[test]
fn an_extension_module_that_cannot_be_read_is_a_warning() {
    World::new().wheel("p", &[("x.so", "text")]).link(|linking| {
        assert_eq!(collected(linking, "import x"), ["x.so Extension"]);
        let expected =
            "`x.so` of `p-1-py3-none-any.whl` is no native library that can be read: what it needs is not known";
        assert_eq!(warnings(linking), [expected]);
    });
}

#[test]
fn a_library_that_another_one_brings_gets_a_link() {
    let files = [
        ("p/__init__.py", ""),
        ("p/x.so", "ELF needed=liba.so runpath=$ORIGIN/deep/er"),
        ("p/deep/er/liba.so", "ELF"),
        ("y.so", "ELF needed=liba.so"),
    ];
    World::new().wheel("p", &files).link(|linking| {
        let all = collected(linking, "import p.x\nimport y");
        assert!(all.contains(&"liba.so -> p/deep/er/liba.so".to_owned()), "{all:?}");
        assert!(warnings(linking).is_empty());
    });
}

#[test]
fn hooks_suppress_links() {
    let files = [("x.so", "ELF needed=liba.so runpath=$ORIGIN/p.libs"), ("p.libs/liba.so", "ELF")];
    World::new().wheel("p", &files).link(|linking| {
        linking.hooks.results.suppressed.insert("p.libs/*.so".to_owned());
        assert_eq!(collected(linking, "import x"), ["p.libs/liba.so Binary", "x.so Extension"]);
    });
}

#[test]
fn extensions_of_the_standard_library_go_where_python_looks() {
    let file = "lib-dynload/zlib.cpython-313-x86_64-linux-gnu.so";
    // The bootloaders of PyInstaller before 6.16 look elsewhere.
    for (version, dest) in [("6.15.0", file.to_owned()), ("6.16.0", format!("python3.13/{file}"))] {
        let mut world = World::new().stdlib(&[(file, "ELF")]);
        world.pyinstaller_version = version.to_owned();
        world.link(|linking| assert_eq!(collected(linking, ""), [format!("{dest} Extension")], "{version}"));
    }
}

#[test]
fn a_fork_server_that_would_start_the_program_endlessly_is_told() {
    for (pyinstaller, python, count) in [("6.19.0", "3.13.15", 1), ("6.19.0", "3.13.12", 0), ("6.20.0", "3.13.15", 0)] {
        let files = [("multiprocessing/__init__.py", ""), ("multiprocessing/forkserver.py", "")];
        let mut world = World::new().stdlib(&files);
        (world.pyinstaller_version, world.python) = (pyinstaller.to_owned(), python);
        world.link(|linking| {
            closure(linking, "import multiprocessing.forkserver");
            entry::add_runtime_hooks(linking).unwrap();
            assert_eq!(warnings(linking).len(), count, "{pyinstaller}, {python}");
        });
    }
    World::new().link(|linking| {
        closure(linking, "import os");
        entry::add_runtime_hooks(linking).unwrap();
        assert_eq!(warnings(linking), Vec::<String>::new());
    });
}

#[test]
fn an_unknown_pyinstaller_is_refused() {
    let mut world = World::new();
    world.pyinstaller_version = "7.0.1".to_owned();
    let error = world.try_link(|_| Ok(())).unwrap_err();
    assert_eq!(error.to_string(), "the link job has PyInstaller 7.0.1: expected a version from 6.11 to 6.22");
}

#[test]
fn checksum_files_go_along() {
    let files = [("x.so", "ELF"), (".x.so.hmac", "1"), ("x.chk", "2"), ("fipscheck/x.so.hmac", "3")];
    World::new().wheel("p", &files).link(|linking| {
        let expected = [".x.so.hmac Data", "fipscheck/x.so.hmac Data", "x.chk Data", "x.so Extension"];
        assert_eq!(collected(linking, "import x"), expected);
    });
}

/// What the bootloader gets of a world's runtime.
fn of_bootloader(world: &World) -> Result<Vec<String>, String> {
    let toc: Result<Toc, _> = world.try_link(|linking| runtime::bootloader_library(linking.program));
    let entries = |toc: Toc| toc.entries().map(|(dest, kind, _)| format!("{dest} {kind:?}")).collect();
    toc.map(entries).map_err(|error| error.to_string())
}

#[test]
fn a_bundle_alone_has_the_library_that_the_bootloader_needs() {
    let zlib = [("lib/libz.so.1", "ELF")];
    assert_eq!(of_bootloader(&World::bundle().runtime(&zlib)), Ok(vec!["libz.so.1 Binary".to_owned()]));
    let onefile = of_bootloader(&World::new().runtime(&zlib));
    assert_eq!(onefile, Ok(vec![]), "the system's loader looks for it before anything is unpacked");
}

#[test]
fn a_runtime_without_the_bootloaders_library_or_with_a_foreign_one_is_refused() {
    let error = of_bootloader(&World::bundle()).unwrap_err();
    assert!(error.contains("the runtime's zlib") && error.contains("lib/libz.so.1"), "{error}");
    let foreign = World::bundle().runtime(&[("lib/libz.so.1", "ELF machine=aarch64")]);
    let error = of_bootloader(&foreign).unwrap_err();
    assert!(error.contains("libz.so.1"), "{error}");
}
