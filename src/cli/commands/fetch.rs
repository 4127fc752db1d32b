//! `permafreeze fetch`.
use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use clap::Args;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use permafreeze_fetch::default_index::DefaultIndex;
use permafreeze_fetch::environment::Environment;
use permafreeze_fetch::run::{Event, Fetch, Fetched};
use permafreeze_fetch::settings::Settings;
use permafreeze_fetch::wanted::Wanted;
use permafreeze_fetch::{Client, Error, Indexes, Keep, poetry};
use permafreeze_nix::{Store, StorePath, store_name};
use permafreeze_plan::lock_format::Format;
use permafreeze_plan::pins::Pins;
use permafreeze_plan::plan::{FILE_NAME, Package, PinnedFile, Plan, TargetPlan};
use permafreeze_resolve::document::TomlFile;
use permafreeze_resolve::lockfile::hashes::{commits, hashes};

use crate::built;
use crate::environment::{environment, user_cache};
use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::{pins_file, roots, say};

mod urls;

pub(super) use urls::record;

/// Wheels of the pins that no build of a project needs, by the beginnings of their names: what `permafreeze toolchain build`
/// makes tools and runtimes of, and the pip that is asked for its default index.
const BUILD_ONLY: [&str; 3] = ["binaries-", "pip", "zig-"];
/// The beginning of the names of PyInstaller's wheels; the rest is the target.
const PYINSTALLER: &str = "pyinstaller-";

/// Files that are fetched at once, if the user says nothing else.
pub const JOBS: u16 = 8;

/// Arguments of `permafreeze fetch`.
#[derive(Debug, Clone, Args)]
pub struct FetchArgs {
    /// How many files are fetched at once
    #[arg(short, long, value_name = "N", default_value_t = JOBS, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: u16,
    /// Print what is in the store as JSON
    #[arg(long)]
    pub json: bool,
    /// Fetch also what only `permafreeze toolchain build` needs
    #[arg(long)]
    pub all: bool,
}

/// Runs `permafreeze fetch`.
///
/// # Errors
/// Kind `Input` if the plan is missing or malformed, or a file is not the pinned one; kind `Outside` if the network
/// or Nix fails.
pub fn run(args: &FetchArgs, options: &GlobalOptions) -> Outcome {
    let (plan, _) = built::read_plan(options)?;
    check_locked(&plan, options)?;
    fetch_with(args, &plan, &Store::default(), options)
}

/// Checks that the hashes of what the plan installs are those of the project's own lock, if it is there.
///
/// # Errors
/// Kind `Input` if one is not, or a file is malformed.
fn check_locked(plan: &Plan, options: &GlobalOptions) -> Outcome {
    let read = |name: &str| -> Result<Option<TomlFile>, Failure> {
        let path = options.project_file(name);
        let Ok(text) = std::fs::read_to_string(&path) else { return Ok(None) };
        TomlFile::parse(path.to_string(), text).map(Some).map_err(|error| Failure::new(Kind::Input, error))
    };
    if plan.lock_format().is_none() {
        let text = format!(
            "`{}`: `lock` is `{}`, which is no lock file of the project",
            options.project_file(FILE_NAME),
            plan.lock()
        );
        return Err(Failure::new(Kind::Input, text).hint("run `permafreeze lock`"));
    }
    let Some(lock) = read(plan.lock())? else { return Ok(()) };
    let (locked, commits) = (hashes(&lock, read("pyproject.toml")?.as_ref()), commits(&lock));
    for name in plan.targets.values().flat_map(installed) {
        let Some(file) = plan.files.get(name) else { continue };
        // Of the tree of a commit the lock has the commit, and the archive is made of it.
        let (what, hash, is_locked) = match &file.git {
            Some(git) if file.is_tree(name) => ("commit", &git.commit, commits.contains(&git.commit)),
            _ => ("sha256", &file.sha256, locked.contains(&file.sha256)),
        };
        if !is_locked {
            let text = format!(
                "`{}` has `{name}` with {what} `{hash}`, and `{}` has no file with it",
                options.project_file(FILE_NAME),
                lock.name
            );
            return Err(Failure::new(Kind::Input, text)
                .hint("run `permafreeze lock`, and look at who has changed the plan: it was not made from this lock"));
        }
    }
    Ok(())
}

/// Returns the files that a target's executables are made of: what is installed, and PyInstaller's wheels. What source
/// distributions are built with was chosen by `lock`, and is in no lock of the project.
fn installed(target: &TargetPlan) -> impl Iterator<Item = &String> {
    let packages = target.packages.iter().filter_map(|package| match package {
        Package::Wheel { file } => Some(file),
        Package::Sdist { sdist } => Some(sdist),
        Package::Source { .. } => None,
    });
    packages.chain(target.freezer.values())
}

/// Returns what the plan and the pins name that is not in the store.
///
/// # Errors
/// If Nix fails, or the plan is malformed.
pub fn missing(plan: &Plan, store: &Store, options: &GlobalOptions) -> Result<Vec<Wanted>, Failure> {
    let (pins, _) = pins_file::load(&options.project)?;
    let mut all = wanted(plan, &pins, false, options).map_err(failure)?;
    let missing = store.missing(all.iter().map(|wanted| &wanted.store_path))?;
    all.retain(|wanted| missing.contains(wanted.store_path.as_str()));
    Ok(all)
}

/// Asks the configured indexes for the project of a file that no URL, no folder and no index of its own is known for.
///
/// # Errors
/// If none has it, or none answers.
pub fn ask(wanted: &Wanted, options: &GlobalOptions) -> Outcome {
    if wanted.url.is_some() || wanted.local.is_some() || wanted.index.is_some() {
        return Ok(());
    }
    let (mut settings, default_index) = access(options)?;
    default_index.complete(&mut settings).map_err(failure)?;
    let client = Client::new(settings).map_err(failure)?;
    Indexes::new(&client, Keep::files([wanted])).project(&wanted.project).map(drop).map_err(failure)
}

/// Makes valid in the store those files of the plan and the pins that are among `names` of what Nix would build: Nix knows
/// them by their hashes alone. Returns what was fetched.
///
/// # Errors
/// As [`run`].
pub fn needed(
    (plan, pins): (&Plan, &Pins),
    names: &[String],
    store: &Store,
    options: &GlobalOptions,
) -> Result<Vec<Fetched>, Failure> {
    let begin = Instant::now();
    let mut all = wanted(plan, pins, false, options).map_err(failure)?;
    let needed = all.iter().filter(|wanted| names.iter().any(|name| name == wanted.store_path.name()));
    let needed: Vec<Wanted> = needed.cloned().collect();
    let fetched = if needed.is_empty() { Vec::new() } else { files(needed, JOBS, store, options)? };
    let missing = store.missing(all.iter().map(|wanted| &wanted.store_path))?;
    all.retain(|wanted| !missing.contains(wanted.store_path.as_str()));
    roots::keep_all(store, options, "fetched", all.iter().map(|wanted| wanted.store_path.as_str()));
    if !fetched.is_empty() {
        report(&fetched, begin.elapsed(), &FetchArgs { jobs: JOBS, json: false, all: false }, options)?;
    }
    Ok(fetched)
}

fn fetch_with(args: &FetchArgs, plan: &Plan, store: &Store, options: &GlobalOptions) -> Outcome {
    let begin = Instant::now();
    let (pins, _) = pins_file::load(&options.project)?;
    let wanted = wanted(plan, &pins, args.all, options).map_err(failure)?;
    let locate = if urls::are_wanted(options) { urls::missing(plan) } else { BTreeSet::new() };
    let fetched = fetch_all(wanted.clone(), (args.jobs, locate), store, options)?;
    record(&fetched, options)?;
    roots::keep_all(store, options, "fetched", wanted.iter().map(|wanted| wanted.store_path.as_str()));
    report(&fetched, begin.elapsed(), args, options)
}

/// Makes files valid in the store, each as a plan has it.
///
/// # Errors
/// As [`run`].
pub fn planned<'f>(
    files: impl Iterator<Item = (&'f str, &'f PinnedFile)>,
    store: &Store,
    options: &GlobalOptions,
) -> Outcome {
    let wanted = files.map(|(file, pinned)| Wanted::from_plan(&options.project, file, pinned));
    let wanted = wanted.collect::<Result<Vec<_>, _>>().map_err(failure)?;
    self::files(wanted, JOBS, store, options).map(drop)
}

/// Makes files valid in the store.
///
/// # Errors
/// As [`run`].
pub fn files(wanted: Vec<Wanted>, jobs: u16, store: &Store, options: &GlobalOptions) -> Result<Vec<Fetched>, Failure> {
    fetch_all(wanted, (jobs, BTreeSet::new()), store, options)
}

/// Fetches; what cannot be had from where the plan says it is, is looked for on the indexes.
fn fetch_all(
    wanted: Vec<Wanted>,
    (jobs, locate): (u16, BTreeSet<String>),
    store: &Store,
    options: &GlobalOptions,
) -> Result<Vec<Fetched>, Failure> {
    let meter = Meter::new(options);
    let (settings, default_index) = access(options)?;
    let mut fetch = Fetch {
        wanted,
        settings,
        default_index,
        store,
        cache: cache()?,
        jobs: jobs.into(),
        offline: options.offline,
        locate,
        on_event: &|event| meter.show(event),
    };
    let mut fetched = fetch.run();
    if fetched.is_err() && !options.offline && fetch.wanted.iter().any(|wanted| wanted.url.is_some()) {
        fetch.wanted.iter_mut().for_each(|wanted| wanted.url = None);
        fetched = fetch.run().or(fetched);
    }
    meter.bar.finish_and_clear();
    fetched.map_err(failure)
}

/// Returns how the indexes are talked to, and whom to ask for pip's default one.
///
/// # Errors
/// If pip's configuration or the toolchain's pins are malformed.
pub fn access(options: &GlobalOptions) -> Result<(Settings, DefaultIndex), Failure> {
    let (pins, _) = pins_file::load(&options.project)?;
    Ok((settings(&environment(), options)?, default_index(&pins)))
}

/// Says a failure of a fetch.
pub fn failure(error: Error) -> Failure {
    match error {
        Error::Nix(error) => error.into(),
        Error::File(error) => error.into(),
        error => {
            let kind = if error.is_input() { Kind::Input } else { Kind::Outside };
            let hint = error.hint();
            Failure::new(kind, error).maybe_hint(hint)
        }
    }
}

/// Returns what the plan and the pins name, each store path once.
fn wanted(plan: &Plan, pins: &Pins, all: bool, options: &GlobalOptions) -> Result<Vec<Wanted>, Error> {
    let lock = plan.lock_format().unwrap_or(Format::Poetry);
    let of_plan = plan
        .files
        .iter()
        .map(|(file, pinned)| Wanted::from_plan(&options.project, file, pinned).map(|wanted| wanted.locked_by(lock)));
    let needed = pins.wheels.iter().filter(|(name, _)| all || is_for(plan, name));
    let of_pins = needed.map(|(_, wheel)| Wanted::from_pins(wheel));
    let mut by_path: BTreeMap<StorePath, Wanted> = BTreeMap::new();
    for wanted in of_plan.chain(of_pins) {
        let wanted = wanted?;
        by_path.entry(wanted.store_path.clone()).or_insert(wanted);
    }
    Ok(by_path.into_values().collect())
}

/// Tells whether a plan's builds may need a wheel of the pins.
fn is_for(plan: &Plan, name: &str) -> bool {
    match name.strip_prefix(PYINSTALLER) {
        Some(target) => plan.targets.keys().any(|planned| planned.name() == target),
        None => !BUILD_ONLY.iter().any(|beginning| name.starts_with(beginning)),
    }
}

fn settings(environment: &Environment, options: &GlobalOptions) -> Result<Settings, Failure> {
    let mut settings = Settings::load(environment).map_err(failure)?;
    // Without a pyproject.toml a plan can be fetched too.
    if let Ok(pyproject) = std::fs::read_to_string(options.project_file("pyproject.toml")) {
        settings.credentials.add_poetry(&poetry::sources(&pyproject), environment);
        settings.credentials.add_uv(&poetry::uv_indexes(&pyproject), environment);
    }
    Ok(settings)
}

/// pip's default index is asked of the toolchain's pip, if it is in the store, else of the machine's.
fn default_index(pins: &Pins) -> DefaultIndex {
    let path =
        |wheel: &permafreeze_plan::pins::PinnedWheel| StorePath::flat(&store_name(&wheel.file), &wheel.sha256).ok();
    let pip = pins.wheels.get("pip").and_then(path);
    DefaultIndex { pip_wheels: pip.iter().map(|path| path.as_str().into()).collect(), ..DefaultIndex::default() }
}

/// Returns the folder for parts of files.
///
/// # Errors
/// As [`user_cache`].
pub fn cache() -> Result<Utf8PathBuf, Failure> {
    Ok(user_cache()?.join("fetch-v1"))
}

fn report(fetched: &[Fetched], time: Duration, args: &FetchArgs, options: &GlobalOptions) -> Outcome {
    let sizes: Vec<u64> = fetched.iter().filter_map(|file| file.downloaded).collect();
    let (count, bytes, present) = (sizes.len(), sizes.iter().sum::<u64>(), fetched.len() - sizes.len());
    let seconds = time.as_secs_f64();
    if !options.quiet {
        say::note(&match count {
            0 => format!("all {present} files are in the store"),
            _ => {
                format!("fetched {count} files ({}) in {seconds:.1} s; {present} were in the store", HumanBytes(bytes))
            }
        });
    }
    if args.json {
        let files: Vec<_> = fetched.iter().map(|file| {
            serde_json::json!({ "file": file.file, "store-path": file.store_path, "downloaded": file.downloaded })
        }).collect();
        let report = serde_json::json!({
            "files": files, "fetched": count, "bytes": bytes, "present": present, "seconds": seconds,
        });
        say::json(&report)?;
    }
    Ok(())
}

/// Shows the progress on stderr: a bar on a terminal, a line per file with `-v`.
struct Meter {
    bar: ProgressBar,
    lines: bool,
    quiet: bool,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    files: usize,
    stored: usize,
    total: u64,
    received: BTreeMap<String, u64>,
    /// Hosts of which a line says that they are waited for.
    silent: BTreeSet<String>,
}

impl Meter {
    fn new(options: &GlobalOptions) -> Meter {
        let shown = std::io::stderr().is_terminal() && !options.quiet;
        let bar = if shown { ProgressBar::no_length() } else { ProgressBar::hidden() };
        let style =
            ProgressStyle::with_template("fetch [{bar:30}] {bytes}/{total_bytes} {binary_bytes_per_sec} {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Meter { bar, lines: options.verbose > 0, quiet: options.quiet, counts: Mutex::default() }
    }

    fn show(&self, event: Event<'_>) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Silent { host } => {
                // The next bytes replace it.
                self.bar.set_message(format!("waiting for {host}"));
                if self.bar.is_hidden() && !self.quiet && counts.silent.insert(host.to_owned()) {
                    self.line(&format!("waiting for {host}"));
                }
                return;
            }
            Event::Begin { missing } => counts.files = missing,
            Event::Waiting if !self.quiet => self.line("waiting for another `permafreeze fetch`"),
            Event::Waiting => {}
            Event::Located { size, .. } => counts.total += size.unwrap_or_default(),
            Event::Received { file, bytes } => {
                counts.received.insert(file.to_owned(), bytes);
            }
            Event::Stored { file, size } => {
                counts.stored += 1;
                counts.received.insert(file.to_owned(), size);
                if self.lines {
                    self.line(&format!("fetch {file} ({})", HumanBytes(size)));
                }
            }
        }
        self.bar.set_length(counts.total);
        self.bar.set_position(counts.received.values().sum());
        self.bar.set_message(format!("{}/{} files", counts.stored, counts.files));
    }

    fn line(&self, text: &str) {
        self.bar.suspend(|| say::note(text));
    }
}
