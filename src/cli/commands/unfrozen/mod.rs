//! What `run` and `shell` start: a folder with the Python, the packages and the scripts of a plan, and the way to the
//! project's sources, which stay where they are.
//!
//! It is laid out as a virtual environment (PEP 405) in the user's cache, and named by what decides it. It is no output of
//! Nix: it names the folder of the project, which no path of the store may, and it is found without an evaluation.
use std::collections::{BTreeMap, BTreeSet};
use std::slice::from_ref;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::sha256;
use permafreeze_packaging::python::Python;
use permafreeze_packaging::target::Target;
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::pins::Pins;
use permafreeze_plan::plan::{Entry, Package, Plan, Source};
use permafreeze_toolchain::store;
use serde_json::json;

use self::layout::Parts;
use crate::artifact::how_to_add;
use crate::commands::lock;
use crate::commands::prepare::{prepare, toolchain_build};
use crate::environment::user_cache;
use crate::failure::{Failure, Kind};
use crate::kept::UNFROZEN;
use crate::options::GlobalOptions;
use crate::realise::{evaluate, find_nix, link_job, realise};
use crate::{files, pins_file, place};

mod layout;
mod scripts;
mod sources;

/// Is part of each name: what a change of the layout changes.
const FORMAT: u32 = 1;
/// Digits of a hash that a name has.
const DIGITS: usize = 32;

/// An application that is not frozen.
#[derive(Debug)]
pub struct Unfrozen {
    /// The plan.
    pub plan: Plan,
    /// This machine's target.
    pub target: Target,
    /// The folder of the environment, absolute.
    pub folder: Utf8PathBuf,
    /// The folder of the project, absolute.
    project: Utf8PathBuf,
}

impl Unfrozen {
    /// Finds the environment of the project for this machine, or makes it.
    ///
    /// # Errors
    /// Kind `Input` if there is no plan, it is stale, or it has no target for this machine; what else Nix and the disk say.
    pub fn find(options: &GlobalOptions) -> Result<Unfrozen, Failure> {
        let (plan, stale) = lock::state(options)?;
        if let Some(stale) = stale {
            return Err(stale);
        }
        let target = own_target(&plan, &files::host_system())?;
        let project = place::absolute(&options.project)?;
        let (pins, _) = pins_file::load(&options.project)?;
        let cache = user_cache()?.join(UNFROZEN);
        let folder = cache.join(key(&plan, target, &pins, &project));
        let unfrozen = Unfrozen { plan, target, folder, project };
        if !unfrozen.folder.is_dir() {
            unfrozen.make(&pins, &cache, options)?;
        }
        Ok(unfrozen)
    }

    /// The folder of the Python and the scripts.
    pub fn bin(&self) -> Utf8PathBuf {
        self.folder.join(layout::BIN)
    }

    /// The Python that runs the application.
    pub fn python(&self) -> Utf8PathBuf {
        self.bin().join(layout::PYTHON)
    }

    /// Returns the arguments with which Python runs an executable of the plan. It is isolated (`-I`), as a frozen
    /// application is: no PYTHON* variable and no package of the user changes it.
    pub fn arguments(&self, name: &str) -> Vec<String> {
        let entry = self.plan.executables.get(name).map(|executable| executable.entry.clone()).unwrap_or_default();
        let what = match entry {
            Entry::Script { script } => vec![self.script(&script).into_string()],
            Entry::Function { .. } => vec![self.folder.join(layout::ENTRIES).join(name).into_string()],
            Entry::Module { module } => vec!["-m".to_owned(), module],
        };
        ["-I".to_owned()].into_iter().chain(what).collect()
    }

    /// Finds a script that the plan has below site-packages.
    fn script(&self, script: &str) -> Utf8PathBuf {
        let found = self.sources().find_map(|(folder, source)| sources::on_disk(&folder, source, script));
        found.unwrap_or_else(|| layout::site_packages(&self.folder, self.plan.python).join(script))
    }

    /// The source trees of the target with their folders, in order of precedence.
    fn sources(&self) -> impl Iterator<Item = (Utf8PathBuf, &Source)> {
        let packages = self.plan.targets.get(&self.target).into_iter().flat_map(|target| &target.packages);
        packages.filter_map(|package| match package {
            Package::Source { source } => {
                let folder = self.project.join(source);
                let folder = folder.canonicalize_utf8().unwrap_or(folder);
                Some((folder, self.plan.sources.get(source)?))
            }
            Package::Wheel { .. } | Package::Sdist { .. } => None,
        })
    }

    fn make(&self, pins: &Pins, cache: &Utf8Path, options: &GlobalOptions) -> Result<(), Failure> {
        let pin = pins.made.get(&self.plan.targets[&self.target].runtime_pin(self.plan.python, self.target));
        let pin = pin.ok_or_else(|| no_runtime(self.plan.python, self.target))?;
        let archive = store::path(pin).map_err(|error| Failure::new(Kind::Input, error))?;
        let archive = Utf8PathBuf::from(archive.as_str());
        let objects = objects(&self.plan, self.target, &archive, options)?;
        if !archive.exists() {
            return Err(no_runtime(self.plan.python, self.target));
        }
        let _lock = layout::alone(cache)?;
        let python = cache.join(format!("python-{}", short(&pin.sha256)));
        layout::python(&archive, &python)?;
        let entries = self.plan.executables.iter().filter_map(|(name, executable)| match &executable.entry {
            Entry::Function { module, function } => Some((name.as_str(), (module.as_str(), function.as_str()))),
            Entry::Script { .. } | Entry::Module { .. } => None,
        });
        let runs = self.plan.executables.keys().map(|name| (name.as_str(), self.arguments(name)));
        let parts = Parts {
            python: &python,
            version: (self.plan.python, pins.pythons.get(&self.plan.python).map_or("", String::as_str)),
            objects: &objects,
            sources: &self.sources().collect::<Vec<_>>(),
            entries: entries.collect::<BTreeMap<_, _>>(),
            runs: runs.collect(),
        };
        layout::make(&self.folder, &parts)
    }
}

/// Returns the plan's target that runs on `system`, a system of Nix.
fn own_target(plan: &Plan, system: &str) -> Result<Target, Failure> {
    let own = Target::ALL.into_iter().find(|target| target.nix_system() == system);
    let own = own.ok_or_else(|| Failure::new(Kind::Input, format!("no target runs on this machine, a {system}")))?;
    if plan.targets.contains_key(&own) {
        return Ok(own);
    }
    let others: Vec<String> = plan.targets.keys().map(|target| format!("`{target}`")).collect();
    let text = format!("the plan has no target `{own}`, which is this machine's: it has {}", others.join(", "));
    Err(Failure::new(Kind::Input, text).hint(how_to_add(own.name())))
}

fn no_runtime(python: Python, target: Target) -> Failure {
    Failure::new(Kind::Input, format!("the Python {python} of `{target}` is not in the Nix store"))
        .hint(format!("run `{}`", toolchain_build(python, &BTreeSet::from([target]), None)))
}

/// Returns the name of the environment: a hash of the target's packages and entries in the plan, the runtime, what
/// compiles, and the project's folder.
fn key(plan: &Plan, target: Target, pins: &Pins, project: &Utf8Path) -> String {
    let made = |name: String| pins.made.get(&name).map(|made| made.sha256.as_str());
    let runtime = plan.targets.get(&target).and_then(|planned| made(planned.runtime_pin(plan.python, target)));
    let digests: BTreeMap<String, &String> = plan
        .digests
        .iter()
        .filter(|(artifact, _)| artifact.target == target)
        .map(|(artifact, digest)| (artifact.to_string(), digest))
        .collect();
    let compile = made(format!("compile-{}", files::build_system()));
    let text = json!([FORMAT, digests, plan.sources, runtime, compile, project]).to_string();
    short(&sha256::of(text.as_bytes())).to_owned()
}

fn short(hash: &str) -> &str {
    hash.get(..DIGITS).unwrap_or(hash)
}

/// Makes the objects of the target's packages, those of source trees left out; returns them in order of precedence. They
/// are those that an executable is linked of. Makes the runtime, too, if Nix can download it.
fn objects(
    plan: &Plan,
    target: Target,
    runtime: &Utf8Path,
    options: &GlobalOptions,
) -> Result<Vec<Utf8PathBuf>, Failure> {
    let none = || Failure::new(Kind::Input, "the plan has no executable");
    let artifact: Artifact = plan.artifacts().find(|artifact| artifact.target == target).ok_or_else(none)?;
    let mut nix = find_nix(options)?;
    let linked = evaluate(&nix, plan, from_ref(&artifact), options)?;
    let linked = linked.first().ok_or_else(none)?;
    let closure = nix.store.closure(linked)?;
    let job = link_job(linked, &closure)?;
    let planned = plan.targets[&target].packages.iter().zip(&job.packages);
    let objects: Vec<Utf8PathBuf> = planned
        .filter(|(package, _)| !matches!(package, Package::Source { .. }))
        .map(|(_, object)| object.clone())
        .collect();
    let mut wanted: BTreeSet<&str> = objects.iter().map(|object| object.as_str()).collect();
    if !runtime.exists() {
        wanted.insert(job.runtime.as_str());
    }
    let is_wanted = |path: &str| wanted.contains(path);
    let makes = closure.iter().filter(|(_, drv)| drv.outputs.values().any(|output| is_wanted(&output.path)));
    let makes: Vec<Utf8PathBuf> = makes.map(|(path, _)| path.clone()).collect();
    // Objects are the same with and without a sandbox; what `prepare` returns where there is none are executables.
    prepare(&mut nix, plan, (from_ref(&artifact), makes.clone()), options)?;
    if !makes.is_empty() {
        realise(&nix, &makes, options)?;
    }
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let example = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/agent-runner/permafreeze.lock");
        let text = std::fs::read_to_string(example).expect("the example's plan");
        serde_json::from_str(&text).expect("a plan")
    }

    #[test]
    fn the_target_is_this_machines_or_none() {
        let mut plan = plan();
        assert_eq!(own_target(&plan, "aarch64-linux").expect("a target"), Target::LinuxArm64);
        plan.targets.remove(&Target::LinuxArm64);
        let said = own_target(&plan, "aarch64-linux").expect_err("there is none").render();
        assert!(said.contains("no target `linux-arm64`") && said.contains("add-target linux-arm64"), "{said}");
        let said = own_target(&plan, "riscv64-linux").expect_err("there is none").render();
        assert!(said.contains("no target runs on this machine, a riscv64-linux"), "{said}");
    }

    #[test]
    fn the_name_has_what_decides_the_environment_and_nothing_else() {
        let pins = permafreeze_toolchain::pins::own().expect("pins");
        let of = |plan: &Plan, pins: &Pins, project: &str| key(plan, Target::LinuxAmd64, pins, Utf8Path::new(project));
        let first = of(&plan(), &pins, "/a");
        assert_eq!((first.len(), &first), (DIGITS, &of(&plan(), &pins, "/a")));
        assert_ne!(first, of(&plan(), &pins, "/b"), "the project's folder");

        let mut other = plan();
        let mut change = |artifact: &str| {
            let found = other.digests.iter_mut().find(|(name, _)| name.to_string() == artifact);
            found.expect("a digest").1.push('0');
            of(&other, &pins, "/a")
        };
        assert_eq!(first, change("agent-runner-windows-amd64"), "another target");
        assert_ne!(first, change("agent-runner-linux-amd64"), "the target");

        let mut newer = pins.clone();
        newer.made.get_mut("runtime-3.13-linux-amd64").expect("a pin").sha256 = "0".repeat(64);
        assert_ne!(first, of(&plan(), &newer, "/a"), "the runtime");
    }
}
