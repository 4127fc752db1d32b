//! What is expected of the executables (`permafreeze.expected.json`, beside the plan): the pinned ones, and the modules
//! that need not be importable. Results of builds, which the plan has none of: `permafreeze pin` and `permafreeze verify
//! smoke --accept` write them.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::artifact::Artifact;
use crate::plan::Plan;

/// The version of the file's format.
pub const VERSION: u32 = 1;
/// The file's name, beside the plan.
pub const FILE_NAME: &str = "permafreeze.expected.json";

/// Modules that cannot be imported and need not be: the reason of each, as the last line of Python's traceback has it.
pub type Accepted = BTreeMap<String, String>;

/// Everything that is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expected {
    /// [`VERSION`].
    pub version: u32,
    /// Pinned executables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pins: BTreeMap<Artifact, Pin>,
    /// Modules that need not be importable.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accepted: BTreeMap<Artifact, Accepted>,
}

/// A pinned executable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pin {
    /// The digest that the artifact had in the plan when it was pinned ([`Plan::digests`]); empty: not known.
    pub digest: String,
    /// The executable.
    pub executable: FileDigest,
    /// What was built beside the executable (bill of materials, provenance, …): sha256, lower-case hex, by file name.
    /// Empty in a pin that is older than this field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<String, String>,
}

/// The hashes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FileDigest {
    /// sha256, lower-case hex.
    pub sha256: String,
    /// blake3, lower-case hex.
    pub blake3: String,
    /// Size in bytes.
    pub size: u64,
}

/// Why a pin says nothing of an executable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// The plan has changed in something that decides the artifact.
    Decided,
    /// The plan does not have the artifact.
    Unplanned,
}

impl Default for Expected {
    fn default() -> Expected {
        Expected { version: VERSION, pins: BTreeMap::new(), accepted: BTreeMap::new() }
    }
}

impl Expected {
    /// Returns the pin of an artifact, if it holds: if it was made at the digest of the plan.
    pub fn pinned(&self, plan: &Plan, artifact: &Artifact) -> Option<&Pin> {
        self.pins.get(artifact).filter(|pin| plan.digests.get(artifact) == Some(&pin.digest))
    }

    /// Returns the pins that do not hold, and why.
    pub fn stale(&self, plan: &Plan) -> Vec<(&Artifact, Stale)> {
        let state = |(artifact, pin): (_, &Pin)| match plan.digests.get(artifact) {
            None => Some((artifact, Stale::Unplanned)),
            Some(digest) => (*digest != pin.digest).then_some((artifact, Stale::Decided)),
        };
        self.pins.iter().filter_map(state).collect()
    }

    /// Takes over what `earlier` expects, but where something is expected already.
    pub fn add_missing(&mut self, earlier: Expected) {
        for (artifact, pin) in earlier.pins {
            self.pins.entry(artifact).or_insert(pin);
        }
        for (artifact, accepted) in earlier.accepted {
            self.accepted.entry(artifact).or_insert(accepted);
        }
    }
}
