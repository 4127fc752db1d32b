//! `permafreeze doctor`: what this machine has and lacks.
use clap::Args;
use permafreeze_nix::{Nix, Store, StorePath};
use permafreeze_process::read;
use permafreeze_toolchain::recipe::HOSTS;
use serde::Serialize;

use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::realise::{find_nix, is_sandboxed};
use crate::{files, say};

mod project;

/// Arguments of `permafreeze doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// How a finding is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Ok,
    Warning,
    Failure,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    state: State,
    subject: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Finding {
    fn ok(subject: &'static str, text: impl Into<String>) -> Finding {
        Finding { state: State::Ok, subject, text: text.into(), hint: None }
    }

    fn bad(state: State, subject: &'static str, text: impl Into<String>, hint: impl Into<String>) -> Finding {
        Finding { state, subject, text: text.into(), hint: Some(hint.into()) }
    }

    fn failure(subject: &'static str, failure: &Failure) -> Finding {
        Finding { state: State::Failure, subject, text: failure.error.to_string(), hint: failure.hint.clone() }
    }
}

/// Runs `permafreeze doctor`.
///
/// # Errors
/// Kind `Input` when something that every build needs is missing.
pub fn run(args: &DoctorArgs, options: &GlobalOptions) -> Outcome {
    let mut findings = vec![host(&files::host_system())];
    let nix = find_nix(options);
    match &nix {
        Ok(nix) => findings.extend(about(nix, options)),
        Err(failure) => findings.push(Finding::failure("nix", failure)),
    }
    findings.extend(project::findings(nix.as_ref().ok(), options));
    let lacks_tools = findings.iter().any(|finding| finding.subject == "toolchain" && finding.state != State::Ok);
    findings.extend(programs(lacks_tools));
    print(&findings, args.json)?;
    let failures = findings.iter().filter(|finding| finding.state == State::Failure).count();
    match failures {
        0 => Ok(()),
        count => Err(Failure::new(Kind::Input, format!("{count} of {} checks failed", findings.len()))),
    }
}

/// Builds run on Linux; Nix on macOS hands them to a Linux builder of the same processor (`nix/mk-flake.nix`).
fn host(system: &str) -> Finding {
    if HOSTS.iter().any(|host| host.name == system) {
        return Finding::ok("host", system);
    }
    match linux_of(system) {
        Some(linux) => Finding::ok("host", format!("{system}: builds run on {linux}")),
        None => {
            let known: Vec<&str> = HOSTS.iter().map(|host| host.name).collect();
            let darwin = known.iter().map(|host| host.replace("-linux", "-darwin"));
            let text = format!("{system}: expected {}, {}", known.join(", "), darwin.collect::<Vec<_>>().join(", "));
            Finding::bad(
                State::Failure,
                "host",
                text,
                "build on one of these; executables for other systems come from there",
            )
        }
    }
}

/// Returns the host that builds for a machine with macOS.
fn linux_of(system: &str) -> Option<&'static str> {
    let linux = system.strip_suffix("-darwin").map(|processor| format!("{processor}-linux"))?;
    HOSTS.iter().map(|host| host.name).find(|name| *name == linux)
}

fn about(nix: &Nix, options: &GlobalOptions) -> Vec<Finding> {
    let setting = |name: &str| nix.settings.get(name).map(String::as_str).unwrap_or_default();
    let mut findings = vec![Finding::ok("nix", nix.version.clone()), store(&nix.store)];
    findings.push(match is_sandboxed(nix, options) {
        Ok(true) => Finding::ok("sandbox", "a build has looked for a file of this machine, and not found it"),
        Ok(false) => Finding::bad(
            State::Warning,
            "sandbox",
            "builds see this machine, which `--allow-unsandboxed` allows",
            "write `sandbox = true` and `sandbox-fallback = false` in nix.conf",
        ),
        Err(failure) => Finding::failure("sandbox", &failure),
    });
    let features = setting("experimental-features");
    findings.push(if features.contains("flakes") && features.contains("nix-command") {
        Finding::ok("flakes", features)
    } else {
        Finding::bad(
            State::Warning,
            "flakes",
            "not enabled in nix.conf; permafreeze enables them for its own runs",
            "write `experimental-features = nix-command flakes` in nix.conf",
        )
    });
    findings.extend(linux_of(&files::host_system()).map(|linux| linux_builder(linux, setting("builders"))));
    findings.extend(build_users(setting("build-users-group")));
    findings.extend(trust(setting("trusted-users")));
    findings
}

/// A daemon takes settings from users whom it trusts alone.
fn trust(trusted: &str) -> Option<Finding> {
    let daemon = std::path::Path::new("/nix/var/nix/daemon-socket/socket").exists();
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).ok().filter(|user| user != "root")?;
    daemon.then(|| of_daemon(&user, trusted))
}

fn of_daemon(user: &str, trusted: &str) -> Finding {
    if trusted.split_whitespace().any(|word| word == user || word == "*") {
        return Finding::ok("daemon", format!("it trusts {user}"));
    }
    // A group (`@wheel`) may have the user, too: then this says less than is so.
    Finding::ok(
        "daemon",
        format!("it does not trust {user} by name: jobs, caches and the sandbox are as its nix.conf says"),
    )
}

/// Asks the store for a path: so it is seen whether the daemon answers and the database can be opened.
fn store(store: &Store) -> Finding {
    let nothing = StorePath::flat("permafreeze-doctor", &"0".repeat(64));
    match nothing.map(|path| store.missing([&path])) {
        Ok(Err(error)) => Finding::failure("store", &Failure::from(error)),
        _ => Finding::ok("store", "it answers"),
    }
}

/// `builders` is Nix's setting: machines, or `@FILE` with machines.
fn linux_builder(linux: &str, builders: &str) -> Finding {
    let machines = match builders.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file).unwrap_or_default(),
        None => builders.to_owned(),
    };
    if machines.contains(linux) {
        return Finding::ok("Linux builder", linux);
    }
    let text = format!("`builders` of nix.conf names no machine for {linux}");
    Finding::bad(State::Warning, "Linux builder", text, "set one up: `nix run nixpkgs#darwin.linux-builder`")
}

/// As root Nix builds as members of a group; without it every build fails.
fn build_users(group: &str) -> Option<Finding> {
    let daemon = std::path::Path::new("/nix/var/nix/daemon-socket/socket").exists();
    if group.is_empty() || daemon {
        return None;
    }
    let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
    if groups.lines().any(|line| line.starts_with(&format!("{group}:"))) {
        return None;
    }
    Some(Finding::bad(
        State::Failure,
        "build users",
        format!("nix.conf's build-users-group `{group}` does not exist"),
        "write `build-users-group =` in nix.conf, or make the group",
    ))
}

/// Programs that `permafreeze toolchain build` needs where no one has made the toolchain yet.
fn programs(are_needed: bool) -> Vec<Finding> {
    let state = if are_needed { State::Failure } else { State::Warning };
    ["cargo", "rustup", "make", "perl", "tar", "xz", "python3"]
        .into_iter()
        .map(|program| {
            let hint = format!("install {program}: `permafreeze toolchain build` needs it, and nothing else");
            let line = |said: &str| said.lines().find(|line| !line.is_empty()).unwrap_or("there").to_owned();
            let asked = duct::cmd!(program, "--version").stderr_to_stdout();
            match (read(&asked), read(&asked.unchecked())) {
                (Ok(said), _) => Finding::ok(program, line(&said)),
                // It is there, and fails.
                (Err(_), Ok(said)) => {
                    Finding::bad(state, program, format!("`{program} --version` fails: {}", line(&said)), hint)
                }
                (Err(_), Err(_)) => Finding::bad(state, program, "not on the PATH", hint),
            }
        })
        .collect()
}

fn print(findings: &[Finding], json: bool) -> Outcome {
    if json {
        return say::json(&findings);
    }
    let mut lines = String::new();
    for Finding { state, subject, text, hint } in findings {
        let word = match state {
            State::Ok => "ok  ",
            State::Warning => "warn",
            State::Failure => "FAIL",
        };
        lines.push_str(&format!("{word}  {subject}: {}\n", text.replace('\n', "\n        ")));
        if let Some(hint) = hint {
            lines.push_str(&format!("      hint: {hint}\n"));
        }
    }
    say::text(&lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_of_the_toolchain_is_one_and_so_is_macos() {
        for system in ["x86_64-linux", "aarch64-linux", "x86_64-darwin", "aarch64-darwin"] {
            assert_eq!(host(system).state, State::Ok, "{system}");
        }
        assert_eq!(host("aarch64-darwin").text, "aarch64-darwin: builds run on aarch64-linux");
    }

    #[test]
    fn what_is_no_host_is_told_what_is() {
        for system in ["riscv64-linux", "riscv64-darwin", "x86_64-freebsd"] {
            let finding = host(system);
            assert_eq!(finding.state, State::Failure);
            let hosts = "expected x86_64-linux, aarch64-linux, x86_64-darwin, aarch64-darwin";
            assert_eq!(finding.text, format!("{system}: {hosts}"));
        }
    }

    #[test]
    fn a_linux_builder_is_looked_for_in_the_setting_and_in_its_file() {
        let machine = "ssh-ng://builder@linux-builder aarch64-linux /etc/nix/key 4";
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), machine).expect("written");
        let builders = format!("@{}", file.path().display());
        assert_eq!(linux_builder("aarch64-linux", machine).state, State::Ok);
        assert_eq!(linux_builder("aarch64-linux", &builders).state, State::Ok);
        assert_eq!(linux_builder("x86_64-linux", &builders).state, State::Warning);
        assert_eq!(linux_builder("aarch64-linux", "@/nonexistent").state, State::Warning);
    }
}
