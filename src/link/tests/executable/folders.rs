//! A folder and its archive hold what a onefile holds.
use std::fs;
use std::os::unix::fs::PermissionsExt;

use permafreeze_archive::Executable;
use permafreeze_executable::format::ModuleKind;
use permafreeze_link::collection::{Collection, FileKind, Form};
use permafreeze_packaging::target::Target;
use permafreeze_plan::form;

use crate::support::{Folder, bytes, collection, file, module, write};

fn input() -> Collection {
    let mut input = Collection { form: Form::Onedir, ..collection() };
    input.files.push(file("z/data.txt", FileKind::Data, b"data"));
    input.files.push(file("helper", FileKind::ExecutableData, b"helper"));
    input.files.push(file("libz.so", FileKind::Symlink { target: "z/libz.so".to_owned() }, b"ignored"));
    input.modules.push(module("a", ModuleKind::Module, Some(bytes(b"code in memory"))));
    input
}

/// Path, permission bits or target, bytes of each file.
fn files(executable: &Executable) -> Vec<(String, Option<u32>, Vec<u8>)> {
    executable.files().iter().map(|file| (file.path.clone(), file.mode, file.raw().to_vec())).collect()
}

#[test]
fn the_folder_and_its_archive_are_the_same() {
    let folder = Folder::new();
    let report = write(&input(), folder.root()).unwrap();
    assert_eq!(report.form, form::Form::Onedir);
    assert_eq!(folder.names(), ["app.tar.zst", "bin", "lib", "report.json"]);
    assert_eq!(fs::metadata(folder.path("app.tar.zst")).unwrap().len(), report.executable.size);
    assert_eq!(
        fs::canonicalize(folder.path("bin/app")).unwrap(),
        fs::canonicalize(folder.path("lib/app/app")).unwrap()
    );
    let packed = Executable::open(&folder.path("app.tar.zst")).unwrap();
    let laid_out = Executable::open(&folder.path("lib/app")).unwrap();
    assert_eq!(files(&packed), files(&laid_out));
    let modes: Vec<_> = files(&packed).into_iter().map(|(path, mode, _)| (path, mode)).collect();
    let expected = [
        ("_internal/base_library.zip", Some(0o644)),
        ("_internal/helper", Some(0o755)),
        ("_internal/libpython3.13.so.1.0", Some(0o755)),
        ("_internal/libz.so", None),
        ("_internal/z/data.txt", Some(0o644)),
        ("app", Some(0o755)),
    ];
    assert_eq!(modes, expected.map(|(path, mode)| (path.to_owned(), mode)));
    let unpacked = folder.path("unpacked");
    let program = packed.unpack(&unpacked).unwrap();
    assert_eq!(program, unpacked.join("app"));
    assert_eq!(fs::metadata(program).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(files(&Executable::open(&unpacked).unwrap()), files(&packed));
}

#[test]
fn the_same_files_make_the_same_archive() {
    let archive = |input: &Collection| {
        let folder = Folder::new();
        write(input, folder.root()).unwrap();
        fs::read(folder.path("app.tar.zst")).unwrap()
    };
    let mut reversed = input();
    reversed.files.reverse();
    assert!(archive(&input()) == archive(&reversed));
}

#[test]
fn entries_are_those_of_the_onefile() {
    let names = |is_folder| {
        let folder = Folder::new();
        let form = if is_folder { Form::Onedir } else { Form::Onefile };
        write(&Collection { form, ..input() }, folder.root()).unwrap();
        let path = folder.path(if is_folder { "app.tar.zst" } else { "bin/app" });
        let executable = Executable::open(&path).unwrap();
        executable.entries().iter().map(|entry| (entry.kind, entry.name.clone())).collect::<Vec<_>>()
    };
    assert_eq!(names(true), names(false));
}

#[test]
fn a_program_for_windows_has_its_suffix_in_the_folder() {
    let folder = Folder::new();
    let input = Collection { form: Form::Onedir, ..crate::windows::windows("app") };
    assert_eq!(input.target, Target::WindowsAmd64);
    write(&input, folder.root()).unwrap();
    assert!(folder.path("lib/app/app.exe").is_file() && folder.path("app.tar.zst").is_file());
    assert!(Executable::open(&folder.path("app.tar.zst")).unwrap().program().is_for_windows());
}
