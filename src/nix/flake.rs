//! Nix with flakes: its version, its settings, evaluation.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use crate::call::{Call, Program};
use crate::error::Error;
use crate::reference::{Flake, number};
use crate::store::Store;
use crate::text::literal;

/// A system that no flake has outputs for.
const NO_SYSTEM: &str = "none";

/// The derivations that build a wheel of a source distribution.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WheelDerivations {
    /// The wheel's.
    pub wheel: Utf8PathBuf,
    /// The one of the environment that it is built in.
    pub environment: Utf8PathBuf,
}

/// Nix on this machine, with the settings that every call gets.
#[derive(Debug, Clone)]
pub struct Nix {
    /// The version, as `2.8.0`.
    pub version: String,
    /// The settings in force (`nix show-config`), by name.
    pub settings: BTreeMap<String, String>,
    /// The store, used with these settings.
    pub store: Store,
}

/// What a caller wants of Nix.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// The caller's `NIX_CONFIG`.
    pub config: &'a str,
    /// How many builds run at once, where the user has not chosen.
    pub cores: usize,
    /// Whether no binary cache is asked.
    pub offline: bool,
    /// Whether builds may run without a sandbox.
    pub unsandboxed: bool,
}

impl Nix {
    /// Finds Nix, reads its settings, and completes them for permafreeze's calls: flakes are on, so is the sandbox,
    /// without which nothing is built, and the machine is used where the user has not chosen.
    ///
    /// # Errors
    /// No Nix, or one without flakes.
    pub fn find(setup: &Setup<'_>) -> Result<Nix, Error> {
        let said = Call::new(Program::Nix, ["--version"]).output()?;
        let version = said.rsplit(' ').next().unwrap_or_default().to_owned();
        if !has_flakes(&version) {
            return Err(Error::NoFlakes { version });
        }
        let mut config = format!("extra-experimental-features = nix-command flakes\n{}\n", setup.config);
        let settings = read_settings(&Store::with_config(&config))?;
        if !setup.unsandboxed {
            // Debian's package turns the sandbox off, and Nix builds without where the kernel has no namespaces.
            if settings.get("sandbox").is_some_and(|value| value == "false") {
                config.push_str("sandbox = true\n");
            }
            config.push_str("sandbox-fallback = false\n");
        }
        if setup.offline {
            config.push_str("substitute = false\n");
        }
        // Nix's own default is one job.
        if settings.get("max-jobs").is_some_and(|value| value == "1") {
            config.push_str(&format!("max-jobs = {}\n", setup.cores));
        }
        Ok(Nix { version, settings, store: Store::with_config(&config) })
    }

    /// Evaluates, in one process, the derivation paths of packages of a project; `system` as `x86_64-linux`. No other
    /// package of the flake is evaluated. Returns them in the order of `names`; with `unsandboxed`, those for a machine
    /// without a sandbox.
    ///
    /// # Errors
    /// [`Error::Evaluation`] if the flake is not in order, [`Error::Folder`] if this Nix cannot read it; what else Nix
    /// says.
    pub fn derivations(
        &self,
        flake: &Flake,
        system: &str,
        names: &[String],
        unsandboxed: bool,
    ) -> Result<Vec<Utf8PathBuf>, Error> {
        let selection = selection(&flake.folder, system, names, unsandboxed);
        let arguments = self.outputs(flake, &format!("packages.{system}"), &selection)?;
        self.store.call(Program::Nix, arguments.iter().map(String::as_str)).json()
    }

    /// Evaluates the derivations of wheels that are built of source distributions, by the file name of the source
    /// distribution. `plan` is JSON of a plan, or the part of one, with `files` and `builds`: far below the length of a
    /// command's argument (128 KiB). The plan that the flake has is not read.
    ///
    /// # Errors
    /// As [`Nix::derivations`].
    pub fn wheels(&self, flake: &Flake, system: &str, plan: &str) -> Result<BTreeMap<String, WheelDerivations>, Error> {
        let arguments = self.outputs(flake, "lib", &wheel_selection(&flake.folder, system, plan))?;
        // Nix looks for a name in the packages of its system first, and those of a flake whose plan is missing or
        // unreadable cannot be listed.
        let options = ["--no-write-lock-file", "--system", NO_SYSTEM];
        self.store.call(Program::Nix, arguments.iter().map(String::as_str).chain(options)).json()
    }

    /// Leaves out binary caches that do not answer, which would be waited for at each path; returns them, and why.
    ///
    /// # Errors
    /// If Nix is missing.
    pub fn drop_unreachable_caches(&mut self) -> Result<Vec<(String, String)>, Error> {
        if self.settings.get("substitute").is_some_and(|value| value == "false") {
            return Ok(Vec::new());
        }
        let mut lost = Vec::new();
        for cache in self.caches() {
            if let Err(why) = self.store.is_reachable(cache)? {
                lost.push((cache.to_owned(), why));
            }
        }
        if !lost.is_empty() {
            let left = self.caches().into_iter().filter(|cache| lost.iter().all(|(other, _)| other != cache));
            let left: Vec<&str> = left.collect();
            let setting = if left.is_empty() {
                "substitute = false".to_owned()
            } else {
                format!("substituters = {}", left.join(" "))
            };
            self.store.configure(&format!("{setting}\n"));
        }
        Ok(lost)
    }

    /// Returns the binary caches that are configured.
    pub fn caches(&self) -> Vec<&str> {
        let names = ["substituters", "extra-substituters"];
        let all = names.into_iter().filter_map(|name| self.settings.get(name)).flat_map(|urls| urls.split_whitespace());
        let mut caches: Vec<&str> = all.collect();
        caches.sort_unstable();
        caches.dedup();
        caches
    }
}

/// Returns the Nix function that takes a flake's packages and gives the derivation paths of `names`.
fn selection(folder: &Utf8Path, system: &str, names: &[String], unsandboxed: bool) -> String {
    let variant = if unsandboxed { ".unsandboxed" } else { "" };
    let one = |name: &String| {
        let lacks = format!(
            "permafreeze: the flake in `{folder}` has no package `{name}` for {system}: expected `mkFlake` in its \
             flake.nix, with the project's folder as `root`"
        );
        format!("(packages.{} or (throw {})){variant}.drvPath", literal(name), literal(&lacks))
    };
    format!("packages: [ {} ]", names.iter().map(one).collect::<Vec<_>>().join(" "))
}

/// Returns the Nix function that takes a flake's `lib` and gives the derivation paths of the wheels of `plan`.
fn wheel_selection(folder: &Utf8Path, system: &str, plan: &str) -> String {
    let lacks = format!(
        "permafreeze: the flake in `{folder}` has no `lib.wheelsOf` for {system}: expected the `lib` of `mkFlake` in its \
         outputs"
    );
    format!(
        "lib: builtins.mapAttrs (_: wheel: {{ wheel = wheel.drvPath; environment = wheel.environment.drvPath; }}) \
         ((lib.wheelsOf.{} or (throw {})) (builtins.fromJSON {}))",
        literal(system),
        literal(&lacks),
        literal(plan)
    )
}

fn has_flakes(version: &str) -> bool {
    number(version) >= (2, 8)
}

fn read_settings(store: &Store) -> Result<BTreeMap<String, String>, Error> {
    let output = store.call(Program::Nix, ["show-config"]).output()?;
    Ok(output
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect())
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
}
