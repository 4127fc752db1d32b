//! Metadata of distributions (`.dist-info`) that code asks for at run time, or that the plan wants.
use std::collections::BTreeSet;

use camino::Utf8Path;
use permafreeze_object::format::Call;

use super::{Toc, TocKind, TocSource};
use crate::error::LinkError;
use crate::graph::Graph;
use crate::hooks::protocol;
use crate::linking::Linking;
use crate::program::Program;
use crate::tree::{Entry, Mount};

/// Functions that want one distribution's metadata, by the module that has them.
const WANTED: &[(&str, &[&str])] = &[
    ("pkg_resources", &["get_distribution"]),
    ("importlib.metadata", &["metadata", "distribution", "version", "files", "requires"]),
    ("importlib_metadata", &["metadata", "distribution", "version", "files", "requires"]),
];
/// The function that wants those of the requirements too.
const RECURSIVE: (&str, &[&str]) = ("pkg_resources", &["require"]);

/// Returns the metadata that the plan names.
///
/// # Errors
/// [`LinkError::NoDistribution`] if one is not installed.
pub fn planned(program: &Program<'_>) -> Result<Toc, LinkError> {
    let mut toc = Toc::default();
    for name in &program.job.executable.copy_metadata {
        let dist_info = dist_info(program, name).ok_or_else(|| LinkError::NoDistribution { name: name.clone() })?;
        add(program, &mut toc, dist_info);
    }
    Ok(toc)
}

/// Returns the metadata that calls with constant arguments want (`version("redis")`). A distribution that is not
/// installed is left to the program.
///
/// # Errors
/// If the hook server fails.
pub fn wanted(linking: &mut Linking<'_>) -> Result<Toc, LinkError> {
    let mut toc = Toc::default();
    for (module, functions) in WANTED {
        for name in distributions_asked(linking.program, linking.graph, module, functions) {
            if let Some(dist_info) = dist_info(linking.program, &name) {
                add(linking.program, &mut toc, dist_info);
            }
        }
    }
    for distribution in distributions_asked(linking.program, linking.graph, RECURSIVE.0, RECURSIVE.1) {
        let folders: Vec<String> = linking.call("metadata", &protocol::Call::MetadataOf { distribution })?;
        for folder in folders {
            add(linking.program, &mut toc, Utf8Path::new(&folder).file_name().unwrap_or_default());
        }
    }
    Ok(toc)
}

/// Returns METADATA of the distributions of reached modules that ask for what is not known before they run
/// (`version(__name__)`), or by another name of the function (`from importlib.metadata import version as …`): nearly all ask
/// for the version of their own distribution.
pub fn of_askers(program: &Program<'_>, graph: &Graph) -> Toc {
    let mut toc = Toc::default();
    for (module, functions) in WANTED {
        for node in graph.users(module).into_iter().map(|id| graph.node(id)) {
            let Some(file) = node.file else { continue };
            let mut calls = node.facts.module(&program.objects).into_iter().flat_map(|facts| &facts.calls);
            if calls.any(|call| asked(call, module, functions).is_some()) {
                continue;
            }
            let Some(dist_info) = program.objects.object(file.object).dist_info() else { continue };
            let path = format!("{dist_info}/METADATA");
            if let Some(file) = program.objects.find(file.object, &path) {
                toc.add(&path, TocKind::Data, TocSource::File(file));
            }
        }
    }
    toc
}

/// Returns the metadata of the distributions that have entry points in a group that reached code names: `importlib.metadata`
/// finds them at run time by it.
pub fn of_plugins(program: &Program<'_>, graph: &Graph) -> Toc {
    let mut toc = Toc::default();
    let facts = graph.reached().filter_map(|id| graph.node(id).facts.module(&program.objects));
    let texts = facts.flat_map(|module| module.hints.names.iter().chain(&module.hints.settings));
    let objects = texts.flat_map(|text| program.entry_points.named(text)).flat_map(|(_, points)| points);
    for object in objects.map(|point| point.object).collect::<BTreeSet<_>>() {
        if let Some(dist_info) = program.objects.object(object).dist_info() {
            add(program, &mut toc, dist_info);
        }
    }
    toc
}

fn distributions_asked(program: &Program<'_>, graph: &Graph, module: &str, functions: &[&str]) -> BTreeSet<String> {
    let users = graph.users(module).into_iter();
    let calls = users.filter_map(|id| graph.node(id).facts.module(&program.objects)).flat_map(|facts| &facts.calls);
    calls.filter_map(|call| asked(call, module, functions)).map(str::to_owned).collect()
}

fn dist_info<'p>(program: &'p Program<'_>, distribution: &str) -> Option<&'p str> {
    program.objects.object(program.distribution(distribution)?).dist_info()
}

fn add(program: &Program<'_>, toc: &mut Toc, dist_info: &str) {
    let Some(Entry::Dir(dir)) = program.tree.get(program.tree.root(Mount::Site), dist_info) else { return };
    for (path, file) in program.tree.walk(dir) {
        toc.add(&format!("{dist_info}/{path}"), TocKind::Data, TocSource::File(file));
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
