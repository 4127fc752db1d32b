//! `permafreeze doctor`: what this machine has and lacks.
use clap::Args;
use serde::Serialize;

use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::nix::Nix;
use crate::options::GlobalOptions;

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
}

/// Runs `permafreeze doctor`.
///
/// # Errors
/// Kind `Input` when something that every build needs is missing.
pub fn run(args: &DoctorArgs, options: &GlobalOptions) -> Outcome {
    let mut findings = vec![host()];
    findings.extend(nix());
    findings.extend(programs());
    findings.push(project(options));
    print(&findings, args.json)?;
    let failures = findings.iter().filter(|finding| finding.state == State::Failure).count();
    match failures {
        0 => Ok(()),
        count => Err(Failure::new(Kind::Input, format!("{count} of {} checks failed", findings.len()))),
    }
}

fn host() -> Finding {
    let system = files::host_system();
    match system.as_str() {
        "x86_64-linux" => Finding::ok("host", system),
        _ => Finding::bad(
            State::Failure,
            "host",
            format!("{system}: expected x86_64-linux"),
            "build on x86_64 Linux, or through a Linux builder of Nix",
        ),
    }
}

fn nix() -> Vec<Finding> {
    let nix = match Nix::find(&std::env::var("NIX_CONFIG").unwrap_or_default(), files::cores()) {
        Ok(nix) => nix,
        Err(error) => {
            let failure = Failure::from(error);
            let hint = failure.hint.clone().unwrap_or_default();
            return vec![Finding::bad(State::Failure, "nix", failure.error.to_string(), hint)];
        }
    };
    let setting = |name: &str| nix.settings.get(name).cloned().unwrap_or_default();
    let mut findings = vec![Finding::ok("nix", nix.version.clone())];
    findings.push(match setting("sandbox").as_str() {
        "false" => Finding::bad(
            State::Warning,
            "sandbox",
            "off in nix.conf; permafreeze turns it on for its own builds",
            "write `sandbox = true` in nix.conf",
        ),
        value => Finding::ok("sandbox", value.to_owned()),
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
    findings.extend(build_users(&setting("build-users-group")));
    findings
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
fn programs() -> Vec<Finding> {
    ["cargo", "rustup", "make", "perl", "tar", "xz", "python3"]
        .into_iter()
        .map(|program| match duct::cmd!(program, "--version").stderr_to_stdout().unchecked().read() {
            Ok(said) => Finding::ok(program, said.lines().find(|line| !line.is_empty()).unwrap_or("there").to_owned()),
            Err(_) => Finding::bad(
                State::Warning,
                program,
                "not on the PATH; only `permafreeze toolchain build` needs it",
                format!("install {program}"),
            ),
        })
        .collect()
}

fn project(options: &GlobalOptions) -> Finding {
    let lock = options.project_file("poetry.lock");
    if lock.is_file() {
        return Finding::ok("project", options.project.to_string());
    }
    Finding::bad(
        State::Warning,
        "project",
        format!("no `{lock}`"),
        "run in a Poetry project's folder, or give it with `--project DIR`",
    )
}

fn print(findings: &[Finding], json: bool) -> Outcome {
    if json {
        let text = serde_json::to_string_pretty(findings).map_err(|error| Failure::new(Kind::Bug, error))?;
        println!("{text}");
        return Ok(());
    }
    for Finding { state, subject, text, hint } in findings {
        let word = match state {
            State::Ok => "ok  ",
            State::Warning => "warn",
            State::Failure => "FAIL",
        };
        println!("{word}  {subject}: {text}");
        if let Some(hint) = hint {
            println!("      hint: {hint}");
        }
    }
    Ok(())
}
