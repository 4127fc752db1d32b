//! Makes pieces of the toolchain from source.
use std::collections::BTreeMap;
use std::fs::File;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::{beside, sha256};
use permafreeze_nix::{StorePath, nar};
use permafreeze_plan::pins::{Made, PinnedWheel, Pins};

use crate::error::{Error, Result};
use crate::files::{check, create_folder, failed};
use crate::jobs::{Job, Jobs};
use crate::product::Product;
use crate::recipe::{self, HOSTS, Platform, Step};
use crate::schedule;
use crate::source::Sources;
use crate::step::Bench;
use crate::tool::Compiler;
use crate::{archive, programs, zig};

/// Steps that run at once: configure scripts and linkers use one processor only.
const AT_ONCE: usize = 2;

/// Something that the user may want to see.
#[derive(Debug, Clone)]
pub enum Event {
    /// So many steps are to be done.
    Planned(usize),
    /// A step begins.
    Started(String),
    /// A step is done.
    Finished(String, Duration),
}

/// Makes pieces of the toolchain.
pub struct Builder<'a> {
    /// The pins.
    pub pins: &'a Pins,
    /// The work folder: sources, steps, results.
    pub work: Utf8PathBuf,
    /// The search path for host programs.
    pub path: String,
    /// How many compilers may run at once.
    pub jobs: usize,
    /// Where sources come from.
    pub sources: Sources<'a>,
    /// What builds the static tools; `None` without a source checkout.
    pub compiler: Option<Compiler>,
    /// Hears what happens.
    pub on_event: &'a (dyn Fn(Event) + Sync),
}

impl Builder<'_> {
    /// Makes what these names in the pins stand for; returns their files. Nobody else may use the work folder
    /// meanwhile: another process waits.
    ///
    /// # Errors
    /// The first failure; what is done by then is kept for the next time.
    pub fn make(&self, names: &[String]) -> Result<BTreeMap<String, Utf8PathBuf>> {
        let products: Vec<(&String, Product)> =
            names.iter().map(|name| Ok((name, Product::find(name)?))).collect::<Result<_>>()?;
        let builder = recipe::this_host()?;
        check_builder(&products, builder)?;
        check_work_folder(&self.work)?;
        create_folder(&self.work)?;
        let lock = self.work.join("lock");
        let lock_file = File::create(&lock).map_err(failed("write", &lock))?;
        lock_file.lock().map_err(failed("lock", &lock))?;
        let mut jobs = Jobs::plan(&products, builder);
        let keys = self.run(&mut jobs)?;
        products.iter().map(|(name, product)| Ok(((*name).clone(), self.file(*product, &keys)?))).collect()
    }

    /// Returns what stands in the pins for a file that was made.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn pin(&self, name: &str, file: &Utf8Path) -> Result<Made> {
        let product = Product::find(name)?;
        let (sha256, size) = sha256::of_file(file)?;
        let nar_sha256 = product.is_tool().then(|| nar::executable_sha256(file)).transpose()?;
        let urls = self.pins.made.get(name).filter(|made| made.sha256 == sha256).map(|made| made.urls.clone());
        Ok(Made {
            name: product.file_name(self.pins)?,
            sha256,
            size: Some(size),
            nar_sha256,
            urls: urls.unwrap_or_default(),
        })
    }

    /// Checks that what was made is what is pinned.
    ///
    /// # Errors
    /// [`Error::PinMismatch`] with both hashes.
    pub fn check(&self, name: &str, made: &Made, file: &Utf8Path) -> Result<()> {
        let (got, _) = sha256::of_file(file)?;
        if got == made.sha256 {
            return Ok(());
        }
        let zig = zig_pin(self.pins).map(|wheel| wheel.version.clone()).unwrap_or_default();
        Err(Error::PinMismatch {
            name: name.to_owned(),
            expected: made.sha256.clone(),
            got,
            file: file.to_owned(),
            compilers: format!("zig {zig}, rustc {}", self.pins.rustc),
        })
    }

    /// Gets a made file from its pinned URLs; `None` if none has it.
    ///
    /// # Errors
    /// If the work folder cannot be used.
    pub fn download(&self, made: &Made) -> Result<Option<Utf8PathBuf>> {
        if self.sources.offline || made.urls.is_empty() {
            return Ok(None);
        }
        let folder = self.work.join("made");
        create_folder(&folder)?;
        let to = folder.join(format!("{}.download", made.name));
        let found = made.urls.iter().any(|url| match (self.sources.download)(url, &to) {
            Ok(()) => check(&to, &made.sha256).inspect_err(|error| tracing::warn!("{url}: {error}")).is_ok(),
            Err(error) => {
                tracing::info!("{url}: {error}");
                false
            }
        });
        Ok(found.then_some(to))
    }

    /// Does what is not done; returns the keys of all steps.
    fn run(&self, jobs: &mut Jobs) -> Result<BTreeMap<String, String>> {
        if let (Some((_, _, name)), None) = (jobs.tools.first(), &self.compiler) {
            return Err(Error::NoCheckout { name: name.clone() });
        }
        let zig_pin = zig_pin(self.pins)?;
        let keys = self.keys(&jobs.steps, &zig_pin.sha256)?;
        let mut bench = Bench {
            steps: self.work.join("steps"),
            tools: self.work.join("tools"),
            zig: Utf8PathBuf::new(),
            zig_cache: self.work.join("zig-cache"),
            jobs: self.jobs,
        };
        jobs.steps.retain(|step| !bench.is_done(&step.name, &keys[&step.name]));
        let mut archives = BTreeMap::new();
        if !jobs.steps.is_empty() {
            programs::link(&bench.tools, &self.path)?;
            bench.zig = self.timed("zig", || self.zig(zig_pin))?;
            archives = self.archives(&jobs.steps)?;
        }
        let tasks = jobs.tasks();
        (self.on_event)(Event::Planned(tasks.len()));
        schedule::run(&tasks, AT_ONCE.min(self.jobs), |task| match (task, &self.compiler) {
            (Job::Step(step), _) => self.timed(&step.name, || {
                let wheel = step.wheel.map(|name| self.wheel(self.pinned_wheel(name)?)).transpose()?;
                bench.run(step, &keys[&step.name], &archives[&step.source], wheel.as_deref())
            }),
            (Job::Tool(tool, host), Some(compiler)) => {
                self.timed(tool.package(), || compiler.build(*tool, host).map(drop))
            }
            (Job::Tool(tool, _), None) => Err(Error::NoCheckout { name: tool.package().to_owned() }),
        })?;
        Ok(keys)
    }

    /// Returns the file of a product that was made.
    fn file(&self, product: Product, keys: &BTreeMap<String, String>) -> Result<Utf8PathBuf> {
        let file_name = product.file_name(self.pins)?;
        match (product, &self.compiler) {
            (Product::Tool { tool, host }, Some(compiler)) => Ok(compiler.file(tool, host)),
            (Product::Tool { .. }, None) => Err(Error::NoCheckout { name: file_name }),
            (Product::HostPython(python, platform) | Product::Runtime(python, platform), _) => {
                let step = recipe::python_step(python, platform);
                self.archive(&step, &keys[&step], &file_name)
            }
            (Product::WheelRuntime(runtime), _) => {
                let step = runtime.step();
                self.archive(&step.name, &keys[&step.name], &file_name)
            }
            (Product::Release(_, target), _) => Err(Error::NotMade { target: target.to_string() }),
        }
    }

    fn keys(&self, steps: &[Step], zig_sha256: &str) -> Result<BTreeMap<String, String>> {
        let mut keys: BTreeMap<String, String> = BTreeMap::new();
        for step in steps {
            let before: Vec<&str> = step.after().filter_map(|name| keys.get(name)).map(String::as_str).collect();
            let source = self.pins.sources.get(&step.source).ok_or_else(|| not_pinned("source", &step.source))?;
            let wheel = step.wheel.map(|name| self.pinned_wheel(name)).transpose()?;
            let key = step.key(&source.sha256, wheel.map(|wheel| wheel.sha256.as_str()), zig_sha256, &before);
            keys.insert(step.name.clone(), key);
        }
        Ok(keys)
    }

    fn zig(&self, pin: &PinnedWheel) -> Result<Utf8PathBuf> {
        let folder = self.work.join("zig");
        if let Some(zig) = zig::unpacked(&pin.sha256, &folder) {
            return Ok(zig);
        }
        zig::unpack(&self.wheel(pin)?, &pin.sha256, &folder)
    }

    fn wheel(&self, pin: &PinnedWheel) -> Result<Utf8PathBuf> {
        let stored = StorePath::flat(&pin.file, &pin.sha256)?;
        self.sources.wheel(pin, Utf8Path::new(stored.as_str()))
    }

    fn pinned_wheel(&self, name: &str) -> Result<&PinnedWheel> {
        self.pins.wheels.get(name).ok_or_else(|| not_pinned("wheel", name))
    }

    fn archives(&self, steps: &[Step]) -> Result<BTreeMap<String, Utf8PathBuf>> {
        let mut archives = BTreeMap::new();
        for step in steps {
            if !archives.contains_key(&step.source) {
                let pinned = self.pins.sources.get(&step.source).ok_or_else(|| not_pinned("source", &step.source))?;
                archives.insert(step.source.clone(), self.sources.source(&step.source, pinned)?);
            }
        }
        Ok(archives)
    }

    /// Archives a step's result, unless that was done.
    fn archive(&self, step: &str, key: &str, file_name: &str) -> Result<Utf8PathBuf> {
        let folder = self.work.join("made");
        create_folder(&folder)?;
        let (file, stamp) = (folder.join(file_name), folder.join(format!("{file_name}.stamp")));
        let wanted = |sha256: &str| format!("{key} {} {sha256}", archive::VERSION);
        if let (Ok(found), Ok((hash, _))) = (std::fs::read_to_string(&stamp), sha256::of_file(&file))
            && found == wanted(&hash)
        {
            return Ok(file);
        }
        self.timed(file_name, || archive::write(&self.work.join("steps").join(step).join("out"), &file))?;
        beside::write(&stamp, wanted(&sha256::of_file(&file)?.0).as_bytes())?;
        Ok(file)
    }

    fn timed<T>(&self, what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        (self.on_event)(Event::Started(what.to_owned()));
        let start = Instant::now();
        let done = work()?;
        (self.on_event)(Event::Finished(what.to_owned(), start.elapsed()));
        Ok(done)
    }
}

/// The first host's Python is configured as native, so only it makes the same bytes again.
fn check_builder(products: &[(&String, Product)], builder: &Platform) -> Result<()> {
    let first = &HOSTS[0];
    let is_native = |product: Product| matches!(product, Product::HostPython(_, host) if host == first);
    match products.iter().find(|(_, product)| is_native(*product)) {
        Some((name, _)) if builder != first => {
            Err(Error::MadeElsewhere { name: (*name).clone(), host: first.name.to_owned() })
        }
        _ => Ok(()),
    }
}

/// Configure scripts take no white space nor shell characters in paths.
fn check_work_folder(work: &Utf8Path) -> Result<()> {
    let good = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    if work.is_absolute() && work.as_str().chars().all(good) {
        return Ok(());
    }
    Err(Error::WorkFolder { path: work.to_owned() })
}

fn zig_pin(pins: &Pins) -> Result<&PinnedWheel> {
    let name = format!("zig-{}", recipe::this_host()?.name);
    pins.wheels.get(&name).ok_or_else(|| not_pinned("wheel", &name))
}

fn not_pinned(kind: &'static str, name: &str) -> Error {
    Error::NotPinned { kind, name: name.to_owned() }
}

#[cfg(test)]
mod tests;
