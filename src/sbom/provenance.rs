//! Provenance: an in-toto statement (v1) with SLSA's predicate (v1). Nothing in it is of the machine or the moment.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bill::directory_hash;
use crate::material::{Distribution, Material};
use crate::purl;
use permafreeze_packaging::metadata::Metadata;
use permafreeze_plan::jobs::BuiltWheel;

/// How executables are made: what `externalParameters` mean.
pub const BUILD_TYPE: &str = "urn:permafreeze:link:1";
/// Who makes them: static tools in Nix's sandbox.
pub const BUILDER: &str = "urn:permafreeze:nix-sandbox:1";
/// Who makes them where the user has allowed builds without a sandbox.
pub const UNSANDBOXED_BUILDER: &str = "urn:permafreeze:nix-without-sandbox:1";

/// What the plan's hash is made of.
const DIGEST_OF: &str = "what of it decides this artifact, as its `digests` says";

/// The statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// The statement's type.
    #[serde(rename = "_type")]
    pub statement_type: String,
    /// The executable.
    pub subject: Vec<Resource>,
    /// The predicate's type.
    pub predicate_type: String,
    /// What is said of the subject.
    pub predicate: Predicate,
}

/// How the subject was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predicate {
    /// From what.
    pub build_definition: BuildDefinition,
    /// By whom.
    pub run_details: RunDetails,
}

/// From what the subject was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildDefinition {
    /// [`BUILD_TYPE`].
    pub build_type: String,
    /// What was asked for.
    pub external_parameters: Parameters,
    /// All that was taken.
    pub resolved_dependencies: Vec<Resource>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// The executable's name.
    pub name: String,
    /// The target.
    pub target: String,
    /// The plan; its digest is [`permafreeze_plan::jobs::Inputs::plan`].
    pub plan: Resource,
}

/// By whom the subject was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunDetails {
    /// The builder.
    pub builder: Builder,
    /// What else was made.
    pub byproducts: Vec<Resource>,
}

/// The builder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Builder {
    /// [`BUILDER`] or [`UNSANDBOXED_BUILDER`].
    pub id: String,
    /// Versions of its parts.
    pub version: BTreeMap<String, String>,
}

/// A file or folder (in-toto's ResourceDescriptor).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Its name.
    pub name: String,
    /// Its package URL, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Its hashes by algorithm, lower-case hex.
    pub digest: BTreeMap<String, String>,
    /// What else is said of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Resource {
    fn new(name: &str, uri: Option<String>, algorithm: &str, digest: &str) -> Resource {
        let digest = BTreeMap::from([(algorithm.to_owned(), digest.to_owned())]);
        Resource { name: name.to_owned(), uri, digest, annotations: BTreeMap::new() }
    }

    fn file(name: &str, sha256: &str) -> Resource {
        Resource::new(name, None, "sha256", sha256)
    }
}

/// The plan, by the digest of what of it decides the artifact: other targets and the policy do not.
fn plan(sha256: &str) -> Resource {
    let mut plan = Resource::file(permafreeze_plan::plan::FILE_NAME, sha256);
    plan.annotations = BTreeMap::from([("digest-of".to_owned(), DIGEST_OF.to_owned())]);
    plan
}

/// Makes the statement; `byproducts` are files beside the executable: name and sha256.
pub fn statement(material: &Material, byproducts: &[(&str, String)]) -> Statement {
    let inputs = &material.inputs;
    let installed = material.packages.iter().filter(|package| !inputs.built.contains_key(&package.owner.to_string()));
    let mut taken: Vec<Resource> = installed.map(|package| resource(package, &inputs.wheels)).collect();
    taken.extend(
        material.packages.iter().filter_map(|package| inputs.built.get(&package.owner.to_string())).flat_map(built),
    );
    let freezer = material.freezer.iter().map(|package| resource(package, &inputs.wheels));
    taken.extend(freezer);
    taken.push(Resource::file(&inputs.runtime.name, &inputs.runtime.sha256));
    // What hooks import is PyInstaller too, which is there already.
    let tools = inputs.tools.iter().filter(|(name, _)| !inputs.wheels.contains_key(*name));
    taken.extend(tools.map(|(name, sha256)| Resource::file(name, sha256)));
    let launcher = material.launcher.iter().map(|launcher| Resource::file(&launcher.name, &launcher.sha256));
    taken.extend(launcher);
    taken.sort_by(|a, b| a.name.cmp(&b.name));
    taken.dedup();
    let builder = if material.unsandboxed { UNSANDBOXED_BUILDER } else { BUILDER };
    let version = BTreeMap::from([("permafreeze".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]);
    Statement {
        statement_type: "https://in-toto.io/Statement/v1".to_owned(),
        subject: vec![Resource::file(&format!("{}-{}", material.name, material.target), &material.sha256)],
        predicate_type: "https://slsa.dev/provenance/v1".to_owned(),
        predicate: Predicate {
            build_definition: BuildDefinition {
                build_type: BUILD_TYPE.to_owned(),
                external_parameters: Parameters {
                    name: material.name.clone(),
                    target: material.target.to_string(),
                    plan: plan(&inputs.plan),
                },
                resolved_dependencies: taken,
            },
            run_details: RunDetails {
                builder: Builder { id: builder.to_owned(), version },
                byproducts: byproducts.iter().map(|(name, sha256)| Resource::file(name, sha256)).collect(),
            },
        },
    }
}

/// A wheel that was built stands for its source distribution and what built it.
fn built(wheel: &BuiltWheel) -> Vec<Resource> {
    let environment = wheel.environment.iter().map(|(file, sha256)| Resource::file(file, sha256));
    let mut of = Resource::file(&wheel.sdist, &wheel.sha256);
    if let Some(commit) = wheel.commit() {
        of.uri = Some(wheel.sdist.clone());
        of.digest.insert("gitCommit".to_owned(), commit.to_owned());
    }
    std::iter::once(of).chain(environment).collect()
}

fn resource(package: &Distribution, wheels: &BTreeMap<String, String>) -> Resource {
    let mut resource = described(package, wheels);
    if package.hooks_are_trusted {
        resource.annotations.insert("trusted-hooks".to_owned(), "true".to_owned());
    }
    resource
}

fn described(package: &Distribution, wheels: &BTreeMap<String, String>) -> Resource {
    let owner = package.owner.to_string();
    if !package.owner.is_wheel() {
        return Resource::new(&owner, None, "dirHash", &directory_hash(&package.files));
    }
    let metadata = Metadata::parse(&package.metadata);
    let uri =
        metadata.one("Name").zip(metadata.one("Version")).map(|(name, version)| purl::distribution(name, version));
    let sha256 = wheels.get(&owner).map(String::as_str).unwrap_or_default();
    Resource::new(&owner, uri, "sha256", sha256)
}
