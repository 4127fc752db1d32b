//! What the plan that is there says of builds and of places: it is kept as long as the file is the same.
use std::collections::BTreeMap;

use permafreeze_plan::plan::{GitCommit, PinnedFile, Plan, WheelBuild};

use crate::address::{has_credentials, is_of_a_server};
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

/// Builds that were chosen, each for a source distribution, archives of git trees, and where files are.
#[derive(Debug, Clone, Default)]
pub struct Known {
    builds: BTreeMap<Key, Chosen>,
    /// The sha256 of archives, by file name and commit.
    trees: BTreeMap<(String, GitCommit), Result<String, NoArchive>>,
    /// URLs, by file name and sha256.
    urls: BTreeMap<(String, String), String>,
}

impl Known {
    /// Returns the builds and places of a plan. What it has of other use is left.
    pub fn of(plan: &Plan) -> Known {
        let archives = plan
            .files
            .iter()
            .filter_map(|(file, pinned)| Some(((file.clone(), pinned.git.clone()?), Ok(pinned.sha256.clone()))));
        let url = |(file, pinned): (&String, &PinnedFile)| {
            let url = pinned.url.clone().filter(|url| is_of_a_server(url) && !has_credentials(url))?;
            Some(((file.clone(), pinned.sha256.clone()), url))
        };
        let urls = plan.files.iter().filter_map(url).collect();
        let mut known = Known { trees: archives.collect(), urls, ..Known::default() };
        for (sdist, build) in &plan.builds {
            let files = build.environment.iter();
            let files: Option<BTreeMap<String, PinnedFile>> = files
                .map(|file| Some((file.clone(), PinnedFile { url: None, ..plan.files.get(file)?.clone() })))
                .collect();
            if let (Some(files), Some(pinned)) = (files, plan.files.get(sdist)) {
                let key = (pinned.sha256.clone(), build.subdirectory.clone(), build.extra.clone());
                known.builds.insert(key, Chosen { build: build.clone(), files });
            }
        }
        known
    }

    /// Returns all but the builds.
    #[must_use]
    pub fn without_builds(&self) -> Known {
        Known { builds: BTreeMap::new(), ..self.clone() }
    }

    /// Writes into files of an index where they are, if that is known.
    pub fn add_urls(&self, files: &mut BTreeMap<String, PinnedFile>) {
        for (file, pinned) in files.iter_mut().filter(|(_, pinned)| may_have_url(pinned)) {
            pinned.url = self.urls.get(&(file.clone(), pinned.sha256.clone())).cloned();
        }
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

/// Returns whether a file comes from an index, and nothing says yet where it is.
pub fn may_have_url(pinned: &PinnedFile) -> bool {
    pinned.url.is_none() && pinned.path.is_none() && pinned.git.is_none()
}

fn key(sdist: &Sdist) -> Key {
    (sdist.pinned.sha256.clone(), sdist.subdirectory.clone(), sdist.extra.clone())
}
