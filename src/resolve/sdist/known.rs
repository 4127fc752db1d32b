//! What the plan that is there says of builds: it is kept as long as the source distribution is the same.
use std::collections::BTreeMap;

use permafreeze_plan::plan::{PinnedFile, Plan, WheelBuild};

use crate::source_distribution::Sdist;

/// A build, and the wheels of its environment by file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The build.
    pub build: WheelBuild,
    /// The wheels of its environment.
    pub files: BTreeMap<String, PinnedFile>,
}

/// Builds that were chosen, each for a source distribution by its sha256 and its extra requirements.
#[derive(Debug, Clone, Default)]
pub struct Known {
    builds: BTreeMap<(String, Vec<String>), Chosen>,
}

impl Known {
    /// Returns the builds of a plan. What it has of other use is left.
    pub fn of(plan: &Plan) -> Known {
        let mut known = Known::default();
        for (sdist, build) in &plan.builds {
            let files = build.environment.iter();
            let files: Option<BTreeMap<String, PinnedFile>> =
                files.map(|file| Some((file.clone(), plan.files.get(file)?.clone()))).collect();
            if let (Some(files), Some(pinned)) = (files, plan.files.get(sdist)) {
                let key = (pinned.sha256.clone(), build.extra.clone());
                known.builds.insert(key, Chosen { build: build.clone(), files });
            }
        }
        known
    }

    /// Adds what was chosen for a source distribution.
    pub fn add(&mut self, sdist: &Sdist, chosen: Chosen) {
        self.builds.insert((sdist.pinned.sha256.clone(), sdist.extra.clone()), chosen);
    }

    /// Returns what was chosen for a source distribution.
    pub fn get(&self, sdist: &Sdist) -> Option<&Chosen> {
        self.builds.get(&(sdist.pinned.sha256.clone(), sdist.extra.clone()))
    }
}
