//! Why a node has an edge that no import statement made.
use std::fmt;

/// What made an edge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Python imports it before the importer exists.
    Base,
    /// It is a module of the application.
    Application,
    /// It is what is run.
    Entry,
    /// It is a run-time hook.
    RuntimeHook,
    /// `import_module` or `__import__` with a constant name.
    Call,
    /// A table of a lazy package names it.
    Table,
    /// A computed name of its own package begins as its name does.
    Computed,
    /// A string of a settings module, or an object reference, names it.
    Setting,
    /// It is an entry point of a distribution, and the importer reads this group.
    EntryPoint {
        /// The group.
        group: String,
        /// The distribution.
        distribution: String,
    },
    /// A string of an extension module names it.
    Native,
    /// A hook lists it.
    Hook,
    /// An option of the plan lists it.
    Option(&'static str),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Base => write!(f, "Python itself"),
            Reason::Application => write!(f, "a module of the application"),
            Reason::Entry => write!(f, "the entry point"),
            Reason::RuntimeHook => write!(f, "a run-time hook"),
            Reason::Call => write!(f, "a call of `import_module`"),
            Reason::Table => write!(f, "a table of a lazy package"),
            Reason::Computed => write!(f, "a computed name that may be its"),
            Reason::Setting => write!(f, "a string that names it"),
            Reason::EntryPoint { group, distribution } => {
                write!(f, "an entry point of `{distribution}` in the group `{group}`")
            }
            Reason::Native => write!(f, "a string of its native code"),
            Reason::Hook => write!(f, "its hook"),
            Reason::Option(option) => write!(f, "the option `{option}`"),
        }
    }
}
