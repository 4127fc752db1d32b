//! Entry points as they are written: `module:function`, a `.py` file, `-m module`.
use std::fmt;

use permafreeze_packaging::name::Name;

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryPoint {
    /// A `.py` file, by its path in the project.
    File(String),
    /// An object reference.
    Function {
        /// The module.
        module: String,
        /// The callable in it.
        function: String,
    },
    /// A module or package that is run as `python -m` runs it.
    Module(String),
}

impl fmt::Display for EntryPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntryPoint::File(path) => f.write_str(path),
            EntryPoint::Function { module, function } => write!(f, "{module}:{function}"),
            EntryPoint::Module(module) => write!(f, "-m {module}"),
        }
    }
}

impl EntryPoint {
    /// Returns a short name for what is run: a file's without `.py`, a module's first part.
    pub fn stem(&self) -> &str {
        match self {
            EntryPoint::File(path) => {
                let file = path.rsplit('/').next().unwrap_or(path);
                file.strip_suffix(".py").unwrap_or(file)
            }
            EntryPoint::Function { module, .. } | EntryPoint::Module(module) => {
                module.split('.').next().unwrap_or(module)
            }
        }
    }
}

/// Reads an object reference of the entry points specification: `module:object.attribute [extras]`; `None` if it is
/// none that can be called.
pub fn reference(text: &str) -> Option<EntryPoint> {
    let (module, function) = text.split('[').next()?.split_once(':')?;
    let (module, function) = (module.trim(), function.trim());
    let valid = is_dotted(module) && is_dotted(function);
    valid.then(|| EntryPoint::Function { module: module.to_owned(), function: function.to_owned() })
}

/// Returns the extras that an object reference wants: `module:object.attribute [extra, other]`.
pub fn extras(text: &str) -> impl Iterator<Item = Name> {
    let list = text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    list.into_iter().flat_map(|(list, _)| list.split(',')).map(Name::new).filter(|name| !name.as_str().is_empty())
}

/// Returns whether a text is identifiers with dots between them, as a module's name is.
pub fn is_dotted(text: &str) -> bool {
    text.split('.').all(|part| is_identifier(part) && !part.starts_with(char::is_numeric))
}

/// Returns whether a text has only characters that identifiers have.
pub fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|character| character.is_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_installers_read_them() {
        let function = |module: &str, function: &str| {
            Some(EntryPoint::Function { module: module.to_owned(), function: function.to_owned() })
        };
        assert_eq!(reference("app.cli:main"), function("app.cli", "main"));
        assert_eq!(reference(" app : App.run [extra]"), function("app", "App.run"));
        assert_eq!(reference("größe:haupt"), function("größe", "haupt"));
        for bad in ["app", "app:", ":main", "app:main()", "a b:main", "app.:main", "1a:main", "app/cli:main", ""] {
            assert_eq!(reference(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_stem_is_a_short_name() {
        assert_eq!(EntryPoint::File("jobs/nightly.py".to_owned()).stem(), "nightly");
        assert_eq!(EntryPoint::Module("app.cli".to_owned()).stem(), "app");
    }
}
