//! The package clients of the machine: cargo, pip and apt know their registries and mirrors, with the user's
//! configuration, proxies and credentials. What they bring is checked by sha256 by the caller.
use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_packaging::wheel_file_name::WheelFileName;
use permafreeze_plan::pins::PinnedWheel;

use crate::files::create_folder;

/// apt's downloader; it is not on the PATH.
const APT_HELPER: &str = "/usr/lib/apt/apt-helper";
/// Debian's suites that are asked for the newest source of a package.
const SUITES: [&str; 3] = ["stable", "testing", "unstable"];

/// Returns the file of a crate, given as `openssl-src 300.5.5+3.5.5`; `scratch` is an own empty folder.
///
/// # Errors
/// What failed, in words.
pub fn crate_file(pinned: &str, cargo_home: &Utf8Path, scratch: &Utf8Path) -> Result<Utf8PathBuf, String> {
    let (name, version) = pinned.split_once(' ').ok_or_else(|| format!("bad crate `{pinned}`"))?;
    let file = format!("{name}-{version}.crate");
    if let Some(found) = cached_crate(cargo_home, &file) {
        return Ok(found);
    }
    let requirement = version.split('+').next().unwrap_or(version);
    cargo("fetch", name, &format!("={requirement}"), scratch)?;
    cached_crate(cargo_home, &file).ok_or_else(|| format!("cargo did not keep `{file}` in `{cargo_home}`"))
}

/// Returns the Cargo.lock of a project in the empty folder `scratch` that requires one crate; `requirement` is Cargo's,
/// as `~300.5`.
///
/// # Errors
/// What failed, in words.
pub fn crate_lock(name: &str, requirement: &str, scratch: &Utf8Path) -> Result<String, String> {
    cargo("generate-lockfile", name, requirement, scratch)?;
    let file = scratch.join("Cargo.lock");
    std::fs::read_to_string(&file).map_err(|error| format!("`{file}`: {error}"))
}

/// Runs a command of cargo on a project in `scratch` that requires one crate.
fn cargo(command: &str, name: &str, requirement: &str, scratch: &Utf8Path) -> Result<(), String> {
    let manifest = format!(
        "[package]\nname = \"sources\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n\
         [dependencies]\n{name} = {{ version = \"{requirement}\", default-features = false }}\n\n[workspace]\n"
    );
    create_folder(scratch).map_err(|error| error.to_string())?;
    for (name, text) in [("Cargo.toml", manifest.as_str()), ("lib.rs", "")] {
        let file = scratch.join(name);
        std::fs::write(&file, text).map_err(|error| format!("`{file}`: {error}"))?;
    }
    run("cargo", &[command, "--manifest-path", scratch.join("Cargo.toml").as_str()]).map(drop)
}

/// Looks through the folders that cargo keeps crates in, one per registry.
fn cached_crate(cargo_home: &Utf8Path, file: &str) -> Option<Utf8PathBuf> {
    let registries = cargo_home.join("registry/cache").read_dir_utf8().ok()?;
    let mut found: Vec<Utf8PathBuf> =
        registries.flatten().map(|entry| entry.path().join(file)).filter(|path| path.is_file()).collect();
    found.sort();
    found.into_iter().next()
}

/// Has apt download `path`, below one of the mirrors that it is configured with, to `to`.
///
/// # Errors
/// What failed, in words.
pub fn apt(path: &str, to: &Utf8Path) -> Result<(), String> {
    let said = run("apt-get", &["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"])?;
    let mirrors: BTreeSet<&str> = said.lines().filter(|line| !line.is_empty()).collect();
    let mut last = "apt knows no mirror: run `apt-get update`".to_owned();
    for mirror in mirrors {
        let url = format!("{}/{path}", mirror.trim_end_matches('/'));
        match run(APT_HELPER, &["download-file", &url, to.as_str()]) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Returns the records of a package in every suite of Debian's, newest or not: of a source package as `apt-cache showsrc`
/// prints them, of a `binary` one as `apt-cache show` does. The lists of the suites go into the folder `scratch`, which
/// is filled by the first call.
///
/// # Errors
/// What failed, in words.
pub fn debian_records(package: &str, binary: bool, scratch: &Utf8Path) -> Result<String, String> {
    let list = scratch.join("sources.list");
    let apt = |program: &str, words: &[&str]| {
        let options = [
            format!("-oDir::Etc::sourcelist={list}"),
            "-oDir::Etc::sourceparts=/dev/null".to_owned(),
            format!("-oDir::State::lists={scratch}/lists"),
            format!("-oDir::Cache={scratch}/cache"),
        ];
        let arguments: Vec<&str> = options.iter().map(String::as_str).chain(words.iter().copied()).collect();
        run(program, &arguments)
    };
    if !list.exists() {
        for folder in ["lists/partial", "cache"] {
            create_folder(&scratch.join(folder)).map_err(|error| error.to_string())?;
        }
        std::fs::write(&list, debian_suites()?).map_err(|error| format!("`{list}`: {error}"))?;
        apt("apt-get", &["-qq", "update"])?;
    }
    let show: &[&str] = if binary { &["show"] } else { &["showsrc", "--only-source"] };
    apt("apt-cache", &[show, &[package]].concat())
}

/// Returns the lines that tell apt of Debian's suites.
fn debian_suites() -> Result<String, String> {
    let said = run("apt-get", &["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"])?;
    let mirror = said.lines().find(|line| !line.is_empty()).ok_or("apt knows no mirror of Debian's")?;
    let kinds = ["deb", "deb-src"];
    Ok(kinds
        .iter()
        .flat_map(|kind| SUITES.iter().map(move |suite| format!("{kind} {mirror} {suite} main\n")))
        .collect())
}

/// Has pip download a wheel into the empty folder `scratch`; returns the file.
///
/// # Errors
/// What failed, in words.
pub fn pip(wheel: &PinnedWheel, scratch: &Utf8Path) -> Result<Utf8PathBuf, String> {
    let requirement = format!("{}=={}", wheel.package, wheel.version);
    pip_download(&requirement, &wheel.file, python(&wheel.file).as_deref(), scratch)?;
    Ok(scratch.join(&wheel.file))
}

/// Has pip download the newest wheel that meets a requirement into the empty folder `scratch`. `like` is the file name
/// of a wheel whose platform tags are taken; `python` the version that it must run on, if not that of pip itself.
///
/// # Errors
/// What failed, in words.
pub fn pip_download(requirement: &str, like: &str, python: Option<&str>, scratch: &Utf8Path) -> Result<(), String> {
    create_folder(scratch).map_err(|error| error.to_string())?;
    let mut arguments = vec!["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", scratch.as_str()];
    for platform in platforms(like) {
        arguments.extend(["--platform", platform]);
    }
    if let Some(python) = python {
        arguments.extend(["--python-version", python]);
    }
    arguments.push(requirement);
    let module: Vec<&str> = ["-m", "pip"].iter().chain(&arguments).copied().collect();
    let Err(first) = run("pip3", &arguments) else { return Ok(()) };
    let Err(second) = run("python3", &module) else { return Ok(()) };
    Err(format!("{first}; {second}"))
}

/// Returns the text of the first file in an archive whose path ends with `/PATH`.
///
/// # Errors
/// What failed, in words.
pub fn member(archive: &Utf8Path, path: &str) -> Result<String, String> {
    let pattern = format!("*/{path}");
    run("tar", &["-x", "-O", "-f", archive.as_str(), "--wildcards", "--occurrence=1", &pattern])
}

/// Returns the platform tags in a wheel's file name (PEP 427, PEP 425).
fn platforms(file: &str) -> Vec<&str> {
    file.trim_end_matches(".whl").rsplit('-').next().unwrap_or_default().split('.').collect()
}

/// Returns the version of CPython that a wheel is for, as `3.13`; `None` if it is not for one alone.
fn python(file: &str) -> Option<String> {
    let wheel: WheelFileName = file.parse().ok()?;
    let minor = wheel.tags.first()?.python.strip_prefix("cp3")?.parse::<u32>().ok()?;
    Some(format!("3.{minor}"))
}

/// Runs a program and returns what it printed.
fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let command = duct::cmd(program, arguments).stdin_null().stdout_capture().stderr_capture().unchecked();
    let output = permafreeze_process::run(&command).map_err(|error| format!("`{program}`: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Err(format!("`{program} {}`: {}", arguments.first().unwrap_or(&""), said.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::tests::folder;

    #[test]
    fn a_crate_that_cargo_has_is_found() {
        let (_keep, home) = folder();
        let registry = home.join("registry/cache/some-registry");
        create_folder(&registry).expect("made");
        std::fs::write(registry.join("libz-sys-1.1.31.crate"), "x").expect("written");
        let found = crate_file("libz-sys 1.1.31", &home, &home.join("scratch")).expect("there");
        assert_eq!(found, registry.join("libz-sys-1.1.31.crate"));
        assert!(!home.join("scratch").exists());
    }

    #[test]
    fn platforms_are_the_last_part() {
        assert_eq!(
            platforms("ziglang-0.17.1-py3-none-manylinux_2_12_x86_64.musllinux_1_1_x86_64.whl"),
            ["manylinux_2_12_x86_64", "musllinux_1_1_x86_64"]
        );
        assert_eq!(platforms("a-1-py3-none-any.whl"), ["any"]);
    }

    #[test]
    fn a_wheel_of_one_python_says_so() {
        assert_eq!(python("panda3d-1.10.16-cp313-cp313-win_amd64.whl").as_deref(), Some("3.13"));
        assert_eq!(python("pyinstaller-6.22.3-py3-none-win_amd64.whl"), None);
    }

    #[test]
    fn a_program_that_fails_is_named_with_its_last_word() {
        let error = run("sh", &["-c", "echo one >&2; echo two >&2; exit 3"]).expect_err("exit 3");
        assert_eq!(error, "`sh -c`: two");
        assert!(run("no-such-program", &[]).expect_err("missing").starts_with("`no-such-program`: "));
    }
}
