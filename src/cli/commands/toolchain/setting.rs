//! What `permafreeze toolchain` needs of the environment: folders, variables, settings.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_fetch::download::download;
use permafreeze_fetch::environment::Environment;
use permafreeze_fetch::settings::Settings;
use permafreeze_plan::pins::Pins;
use permafreeze_toolchain::Error;
use permafreeze_toolchain::builder::Builder;
use permafreeze_toolchain::source::Sources;
use permafreeze_toolchain::tool::Compiler;

use super::steps::Steps;
use super::{ToolchainArgs, failure};
use crate::failure::{Failure, Kind, Outcome};
use crate::files::cores;
use crate::options::GlobalOptions;
use crate::{pins_file, say};

/// What `permafreeze toolchain` needs.
pub(super) struct Setting {
    /// The pins that count.
    pub pins: Pins,
    /// Where they stand, if not in the program itself.
    pub pins_file: Option<Utf8PathBuf>,
    /// The folder of the links that keep store paths alive.
    pub roots: Utf8PathBuf,
    work: Utf8PathBuf,
    jobs: usize,
    quiet: bool,
    offline: bool,
    variables: BTreeMap<String, String>,
}

impl Setting {
    /// Reads arguments and environment.
    ///
    /// # Errors
    /// If the pins are malformed, or there is no home folder.
    pub(super) fn new(args: &ToolchainArgs, options: &GlobalOptions) -> Result<Setting, Failure> {
        let (pins, pins_file) = pins_file::load(args.source.as_deref().unwrap_or(Utf8Path::new(".")))?;
        if let (Some(source), None) = (&args.source, &pins_file) {
            return Err(Failure::new(Kind::Usage, format!("`{source}` is no source checkout of permafreeze")));
        }
        let variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let work = match &args.work {
            Some(work) => camino::absolute_utf8(work).unwrap_or_else(|_| work.clone()),
            None => folder(&variables, "XDG_CACHE_HOME", ".cache")?.join("permafreeze/toolchain"),
        };
        Ok(Setting {
            pins,
            pins_file,
            roots: folder(&variables, "XDG_STATE_HOME", ".local/state")?.join("permafreeze/gcroots"),
            work,
            jobs: args.jobs.map_or_else(cores, usize::from),
            quiet: options.quiet,
            offline: options.offline,
            variables,
        })
    }

    /// Returns a folder for the package clients.
    pub(super) fn scratch(&self) -> Utf8PathBuf {
        self.work.join("update")
    }

    /// Runs `work` with what makes things, showing its steps.
    ///
    /// # Errors
    /// What `work` says.
    pub(super) fn with_builder(&self, work: impl FnOnce(&Builder<'_>) -> Result<(), Error>) -> Outcome {
        let cargo_home = self.cargo_home()?;
        let steps = Steps::new(self.quiet);
        let download = |url: &str, to: &Utf8Path| self.download(url, to);
        let builder = Builder {
            pins: &self.pins,
            work: self.work.clone(),
            path: self.variables.get("PATH").cloned().unwrap_or_default(),
            jobs: self.jobs,
            sources: Sources {
                folder: self.work.join("sources"),
                cargo_home: cargo_home.clone(),
                offline: self.offline,
                download: &download,
            },
            compiler: self.compiler(cargo_home),
            on_event: &|event| steps.show(event),
        };
        let done = work(&builder);
        steps.finish();
        done.map_err(failure)
    }

    /// Tells the user something, unless they want quiet.
    pub(super) fn say(&self, text: &str) {
        if !self.quiet {
            say::note(text);
        }
    }

    /// The pins are `nix/toolchain.json` in the checkout.
    fn compiler(&self, cargo_home: Utf8PathBuf) -> Option<Compiler> {
        let checkout = self.pins_file.as_ref()?.parent()?.parent()?;
        Some(Compiler {
            checkout: checkout.to_owned(),
            cargo_home,
            target_folder: self.work.join("cargo"),
            rustc: self.pins.rustc.clone(),
            environment: self.variables.clone(),
            offline: self.offline,
            jobs: self.jobs,
        })
    }

    fn cargo_home(&self) -> Result<Utf8PathBuf, Failure> {
        match self.variables.get("CARGO_HOME") {
            Some(home) => Ok(Utf8PathBuf::from(home)),
            None => Ok(home(&self.variables)?.join(".cargo")),
        }
    }

    /// No retries: where there is no way to the upstream, the package clients come next.
    fn download(&self, url: &str, to: &Utf8Path) -> Result<(), String> {
        let environment = Environment::new(self.variables.clone());
        let settings = Settings::load(&environment).map_err(|error| error.to_string())?;
        let settings = Settings { retries: 0, ..settings };
        download(url, to, &settings).map(drop).map_err(|error| error.to_string())
    }
}

fn folder(variables: &BTreeMap<String, String>, name: &str, below_home: &str) -> Result<Utf8PathBuf, Failure> {
    match variables.get(name) {
        Some(folder) if folder.starts_with('/') => Ok(Utf8PathBuf::from(folder)),
        _ => Ok(home(variables)?.join(below_home)),
    }
}

fn home(variables: &BTreeMap<String, String>) -> Result<Utf8PathBuf, Failure> {
    let home = variables.get("HOME").filter(|home| home.starts_with('/'));
    home.map(Utf8PathBuf::from).ok_or_else(|| {
        Failure::new(Kind::Outside, "HOME is not set: no folder for intermediate results").hint("set HOME")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn folders_follow_the_base_directory_specification() {
        let cache = |pairs| folder(&variables(pairs), "XDG_CACHE_HOME", ".cache");
        assert_eq!(cache(&[("HOME", "/h")]).expect("home"), "/h/.cache");
        assert_eq!(cache(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/c")]).expect("set"), "/c");
        assert_eq!(cache(&[("HOME", "/h"), ("XDG_CACHE_HOME", "relative")]).expect("not absolute"), "/h/.cache");
        assert_eq!(cache(&[]).expect_err("no home").kind, Kind::Outside);
    }
}
