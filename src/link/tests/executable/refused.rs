//! Collections that make no executable, and what is said of them.
use std::error::Error;

use permafreeze_executable::format::ModuleKind;
use permafreeze_link::collection::{Collection, FileKind};
use permafreeze_link::platform::Platform;
use permafreeze_link::write::Written;
use permafreeze_packaging::target::Target;

use crate::support::{Folder, bytes, collection, file, module, write};

/// Writes, expects an error and nothing left behind, and returns the error's cause.
fn refusal(change: impl FnOnce(&mut Collection)) -> String {
    let folder = Folder::new();
    let mut input = collection();
    change(&mut input);
    let error = write(&input, folder.root()).unwrap_err();
    assert_eq!(folder.names(), [""; 0]);
    error.source().unwrap().to_string()
}

fn refused_file(dest: &str, kind: FileKind) -> String {
    refusal(|input| input.files.push(file(dest, kind, b"bytes")))
}

#[test]
fn one_path_twice() {
    let text = refusal(|input| {
        input.files.push(file("a/b", FileKind::Data, b"1"));
        input.files.push(file("a/b", FileKind::Extension, b"1"));
    });
    assert_eq!(text, "the file `a/b` is there twice: from `a/b` of `app.whl` and from `a/b` of `app.whl`");
    assert!(refused_file("base_library.zip", FileKind::Data).contains("is there twice"));
}

#[test]
fn a_file_that_is_also_a_folder() {
    let text = refusal(|input| {
        input.files.push(file("a", FileKind::Symlink { target: "b".to_owned() }, b""));
        input.files.push(file("a/b/c", FileKind::Data, b"1"));
        input.files.push(file("a.txt", FileKind::Data, b"1"));
    });
    assert_eq!(text, "`a` is a file, from `a` of `app.whl`, and the folder of `a/b/c`, from `a/b/c` of `app.whl`");
}

#[test]
fn paths_that_lead_out() {
    for (dest, reason) in [
        ("", "the path is empty"),
        ("/etc/passwd", "the path is absolute"),
        ("a/../../b", "the path contains `..`"),
        ("a//b", "the path contains an empty part"),
        ("./a", "the path contains an empty part"),
        ("a\0b", "the path contains NUL"),
    ] {
        let text = refused_file(dest, FileKind::Data);
        assert_eq!(text, format!("`{dest}` of `app.whl` cannot be unpacked to `{dest}`: {reason}"));
    }
}

#[test]
fn links_that_lead_out() {
    let link = |target: &str| FileKind::Symlink { target: target.to_owned() };
    for target in ["../../x", "../a/../../x", "/usr/lib/libz.so", "", "a\0"] {
        assert!(refused_file("d/link", link(target)).contains("cannot be unpacked to `d/link`: the link's target"));
    }
    let folder = Folder::new();
    let mut input = collection();
    input.files.push(file("d/link", link("../other/lib.so"), b""));
    write(&input, folder.root()).unwrap();
}

#[test]
fn modules() {
    let code = || Some(bytes(b"code"));
    let text = refusal(|input| {
        input.modules.push(module("a", ModuleKind::Module, code()));
        input.modules.push(module("a", ModuleKind::Package, code()));
    });
    assert_eq!(text, "the module `a` is there twice: from `a` of `app.whl` and from `a` of `app.whl`");
    let text = refusal(|input| input.modules.push(module("a", ModuleKind::Module, None)));
    assert_eq!(text, "the module `a`, from `a` of `app.whl`, must have code");
    let text = refusal(|input| input.base_library.push(module("a", ModuleKind::NamespacePackage, code())));
    assert_eq!(text, "the module `a`, from `a` of `app.whl`, must have no code: it is a namespace package");
}

#[test]
fn no_libpython() {
    let text = refusal(|input| input.files.clear());
    assert_eq!(text, "the libpython `libpython3.13.so.1.0` is not among the files");
}

#[test]
fn what_cannot_be_written_leaves_nothing_whichever_file_it_is() {
    let folder = Folder::new();
    let platform = Platform::of(Target::LinuxAmd64);
    let new = |share| Written::new(&collection(), platform.container.as_ref(), folder.root(), &folder.path(share));
    let error = new("no/folder").err().unwrap();
    assert!(error.to_string().contains("no/folder/"), "{error}");
    let mut written = new("").unwrap();
    let error = written.add(&folder.path("no/bill.json"), "{}").err().unwrap();
    assert!(error.to_string().contains("no/"), "{error}");
    drop(written);
    assert_eq!(folder.names(), ["bin"]);
    assert_eq!(std::fs::read_dir(folder.path("bin")).unwrap().count(), 0);
}
