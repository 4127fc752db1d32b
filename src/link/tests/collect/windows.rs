//! What is collected for Windows, and where to.
use permafreeze_link::collect::extensions;
use permafreeze_link::error::LinkError;
use permafreeze_link::files::{data, libraries, runtime};
use permafreeze_link::linking::Linking;

use crate::support::{World, closure, warnings};

/// Collects the extension modules that a script reaches, libpython and what they need.
fn try_collected(linking: &mut Linking<'_>, script: &str) -> Result<Vec<String>, LinkError> {
    closure(linking, script);
    let program = linking.program;
    let mut toc = runtime::libpython(program)?;
    toc.extend(data::of_ctypes(program, linking.graph, linking.warnings)?);
    toc.extend(extensions(program, linking.graph)?);
    let toc = libraries::with_needed(program, toc, &linking.hooks.results.suppressed, linking.warnings)?;
    let files: Vec<String> = toc.entries().map(|(dest, kind, _)| format!("{dest} {kind:?}")).collect();
    Ok(files.into_iter().filter(|file| !file.starts_with("python313.dll ")).collect())
}

fn collected(linking: &mut Linking<'_>, script: &str) -> Vec<String> {
    try_collected(linking, script).unwrap()
}

#[test]
fn libraries_are_found_whatever_their_case_and_have_no_links() {
    let files = [
        ("p/__init__.py", ""),
        ("p/x.cp313-win_amd64.pyd", "PE needed=B-1.DLL,python313.dll,KERNEL32.dll,api-ms-win-crt-heap-l1-1-0.dll"),
        ("p.libs/b-1.dll", "PE needed=Vcruntime140.dll,c.dll"),
        ("p.libs/C.dll", "PE"),
        ("p.libs/api-ms-win-crt-heap-l1-1-0.dll", "PE"),
    ];
    let runtime =
        [("vcruntime140.dll", "PE"), ("DLLs/_ssl.pyd", "PE needed=libssl-3.dll"), ("DLLs/libssl-3.dll", "PE")];
    World::windows().runtime(&runtime).wheel("p", &files).link(|linking| {
        let expected = [
            "_ssl.pyd Extension",
            "libssl-3.dll Binary",
            "p.libs/C.dll Binary",
            "p.libs/b-1.dll Binary",
            "p/x.cp313-win_amd64.pyd Extension",
            "vcruntime140.dll Binary",
        ];
        assert_eq!(collected(linking, "import p.x\nimport _ssl"), expected);
        assert_eq!(warnings(linking), [""; 0]);
    });
}

#[test]
fn a_library_beside_its_importer_goes_before_others_of_its_name() {
    let files = [
        ("a/x.pyd", "PE needed=d.dll"),
        ("a/d.dll", "PE machine=x86_64"),
        ("a.libs/d.dll", "PE needed=never.dll"),
        ("d.dll", "PE needed=never.dll"),
        ("b/y.pyd", "PE needed=e.dll"),
        ("b/deep/e.dll", "PE needed=never.dll"),
        ("b.libs/e.dll", "PE"),
    ];
    let script = "import a.x\nimport b.y";
    World::windows().wheel("a", &files).link(|linking| {
        let expected = ["a/d.dll Binary", "a/x.pyd Extension", "b.libs/e.dll Binary", "b/y.pyd Extension"];
        assert_eq!(collected(linking, script), expected);
        assert_eq!(warnings(linking), [""; 0]);
    });
}

#[test]
fn what_is_wanted_later_may_be_missing() {
    let files =
        [("x.pyd", "PE delayed=a.dll,missing.dll needed=missing.dll"), ("y.pyd", "PE delayed=no.dll"), ("a.dll", "PE")];
    World::windows().wheel("p", &files).link(|linking| {
        assert_eq!(collected(linking, "import x\nimport y"), ["a.dll Binary", "x.pyd Extension", "y.pyd Extension"]);
        let expected = "library `missing.dll`, which `x.pyd` of `p-1-py3-none-any.whl` needs, is in no package";
        assert_eq!(warnings(linking), [expected]);
    });
}

#[test]
fn the_library_of_another_distribution_is_taken_if_there_is_but_one() {
    let needs = [("x.pyd", "PE needed=d.dll")];
    let world = || World::windows().wheel("p", &needs).wheel("q", &[("q/d.dll", "PE needed=version.dll")]);
    world().link(|linking| assert_eq!(collected(linking, "import x"), ["q/d.dll Binary", "x.pyd Extension"]));
    world().wheel("r", &[("r/d.dll", "PE needed=version.dll")]).link(|linking| {
        assert_eq!(collected(linking, "import x"), ["q/d.dll Binary", "x.pyd Extension"], "the bytes are the same");
    });
    world().wheel("r", &[("r/D.dll", "PE")]).link(|linking| {
        assert_eq!(collected(linking, "import x"), ["x.pyd Extension"]);
        let expected = "library `d.dll`, which `x.pyd` of `p-1-py3-none-any.whl` needs, is in `q-1-py3-none-any.whl` and in \
                        `r-1-py3-none-any.whl`, with different bytes; neither is taken: name the package that has it in \
                        `collect-binaries`";
        assert_eq!(warnings(linking), [expected]);
    });
}

#[test]
fn libraries_of_windows_are_not_taken_from_unrelated_packages() {
    let world = World::windows().wheel("p", &[("x.pyd", "PE needed=dbghelp.dll,USER32.dll")]);
    world.wheel("q", &[("q/dbghelp.dll", "PE")]).link(|linking| {
        assert_eq!(collected(linking, "import x"), ["x.pyd Extension"]);
        assert_eq!(warnings(linking), [""; 0]);
    });
    let own = [("x.pyd", "PE needed=DbgHelp.dll,user32.dll"), ("dbghelp.dll", "PE"), ("user32.dll", "PE")];
    World::windows().wheel("p", &own).link(|linking| {
        assert_eq!(collected(linking, "import x"), ["dbghelp.dll Binary", "x.pyd Extension"]);
    });
}

#[test]
fn the_compilers_libraries_come_from_a_distribution_that_has_them() {
    let needs = [("p/__init__.py", ""), ("p/x.pyd", "PE needed=MSVCP140.dll")];
    World::windows().wheel("p", &needs).link(|linking| {
        let error = try_collected(linking, "import p.x").unwrap_err();
        let expected = "library `MSVCP140.dll`, which `p/x.pyd` of `p-1-py3-none-any.whl` needs, is in no package for it, and not part \
                        of the target's system";
        assert_eq!(error.to_string(), expected);
        let hint = "add `msvc-runtime`, which has it, to the dependencies: `\"msvc-runtime; sys_platform == 'win32'\"`, by \
                    `poetry add` or `uv add`";
        assert_eq!(error.hint().as_deref(), Some(hint));
    });
    let private = [("q/.libs/msvcp140.dll", "PE")];
    World::windows().wheel("p", &needs).wheel("q", &private).link(|linking| {
        let error = try_collected(linking, "import p.x").unwrap_err();
        assert!(error.to_string().contains("is in no package for it"), "{error}");
    });
    let runtime = [("msvc_runtime-14.data/data/msvcp140.dll", "PE")];
    World::windows().wheel("p", &needs).wheel("msvc_runtime", &runtime).link(|linking| {
        assert_eq!(collected(linking, "import p.x"), ["msvcp140.dll Binary", "p/x.pyd Extension"]);
    });
}

#[test]
fn a_library_for_another_machine_is_refused() {
    let files = [("x.pyd", "PE needed=d.dll"), ("d.dll", "PE machine=i686")];
    World::windows().wheel("p", &files).link(|linking| {
        let error = try_collected(linking, "import x").unwrap_err();
        let expected = "`d.dll` of `p-1-py3-none-any.whl` is a PE file for `i686`, but target `windows-amd64` needs PE for `x86_64`";
        assert_eq!(error.to_string(), expected);
    });
}

#[test]
fn libraries_that_ctypes_loads() {
    let files = [
        ("a.py", "import ctypes\nCDLL(\"MyLib\")\nWinDLL(\"other.dll\")\nCDLL(\"gone.dll\")\nWinDLL(\"kernel32.dll\")"),
        ("b.py", "import ctypes\nfind_library(\"c\")\nfind_library(\"third\")"),
        ("mylib.dll", "PE"),
        ("third.dll", "PE"),
    ];
    let world = World::windows().stdlib(&[("ctypes/__init__.py", "")]).runtime(&[("DLLs/OTHER.dll", "PE")]);
    world.wheel("p", &files).link(|linking| {
        assert_eq!(
            collected(linking, "import a\nimport b"),
            ["OTHER.dll Binary", "mylib.dll Binary", "third.dll Binary"]
        );
        assert_eq!(warnings(linking), ["library `gone.dll`, which `a` loads with ctypes, is in no package"]);
    });
}

#[test]
fn folders_of_pth_files_are_searched_and_pywin32_keeps_its_own() {
    let pth = "# a comment\nimport os; os.x\nwin32\nwin32\\lib\r\nmissing\n";
    let files = [("pywin32.pth", pth), ("win32/win32api.pyd", "PE"), ("win32/lib/win32con.py", "")];
    let world = World::windows().wheel("pywin32", &files).wheel("other", &[("plain.pyd", "PE")]);
    world.link(|linking| {
        let found = closure(linking, "import win32api\nimport win32con\nimport plain");
        for module in ["win32api", "win32con", "plain"] {
            assert!(found.iter().any(|name| name == module), "{found:?}");
        }
        let toc = extensions(linking.program, linking.graph).unwrap();
        let places: Vec<&str> = toc.entries().map(|(dest, _, _)| dest).collect();
        assert_eq!(places, ["plain.pyd", "win32/win32api.pyd"]);
    });
}
