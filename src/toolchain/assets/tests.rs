//! Folders that are written, spoiled and read.
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::files::tests::folder;
use crate::pins;

/// Pins of a tool and an archive with the bytes `tool` and `archive`.
fn pinned() -> Pins {
    let made = |name: &str, bytes: &str, nar: Option<&str>| Made {
        name: name.into(),
        sha256: sha256::of(bytes.as_bytes()),
        size: None,
        nar_sha256: nar.map(str::to_owned),
        urls: Vec::new(),
    };
    let made = BTreeMap::from([
        ("link-x86_64-linux".to_owned(), made("permafreeze-link", "tool", Some("nar"))),
        ("runtime-3.13-linux-amd64".to_owned(), made("runtime.tar.gz", "archive", None)),
    ]);
    Pins { made, ..pins::own().expect("pins") }
}

/// Writes both files as they would lie in a store; returns them by their names in the pins.
fn store(folder: &Utf8Path) -> BTreeMap<String, Utf8PathBuf> {
    let files = [("link-x86_64-linux", "tool"), ("runtime-3.13-linux-amd64", "archive")];
    files
        .map(|(name, bytes)| {
            let path = folder.join(format!("in-store-{name}"));
            std::fs::write(&path, bytes).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).expect("set");
            (name.to_owned(), path)
        })
        .into()
}

/// A folder with both assets; the first value keeps it.
fn exported() -> (tempfile::TempDir, Utf8PathBuf) {
    let (keep, folder) = folder();
    let out = folder.join("out");
    write(&pinned(), &store(&folder), &out).expect("written");
    (keep, out)
}

fn names(folder: &Utf8Path) -> Vec<String> {
    files(folder).expect("a folder").into_keys().collect()
}

#[test]
fn every_pin_has_an_asset_of_its_own_with_a_plain_name() {
    let pins = pins::own().expect("pins");
    let names: BTreeSet<String> = pins.made.iter().map(|(name, made)| file_name(name, made)).collect();
    assert_eq!(names.len(), pins.made.len(), "{names:?}");
    assert!(names.contains("permafreeze-link-aarch64-linux"), "{names:?}");
    // What GitHub keeps of the name of an asset.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    assert!(names.iter().all(|name| name.chars().all(is_plain) && name != SUMS), "{names:?}");
}

#[test]
fn what_is_written_is_read_again() {
    let (_keep, out) = exported();
    assert_eq!(names(&out), [SUMS, "permafreeze-link-x86_64-linux", "runtime.tar.gz"]);
    let mode = |name: &str| std::fs::metadata(out.join(name)).expect("there").permissions().mode() & 0o777;
    assert_eq!([mode("permafreeze-link-x86_64-linux"), mode("runtime.tar.gz")], [0o755, 0o644]);
    let found = read(&pinned(), &out).expect("read");
    assert_eq!(found.pinned["link-x86_64-linux"], out.join("permafreeze-link-x86_64-linux"));
    assert_eq!(found.pinned["runtime-3.13-linux-amd64"], out.join("runtime.tar.gz"));
    assert!(found.faults.is_empty() && found.foreign.is_empty(), "{found:?}");
}

#[test]
fn the_list_of_hashes_is_what_sha256sum_writes() {
    let (_keep, out) = exported();
    let printed = std::process::Command::new("sha256sum")
        .args(["permafreeze-link-x86_64-linux", "runtime.tar.gz"])
        .current_dir(&out)
        .output()
        .expect("sha256sum runs");
    assert_eq!(std::fs::read(out.join(SUMS)).expect("read"), printed.stdout);
}

#[test]
fn a_file_of_the_store_with_other_bytes_is_not_written() {
    let (_keep, folder) = folder();
    let files = store(&folder);
    std::fs::remove_file(&files["runtime-3.13-linux-amd64"]).expect("removed");
    std::fs::write(&files["runtime-3.13-linux-amd64"], "changed").expect("written");
    let out = folder.join("out");
    let error = write(&pinned(), &files, &out).expect_err("other bytes").to_string();
    assert!(error.contains("in-store-runtime-3.13-linux-amd64"), "{error}");
    assert_eq!(names(&out), ["permafreeze-link-x86_64-linux"], "no list of hashes, no half file");
}

#[test]
fn a_damaged_and_a_missing_file_are_faults_and_foreign_ones_are_not() {
    let (_keep, out) = exported();
    std::fs::write(out.join("runtime.tar.gz"), "another").expect("written");
    std::fs::remove_file(out.join("permafreeze-link-x86_64-linux")).expect("removed");
    std::fs::write(out.join("notes.txt"), "x").expect("written");
    std::fs::create_dir(out.join("a-folder")).expect("made");
    let found = read(&pinned(), &out).expect("read");
    assert!(found.pinned.is_empty(), "{found:?}");
    assert_eq!(found.foreign, ["notes.txt"]);
    let text: Vec<String> = found.faults.iter().map(Fault::to_string).collect();
    assert_eq!(text.len(), 2, "{text:?}");
    assert!(text[0].starts_with("`runtime.tar.gz` is damaged: it has sha256 `"), "{text:?}");
    assert_eq!(text[1], "`permafreeze-link-x86_64-linux` is missing: `SHA256SUMS` lists it");
}

#[test]
fn bytes_decide_whatever_a_file_is_called_and_whatever_is_listed() {
    let (_keep, out) = exported();
    std::fs::rename(out.join("runtime.tar.gz"), out.join("runtime (1).tar.gz")).expect("renamed");
    let wrong = format!("{}  permafreeze-link-x86_64-linux\n", "0".repeat(64));
    let sums = std::fs::read_to_string(out.join(SUMS)).expect("read");
    let rest = sums.lines().last().expect("a line");
    std::fs::write(out.join(SUMS), format!("{wrong}{rest}\n")).expect("written");
    let found = read(&pinned(), &out).expect("read");
    assert_eq!(found.pinned.len(), 2, "{found:?}");
    assert!(found.faults.is_empty() && found.foreign.is_empty(), "{found:?}");
}

#[test]
fn the_files_of_another_release_are_not_called_damaged() {
    let (_keep, out) = exported();
    let mut pins = pinned();
    pins.made.get_mut("runtime-3.13-linux-amd64").expect("pinned").sha256 = "1".repeat(64);
    let found = read(&pins, &out).expect("read");
    let [Fault::NotPinned { file, name, expected, .. }] = &found.faults[..] else { panic!("{found:?}") };
    assert_eq!([file, name, expected], ["runtime.tar.gz", "runtime-3.13-linux-amd64", &"1".repeat(64)]);
}

#[test]
fn without_a_list_the_pins_alone_judge() {
    let (_keep, out) = exported();
    std::fs::remove_file(out.join(SUMS)).expect("removed");
    std::fs::write(out.join("runtime.tar.gz"), "another").expect("written");
    let found = read(&pinned(), &out).expect("read");
    assert_eq!(found.pinned.keys().collect::<Vec<_>>(), ["link-x86_64-linux"]);
    assert!(matches!(found.faults[..], [Fault::NotPinned { .. }]), "{found:?}");
}

#[test]
fn a_list_that_is_none_is_named_with_its_line() {
    let (_keep, out) = exported();
    let good = std::fs::read_to_string(out.join(SUMS)).expect("read");
    for bad in ["<html>", "abc  a", &format!("{} a", "0".repeat(64)), &format!("{}  ", "0".repeat(64)), ""] {
        std::fs::write(out.join(SUMS), format!("{good}{bad}\n")).expect("written");
        let error = read(&pinned(), &out).expect_err(bad).to_string();
        assert!(error.contains("SHA256SUMS") && error.contains("line 3"), "{bad}: {error}");
    }
    std::fs::write(out.join(SUMS), good.replace("  ", " *")).expect("written");
    assert!(read(&pinned(), &out).expect("read").faults.is_empty());
}
