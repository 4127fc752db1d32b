//! The rules of the layout (`src/README.md`), held by reading the tree.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const NOUNS: [&str; 8] = ["base", "packaging", "nix", "plan", "object", "executable", "archive", "sbom"];
const VERBS: [&str; 7] = ["resolve", "fetch", "compile", "link", "toolchain", "inspect", "verify"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every tracked file's path and text, binary files left out.
fn tracked() -> BTreeMap<String, String> {
    let output = std::process::Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .expect("tests/tidy.rs needs git and a checkout");
    String::from_utf8(output.stdout)
        .expect("paths are UTF-8")
        .split_terminator('\0')
        .filter_map(|path| Some((path.to_owned(), fs::read_to_string(root().join(path)).ok()?)))
        .collect()
}

/// The permafreeze packages that a package depends on, tests left out.
fn dependencies(package: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join("src").join(package).join("Cargo.toml")).expect("a manifest");
    let section = manifest.split("[dependencies]").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    section
        .lines()
        .filter_map(|line| line.strip_prefix("permafreeze-"))
        .map(|rest| rest.split(['.', ' ', '=']).next().unwrap_or_default().to_owned())
        .collect()
}

fn rust_sources(package: &str) -> Vec<(String, String)> {
    let prefix = format!("src/{package}/");
    tracked().into_iter().filter(|(path, _)| path.starts_with(&prefix) && path.ends_with(".rs")).collect()
}

/// The code of a file before its unit tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

#[test]
fn nouns_know_no_verbs() {
    for noun in NOUNS {
        for dependency in dependencies(noun) {
            assert!(NOUNS.contains(&dependency.as_str()), "src/{noun}/Cargo.toml: noun `{noun}` knows `{dependency}`");
        }
    }
}

#[test]
fn verbs_know_no_other_verb() {
    for verb in VERBS {
        for dependency in dependencies(verb) {
            assert!(NOUNS.contains(&dependency.as_str()), "src/{verb}/Cargo.toml: verb `{verb}` knows `{dependency}`");
        }
    }
}

#[test]
fn every_package_is_a_noun_a_verb_or_the_cli() {
    for entry in fs::read_dir(root().join("src")).expect("src") {
        let path = entry.expect("an entry").path();
        if !path.is_dir() {
            continue;
        }
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let known = NOUNS.contains(&name.as_str()) || VERBS.contains(&name.as_str()) || name == "cli";
        assert!(known, "src/{name}: say in tests/tidy.rs and src/README.md whether it is a noun or a verb");
    }
}

#[test]
fn only_fetch_opens_sockets() {
    for package in NOUNS.into_iter().chain(VERBS).chain(["cli"]).filter(|package| *package != "fetch") {
        for (path, text) in rust_sources(package) {
            let code = without_tests(&text);
            for word in ["std::net", "ureq", "TcpStream", "UdpSocket"] {
                assert!(!code.contains(word) || path.contains("/tests/"), "{path}: `{word}`: only fetch opens sockets");
            }
        }
    }
}

#[test]
fn only_the_cli_prints() {
    for package in NOUNS.into_iter().chain(VERBS) {
        for (path, text) in rust_sources(package) {
            if path.ends_with("/main.rs") || path.contains("/tests/") || path.contains("/examples/") {
                continue;
            }
            for word in ["println!", "print!(", "dbg!("] {
                assert!(!without_tests(&text).contains(word), "{path}: `{word}`: only the cli prints");
            }
        }
    }
}

#[test]
fn no_file_names_a_registry_or_this_machine() {
    // Spelt in pieces, so that this file does not name them either.
    let hosts = [
        ["files.python", "hosted"],
        ["pypi", ".org"],
        ["deb.debian", ".org"],
        ["registry.npm", "js"],
        ["static.crates", ".io"],
        ["index.crates", ".io"],
    ];
    for (path, text) in tracked() {
        if path == "Cargo.lock" {
            continue;
        }
        for host in hosts.map(|pieces| pieces.concat()) {
            assert!(!text.contains(&host), "{path}: names the registry host {host}");
        }
        for place in [["/wo", "rk/"], ["/ro", "ot/"]].map(|pieces| pieces.concat()) {
            for (at, _) in text.match_indices(&place) {
                let before = text[..at].chars().next_back().unwrap_or(' ');
                assert!(before.is_alphanumeric() || "._-$}~".contains(before), "{path}: names the path {place}");
            }
        }
    }
}

#[test]
fn files_stay_small() {
    for (path, text) in tracked() {
        let code = [".rs", ".nix", ".py", ".sh"].iter().any(|end| path.ends_with(end));
        let generated = path.contains("_pb2");
        let lines = text.lines().count();
        assert!(!code || generated || lines <= 500, "{path}: {lines} lines: would a reader rather find two rooms?");
    }
}
