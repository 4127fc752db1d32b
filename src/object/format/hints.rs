//! What a module names without an import statement: importlib's calls, tables of names, files. Read from its code by
//! compile; which of these names are modules is known when it is linked.
use serde::{Deserialize, Serialize};

use super::Import;

/// Modules and files that a module's code names otherwise than by an import statement. Lists with lines are sorted by
/// them, the others are in order of appearance, each value once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hints {
    /// What `import_module` and `__import__` import by a constant name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<Import>,
    /// Calls of `import_module` and `__import__` whose name is computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub computed: Vec<Computed>,
    /// Whether the module answers for its attributes itself: it has an attribute hook (PEP 562), or puts another object
    /// into its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_lazy: bool,
    /// Of such a module: the names among the strings of its top level and of `__getattr__`. They may be relative to the
    /// module, leading dots included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lazy: Vec<String>,
    /// Names among the strings that are assigned to an upper-case name at the top level (`INSTALLED_APPS`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
    /// Dotted names (`a.b`) and object references (`a.b:c`) among all strings; every name if the module mentions entry
    /// points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Names that the code loads and that tell of files being read: `__file__`, `getsource` and the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
}

impl Hints {
    /// Tells whether the code loads a name.
    pub fn mentions(&self, name: &str) -> bool {
        self.mentions.iter().any(|mention| mention.name == name)
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Hints::default()
    }
}

/// A call that imports a module by a computed name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Computed {
    /// The line of the call.
    #[serde(rename = "n")]
    pub line: u32,
    /// What the name begins with: `app.plugins.`; a leading dot stands for the module's own package. `None`: unknown.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
}

/// A name that the code loads, where it does so first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mention {
    /// The line.
    #[serde(rename = "n")]
    pub line: u32,
    /// The name.
    #[serde(rename = "s")]
    pub name: String,
}
