//! What is written is what was collected.
use std::fs;
use std::os::unix::fs::PermissionsExt;

use permafreeze_archive::{Archive, PyzKind};
use permafreeze_base::sha256;
use permafreeze_executable::base_library;
use permafreeze_executable::format::ModuleKind;
use permafreeze_executable::report::{Place, Report};
use permafreeze_link::collection::{Collection, FileKind};
use permafreeze_packaging::python::DEFAULT;

use crate::support::{Folder, bytes, collection, file, module, object, write};

fn written(folder: &Folder, collection: &Collection) -> (Report, Archive) {
    let report = write(collection, folder.root()).unwrap();
    (report, Archive::open(&folder.path("bin/app")).unwrap())
}

#[test]
fn scripts_keep_their_order_and_the_rest_is_sorted() {
    let folder = Folder::new();
    let mut input = collection();
    input.files.push(file("z/data.txt", FileKind::Data, b"data"));
    input.files.push(file("a.so", FileKind::Extension, b"extension"));
    input.files.push(file("helper", FileKind::ExecutableData, b"helper"));
    input.files.push(file("libz.so", FileKind::Symlink { target: "z/libz.so".to_owned() }, b"ignored"));
    let (_, archive) = written(&folder, &input);
    let table: Vec<_> =
        archive.entries().iter().map(|entry| format!("{} {}", entry.kind.letter(), entry.name)).collect();
    let expected = [
        "m struct",
        "m pyimod01_archive",
        "s pyiboot01_bootstrap",
        "s app",
        "b a.so",
        "b helper",
        "b libpython3.13.so.1.0",
        "n libz.so",
        "o pyi-contents-directory _internal",
        "x base_library.zip",
        "x z/data.txt",
        "z PYZ.pyz",
    ];
    assert_eq!(table, expected);
}

#[test]
fn bytes_come_back_whether_from_objects_or_from_memory() {
    let folder = Folder::new();
    // Longer than one step of the writer, and not compressible to nothing.
    let long: Vec<u8> = (0..1_500_000u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let (_object, deflated, stored) = object(&folder, b"deflated in the object, deflated in the object", &long);
    let mut input = collection();
    input.files.push(file("memory", FileKind::Data, b"memory memory memory memory memory"));
    input.files.push(file("deflated", FileKind::Data, b""));
    input.files.last_mut().unwrap().content = deflated.clone();
    input.files.push(file("stored", FileKind::Binary, b""));
    input.files.last_mut().unwrap().content = stored;
    input.modules.push(module("a", ModuleKind::Package, Some(deflated)));
    input.modules.push(module("a.b", ModuleKind::Module, Some(bytes(b"code in memory"))));
    input.modules.push(module("n", ModuleKind::NamespacePackage, None));

    let (_, archive) = written(&folder, &input);
    for entry in archive.entries() {
        let read = |archive: &Archive| archive.data(entry).unwrap();
        match entry.name.as_str() {
            "memory" => assert_eq!(read(&archive), b"memory memory memory memory memory"),
            "deflated" => assert_eq!(read(&archive), b"deflated in the object, deflated in the object"),
            "stored" => assert!(read(&archive) == long && !entry.compressed),
            "struct" => assert!(read(&archive) == [1; 100] && entry.compressed),
            "pyimod01_archive" => assert!(read(&archive) == b"2" && !entry.compressed),
            "PYZ.pyz" => {
                let (_, pyz) = archive.pyz().unwrap().remove(0);
                let modules = pyz.modules().iter();
                let read: Vec<_> =
                    modules.map(|module| (module.kind, pyz.code(module).unwrap(), module.name.clone())).collect();
                let expected = [
                    (PyzKind::Package, &b"deflated in the object, deflated in the object"[..], "a"),
                    (PyzKind::Module, b"code in memory", "a.b"),
                    (PyzKind::NamespacePackage, b"", "n"),
                ];
                assert_eq!(read, expected.map(|(kind, code, name)| (kind, code.to_vec(), name.to_owned())));
            }
            _ => {}
        }
    }
}

#[test]
fn base_library_is_a_zip_of_pycs() {
    let folder = Folder::new();
    let (_object, deflated, _) = object(&folder, b"code of encodings", b"");
    let mut input = collection();
    input.base_library.push(module("encodings", ModuleKind::Package, Some(deflated)));
    input.base_library.push(module("codecs", ModuleKind::Module, Some(bytes(b"code of codecs"))));
    let (report, archive) = written(&folder, &input);
    let zip = archive.base_library().unwrap().unwrap();
    let members: Vec<_> = zip.members().iter().map(|member| member.name.as_str()).collect();
    assert_eq!(members, ["codecs.pyc", "encodings/__init__.pyc"]);
    assert_eq!(zip.data(&zip.members()[1]).unwrap(), base_library::pyc(DEFAULT, b"code of encodings"));
    let row = report.files.iter().find(|file| file.name == "base_library.zip").unwrap();
    assert_eq!(row.source.sha256, Some(sha256::of(zip.bytes())));
    assert!(report.modules.iter().all(|module| module.place == Place::BaseLibrary));
}

#[test]
fn the_report_says_what_is_in_the_file() {
    let folder = Folder::new();
    let mut input = collection();
    input.modules.push(module("a", ModuleKind::Module, Some(bytes(b"code"))));
    input.files.push(file("made.txt", FileKind::Data, b"made"));
    input.files.last_mut().unwrap().origin.sha256 = None;
    let (report, archive) = written(&folder, &input);
    let file = fs::read(folder.path("bin/app")).unwrap();
    assert_eq!(report.executable.size, file.len() as u64);
    assert_eq!(report.executable.sha256, sha256::of(&file));
    assert_eq!(report.executable.blake3, blake3::hash(&file).to_hex().as_str());
    assert_eq!(archive.bootloader(), 0..b"\x7fELF bootloader".len());
    let scripts: Vec<_> = report.scripts.iter().map(|script| script.name.as_str()).collect();
    assert_eq!(scripts, ["struct", "pyimod01_archive", "pyiboot01_bootstrap", "app"]);
    assert_eq!(
        (report.bootloader.owner.to_string().as_str(), report.bootloader.path.as_str()),
        ("pyinstaller.whl", "run")
    );
    assert_eq!(report.modules[0].source.sha256.as_deref(), Some("00ff"));
    let made = report.files.iter().find(|file| file.name == "made.txt").unwrap();
    assert_eq!((made.size, made.source.sha256.clone()), (4, Some(sha256::of(b"made"))));
    let read: Report = serde_json::from_slice(&fs::read(folder.path("report.json")).unwrap()).unwrap();
    assert_eq!(read, report);
}

#[test]
fn the_order_of_collecting_does_not_show() {
    let folder = Folder::new();
    let mut input = collection();
    for index in 0..20 {
        input.modules.push(module(&format!("m{index}"), ModuleKind::Module, Some(bytes(&[index; 50]))));
        input.files.push(file(&format!("d/{index}"), FileKind::Data, &[index; 50]));
    }
    let (first, _) = written(&folder, &input);
    input.modules.reverse();
    input.files.reverse();
    let (second, _) = written(&folder, &input);
    assert_eq!(first, second);
}

#[test]
fn the_file_is_executable_even_after_a_killed_run() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("bin")).unwrap();
    let left_over = folder.path(&format!("bin/.app.{}.new", std::process::id()));
    fs::write(&left_over, vec![b'x'; 1 << 20]).unwrap();
    fs::set_permissions(&left_over, fs::Permissions::from_mode(0o600)).unwrap();
    let (report, _) = written(&folder, &collection());
    assert_eq!(fs::metadata(folder.path("bin/app")).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(fs::metadata(folder.path("bin/app")).unwrap().len(), report.executable.size);
    assert_eq!(folder.names(), ["bin", "report.json"]);
    assert_eq!(fs::read_dir(folder.path("bin")).unwrap().count(), 1);
}
