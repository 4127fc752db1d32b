//! The rules of the layout (`src/README.md`), held by reading the tree.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const NOUNS: [&str; 11] =
    ["base", "bundle", "terminal", "process", "packaging", "nix", "plan", "object", "executable", "archive", "sbom"];
const VERBS: [&str; 9] = ["spec", "resolve", "fetch", "compile", "link", "launcher", "toolchain", "inspect", "verify"];

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

/// The code of a file without its unit tests: what they stand in follows all other code, unless it is another file.
fn without_tests(text: &str) -> String {
    let mut code = String::new();
    let mut parts = text.split("#[cfg(test)]\n");
    code += parts.next().unwrap_or_default();
    for part in parts {
        match part.split_once('\n') {
            Some((declaration, rest)) if declaration.ends_with(';') => code += rest,
            _ => break,
        }
    }
    code
}

#[test]
fn a_declared_test_module_hides_nothing() {
    let text = "a\n#[cfg(test)]\nmod tests;\nb\n#[cfg(test)]\nmod more {\nc\n}\n";
    assert_eq!(without_tests(text), "a\nb\n");
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
        let known = NOUNS.contains(&name.as_str())
            || VERBS.contains(&name.as_str())
            || ["cli", "test-tools"].contains(&name.as_str());
        assert!(known, "src/{name}: say in tests/tidy.rs and src/README.md whether it is a noun or a verb");
    }
}

/// Sockets and printing are lints (`clippy.toml`, `Cargo.toml`), which a crate could allow itself.
#[test]
fn only_fetch_and_programs_allow_themselves_more() {
    for package in NOUNS.into_iter().chain(VERBS) {
        for (path, text) in rust_sources(package) {
            let may_print = ["/main.rs", "/build.rs"].iter().any(|end| path.ends_with(end));
            assert!(may_print || !text.contains("clippy::print_std"), "{path}: only the cli prints");
            let may_connect = package == "fetch";
            assert!(may_connect || !text.contains("clippy::disallowed_"), "{path}: only fetch opens sockets");
        }
    }
}

#[test]
fn one_place_runs_the_programs_of_nix() {
    let calls = |text: &str| {
        let code = without_tests(text);
        ["cmd!(\"nix", "cmd(\"nix", "Command::new(\"nix"].iter().map(|call| code.matches(call).count()).sum::<usize>()
    };
    for package in NOUNS.into_iter().chain(VERBS).chain(["cli"]) {
        for (path, text) in rust_sources(package) {
            assert!(
                calls(&text) == 0 || path.contains("/tests/"),
                "{path}: only src/nix/process.rs runs Nix's programs"
            );
            let starts = ["duct::", "process::Command"].iter().any(|word| without_tests(&text).contains(word));
            assert!(!starts || package != "nix" || path.ends_with("/process.rs"), "{path}: starts a program");
        }
    }
    let process = fs::read_to_string(root().join("src/nix/process.rs")).expect("src/nix/process.rs");
    assert_eq!(process.matches("duct::cmd(").count(), 1, "src/nix/process.rs: one call runs every program");
}

/// Else a program outlives the command that a signal ends.
#[test]
fn the_command_starts_programs_by_process_alone() {
    for package in ["cli", "nix", "fetch", "toolchain", "inspect", "verify", "resolve"] {
        for (path, text) in rust_sources(package) {
            let code = without_tests(&text);
            assert!(path.contains("/tests/") || !code.contains(".spawn()"), "{path}: start it by permafreeze-process");
        }
    }
}

/// What git is asked of the project's own repository is local.
#[test]
fn repositories_of_others_are_fetched_in_one_place() {
    for package in NOUNS.into_iter().chain(VERBS).chain(["cli"]) {
        for (path, text) in rust_sources(package).into_iter().filter(|(path, _)| !path.contains("/tests/")) {
            let runs = without_tests(&text).contains("(\"git\"");
            let may = ["src/fetch/git/program.rs", "src/cli/place.rs"].contains(&path.as_str());
            assert_eq!(runs, may, "{path}: only src/fetch/git/program.rs fetches by git");
        }
    }
}

/// `cargo test` passes on a fresh clone: what builds small projects by Nix is run by `make test`.
#[test]
fn tests_that_need_the_toolchain_are_ignored_by_default() {
    for (path, text) in tracked() {
        if !path.starts_with("tests/e2e/") || !text.contains("support/project.rs") {
            continue;
        }
        let lines: Vec<&str> = text.lines().collect();
        for (number, pair) in lines.windows(2).enumerate().filter(|(_, pair)| pair[0] == "#[test]") {
            assert!(
                pair[1].starts_with("#[ignore = \"needs "),
                "{path}:{}: expected `#[ignore = \"needs Nix and the toolchain: `make test STEP=integration`\"]`",
                number + 2
            );
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

/// Returns the module below the package's root that a file is part of, and how deep the file is in it; `None` for a
/// root, a test or an example.
fn module(package: &str, path: &str) -> Option<(String, usize)> {
    let below = path.strip_prefix(&format!("src/{package}/"))?.strip_suffix(".rs")?;
    let parts: Vec<&str> = below.split('/').filter(|part| *part != "mod").collect();
    let first = *parts.first()?;
    let inside = !["lib", "main", "tests", "examples", "benches"].contains(&first);
    inside.then(|| (first.to_owned(), parts.len()))
}

/// Returns the first names of what follows a path's `::`: of `a::b` it is `a`, of `{a, b::c}` they are `a` and `b`.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut names, mut depth, mut start) = (Vec::new(), 0, true);
    for (at, char) in group.char_indices() {
        match char {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            _ if char.is_whitespace() => {}
            _ if start => {
                names.push(name(&group[at..]));
                start = false;
            }
            _ => {}
        }
    }
    names
}

/// Returns for each module below a package's root those that it uses, unit tests and comments left out.
fn module_uses(package: &str) -> BTreeMap<String, BTreeSet<String>> {
    let sources = rust_sources(package);
    let known: BTreeSet<String> = sources.iter().filter_map(|(path, _)| Some(module(package, path)?.0)).collect();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in &sources {
        let Some((from, depth)) = module(package, path) else { continue };
        if path.ends_with("/tests.rs") {
            continue;
        }
        let code = without_tests(text);
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code = lines.collect::<Vec<_>>().join("\n");
        let of_root = ["crate::".to_owned(), "super::".repeat(depth)];
        for start in &of_root {
            let ends = code.match_indices(start.as_str()).filter(|(at, _)| {
                let before = code[..*at].chars().next_back().unwrap_or(' ');
                !before.is_alphanumeric() && !"_:".contains(before)
            });
            let names = ends.flat_map(|(at, _)| first_names(&code[at + start.len()..]));
            uses.entry(from.clone()).or_default().extend(names.filter(|name| known.contains(name) && *name != from));
        }
    }
    uses
}

/// Returns the modules of one circle, if there is one: the last uses the first.
fn circle(uses: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn visit(
        module: &str,
        uses: &BTreeMap<String, BTreeSet<String>>,
        path: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        if let Some(start) = path.iter().position(|known| known == module) {
            return Some(path[start..].to_vec());
        }
        if done.contains(module) {
            return None;
        }
        path.push(module.to_owned());
        let found = uses.get(module).into_iter().flatten().find_map(|next| visit(next, uses, path, done));
        path.pop();
        done.insert(module.to_owned());
        found
    }
    let mut done = BTreeSet::new();
    uses.keys().find_map(|module| visit(module, uses, &mut Vec::new(), &mut done))
}

#[test]
fn modules_of_a_package_go_in_no_circle() {
    for package in NOUNS.into_iter().chain(VERBS).chain(["cli"]) {
        let circle = circle(&module_uses(package)).map(|circle| circle.join(" -> "));
        assert!(circle.is_none(), "src/{package}: {} -> …", circle.unwrap_or_default());
    }
}

#[test]
fn a_circle_is_found() {
    let uses = |pairs: &[(&str, &str)]| {
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in pairs {
            uses.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        uses
    };
    assert_eq!(circle(&uses(&[("a", "b"), ("a", "c"), ("b", "c")])), None);
    assert_eq!(circle(&uses(&[("a", "b"), ("b", "c"), ("c", "b")])), Some(vec!["b".to_owned(), "c".to_owned()]));
    assert_eq!(first_names("{a, b::{c, d}, e as f};"), ["a", "b", "e"]);
    assert_eq!(first_names("a::b;"), ["a"]);
    assert!(module_uses("link")["graph"].contains("finder"), "the reader of uses finds none");
}
