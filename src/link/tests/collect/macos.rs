//! What is collected for macOS, where to, and what of it is changed.
use permafreeze_link::collect::{self, extensions};
use permafreeze_link::collection::{CollectedFile, FileKind};
use permafreeze_link::error::LinkError;
use permafreeze_link::files::{data, libraries, runtime};
use permafreeze_link::linking::Linking;

use crate::support::{World, closure, warnings};

/// Collects the extension modules that a script reaches, libpython and what they need.
fn try_files(linking: &mut Linking<'_>, script: &str) -> Result<Vec<CollectedFile>, LinkError> {
    closure(linking, script);
    let program = linking.program;
    let mut toc = runtime::libpython(program)?;
    toc.extend(extensions(program, linking.graph)?);
    let toc = libraries::with_needed(program, toc, &linking.hooks.results.suppressed, linking.warnings)?;
    let files = collect::files(program, linking.graph, &toc, linking.warnings)?;
    Ok(files.into_iter().filter(|file| file.dest != "libpython3.13.dylib").collect())
}

fn files(linking: &mut Linking<'_>, script: &str) -> Vec<CollectedFile> {
    try_files(linking, script).unwrap()
}

/// Returns destinations, of links with what they lead to.
fn collected(linking: &mut Linking<'_>, script: &str) -> Vec<String> {
    let describe = |file: CollectedFile| match file.kind {
        FileKind::Symlink { target } => format!("{} -> {target}", file.dest),
        _ => file.dest,
    };
    files(linking, script).into_iter().map(describe).collect()
}

/// Returns the libraries that are changed, and how.
fn changed(linking: &mut Linking<'_>, script: &str) -> Vec<String> {
    let all = files(linking, script).into_iter();
    all.filter_map(|file| Some(format!("{}: {}", file.dest, file.changed?))).collect()
}

/// Returns the names of libraries that a file's load commands need.
fn needed(files: &[CollectedFile], dest: &str) -> Vec<String> {
    let file = files.iter().find(|file| file.dest == dest).unwrap();
    let bytes = file.content.plain().unwrap();
    let facts = permafreeze_object::native::facts(&bytes).unwrap().unwrap();
    facts.needed
}

#[test]
fn libraries_are_found_where_they_lie_and_get_a_link() {
    let files = [
        (
            "p/x.abi3.so",
            "MachO needed=@loader_path/../p.dylibs/liba.dylib,/usr/lib/libz.1.dylib,@rpath/libc.dylib rpath=@loader_path/lib",
        ),
        ("p.dylibs/liba.dylib", "MachO needed=@loader_path/libb.dylib,/System/Library/Frameworks/A.framework/A"),
        ("p.dylibs/libb.dylib", "MachO"),
        ("p/lib/libc.dylib", "MachO needed=@rpath/libd.dylib"),
        ("p/lib/libd.dylib", "MachO"),
        ("p/__init__.py", ""),
    ];
    World::macos().wheel("p", &files).link(|linking| {
        let expected = [
            "liba.dylib -> p.dylibs/liba.dylib",
            "libb.dylib -> p.dylibs/libb.dylib",
            "libc.dylib -> p/lib/libc.dylib",
            "libd.dylib -> p/lib/libd.dylib",
            "p.dylibs/liba.dylib",
            "p.dylibs/libb.dylib",
            "p/lib/libc.dylib",
            "p/lib/libd.dylib",
            "p/x.abi3.so",
        ];
        assert_eq!(collected(linking, "import p.x"), expected);
        assert_eq!(changed(linking, ""), [""; 0]);
        assert_eq!(warnings(linking), [""; 0]);
    });
}

#[test]
fn libraries_of_the_standard_library_stay_beside_its_extension_modules() {
    let dynload = [
        ("lib/python3.13/lib-dynload/_ssl.cpython-313-darwin.so", "MachO needed=@loader_path/libssl.3.dylib"),
        ("lib/python3.13/lib-dynload/libssl.3.dylib", "MachO"),
    ];
    World::macos().runtime(&dynload).link(|linking| {
        let expected = [
            "libssl.3.dylib -> python3.13/lib-dynload/libssl.3.dylib",
            "python3.13/lib-dynload/_ssl.cpython-313-darwin.so",
            "python3.13/lib-dynload/libssl.3.dylib",
        ];
        assert_eq!(collected(linking, "import _ssl"), expected);
        assert_eq!(changed(linking, ""), [""; 0]);
    });
}

#[test]
fn a_library_that_is_missing_is_a_warning_unless_it_is_weak() {
    let needed = "@rpath/libmagic.dylib,@rpath/libweak.dylib,/opt/homebrew/lib/libx.dylib";
    let extension = format!("MachO needed={needed} weak=@rpath/libweak.dylib");
    World::macos().wheel("p", &[("x.so", &extension)]).link(|linking| {
        collected(linking, "import x");
        let missing =
            |name: &str| format!("library `{name}`, which `x.so` of `p-1-py3-none-any.whl` needs, is in no package");
        assert_eq!(warnings(linking), ["/opt/homebrew/lib/libx.dylib", "@rpath/libmagic.dylib"].map(missing));
    });
}

#[test]
fn a_run_path_of_the_system_leads_to_the_system() {
    let extension = "MachO needed=@rpath/libswiftCore.dylib rpath=/usr/lib/swift";
    World::macos().wheel("p", &[("x.so", extension)]).link(|linking| {
        assert_eq!(collected(linking, "import x"), ["x.so"]);
        assert_eq!(warnings(linking), [""; 0]);
    });
}

#[test]
fn what_macos_has_is_loaded_with_ctypes_without_a_warning() {
    let script = "import ctypes\nctypes.CDLL(\"libc.dylib\")\nctypes.util.find_library(\"CoreFoundation\")\n\
                  ctypes.util.find_library(\"usb-1.0\")\nctypes.CDLL(\"liba.dylib\")";
    let stdlib = [("ctypes/__init__.py", ""), ("ctypes/util.py", "")];
    let files = [("p.py", script), ("liba.dylib", "MachO")];
    World::macos().stdlib(&stdlib).wheel("p", &files).link(|linking| {
        closure(linking, "import p");
        let toc = data::of_ctypes(linking.program, linking.graph, linking.warnings).unwrap();
        assert_eq!(toc.entries().map(|(dest, ..)| dest).collect::<Vec<_>>(), ["liba.dylib"]);
        let expected = "library `libusb-1.0.dylib`, which `p` loads with ctypes, is in no package";
        assert_eq!(warnings(linking), [expected]);
    });
}

#[test]
fn a_name_of_the_builders_machine_becomes_the_place_of_the_library() {
    let files = [
        ("p/__init__.py", ""),
        ("p/x.so", "MachO needed=@rpath/liba.dylib rpath=@loader_path/lib"),
        ("p/lib/liba.dylib", "MachO id=/build/out/libA.1.dylib"),
        ("q/__init__.py", ""),
        (
            "q/y.so",
            "MachO needed=/somewhere/liba.dylib,/build/out/libA.1.dylib,@executable_path/../lib/libpython3.13.dylib",
        ),
    ];
    World::macos().wheel("p", &files).link(|linking| {
        let files = files_of(linking);
        assert_eq!(
            needed(&files, "q/y.so"),
            [
                "@loader_path/../p/lib/liba.dylib",
                "@loader_path/../p/lib/liba.dylib",
                "@loader_path/../libpython3.13.dylib"
            ]
        );
        assert_eq!(needed(&files, "p/x.so"), ["@rpath/liba.dylib"]);
        assert_eq!(warnings(linking), [""; 0]);
        let reasons: Vec<&str> = files.iter().filter_map(|file| file.changed.as_deref()).collect();
        let expected = "`/build/out/libA.1.dylib` is `@loader_path/../p/lib/liba.dylib`; `/somewhere/liba.dylib` is \
                        `@loader_path/../p/lib/liba.dylib`; `@executable_path/../lib/libpython3.13.dylib` is \
                        `@loader_path/../libpython3.13.dylib`";
        assert_eq!(reasons, [expected]);
    });
}

fn files_of(linking: &mut Linking<'_>) -> Vec<CollectedFile> {
    files(linking, "import p.x\nimport q.y")
}

#[test]
fn of_libraries_with_one_name_the_wheels_own_is_meant() {
    let other = [
        ("o/__init__.py", ""),
        ("o/x.so", "MachO needed=@loader_path/libz.dylib"),
        ("o/libz.dylib", "MachO modules=o"),
    ];
    let own = [
        ("p/__init__.py", ""),
        ("p/x.so", "MachO needed=@loader_path/libz.dylib"),
        ("p/libz.dylib", "MachO"),
        ("p/y.so", "MachO needed=@rpath/libz.dylib"),
    ];
    let third = [("t.so", "MachO needed=@rpath/libz.dylib")];
    World::macos().wheel("o", &other).wheel("p", &own).wheel("t", &third).link(|linking| {
        let files = files(linking, "import o.x\nimport p.x\nimport p.y\nimport t");
        assert_eq!(needed(&files, "p/y.so"), ["@loader_path/libz.dylib"]);
        // Which one is meant nobody knows.
        assert_eq!(needed(&files, "t.so"), ["@rpath/libz.dylib"]);
    });
}

#[test]
fn what_macos_would_not_load_is_signed() {
    let files = [("x.so", "MachO signature=none"), ("y.so", "MachO signature=broken"), ("z.so", "MachO")];
    World::macos().wheel("p", &files).link(|linking| {
        let expected = ["x.so: signed ad hoc: it has no signature", "y.so: signed ad hoc: its signature does not hold"];
        assert_eq!(changed(linking, "import x\nimport y\nimport z"), expected);
    });
}

#[test]
fn a_library_without_room_is_an_error_that_names_it() {
    let long = format!("p{}", "/long-folder".repeat(40));
    let place = format!("{long}/liba.dylib");
    let names: Vec<String> = (0..8).map(|index| format!("/x{index}/liba.dylib")).collect();
    let extension = format!("MachO needed={}", names.join(","));
    let needs = format!("MachO needed=@loader_path/{place}");
    let files = [("x.so", needs.as_str()), (place.as_str(), "MachO"), ("y.so", extension.as_str())];
    let error = World::macos()
        .wheel("p", &files)
        .try_link(|linking| try_files(linking, "import x\nimport y").map(drop))
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("`y.so` of `p-1-py3-none-any.whl` must be changed to be loaded from the executable"),
        "{text}"
    );
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("its first section begins at byte `1536`"), "{cause}");
    assert!(error.hint().unwrap().contains("lock another version of `p-1-py3-none-any.whl`"));
}

#[test]
fn a_library_for_another_machine_is_refused_with_the_machines_that_there_are() {
    let world = World::macos().wheel_for("macosx_11_0_arm64", "p", &[("x.so", "MachO machine=x86_64")]);
    let error = world.try_link(|linking| try_files(linking, "import x").map(drop)).unwrap_err();
    let expected = "`x.so` of `p-1-py3-none-macosx_11_0_arm64.whl` is a Mach-O file for `x86_64`, but target `darwin-arm64` needs \
                    Mach-O for `aarch64`";
    assert_eq!(error.to_string(), expected);
}
