//! The part of CycloneDX 1.6 (ECMA-424) that bills of materials use here.
use serde::{Deserialize, Serialize};

/// The schema that a bill follows.
pub const SCHEMA: &str = "http://cyclonedx.org/schema/bom-1.6.schema.json";

/// A bill of materials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bill {
    /// [`SCHEMA`].
    #[serde(rename = "$schema")]
    pub schema: String,
    /// `CycloneDX`.
    pub bom_format: String,
    /// `1.6`.
    pub spec_version: String,
    /// `urn:uuid:…`; made from the rest of the bill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// 1: there is no other bill with this serial number.
    pub version: u32,
    /// What the bill is of.
    pub metadata: Metadata,
    /// What it is made of.
    pub components: Vec<Component>,
    /// What requires what, by reference.
    pub dependencies: Vec<Dependency>,
}

/// What the bill is of, and what made it. There is no time in it: it would be another one at every build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// When in the life of the software the bill was made.
    pub lifecycles: Vec<Lifecycle>,
    /// What made the bill.
    pub tools: Tools,
    /// The executable.
    pub component: Component,
}

/// A phase in the life of the software.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// `build`.
    pub phase: String,
}

/// What made the bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    /// The programs.
    pub components: Vec<Component>,
}

/// A part of the software.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// `application`, `library`, `platform`, `file`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How dependencies refer to it; unique in the bill.
    #[serde(rename = "bom-ref", default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// One line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `required`: it is in the executable; `excluded`: it was installed, but nothing of it is in the executable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Hashes of its file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<Hash>,
    /// Its licences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<LicenceChoice>,
    /// Its CPE 2.3 name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpe: Option<String>,
    /// Its package URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
    /// What it contains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
    /// What CycloneDX has no field for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
}

impl Component {
    /// Adds a property `permafreeze:<name>`.
    pub fn property(&mut self, name: &str, value: impl ToString) {
        self.properties.push(Property { name: format!("permafreeze:{name}"), value: value.to_string() });
    }

    /// Returns the property `permafreeze:<name>`.
    pub fn find_property(&self, name: &str) -> Option<&str> {
        let found = self.properties.iter().find(|property| property.name.strip_prefix("permafreeze:") == Some(name));
        found.map(|property| property.value.as_str())
    }
}

/// A hash of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hash {
    /// `SHA-256`, `BLAKE3`, …
    pub alg: String,
    /// Lower-case hex.
    pub content: String,
}

impl Hash {
    /// A sha256.
    pub fn sha256(content: &str) -> Hash {
        Hash { alg: "SHA-256".to_owned(), content: content.to_owned() }
    }

    /// A blake3.
    pub fn blake3(content: &str) -> Hash {
        Hash { alg: "BLAKE3".to_owned(), content: content.to_owned() }
    }
}

/// A licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LicenceChoice {
    /// An SPDX expression; it is then the component's only entry.
    Expression {
        /// The expression.
        expression: String,
    },
    /// One licence.
    Licence {
        /// It.
        license: Licence,
    },
}

/// One licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Licence {
    /// An SPDX identifier.
    Id(String),
    /// What is no SPDX identifier.
    Name(String),
}

impl LicenceChoice {
    /// An SPDX expression.
    pub fn expression(expression: &str) -> LicenceChoice {
        LicenceChoice::Expression { expression: expression.to_owned() }
    }

    /// One licence by its SPDX identifier.
    pub fn id(id: &str) -> LicenceChoice {
        LicenceChoice::Licence { license: Licence::Id(id.to_owned()) }
    }

    /// One licence by its name.
    pub fn name(name: &str) -> LicenceChoice {
        LicenceChoice::Licence { license: Licence::Name(name.to_owned()) }
    }

    /// Returns it as people read it.
    pub fn text(&self) -> &str {
        match self {
            LicenceChoice::Expression { expression } => expression,
            LicenceChoice::Licence { license: Licence::Id(text) | Licence::Name(text) } => text,
        }
    }
}

/// What CycloneDX has no field for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    /// `permafreeze:…`.
    pub name: String,
    /// The value.
    pub value: String,
}

/// What a component requires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    /// The component.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What it requires, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
}
