//! From what a build requires to the wheels of its environment: of each distribution the newest version that meets every
//! requirement on it, the locked one if it does.
//!
//! There is no backtracking: of build backends nobody needs it. Every requirement on a version that was chosen may narrow
//! the choice, so it is repeated until nothing changes.
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use permafreeze_packaging::Version;
use permafreeze_packaging::constraint::Constraint;
use permafreeze_packaging::environment::Environment;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::requirement::Requirement;
use permafreeze_packaging::wheel_file_name::WheelFileName;
use permafreeze_plan::plan::PinnedFile;

/// Rounds after which a choice that still changes is given up.
const ROUNDS: usize = 50;

/// A file that an index offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The file's name.
    pub file: String,
    /// Its sha256, lower-case hex.
    pub sha256: String,
    /// Its size in bytes, if the index says it.
    pub size: Option<u64>,
    /// The Pythons that it is for, if the index says it.
    pub requires_python: Option<String>,
    /// The version was withdrawn (PEP 592).
    pub yanked: bool,
}

/// Where wheels come from.
pub trait Index {
    /// Why it cannot say it.
    type Error;

    /// Returns the files of a project.
    ///
    /// # Errors
    /// If the index cannot be reached or does not have the project.
    fn offers(&self, project: &Name) -> Result<Vec<Offer>, Self::Error>;

    /// Returns the requirements in the metadata of a wheel (`Requires-Dist`).
    ///
    /// # Errors
    /// If it cannot be downloaded or read.
    fn requires(&self, file: &str, pinned: &PinnedFile) -> Result<Vec<String>, Self::Error>;
}

/// Why nothing was chosen.
#[derive(Debug)]
pub enum Stop<E> {
    /// The index does not say what it has.
    Index(E),
    /// There is nothing that could be chosen.
    Problem(Problem),
}

/// Why there is no environment for a build.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A requirement is none, or names a URL.
    #[error("`{text}`, which `{wanted_by}` requires for a build, is no requirement that an index can meet")]
    Requirement {
        /// Its text.
        text: String,
        /// Who requires it.
        wanted_by: String,
    },
    /// No wheel does.
    #[error("no pure wheel of `{name}` meets `{constraint}`, which {wanted_by} requires")]
    NoWheel {
        /// The distribution.
        name: String,
        /// All constraints on it.
        constraint: String,
        /// Who requires it.
        wanted_by: String,
    },
    /// The choice goes round in a circle.
    #[error("the requirements of its build contradict each other: {names}")]
    Unsettled {
        /// The distributions that change.
        names: String,
    },
}

/// Chooses wheels for builds.
pub struct Chooser<'a, I> {
    /// The index.
    pub index: &'a I,
    /// Pure wheels that are locked, by distribution.
    pub locked: &'a BTreeMap<Name, (String, PinnedFile)>,
    /// Where builds run.
    pub environment: &'a Environment,
    /// The Python that runs them.
    pub python: &'a Version,
}

/// A chosen wheel, and for which extras.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Choice {
    file: String,
    pinned: PinnedFile,
}

/// What is required of a distribution: the versions, the extras, and who says so.
#[derive(Debug, Clone)]
struct Demand {
    constraint: Constraint,
    extras: BTreeSet<Name>,
    wanted_by: BTreeSet<String>,
}

impl<I: Index> Chooser<'_, I> {
    /// Returns the wheels that meet `requires` of `sdist`, with all that they require, by file name.
    ///
    /// # Errors
    /// If there are none.
    pub fn choose(&self, sdist: &str, requires: &[String]) -> Result<BTreeMap<String, PinnedFile>, Stop<I::Error>> {
        let mut chosen: BTreeMap<Name, Choice> = BTreeMap::new();
        for _ in 0..ROUNDS {
            let demands = self.demands(sdist, requires, &chosen)?;
            let mut next = BTreeMap::new();
            // What a choice of this round requires may be required no more in the next one.
            let mut failed = None;
            for (name, demand) in &demands {
                match self.best(name, demand) {
                    Ok(choice) => drop(next.insert(name.clone(), choice)),
                    Err(stop) => drop(failed.get_or_insert(stop)),
                }
            }
            if next == chosen {
                let files = chosen.into_values().map(|choice| (choice.file, choice.pinned));
                return failed.map_or_else(|| Ok(files.collect()), Err);
            }
            chosen = next;
        }
        let names = chosen.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        Err(Stop::Problem(Problem::Unsettled { names }))
    }

    /// Collects what is required of each distribution, by the build and by what is chosen and needed.
    fn demands(
        &self,
        sdist: &str,
        requires: &[String],
        chosen: &BTreeMap<Name, Choice>,
    ) -> Result<BTreeMap<Name, Demand>, Stop<I::Error>> {
        let mut demands: BTreeMap<Name, Demand> = BTreeMap::new();
        let mut queue: Vec<(String, String, BTreeSet<Name>)> =
            requires.iter().map(|text| (text.clone(), sdist.to_owned(), BTreeSet::new())).collect();
        let mut seen: BTreeSet<(Name, BTreeSet<Name>)> = BTreeSet::new();
        while let Some((text, wanted_by, extras)) = queue.pop() {
            let bad = || Stop::Problem(Problem::Requirement { text: text.clone(), wanted_by: wanted_by.clone() });
            let requirement = Requirement::from_str(&text).map_err(|_| bad())?;
            if !requirement.marker.holds(self.environment, &extras) {
                continue;
            }
            if requirement.url.is_some() {
                return Err(bad());
            }
            let name = requirement.name.clone();
            let demand = demands.entry(name.clone()).or_insert_with(|| Demand {
                constraint: Constraint::any(),
                extras: BTreeSet::new(),
                wanted_by: BTreeSet::new(),
            });
            demand.constraint = demand.constraint.and(&requirement.constraint);
            demand.extras.extend(requirement.extras);
            demand.wanted_by.insert(format!("`{wanted_by}`"));
            let extras = demand.extras.clone();
            if let Some(choice) = chosen.get(&name)
                && seen.insert((name, extras.clone()))
            {
                let requires = self.index.requires(&choice.file, &choice.pinned).map_err(Stop::Index)?;
                queue.extend(requires.into_iter().map(|text| (text, choice.file.clone(), extras.clone())));
            }
        }
        Ok(demands)
    }

    fn best(&self, name: &Name, demand: &Demand) -> Result<Choice, Stop<I::Error>> {
        if let Some((file, pinned)) = self.locked.get(name)
            && Version::from_str(&pinned.version).is_ok_and(|version| demand.constraint.contains(&version))
        {
            return Ok(Choice { file: file.clone(), pinned: pinned.clone() });
        }
        let offers = self.index.offers(name).map_err(Stop::Index)?;
        let fitting = offers.iter().filter_map(|offer| Some((self.version(offer, demand)?, offer)));
        // A final release before a pre-release (PEP 440), then the newest; of two files of one version the first by name.
        let best = fitting.max_by(|(a, one), (b, other)| {
            (!a.any_prerelease(), a).cmp(&(!b.any_prerelease(), b)).then_with(|| other.file.cmp(&one.file))
        });
        let Some((version, offer)) = best else {
            return Err(Stop::Problem(Problem::NoWheel {
                name: name.to_string(),
                constraint: demand.constraint.to_string(),
                wanted_by: demand.wanted_by.iter().cloned().collect::<Vec<_>>().join(" and "),
            }));
        };
        let pinned = PinnedFile {
            package: name.to_string(),
            version: version.to_string(),
            sha256: offer.sha256.clone(),
            size: offer.size,
            url: None,
            index: None,
            path: None,
            git: None,
        };
        Ok(Choice { file: offer.file.clone(), pinned })
    }

    /// Returns the version of a wheel that does.
    fn version(&self, offer: &Offer, demand: &Demand) -> Option<Version> {
        let name: WheelFileName = offer.file.parse().ok()?;
        let version = Version::from_str(&name.version).ok()?;
        let for_python = offer
            .requires_python
            .as_deref()
            .is_none_or(|text| Constraint::from_str(text).is_ok_and(|constraint| constraint.contains(self.python)));
        (is_pure(&name) && !offer.yanked && for_python && demand.constraint.contains(&version)).then_some(version)
    }
}

/// Returns whether a wheel runs on every system's Python 3.
pub fn is_pure(name: &WheelFileName) -> bool {
    name.tags.iter().any(|tag| tag.python.starts_with("py3") && tag.abi == "none" && tag.platform == "any")
}

#[cfg(test)]
#[path = "choose_tests.rs"]
mod tests;
