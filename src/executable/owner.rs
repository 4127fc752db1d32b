//! The owner of what is in an executable: who made the bytes.
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use permafreeze_object::format::Origin;
use serde::{Deserialize, Serialize};

const LINKER: &str = "the linker";
const PERMAFREEZE: &str = "permafreeze";
const NO_DISTRIBUTION: &str = "no distribution";
const RUNTIME: &str = "python-runtime";
const LOADER: &str = "permafreeze-loader";
const SOURCE: &str = "source:";
/// The name of a source tree that has none: plain scripts.
const SCRIPTS: &str = "scripts";

/// The owner of a part of an executable. As text, in the report too: what [`Owner::fmt`] writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum Owner {
    /// `the linker`: links between files.
    Linker,
    /// `permafreeze`: archives within the archive, tables, headers.
    Permafreeze,
    /// `no distribution`: a namespace package, which is a folder of several.
    NoDistribution,
    /// `python-runtime`.
    Runtime,
    /// `permafreeze-loader`: permafreeze's own modules among those that make the importer.
    Loader,
    /// `source:NAME`: the application or a path dependency, by its distribution's name.
    Source(String),
    /// A wheel, by its file name (PEP 427).
    Wheel(String),
}

impl Owner {
    /// Tells whether it is a wheel.
    pub fn is_wheel(&self) -> bool {
        matches!(self, Owner::Wheel(_))
    }

    /// Tells whether the linker made the part itself, so that no object has it.
    pub fn is_linker(&self) -> bool {
        matches!(self, Owner::Linker | Owner::Permafreeze | Owner::NoDistribution)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Owner::Linker => formatter.write_str(LINKER),
            Owner::Permafreeze => formatter.write_str(PERMAFREEZE),
            Owner::NoDistribution => formatter.write_str(NO_DISTRIBUTION),
            Owner::Runtime => formatter.write_str(RUNTIME),
            Owner::Loader => formatter.write_str(LOADER),
            Owner::Source(name) => write!(formatter, "{SOURCE}{name}"),
            Owner::Wheel(file) => formatter.write_str(file),
        }
    }
}

impl From<&str> for Owner {
    /// Every text that is no other owner's is a wheel's file name.
    fn from(text: &str) -> Owner {
        match text {
            LINKER => Owner::Linker,
            PERMAFREEZE => Owner::Permafreeze,
            NO_DISTRIBUTION => Owner::NoDistribution,
            RUNTIME => Owner::Runtime,
            LOADER => Owner::Loader,
            _ => match text.strip_prefix(SOURCE) {
                Some(name) => Owner::Source(name.to_owned()),
                None => Owner::Wheel(text.to_owned()),
            },
        }
    }
}

impl FromStr for Owner {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Owner, Infallible> {
        Ok(text.into())
    }
}

impl From<String> for Owner {
    fn from(text: String) -> Owner {
        text.as_str().into()
    }
}

impl From<Owner> for String {
    fn from(owner: Owner) -> String {
        owner.to_string()
    }
}

impl From<&Owner> for String {
    fn from(owner: &Owner) -> String {
        owner.to_string()
    }
}

impl From<&Origin> for Owner {
    /// Returns the owner of an object's files; the job says which object is the loader's ([`Owner::Loader`]).
    fn from(origin: &Origin) -> Owner {
        match origin {
            Origin::Wheel { file, .. } => Owner::Wheel(file.clone()),
            Origin::Source { name, .. } => Owner::Source(name.as_deref().unwrap_or(SCRIPTS).to_owned()),
            Origin::Runtime(_) => Owner::Runtime,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_owner_is_read_as_it_is_written() {
        let texts = [
            "the linker",
            "permafreeze",
            "no distribution",
            "python-runtime",
            "permafreeze-loader",
            "source:app",
            "a-1-py3-none-any.whl",
        ];
        let owners = [
            Owner::Linker,
            Owner::Permafreeze,
            Owner::NoDistribution,
            Owner::Runtime,
            Owner::Loader,
            Owner::Source("app".into()),
            Owner::Wheel("a-1-py3-none-any.whl".into()),
        ];
        for (text, owner) in texts.into_iter().zip(owners) {
            assert_eq!(Owner::from(text), owner);
            let json = serde_json::to_string(&owner).expect("JSON");
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Owner>(&json).expect("an owner"), owner);
        }
    }

    #[test]
    fn plain_scripts_are_a_source_too() {
        let origin = Origin::Source { name: None, version: None, dist_info: None };
        assert_eq!(Owner::from(&origin).to_string(), "source:scripts");
    }
}
