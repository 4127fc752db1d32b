//! Why each module is linked: the shortest way from the executable, over the edges of the graph.
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use permafreeze_executable::owner::Owner;
use permafreeze_executable::reasons::{Reasons, Step, VERSION};

use crate::graph::reason::Reason;
use crate::graph::{Graph, Kind, NodeId};
use crate::program::Program;

/// Names of missing modules are given with so many importers at most.
const IMPORTERS: usize = 5;

/// Returns the reasons of what the executable reaches; `left_out` are the data files that are not collected.
pub(crate) fn reasons(program: &Program<'_>, graph: &Graph, left_out: BTreeMap<String, u32>) -> Reasons {
    let steps = steps(graph);
    let name = |id: NodeId| graph.node(id).name.clone();
    let mut reasons = Reasons { version: VERSION, left_out, ..Reasons::default() };
    for (id, by) in &steps {
        match graph.node(*id).kind {
            Kind::ExcludedModule => drop(reasons.excluded.insert(name(*id))),
            _ => drop(reasons.modules.insert(name(*id), step(graph, *id, *by))),
        }
    }
    for (missing, by) in &graph.missing {
        let reached = by.iter().filter(|by| reasons.modules.contains_key(*by));
        let importers: BTreeSet<String> = reached.take(IMPORTERS).cloned().collect();
        if !importers.is_empty() {
            reasons.missing.insert(missing.clone(), importers);
        }
    }
    reasons.absent = absent(program, &reasons.modules);
    reasons
}

/// Visits what the executable reaches, breadth first: what the entry point reaches goes before what is linked for
/// another reason. Returns for each node the one that led to it.
fn steps(graph: &Graph) -> BTreeMap<NodeId, NodeId> {
    let mut starts: Vec<NodeId> = graph.node(graph.root).edges.iter().copied().collect();
    starts.sort_by_key(|id| (rank(graph.reasons.get(&(graph.root, *id))), *id));
    let mut steps = BTreeMap::new();
    for start in starts {
        let mut queue = VecDeque::from([(start, graph.root)]);
        while let Some((id, by)) = queue.pop_front() {
            if id == graph.root || steps.contains_key(&id) {
                continue;
            }
            steps.insert(id, by);
            queue.extend(graph.node(id).edges.iter().map(|next| (*next, id)));
        }
    }
    steps
}

fn rank(reason: Option<&Reason>) -> u8 {
    match reason {
        Some(Reason::Entry) => 0,
        Some(Reason::Option(_)) => 1,
        Some(Reason::Application) => 2,
        Some(Reason::Base) => 4,
        _ => 3,
    }
}

fn step(graph: &Graph, id: NodeId, by: NodeId) -> Step {
    let node = graph.node(id);
    let importer = (by != graph.root).then(|| graph.node(by));
    let is_parent = importer.is_some_and(|importer| importer.name.starts_with(&format!("{}.", node.name)));
    let why = match graph.reasons.get(&(by, id)) {
        Some(reason) => Some(reason.to_string()),
        None if is_parent => Some("a module of the package".to_owned()),
        None if importer.is_some_and(|importer| importer.kind == Kind::AliasNode) => {
            Some("another name of it".to_owned())
        }
        None => None,
    };
    Step { by: importer.map(|importer| importer.name.clone()), why }
}

/// Returns the modules that are not linked, by their owner. Names are those of the files: a module that another one hides
/// is not told apart.
fn absent(program: &Program<'_>, linked: &BTreeMap<String, Step>) -> BTreeMap<Owner, BTreeSet<String>> {
    let objects = &program.objects;
    let mut absent: BTreeMap<Owner, BTreeSet<String>> = BTreeMap::new();
    for object in 0..=objects.runtime_index() {
        let modules = objects.files(object).filter_map(|(_, path, _)| module_name(program, object, path));
        let modules: BTreeSet<String> = modules.filter(|name| !linked.contains_key(name)).collect();
        if !modules.is_empty() {
            absent.entry(objects.object(object).owner()).or_default().extend(modules);
        }
    }
    absent
}

/// Returns the module that a file is, by its path.
fn module_name(program: &Program<'_>, object: u32, path: &str) -> Option<String> {
    let objects = &program.objects;
    let mut path = path;
    if object == objects.runtime_index() {
        let folders = [&objects.runtime.dynload, &objects.runtime.stdlib];
        path = folders.into_iter().find_map(|folder| path.strip_prefix(folder.as_str()))?.trim_start_matches('/');
    }
    program.finder.module_of_path(path)
}
