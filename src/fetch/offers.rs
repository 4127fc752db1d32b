//! What the configured indexes offer of a project.
use crate::client::Client;
use crate::default_index::DefaultIndex;
use crate::error::Error;
use crate::index::Indexes;
use crate::links::Link;
use crate::settings::Settings;

/// A file that an index offers, with its sha256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its name.
    pub file: String,
    /// Its sha256, lower-case hex.
    pub sha256: String,
    /// Its size in bytes, if the index says it (PEP 700).
    pub size: Option<u64>,
    /// The Pythons that it is for, if the index says it.
    pub requires_python: Option<String>,
    /// Its version was withdrawn (PEP 592).
    pub yanked: bool,
}

impl Offer {
    /// What an index offers without a sha256 cannot be pinned.
    fn of(link: &Link) -> Option<Offer> {
        let (file, sha256) = (link.file.clone(), link.sha256.clone()?);
        Some(Offer {
            file,
            sha256,
            size: link.size,
            requires_python: link.requires_python.clone(),
            yanked: link.yanked,
        })
    }
}

/// Asks the configured indexes.
pub struct Offers {
    client: Client,
}

impl Offers {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// If the settings are wrong, or pip's default index is needed and cannot be found.
    pub fn new(mut settings: Settings, default_index: &DefaultIndex) -> Result<Offers, Error> {
        default_index.complete(&mut settings)?;
        Ok(Offers { client: Client::new(settings)? })
    }

    /// Returns the files of a project, of the first index that has it.
    ///
    /// # Errors
    /// If no index has it, or its page cannot be read.
    pub fn of(&self, project: &str) -> Result<Vec<Offer>, Error> {
        let links = Indexes::new(&self.client).project(project)?;
        Ok(links.iter().filter_map(Offer::of).collect())
    }
}
