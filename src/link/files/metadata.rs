//! Metadata of distributions (`.dist-info`) that code asks for at run time, or that the plan wants.
use std::collections::BTreeSet;

use camino::Utf8Path;
use permafreeze_object::format::Call;
use serde_json::json;

use super::{Toc, TocKind, TocSource};
use crate::error::LinkError;
use crate::linker::Linker;
use crate::tree::{Entry, Mount};

/// Functions that want one distribution's metadata, by the module that has them.
const WANTED: &[(&str, &[&str])] = &[
    ("pkg_resources", &["get_distribution"]),
    ("importlib.metadata", &["metadata", "distribution", "version", "files", "requires"]),
    ("importlib_metadata", &["metadata", "distribution", "version", "files", "requires"]),
];
/// The function that wants those of the requirements too.
const RECURSIVE: (&str, &[&str]) = ("pkg_resources", &["require"]);

impl Linker<'_> {
    /// Adds the metadata that the plan names. A distribution that is not installed is an error.
    pub fn add_planned_metadata(&self, toc: &mut Toc) -> Result<(), LinkError> {
        for name in &self.job.executable.copy_metadata {
            if !self.add_metadata(toc, name) {
                return Err(LinkError::NoDistribution { name: name.clone() });
            }
        }
        Ok(())
    }

    /// Adds the metadata that calls with constant arguments want (`version("redis")`). A distribution that is not
    /// installed is left to the program.
    pub fn add_wanted_metadata(&mut self, toc: &mut Toc) -> Result<(), LinkError> {
        for (module, functions) in WANTED {
            for name in self.distributions_asked(module, functions) {
                self.add_metadata(toc, &name);
            }
        }
        for name in self.distributions_asked(RECURSIVE.0, RECURSIVE.1) {
            let folders: Vec<String> = self.call("metadata", "metadata_of", json!({"distribution": name}))?;
            for folder in folders {
                self.add_dist_info(toc, Utf8Path::new(&folder).file_name().unwrap_or_default());
            }
        }
        Ok(())
    }

    fn distributions_asked(&self, module: &str, functions: &[&str]) -> BTreeSet<String> {
        let users = self.graph.users(module).into_iter();
        let calls = users.filter_map(|id| self.facts(&self.graph.node(id).facts)).flat_map(|facts| &facts.calls);
        calls.filter_map(|call| asked(call, module, functions)).map(str::to_owned).collect()
    }

    fn add_metadata(&self, toc: &mut Toc, name: &str) -> bool {
        let dist_info = self.distribution(name).and_then(|object| self.objects.object(object).dist_info());
        dist_info.is_some_and(|dist_info| {
            self.add_dist_info(toc, dist_info);
            true
        })
    }

    fn add_dist_info(&self, toc: &mut Toc, dist_info: &str) {
        let site = self.tree.root(Mount::Site);
        let Some(Entry::Dir(dir)) = self.tree.get(site, dist_info) else { return };
        for (path, file) in self.tree.walk(dir) {
            toc.add(&format!("{dist_info}/{path}"), TocKind::Data, TocSource::File(file));
        }
    }
}

/// Returns the distribution that a call asks for: `importlib.metadata.version`, `metadata.version` and `version` are
/// all the function of that module.
fn asked<'c>(call: &'c Call, module: &str, functions: &[&str]) -> Option<&'c str> {
    let [Some(distribution)] = call.arguments.as_slice() else { return None };
    let (qualifier, name) = call.function.rsplit_once('.').unwrap_or(("", &call.function));
    let of_module = qualifier.is_empty() || module == qualifier || module.ends_with(&format!(".{qualifier}"));
    (of_module && functions.contains(&name)).then_some(distribution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_by_any_alias() {
        let call = |function: &str, arguments: &[Option<&str>]| Call {
            function: function.to_owned(),
            arguments: arguments.iter().map(|argument| argument.map(str::to_owned)).collect(),
        };
        let version = |call: &Call| asked(call, "importlib.metadata", &["version"]).map(str::to_owned);
        for function in ["version", "metadata.version", "importlib.metadata.version"] {
            assert_eq!(version(&call(function, &[Some("redis")])).as_deref(), Some("redis"));
        }
        assert_eq!(version(&call("data.version", &[Some("redis")])), None);
        assert_eq!(version(&call("version", &[Some("a"), Some("b")])), None);
        assert_eq!(version(&call("version", &[None])), None);
        assert_eq!(version(&call("metadata.files", &[Some("redis")])), None);
    }
}
