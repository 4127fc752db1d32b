//! Modules of the application that do not compile: an executable without them could not start, or would end later.
use permafreeze_base::snippet::Snippet;

use crate::error::LinkError;
use crate::graph::reason::Reason;
use crate::graph::{Graph, Kind, NodeId};
use crate::load::{FileId, Objects};
use crate::program::Program;
use crate::syntax::SyntaxFault;

/// Returns the fault of a file that does not compile.
///
/// # Errors
/// If the object cannot be read.
pub fn fault(objects: &Objects, module: Option<&str>, file: FileId) -> Result<SyntaxFault, LinkError> {
    let said = objects.module(file).and_then(|module| module.error.clone());
    let message = said.unwrap_or_else(|| "it is no Python source".to_owned());
    let shown = match place(&message) {
        Some((line, column)) => Snippet::at(&String::from_utf8_lossy(&objects.read(file)?), line, column),
        None => None,
    };
    let path = objects.path(file).to_owned();
    Ok(SyntaxFault { module: module.map(str::to_owned), path, message, shown: shown.map(|snippet| snippet.shown) })
}

/// Checks that the modules of the application compile.
///
/// A file that nothing imports and that lies in a folder without `__init__.py` may be no module but a template.
///
/// # Errors
/// [`LinkError::Syntax`] with all that do not.
pub fn check(program: &Program<'_>, graph: &Graph) -> Result<(), LinkError> {
    let mut faults = Vec::new();
    for id in graph.reached() {
        let node = graph.node(id);
        let Some(file) = node.file.filter(|file| program.is_source(*file)) else { continue };
        if node.kind == Kind::InvalidSourceModule && (is_in_packages(graph, &node.name) || is_imported(graph, id)) {
            faults.push(fault(&program.objects, Some(&node.name), file)?);
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(LinkError::Syntax(faults)) }
}

fn is_in_packages(graph: &Graph, name: &str) -> bool {
    let kind = |parent: &str| graph.named(parent).map(|id| graph.node(id).kind);
    name.match_indices('.').all(|(at, _)| kind(&name[..at]) == Some(Kind::Package))
}

fn is_imported(graph: &Graph, id: NodeId) -> bool {
    let reason = |from| graph.reasons.get(&(from, id));
    graph.nodes().any(|(from, node)| node.edges.contains(&id) && reason(from) != Some(&Reason::Application))
}

/// Returns line and column of what the compile tool's worker has said: `… (a.py, line 1, column 2)`.
fn place(message: &str) -> Option<(usize, usize)> {
    let (rest, column) = message.strip_suffix(')')?.rsplit_once(", column ")?;
    let (_, line) = rest.rsplit_once(", line ")?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_or_there_is_none() {
        assert_eq!(place("SyntaxError: '(' was never closed (a, line 1.py, line 12, column 3)"), Some((12, 3)));
        for message in ["SyntaxError: here", "SyntaxError: x (a.py, line 3)", "x (, line a, column 2)"] {
            assert_eq!(place(message), None, "{message}");
        }
    }
}
