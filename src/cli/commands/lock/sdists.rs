//! What builds the source distributions of a plan: they are downloaded and read, an index is asked, wheels are chosen.
use std::cell::RefCell;
use std::collections::BTreeMap;

use permafreeze_fetch::wanted::Wanted;
use permafreeze_fetch::{Client, Indexes, Keep, Link};
use permafreeze_nix::{Store, StorePath};
use permafreeze_packaging::environment::Environment;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::{PinnedFile, Plan, WheelBuild};
use permafreeze_resolve::sdist::archive;
use permafreeze_resolve::sdist::choose::{Chooser, Index, Offer, Stop};
use permafreeze_resolve::sdist::known::{Chosen, Known};
use permafreeze_resolve::sdist::system::BuildSystem;
use permafreeze_resolve::source_distribution::Sdist;
use permafreeze_resolve::{Error, NoBuild, Release, UnknownBuilds};

use super::trial;
use crate::commands::fetch;
use crate::failure::{Failure, Kind};
use crate::options::GlobalOptions;
use crate::say;

/// Returns the builds of the plan that is there; of one that cannot be read there are none.
pub(super) fn known(plan: &str) -> Known {
    serde_json::from_str::<Plan>(plan).map(|plan| Known::of(&plan)).unwrap_or_default()
}

/// Chooses what builds source distributions, tries what the `former` plan does not have, and adds it to `known`. Returns
/// all that is in the way.
///
/// # Errors
/// If a file cannot be downloaded or an index not be asked.
pub(super) fn choose(
    known: &mut Known,
    former: &Known,
    unknown: UnknownBuilds,
    options: &GlobalOptions,
) -> Result<Vec<Error>, Failure> {
    let UnknownBuilds { file: lock, release: Release { python, version }, sdists, locked, mut problems } = unknown;
    if !options.quiet {
        let names: Vec<_> = sdists.iter().map(|sdist| sdist.file.as_str()).collect();
        say::note(&format!("{lock}: choosing what builds {}", names.join(", ")));
    }
    let (mut settings, default_index) = fetch::access(options)?;
    default_index.complete(&mut settings).map_err(fetch::failure)?;
    let client = Client::new(settings).map_err(fetch::failure)?;
    let index = OnIndex {
        client: &client,
        indexes: Indexes::new(&client, Keep::All),
        store: Store::default(),
        options,
        requires: RefCell::default(),
    };
    index.fetch(sdists.iter().map(|sdist| (sdist.file.as_str(), &sdist.pinned)))?;
    let environment = Environment::cpython(&version, Target::LinuxAmd64.platform());
    let chooser = Chooser { index: &index, locked: &locked, environment: &environment, python: &version };
    let mut attempts = Vec::new();
    for sdist in &sdists {
        match build(&chooser, sdist)? {
            Ok(chosen) => {
                if former.get(sdist) != Some(&chosen) {
                    attempts.push((sdist, chosen.clone()));
                }
                known.add(sdist, chosen);
            }
            Err(problem) => problems.push(Error::NoBuild(Box::new(NoBuild::new(&lock, sdist, problem, None)))),
        }
    }
    problems.extend(trial::refused(&lock, python, &attempts, options)?);
    Ok(problems)
}

/// Returns what builds a source distribution, or why nothing can.
fn build(chooser: &Chooser<'_, OnIndex<'_>>, sdist: &Sdist) -> Result<Result<Chosen, String>, Failure> {
    let path = chooser.index.path(&sdist.file, &sdist.pinned)?;
    let texts = match archive::sdist(path.as_str().into(), &sdist.file, sdist.subdirectory.as_deref()) {
        Ok(texts) => texts,
        Err(error) => return Ok(Err(format!("it cannot be read: {error}"))),
    };
    let system = match BuildSystem::read(&sdist.file, &texts) {
        Ok(system) => system,
        Err(error) => return Ok(Err(error.to_string())),
    };
    if let Some(native) = system.native() {
        return Ok(Err(format!("`{native}` builds native code, and no compiler is in the sandbox")));
    }
    let requires: Vec<String> = system.requires.iter().chain(&sdist.extra).cloned().collect();
    let files = match chooser.choose(&sdist.file, &requires) {
        Ok(files) => files,
        Err(Stop::Index(failure)) => return Err(failure),
        Err(Stop::Problem(problem)) => return Ok(Err(problem.to_string())),
    };
    let build = WheelBuild {
        wheel: sdist.wheel(),
        backend: system.backend,
        backend_path: system.backend_path,
        subdirectory: sdist.subdirectory.clone(),
        requires: system.requires,
        extra: sdist.extra.clone(),
        environment: files.keys().cloned().collect(),
    };
    Ok(Ok(Chosen { build, files }))
}

/// The configured indexes; each page and each wheel is asked for once.
struct OnIndex<'a> {
    client: &'a Client,
    indexes: Indexes<'a>,
    store: Store,
    options: &'a GlobalOptions,
    requires: RefCell<BTreeMap<String, Vec<String>>>,
}

impl OnIndex<'_> {
    fn fetch<'f>(&self, files: impl Iterator<Item = (&'f str, &'f PinnedFile)>) -> Result<(), Failure> {
        fetch::planned(files, &self.store, self.options)
    }

    fn path(&self, file: &str, pinned: &PinnedFile) -> Result<StorePath, Failure> {
        Wanted::from_plan(&self.options.project, file, pinned).map(|wanted| wanted.store_path).map_err(fetch::failure)
    }
}

impl Index for OnIndex<'_> {
    type Error = Failure;

    fn offers(&self, project: &Name) -> Result<Vec<Offer>, Failure> {
        let silent = |host: &str| {
            if !self.options.quiet {
                say::note(&format!("waiting for {host}"));
            }
        };
        let links = self.client.watched(&silent, || self.indexes.project(project.as_str())).map_err(fetch::failure)?;
        Ok(links.iter().filter_map(offer).collect())
    }

    fn requires(&self, file: &str, pinned: &PinnedFile) -> Result<Vec<String>, Failure> {
        if let Some(known) = self.requires.borrow().get(file) {
            return Ok(known.clone());
        }
        self.fetch(std::iter::once((file, pinned)))?;
        let path = self.path(file, pinned)?;
        let metadata = archive::wheel_metadata(path.as_str().into())
            .map_err(|error| Failure::new(Kind::Input, format!("cannot read the metadata of `{file}`: {error}")))?;
        let requires: Vec<String> = metadata.all("Requires-Dist").map(str::to_owned).collect();
        self.requires.borrow_mut().insert(file.to_owned(), requires.clone());
        Ok(requires)
    }
}

/// What an index offers without a sha256 cannot be pinned.
fn offer(link: &Link) -> Option<Offer> {
    Some(Offer {
        file: link.file.clone(),
        sha256: link.sha256.clone()?,
        size: link.size,
        requires_python: link.requires_python.clone(),
        yanked: link.yanked,
    })
}
