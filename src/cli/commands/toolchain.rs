//! `permafreeze toolchain`: what builds are made with.
mod assets;
mod setting;
mod steps;
mod update;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand};
use permafreeze_nix::{Error as NixError, Store, StorePath};
use permafreeze_packaging::python::{DEFAULT, Python};
use permafreeze_packaging::target::Target;
use permafreeze_plan::pins::{Made, Pins};
use permafreeze_plan::plan::RuntimeSource;
use permafreeze_terminal::shown;
use permafreeze_toolchain::builder::Builder;
use permafreeze_toolchain::product::{Product, Wanted, select};
use permafreeze_toolchain::{Error, pins, recipe, store};
use serde::Serialize;

use self::setting::Setting;
use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::say;

/// Arguments of `permafreeze toolchain`.
#[derive(Debug, Args)]
pub struct ToolchainArgs {
    #[command(subcommand)]
    command: ToolchainCommand,
    /// The source checkout [default: the nearest folder from here upwards with nix/toolchain.json]
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    source: Option<Utf8PathBuf>,
    /// The folder for sources and intermediate results [default: permafreeze/toolchain in the user's cache]
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath, env = "PERMAFREEZE_TOOLCHAIN_WORK")]
    work: Option<Utf8PathBuf>,
    /// How many compilers run at once [default: one per processor]
    #[arg(short, long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

#[derive(Debug, Subcommand)]
enum ToolchainCommand {
    /// Make what builds on this machine need and the Nix store lacks, from source
    Build {
        /// Only these, as `list` names them
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Only what builds for this target need; may be given again [default: every target]
        #[arg(long = "target", value_name = "TARGET", value_parser = crate::options::target(), conflicts_with = "names")]
        targets: Vec<Target>,
        /// Only what builds of this Python need
        #[arg(long, value_name = "VERSION", default_value_t = DEFAULT, conflicts_with = "names")]
        python: Python,
        /// Another source of these targets' runtimes: `wheels`, where a release cannot be reached
        #[arg(long, value_name = "SOURCE", requires = "targets", value_parser = runtime_source)]
        from: Option<RuntimeSource>,
    },
    /// Make everything and write its hashes into nix/toolchain.json
    Pin {
        /// Only these, as `list` names them
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Only the static tools
        #[arg(long, conflicts_with = "names")]
        tools: bool,
        /// Write nothing: fail if one of these pins is stale [default: those of the static tools]
        #[arg(long)]
        check: bool,
    },
    /// Ask pip, cargo and apt for newer sources and wheels, write them into nix/toolchain.json, then do as `pin`
    Update {
        /// Write the versions only: make nothing
        #[arg(long)]
        versions_only: bool,
    },
    /// Write what the Nix store has of the toolchain into a folder, with SHA256SUMS: the assets of a release
    Export {
        /// The folder; it is made if it is not there
        #[arg(value_hint = clap::ValueHint::DirPath)]
        dir: Utf8PathBuf,
        /// Only these, as `list` names them [default: all that are in the Nix store]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Add the files of such a folder that are pinned to the Nix store, and say which are not
    Import {
        /// The folder
        #[arg(value_hint = clap::ValueHint::DirPath)]
        dir: Utf8PathBuf,
    },
    /// List what is pinned, and whether it is in the Nix store
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs `permafreeze toolchain`.
///
/// # Errors
/// Kind `Input` if something that was made is not what is pinned, a pin is stale, or a recipe fails; `Outside` if a
/// program, a source or Nix is missing.
pub fn run(args: &ToolchainArgs, options: &GlobalOptions) -> Outcome {
    let mut setting = Setting::new(args, options)?;
    match &args.command {
        ToolchainCommand::Build { names, targets, python, from } => {
            build(&setting, names, Wanted { python: *python, targets, from: *from })
        }
        ToolchainCommand::Pin { names, check: true, .. } => check(&setting, names),
        ToolchainCommand::Pin { names, tools, check: false } => pin(&setting, names, *tools),
        ToolchainCommand::Update { versions_only } => match update::run(&mut setting)? {
            true if !versions_only => pin(&setting, &[], false),
            _ => Ok(()),
        },
        ToolchainCommand::Export { dir, names } => assets::export(&setting, dir, names),
        ToolchainCommand::Import { dir } => assets::import(&setting, dir),
        ToolchainCommand::List { json } => list(&setting.pins, *json),
    }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Nix(error) => error.into(),
        Error::File(error) => error.into(),
        error => {
            let kind = if error.is_outside() { Kind::Outside } else { Kind::Input };
            let hint = error.hint();
            Failure::new(kind, error).maybe_hint(hint)
        }
    }
}

fn runtime_source(given: &str) -> Result<RuntimeSource, String> {
    let known = RuntimeSource::ALL.map(RuntimeSource::name).join(", ");
    let found = RuntimeSource::ALL.into_iter().find(|source| source.name() == given);
    found.ok_or_else(|| format!("expected one of: {known}"))
}

fn build(setting: &Setting, names: &[String], wanted: Wanted<'_>) -> Outcome {
    let mut missing = Vec::new();
    let host = recipe::this_host().map_err(failure)?;
    for name in select(&setting.pins, names, wanted, host).map_err(failure)? {
        let path = store::path(&setting.pins.made[&name]).map_err(failure)?;
        if is_valid(&path)? {
            Store::default().keep(&setting.roots.join(&name), path.as_str())?;
        } else {
            missing.push(name);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    setting.with_builder(|builder| {
        let mut unmade = Vec::new();
        for name in missing {
            match builder.download(&setting.pins.made[&name])? {
                Some(file) => add_to_store(setting, &name, &setting.pins.made[&name], &file)?,
                None => unmade.push(name),
            }
        }
        for (name, file) in builder.make(&unmade)? {
            let made = &setting.pins.made[&name];
            builder.check(&name, made, &file)?;
            add_to_store(setting, &name, made, &file)?;
        }
        Ok(())
    })
}

/// Adds a file to the store, to stay.
fn add_to_store(setting: &Setting, name: &str, made: &Made, file: &Utf8Path) -> Result<(), Error> {
    store::add(&Store::default(), made, file)?;
    Store::default().keep(&setting.roots.join(name), store::path(made)?.as_str())?;
    setting.say(&format!("added {name} to the Nix store"));
    Ok(())
}

fn is_valid(path: &StorePath) -> Result<bool, Failure> {
    Ok(Store::default().missing([path])?.is_empty())
}

fn tools() -> Vec<String> {
    Product::names().into_iter().filter(|name| Product::find(name).is_ok_and(Product::is_tool)).collect()
}

/// Makes things and returns what their pins should be.
fn made(builder: &Builder<'_>, names: &[String]) -> Result<Vec<(String, Made, Utf8PathBuf)>, Error> {
    let files = builder.make(names)?;
    files.into_iter().map(|(name, file)| Ok((name.clone(), builder.pin(&name, &file)?, file))).collect()
}

fn pin(setting: &Setting, names: &[String], only_tools: bool) -> Outcome {
    let names = match (only_tools, names.is_empty()) {
        (true, _) => tools(),
        (false, true) => Product::names(),
        (false, false) => names.to_vec(),
    };
    let path = pins_to_write(setting)?;
    setting.with_builder(|builder| {
        let made = made(builder, &names)?;
        // Read again: making takes minutes, and another process may have written pins meanwhile.
        let before: Pins = pins::read(path)?;
        let mut changed = before.clone();
        for (name, made, file) in made {
            match add_to_store(setting, &name, &made, &file) {
                // Pins can be made where there is no Nix.
                Err(Error::Nix(NixError::Missing { .. })) => {}
                added => added?,
            }
            changed.made.insert(name, made);
        }
        if changed == before {
            setting.say("the pins are current");
            return Ok(());
        }
        pins::save(&changed, path)?;
        setting.say(&format!("wrote {path}"));
        Ok(())
    })
}

/// Returns the file that pins are written into.
fn pins_to_write(setting: &Setting) -> Result<&Utf8Path, Failure> {
    setting.pins_file.as_deref().ok_or_else(|| {
        Failure::new(Kind::Input, "there is no `nix/toolchain.json` here or above to write pins into")
            .hint("run in a checkout, or name one with `--source DIR`")
    })
}

/// Builds what is named, or every static tool, and compares it with its pin.
fn check(setting: &Setting, names: &[String]) -> Outcome {
    let names = if names.is_empty() { tools() } else { names.to_vec() };
    setting.with_builder(|builder| {
        for (name, made, file) in made(builder, &names)? {
            let pinned = setting.pins.made.get(&name).ok_or(Error::NotPinned { kind: "tool", name: name.clone() })?;
            // The whole pin, not the hash alone: the NAR's hash and the name decide the path in the store.
            if *pinned != made {
                builder.check(&name, pinned, &file)?;
                return Err(Error::StalePin { name });
            }
        }
        setting.say(&format!("these pins are current: {}", names.join(", ")));
        Ok(())
    })
}

/// A line of `permafreeze toolchain list`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Listed<'a> {
    name: &'a str,
    description: String,
    file: &'a str,
    sha256: &'a str,
    size: Option<u64>,
    path: String,
    in_store: bool,
}

fn list(pins: &Pins, json: bool) -> Outcome {
    let there = store::present(&Store::default(), pins).map_err(failure)?;
    let mut listed = Vec::new();
    for (name, made) in &pins.made {
        let path = store::path(made).map_err(failure)?;
        listed.push(Listed {
            name,
            description: Product::find(name).map(Product::description).unwrap_or_default(),
            file: &made.name,
            sha256: &made.sha256,
            size: made.size,
            in_store: there.contains_key(name),
            path: path.to_string(),
        });
    }
    if json {
        return say::json(&listed);
    }
    let mut text = String::new();
    for Listed { name, description, sha256, size, in_store, .. } in listed {
        let place = if in_store { "in the store" } else { "not in the store" };
        let size = size.map(|size| size.to_string()).unwrap_or_default();
        text.push_str(&format!("{:33} {description:48} {sha256} {size:>9}  {place}\n", shown(name)));
    }
    say::text(&text)
}
