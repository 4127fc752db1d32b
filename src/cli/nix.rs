//! Runs Nix: only what Nix 2.8 to 2.34 have in common.
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use camino::{Utf8Path, Utf8PathBuf};
use duct::Expression;
use thiserror::Error;

use crate::failure::{Failure, Kind};

mod store;

pub use store::Held;

/// What Nix could not do.
#[derive(Debug, Error)]
pub enum NixError {
    /// There is no Nix: nothing can be built.
    #[error("`{program}` is not on the PATH: no Nix on this machine")]
    Missing {
        /// The program.
        program: String,
    },
    /// Nix is there, but too old for flakes.
    #[error("Nix {version} has no flakes: expected 2.8 or newer")]
    NoFlakes {
        /// What `nix --version` says.
        version: String,
    },
    /// Evaluation failed.
    #[error("Nix could not evaluate `{attribute}`:\n{output}")]
    Evaluation {
        /// The attribute.
        attribute: String,
        /// What Nix said.
        output: String,
    },
    /// A builder refused its input.
    #[error("{log}\n  while building {derivation}")]
    Builder {
        /// The derivation's name, without hash.
        derivation: String,
        /// What the builder said.
        log: String,
    },
    /// Nix failed otherwise.
    #[error("`{command}` failed:\n{output}")]
    Failed {
        /// The command.
        command: String,
        /// What it said.
        output: String,
    },
}

const INSTALL_HINT: &str =
    "install Nix: on Debian and Ubuntu `apt-get install nix-bin`, elsewhere see https://nixos.org/download";

impl From<NixError> for Failure {
    fn from(error: NixError) -> Failure {
        let (kind, hint) = match &error {
            NixError::Missing { .. } | NixError::NoFlakes { .. } => (Kind::Outside, Some(INSTALL_HINT)),
            NixError::Evaluation { .. } | NixError::Builder { .. } => (Kind::Input, None),
            NixError::Failed { .. } => (Kind::Outside, Some("`permafreeze doctor` checks this machine")),
        };
        Failure::new(kind, error).maybe_hint(hint)
    }
}

/// Nix on this machine, with the settings that every run gets.
#[derive(Debug, Clone)]
pub struct Nix {
    /// The version, as `2.8.0`.
    pub version: String,
    /// The settings in force (`nix show-config`), by name.
    pub settings: BTreeMap<String, String>,
    config: String,
}

impl Nix {
    /// Finds Nix and reads its settings. `config` is the caller's `NIX_CONFIG`; `cores` the jobs to run at once
    /// where the user has not chosen.
    ///
    /// # Errors
    /// No Nix, or one without flakes.
    pub fn find(config: &str, cores: usize) -> Result<Nix, NixError> {
        let said = duct::cmd!("nix", "--version")
            .stderr_null()
            .read()
            .map_err(|_| NixError::Missing { program: "nix".to_owned() })?;
        let version = said.rsplit(' ').next().unwrap_or_default().to_owned();
        if !has_flakes(&version) {
            return Err(NixError::NoFlakes { version });
        }
        let mut config = format!("extra-experimental-features = nix-command flakes\n{config}\n");
        let settings = read_settings(&config)?;
        // Debian's package turns the sandbox off, and Nix's own default is one job.
        if settings.get("sandbox").is_some_and(|value| value == "false") {
            config.push_str("sandbox = true\n");
        }
        if settings.get("max-jobs").is_some_and(|value| value == "1") {
            config.push_str(&format!("max-jobs = {cores}\n"));
        }
        Ok(Nix { version, settings, config })
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Expression {
        duct::cmd(program, arguments).env("NIX_CONFIG", &self.config).stdin_null()
    }

    /// Evaluates the derivation path of `attribute` of the flake in `folder`.
    ///
    /// # Errors
    /// [`NixError::Evaluation`] with Nix's words.
    pub fn derivation(&self, folder: &Utf8Path, attribute: &str) -> Result<Utf8PathBuf, NixError> {
        let reference = format!("{folder}#{attribute}.drvPath");
        let output = self
            .command("nix", &["eval", "--raw", &reference])
            .stdout_capture()
            .stderr_capture()
            .unchecked()
            .run()
            .map_err(|_| NixError::Missing { program: "nix".to_owned() })?;
        if output.status.success() {
            return Ok(Utf8PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(NixError::Evaluation { attribute: attribute.to_owned(), output: evaluation_message(&said) })
    }

    /// Returns the names of the derivations that building `derivations` would build.
    ///
    /// # Errors
    /// [`NixError::Failed`].
    pub fn to_build(&self, derivations: &[Utf8PathBuf]) -> Result<Vec<String>, NixError> {
        let mut arguments = vec!["--realise", "--dry-run"];
        arguments.extend(derivations.iter().map(|path| path.as_str()));
        let output = self
            .command("nix-store", &arguments)
            .stderr_to_stdout()
            .read()
            .map_err(|_| NixError::Missing { program: "nix-store".to_owned() })?;
        Ok(output.lines().filter(|line| line.trim().ends_with(".drv")).map(|line| name_of(line.trim())).collect())
    }

    /// Builds one derivation and keeps it alive with a GC root at `root`; `on_start` hears the name of every
    /// derivation that Nix starts to build. Returns the output path.
    ///
    /// # Errors
    /// [`NixError::Builder`] when a builder failed, else [`NixError::Failed`].
    pub fn build(
        &self,
        derivation: &Utf8Path,
        root: &Utf8Path,
        mut on_start: impl FnMut(&str),
    ) -> Result<Utf8PathBuf, NixError> {
        let arguments = ["--realise", derivation.as_str(), "--add-root", root.as_str(), "--indirect", "--keep-going"];
        let (succeeded, said) = self.watch(&arguments, "building '", &mut on_start)?;
        match std::fs::read_link(root) {
            Ok(path) if succeeded => Ok(Utf8PathBuf::from(path.to_string_lossy().into_owned())),
            _ => Err(self.build_error(derivation, &said)),
        }
    }

    /// Runs `nix-store` and reads what it says; `on_start` hears the name of each derivation that is quoted after
    /// `marker`. Returns whether it succeeded, and its lines.
    fn watch(
        &self,
        arguments: &[&str],
        marker: &str,
        on_start: &mut dyn FnMut(&str),
    ) -> Result<(bool, Vec<String>), NixError> {
        let reader = self
            .command("nix-store", arguments)
            .stderr_to_stdout()
            .unchecked()
            .reader()
            .map_err(|_| NixError::Missing { program: "nix-store".to_owned() })?;
        let mut said = Vec::new();
        for line in BufReader::new(&reader).lines().map_while(Result::ok) {
            if let Some(path) = quoted_after(&line, marker) {
                on_start(&name_of(path));
            }
            said.push(line);
        }
        let succeeded = matches!(reader.try_wait(), Ok(Some(output)) if output.status.success());
        Ok((succeeded, said))
    }

    fn build_error(&self, derivation: &Utf8Path, said: &[String]) -> NixError {
        let failed = said
            .iter()
            .find_map(|line| quoted_after(line, "builder for '").or_else(|| quoted_after(line, "Cannot build '")));
        let command = format!("nix-store --realise {derivation}");
        let Some(failed) = failed else {
            return NixError::Failed { command, output: said.join("\n") };
        };
        let log = self.command("nix-store", &["--read-log", failed]).stderr_null().unchecked().read();
        match log {
            Ok(log) if !log.trim().is_empty() => {
                NixError::Builder { derivation: name_of(failed), log: builder_message(&log) }
            }
            _ => NixError::Failed { command, output: said.join("\n") },
        }
    }
}

fn has_flakes(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (2, 8)
}

fn read_settings(config: &str) -> Result<BTreeMap<String, String>, NixError> {
    let output = duct::cmd!("nix", "show-config")
        .env("NIX_CONFIG", config)
        .stderr_null()
        .read()
        .map_err(|error| NixError::Failed { command: "nix show-config".to_owned(), output: error.to_string() })?;
    Ok(output
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect())
}

/// Returns what stands between `marker` and the next `'`.
fn quoted_after<'a>(line: &'a str, marker: &str) -> Option<&'a str> {
    let rest = &line[line.find(marker)? + marker.len()..];
    rest.split_once('\'').map(|(quoted, _)| quoted)
}

/// Returns a store path's name: without folder, hash and `.drv`.
fn name_of(path: &str) -> String {
    let base = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".drv");
    base.split_once('-').map_or(base, |(_, name)| name).to_owned()
}

/// Keeps of a builder's log its error and what follows it.
fn builder_message(log: &str) -> String {
    let lines: Vec<String> = log.trim().lines().filter(|line| !line.starts_with("@nix ")).map(without_colour).collect();
    if let Some(missing) = lines.iter().find_map(|line| quoted_after(line, "'file:///")) {
        // What nix/fetch.nix says of a path that nobody has brought: a download of it is all that Nix could try.
        return missing.to_owned();
    }
    let start = lines.iter().position(|line| line.starts_with("error: ")).unwrap_or(lines.len().saturating_sub(10));
    lines[start..].join("\n").trim_start_matches("error: ").to_owned()
}

/// Takes out terminal colours (ECMA-48 SGR).
fn without_colour(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    plain
}

/// Keeps of an evaluation error the lines that say what is wrong; the trace is Nix's business.
fn evaluation_message(said: &str) -> String {
    let own: Vec<&str> = said.lines().filter_map(|line| line.find("permafreeze: ").map(|at| &line[at..])).collect();
    if own.is_empty() { said.trim().to_owned() } else { own.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flakes_come_with_2_8() {
        assert!(has_flakes("2.8.0"));
        assert!(has_flakes("2.34.8"));
        assert!(has_flakes("3.0"));
        assert!(!has_flakes("2.3.16"));
        assert!(!has_flakes(""));
    }

    #[test]
    fn a_failed_builder_is_found_in_old_and_new_words() {
        let old = "error: builder for '/nix/store/abc-object-x.drv' failed with exit code 1;";
        let new = "error: Cannot build '/nix/store/abc-object-x.drv'.";
        assert_eq!(quoted_after(old, "builder for '"), Some("/nix/store/abc-object-x.drv"));
        assert_eq!(quoted_after(new, "Cannot build '"), Some("/nix/store/abc-object-x.drv"));
        assert_eq!(name_of("/nix/store/abc-object-x.drv"), "object-x");
    }

    #[test]
    fn a_builder_message_begins_at_its_error() {
        assert_eq!(builder_message("warning: a\nerror: no entry script\nhint: b\n"), "no entry script\nhint: b");
        assert_eq!(builder_message("boom\n"), "boom");
        assert_eq!(builder_message("@nix {}\n\u{1b}[31;1merror:\u{1b}[0m bad\n"), "bad");
    }

    #[test]
    fn a_path_that_nobody_has_brought_is_told_in_our_words() {
        let log =
            "error: unable to download 'file:///x is not in the Nix store: run `permafreeze toolchain build`': bad";
        assert_eq!(builder_message(log), "x is not in the Nix store: run `permafreeze toolchain build`");
    }

    #[test]
    fn an_evaluation_message_keeps_our_words() {
        let said = "error: permafreeze: the plan names target `x`\n\n       at /nix/store/…";
        assert_eq!(evaluation_message(said), "permafreeze: the plan names target `x`");
        assert_eq!(evaluation_message("error: other\n"), "error: other");
    }
}
