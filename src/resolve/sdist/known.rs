//! What the plan that is there says of builds: it is kept as long as the source distribution is the same.
use std::collections::BTreeMap;

use permafreeze_plan::plan::{GitCommit, PinnedFile, Plan, WheelBuild};

use crate::git::{GitTree, NoArchive};
use crate::source_distribution::Sdist;

/// A build, and the wheels of its environment by file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The build.
    pub build: WheelBuild,
    /// The wheels of its environment.
    pub files: BTreeMap<String, PinnedFile>,
}

/// A source distribution by its sha256, its folder that is the project, and its extra requirements.
type Key = (String, Option<String>, Vec<String>);

/// Builds that were chosen, each for a source distribution, and archives of git trees.
#[derive(Debug, Clone, Default)]
pub struct Known {
    builds: BTreeMap<Key, Chosen>,
    /// The sha256 of archives, by file name and commit.
    trees: BTreeMap<(String, GitCommit), Result<String, NoArchive>>,
}

impl Known {
    /// Returns the builds of a plan. What it has of other use is left.
    pub fn of(plan: &Plan) -> Known {
        let archives = plan
            .files
            .iter()
            .filter_map(|(file, pinned)| Some(((file.clone(), pinned.git.clone()?), Ok(pinned.sha256.clone()))));
        let mut known = Known { trees: archives.collect(), ..Known::default() };
        for (sdist, build) in &plan.builds {
            let files = build.environment.iter();
            let files: Option<BTreeMap<String, PinnedFile>> =
                files.map(|file| Some((file.clone(), plan.files.get(file)?.clone()))).collect();
            if let (Some(files), Some(pinned)) = (files, plan.files.get(sdist)) {
                let key = (pinned.sha256.clone(), build.subdirectory.clone(), build.extra.clone());
                known.builds.insert(key, Chosen { build: build.clone(), files });
            }
        }
        known
    }

    /// Returns the archives of git trees alone.
    #[must_use]
    pub fn without_builds(&self) -> Known {
        Known { trees: self.trees.clone(), ..Known::default() }
    }

    /// Adds the sha256 of the archive of a git tree, or why there is none.
    pub fn add_tree(&mut self, tree: &GitTree, archive: Result<String, NoArchive>) {
        self.trees.insert((tree.file.clone(), tree.git.clone()), archive);
    }

    /// Returns the sha256 of the archive of a git tree, or why there is none.
    pub fn tree(&self, tree: &GitTree) -> Option<&Result<String, NoArchive>> {
        self.trees.get(&(tree.file.clone(), tree.git.clone()))
    }

    /// Adds what was chosen for a source distribution.
    pub fn add(&mut self, sdist: &Sdist, chosen: Chosen) {
        self.builds.insert(key(sdist), chosen);
    }

    /// Returns what was chosen for a source distribution.
    pub fn get(&self, sdist: &Sdist) -> Option<&Chosen> {
        self.builds.get(&key(sdist))
    }
}

fn key(sdist: &Sdist) -> Key {
    (sdist.pinned.sha256.clone(), sdist.subdirectory.clone(), sdist.extra.clone())
}
