//! What requires what among the packages that are installed for a target.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_packaging::name::Name;

/// The packages that something requires, each with the extras of it that are asked for.
pub type Required = BTreeMap<Name, BTreeSet<Name>>;

/// What requires what: requirements whose markers hold, and those of the extras that are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requires {
    /// What the project requires.
    pub own: Required,
    /// What each package requires; `None`: the lock file does not say it.
    pub of: Option<BTreeMap<Name, Required>>,
}

impl Requires {
    /// Notes that a package, or the project (`None`), requires `to` with these extras. A package that requires itself asks
    /// for extras of its own, which is no requirement.
    pub fn add(&mut self, from: Option<&Name>, to: &Name, extras: &BTreeSet<Name>) {
        let required = match from {
            Some(from) if from == to => return,
            Some(from) => self.of.get_or_insert_default().entry(from.clone()).or_default(),
            None => &mut self.own,
        };
        required.entry(to.clone()).or_default().extend(extras.iter().cloned());
    }

    /// Returns each requirement, sorted: what requires (`None`: the project), what it requires, with which extras.
    pub fn edges(&self) -> impl Iterator<Item = (Option<&Name>, &Name, &BTreeSet<Name>)> {
        let own = self.own.iter().map(|(to, extras)| (None, to, extras));
        let of = self.of.iter().flatten();
        own.chain(of.flat_map(|(from, required)| required.iter().map(move |(to, extras)| (Some(from), to, extras))))
    }
}
