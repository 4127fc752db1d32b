//! A wheel has a library for macOS that loads another one from a folder that others than the user can write to, or that
//! pretends to be signed; somebody changes a library in a finished executable.
use std::collections::BTreeMap;
use std::fs;

use permafreeze_archive::Archive;
use permafreeze_executable::report::Report;

use crate::macho::Image;
use crate::project::{Project, Wheel};

const TARGET: &str = "hello-darwin-arm64";
const OPTIONS: &str = "targets = [\"darwin-arm64\"]\nruntimes = { darwin-arm64 = \"wheels\" }\n";
const LIBRARY: &str = "evil/native.cpython-313-darwin.so";

/// A project whose only wheel has an extension module of these bytes, built.
fn built(library: &Image<'_>, change: impl FnOnce(&mut Vec<u8>)) -> Project {
    let mut bytes = library.bytes();
    change(&mut bytes);
    let files = [("evil/__init__.py", b"from evil import native\n".to_vec()), (LIBRARY, bytes)];
    let files: BTreeMap<String, Vec<u8>> = files.map(|(path, bytes)| (path.to_owned(), bytes)).into();
    let wheel = Wheel::of_bytes("evil", "1.0", files);
    let project = Project::with_options(&[("main.py", "import evil\n")], &[wheel], OPTIONS);
    project.permafreeze(&["build"]).success();
    project
}

fn report(project: &Project) -> Report {
    let path = project.path().join(format!("dist/.{TARGET}/share/permafreeze/report.json"));
    serde_json::from_slice(&fs::read(path).expect("a report")).expect("a good report")
}

/// The audit fails and says so.
#[track_caller]
fn finds(project: &Project, words: &[&str]) {
    let said = project.permafreeze(&["verify", "audit", TARGET]).failure(11, &["is not portable"]).stdout;
    for word in words {
        assert!(said.contains(word), "stdout lacks {word:?}:\n{said}");
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_path_and_a_run_path_that_lead_out_are_found() {
    let needed = vec![(crate::macho::LOAD, "/tmp/libevil.dylib"), (crate::macho::LOAD, "@rpath/libgood.dylib")];
    let library = Image { needed, run_paths: vec!["/tmp/lib", "@loader_path"], ..Image::default() };
    let project = built(&library, |_| ());
    let words = [
        "needs `/tmp/libevil.dylib`, which is not in the executable where it would be looked for",
        "searches `@rpath/libgood.dylib` in `/tmp/lib`, which is outside of the unpacked folder",
        "evil-1.0-py3-none-any.whl",
    ];
    finds(&project, &words);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_has_no_signature_that_holds_is_signed_and_told() {
    // The signature that the load commands name is in the code.
    let lie = |bytes: &mut Vec<u8>| {
        let end = 32 + u32::from_le_bytes(bytes[20..24].try_into().expect("four bytes")) as usize;
        let command = [0x1d_u32, 16, bytes.len() as u32 - 8, 8];
        bytes[end..end + 16].copy_from_slice(&command.map(u32::to_le_bytes).concat());
        bytes[16] += 1;
        bytes[20] += 16;
    };
    for (change, reason) in [(None, "it has no signature"), (Some(lie), "its signature does not hold")] {
        let project = built(&Image::default(), |bytes| change.into_iter().for_each(|change| change(bytes)));
        let changed =
            report(&project).files.into_iter().find(|file| file.name == LIBRARY).expect("the library").changed;
        assert_eq!(changed, Some(format!("signed ad hoc: {reason}")));
        project.permafreeze(&["verify", "audit", "origin", TARGET]).success();
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_changed_byte_is_found_by_the_signature_too() {
    let project = built(&Image::default(), |_| ());
    let path = project.path().join("dist").join(TARGET);
    let mut bytes = fs::read(&path).expect("an executable");
    let archive = Archive::parse(bytes.clone()).expect("an archive");
    let place = archive.entries().iter().find(|entry| !entry.place.is_empty()).expect("an entry").place.start;
    bytes[place + 1] ^= 1;
    fs::remove_file(&path).expect("removed");
    fs::write(&path, bytes).expect("written");
    finds(&project, &["does not have the hash of page"]);
    project.permafreeze(&["verify", "origin", TARGET]).failure(13, &[TARGET]);
}
