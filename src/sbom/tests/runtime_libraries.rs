//! `nix/runtime-libraries.json` speaks of the sources that `nix/toolchain.json` pins.
use std::collections::BTreeSet;

use permafreeze_plan::jobs::RuntimeLibrary;
use permafreeze_plan::pins::Pins;

const LIBRARIES: &str = include_str!("../../../nix/runtime-libraries.json");
/// What makes code and is in none.
const PROGRAMS: [&str; 1] = ["xcbgen"];
const PINS: &str = include_str!("../../../nix/toolchain.json");

fn read() -> (Vec<RuntimeLibrary>, Pins) {
    (serde_json::from_str(LIBRARIES).expect("libraries"), serde_json::from_str(PINS).expect("pins"))
}

/// What CPython's own source has is listed as of it.
fn is_cpython(source: &str) -> bool {
    source.starts_with("cpython-")
}

#[test]
fn versions_were_read_from_the_pinned_sources() {
    let (libraries, pins) = read();
    for library in &libraries {
        let name = &library.name;
        let Some(source) = &library.source else {
            for runtime in &library.runtimes {
                let wheel = runtime.strip_suffix("-wheels").map(|label| format!("binaries-{label}"));
                assert!(wheel.is_some_and(|wheel| pins.wheels.contains_key(&wheel)), "{name}: no wheel of {runtime}");
            }
            continue;
        };
        let pin = pins.sources.get(source).unwrap_or_else(|| panic!("no source `{source}`"));
        assert_eq!(library.crate_, pin.crate_, "{name}: the source has changed: look at its version again");
        // Some crates say the library's version behind a `+`, with its name or without.
        let said = pin.crate_.as_deref().and_then(|pinned| pinned.split_once('+')).map(|(_, version)| version);
        let said = said.map(|said| said.strip_prefix(&format!("{name}.")).unwrap_or(said));
        assert!(said.is_none_or(|said| said == library.version), "{name}");
        // So do the names of Debian's.
        let path = pin.apt.as_deref().filter(|_| !is_cpython(source));
        assert!(path.is_none_or(|path| path.contains(&format!("_{}", library.version))), "{name}");
    }
}

#[test]
fn every_pinned_source_is_listed() {
    let (libraries, pins) = read();
    for source in pins.sources.keys().filter(|source| !is_cpython(source) && !PROGRAMS.contains(&source.as_str())) {
        assert!(libraries.iter().any(|library| library.source.as_ref() == Some(source)), "{source}");
    }
    // What is in a release that is downloaded, its own bill says.
    let is_downloaded = |name: &str| !pins.made[name].urls.is_empty();
    for name in pins.made.keys().filter(|name| name.starts_with("runtime-") && !is_downloaded(name)) {
        let label = name.trim_start_matches("runtime-");
        let is_listed = libraries.iter().any(|library| library.runtimes.iter().any(|runtime| runtime == label));
        assert!(is_listed, "{name}: say what is in this runtime");
    }
}

#[test]
fn a_library_of_several_runtimes_is_one_row() {
    let (libraries, _) = read();
    for (index, library) in libraries.iter().enumerate() {
        let without_runtimes = |library: &RuntimeLibrary| RuntimeLibrary { runtimes: Vec::new(), ..library.clone() };
        let is_same = |other: &&RuntimeLibrary| without_runtimes(other) == without_runtimes(library);
        let other = libraries[..index].iter().find(is_same);
        assert!(other.is_none(), "{} {} is in two rows", library.name, library.version);
        assert!(library.runtimes.is_sorted(), "{} {}: {:?}", library.name, library.version, library.runtimes);
    }
}

#[test]
fn a_runtime_has_a_version_of_a_library_once() {
    let (libraries, _) = read();
    let mut seen = BTreeSet::new();
    for library in &libraries {
        for runtime in &library.runtimes {
            assert!(seen.insert((runtime, &library.name, &library.version)), "{runtime}: {}", library.name);
        }
    }
}

/// Tk has the expat of one CPython's source in every runtime: as long as the others' is the same, one row says all.
#[test]
fn the_expat_of_every_cpython_is_one_version() {
    let (libraries, _) = read();
    let is_expat = |library: &&RuntimeLibrary| library.name == "expat" && library.source.is_some();
    let versions: BTreeSet<&String> = libraries.iter().filter(is_expat).map(|library| &library.version).collect();
    assert_eq!(versions.len(), 1, "give `_tkinter` of the later Pythons a row of its own: {versions:?}");
}
