//! What a build has done: objects compiled, executables linked, and what of both was there.
use std::collections::BTreeSet;

use permafreeze_nix::Step;
use permafreeze_plan::artifact::Artifact;
use serde::Serialize;

/// How the names of objects' derivations begin (nix/compile.nix).
const OBJECT: &str = "object-";
/// How those of wheels that are built of source distributions end (nix/sdist.nix).
const WHEEL: &str = ".whl";

/// Where an executable comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum From {
    /// This build has linked it.
    Linked,
    /// It was in the store.
    Reused,
    /// A binary cache has it.
    Downloaded,
}

/// Counts the builds of a call.
#[derive(Debug, Default)]
pub(super) struct Tally {
    objects: usize,
    wheels: usize,
    others: BTreeSet<String>,
}

impl Tally {
    /// Takes a step of Nix.
    pub(super) fn hear(&mut self, step: Step<'_>) {
        match step {
            Step::Build(name) if name.starts_with(OBJECT) => self.objects += 1,
            Step::Build(name) if name.ends_with(WHEEL) => self.wheels += 1,
            Step::Build(name) => drop(self.others.insert(name.to_owned())),
            Step::Expected(_) => {}
        }
    }

    /// Returns where an executable comes from; `was_there` says whether it was in the store before the builds.
    pub(super) fn from(&self, artifact: &Artifact, was_there: bool) -> From {
        match (self.others.contains(&artifact.to_string()), was_there) {
            (true, _) => From::Linked,
            (false, true) => From::Reused,
            (false, false) => From::Downloaded,
        }
    }

    /// Returns the line that says what was done; `all` is the number of objects that the executables need, if it is known.
    pub(super) fn text(&self, seconds: f64, all: Option<usize>, executables: &[From]) -> String {
        let count = |from: From| executables.iter().filter(|other| **other == from).count();
        let reused = all.and_then(|all| all.checked_sub(self.objects)).unwrap_or(0);
        let parts = [
            (self.wheels, "wheel", "built"),
            (self.objects, "object", "compiled"),
            (reused, "object", "reused"),
            (count(From::Linked), "executable", "linked"),
            (count(From::Reused), "executable", "reused"),
            (count(From::Downloaded), "executable", "downloaded"),
        ];
        let mut said = "";
        let parts = parts.iter().filter(|(count, ..)| *count > 0).map(|(count, what, how)| {
            let noun = match (said == *what, *count) {
                (true, _) => String::new(),
                (false, 1) => format!(" {what}"),
                (false, _) => format!(" {what}s"),
            };
            said = what;
            format!("{count}{noun} {how}")
        });
        format!("finished in {seconds:.1} s: {}", parts.collect::<Vec<_>>().join(", "))
    }

    /// Returns how many objects the executables were linked of, if any was; `kept` are the store's paths that they keep.
    /// `None`: none was, or nothing is kept.
    pub(super) fn needed_objects(kept: &BTreeSet<String>, executables: &[From]) -> Option<usize> {
        let is_object = |path: &&String| {
            let name = path.rsplit('/').next().and_then(|name| name.split_once('-'));
            name.is_some_and(|(_, name)| name.starts_with(OBJECT))
        };
        let count = kept.iter().filter(is_object).count();
        (count > 0 && executables.contains(&From::Linked)).then_some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(names: &[&str]) -> Tally {
        let mut tally = Tally::default();
        tally.hear(Step::Expected(9));
        names.iter().for_each(|name| tally.hear(Step::Build(name)));
        tally
    }

    #[test]
    fn builds_are_told_by_the_names_of_their_derivations() {
        let tally = tally(&["object-six-1.whl", "six-1.whl", "object-six-1.whl", "cacert.pem", "app-linux-amd64"]);
        let from = |name: &str, was_there| tally.from(&name.parse().expect("an artifact"), was_there);
        assert_eq!((tally.objects, tally.wheels), (2, 1));
        assert_eq!(from("app-linux-amd64", false), From::Linked);
        assert_eq!(from("app-linux-arm64", true), From::Reused);
        assert_eq!(from("app-linux-arm64", false), From::Downloaded);
    }

    #[test]
    fn objects_are_told_by_the_names_of_their_paths() {
        let kept = ["/nix/store/0-object-six-1.whl", "/nix/store/1-object-app", "/nix/store/2-app-linux-amd64"];
        let kept = BTreeSet::from(kept.map(str::to_owned));
        assert_eq!(Tally::needed_objects(&kept, &[From::Reused, From::Linked]), Some(2));
        assert_eq!(Tally::needed_objects(&kept, &[From::Reused]), None);
        assert_eq!(Tally::needed_objects(&BTreeSet::new(), &[From::Linked]), None, "nothing is kept");
    }

    #[test]
    fn only_what_was_done_is_said() {
        let some = tally(&["object-a", "object-b", "a-1.whl"]);
        assert_eq!(
            some.text(34.26, Some(131), &[From::Linked, From::Reused, From::Linked]),
            "finished in 34.3 s: 1 wheel built, 2 objects compiled, 129 reused, 2 executables linked, 1 reused"
        );
        let none = Tally::default();
        assert_eq!(none.text(0.44, None, &[From::Reused]), "finished in 0.4 s: 1 executable reused");
        let linked = "finished in 1.0 s: 12 objects reused, 1 executable linked, 1 downloaded";
        assert_eq!(none.text(1.0, Some(12), &[From::Linked, From::Downloaded]), linked);
        assert_eq!(some.text(1.0, Some(1), &[From::Linked]).matches("reused").count(), 0, "more than are known");
    }
}
