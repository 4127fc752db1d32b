//! A lock that says of each requirement which locked package meets it: what is installed is what is reached.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_packaging::environment::Environment;
use permafreeze_packaging::marker::Marker;
use permafreeze_packaging::name::Name;

use crate::requires::Requires;

/// Rounds after which what is asked for is taken as it is, though it still changes.
const ROUNDS: usize = 16;

/// The graph.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// Its nodes.
    pub nodes: Vec<Node>,
    /// The project; `None`: it is no package, and has groups alone.
    pub root: Option<usize>,
    /// The project's groups besides its own requirements.
    pub groups: BTreeMap<Name, Vec<Edge>>,
}

/// A package, or a project that only has requirements.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its name.
    pub name: Name,
    /// Its index among the lock's packages; `None`: it is not installed.
    pub package: Option<usize>,
    /// Its requirements.
    pub edges: Vec<Edge>,
    /// Its extras' requirements.
    pub extras: BTreeMap<Name, Vec<Edge>>,
}

/// A requirement.
#[derive(Debug, Clone)]
pub struct Edge {
    /// The node that meets it.
    pub to: usize,
    /// The extras of it that are asked for.
    pub extras: BTreeSet<Name>,
    /// When it is required.
    pub marker: Marker,
}

/// What is asked for: the project's groups, whether its own requirements too, and its extras.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The groups.
    pub groups: &'a BTreeSet<Name>,
    /// Whether the project's own requirements are asked for.
    pub own: bool,
    /// The project's extras.
    pub extras: &'a BTreeSet<Name>,
}

/// The names that stand for extras, groups and projects in the markers of conflicting ones: `extra-3-app-fast`, where 3
/// is the length of the package's name.
type Active = BTreeSet<Name>;

impl Graph {
    /// Returns the indices of the packages that are installed in `environment`.
    pub fn reached(&self, asked: &Asked<'_>, environment: &Environment) -> BTreeSet<usize> {
        let (reached, _) = self.settled(asked, environment);
        reached.keys().filter_map(|node| self.nodes[*node].package).collect()
    }

    /// Returns what requires what among the packages that are installed in `environment`. What a project requires that is
    /// not installed is required by those that require it.
    pub fn requires(&self, asked: &Asked<'_>, environment: &Environment) -> Requires {
        let (reached, active) = self.settled(asked, environment);
        let settled = Settled { graph: self, environment, reached: &reached, active: &active };
        let mut requires = Requires { of: Some(BTreeMap::new()), ..Requires::default() };
        let mut add = |from: Option<&Name>, edges: Vec<&Edge>| {
            for edge in settled.installed(edges) {
                requires.add(from, &self.nodes[edge.to].name, &edge.extras);
            }
        };
        let groups = self.groups.iter().filter(|(name, _)| asked.groups.contains(name));
        add(None, groups.flat_map(|(_, edges)| edges).filter(|edge| settled.holds(edge)).collect());
        for node in reached.keys() {
            let Node { name, package, .. } = &self.nodes[*node];
            if Some(*node) == self.root {
                add(None, settled.edges(*node));
            } else if package.is_some() {
                add(Some(name), settled.edges(*node));
            }
        }
        requires
    }

    /// Returns what is reached once conflicting extras and groups have chosen, and the names that they chose by.
    fn settled(&self, asked: &Asked<'_>, environment: &Environment) -> (BTreeMap<usize, BTreeSet<Name>>, Active) {
        let (mut active, mut reached) = (Active::new(), BTreeMap::new());
        for _ in 0..ROUNDS {
            reached = self.walk(asked, environment, &active);
            let next = self.active(asked, &reached);
            if next == active {
                break;
            }
            active = next;
        }
        (reached, active)
    }

    /// Returns what is reached, each with the extras that are asked for of it.
    fn walk(&self, asked: &Asked<'_>, environment: &Environment, active: &Active) -> BTreeMap<usize, BTreeSet<Name>> {
        let mut reached: BTreeMap<usize, BTreeSet<Name>> = BTreeMap::new();
        let mut queue: Vec<(usize, BTreeSet<Name>)> = Vec::new();
        let holds = |edge: &&Edge| edge.marker.holds(environment, active);
        let follow = |edges: &[Edge], queue: &mut Vec<(usize, BTreeSet<Name>)>| {
            queue.extend(edges.iter().filter(holds).map(|edge| (edge.to, edge.extras.clone())));
        };
        for edges in self.groups.iter().filter(|(name, _)| asked.groups.contains(name)).map(|(_, edges)| edges) {
            follow(edges, &mut queue);
        }
        queue.extend(self.root.filter(|_| asked.own).map(|root| (root, asked.extras.clone())));
        while let Some((node, extras)) = queue.pop() {
            let is_new = !reached.contains_key(&node);
            let known = reached.entry(node).or_default();
            let more: Vec<Name> = extras.into_iter().filter(|extra| known.insert(extra.clone())).collect();
            if is_new {
                follow(&self.nodes[node].edges, &mut queue);
            }
            for edges in more.iter().filter_map(|extra| self.nodes[node].extras.get(extra)) {
                follow(edges, &mut queue);
            }
        }
        reached
    }

    fn active(&self, asked: &Asked<'_>, reached: &BTreeMap<usize, BTreeSet<Name>>) -> Active {
        let mut active = Active::new();
        let mut add = |kind: &str, package: &Name, name: Option<&Name>| {
            let package = package.as_str();
            let end = name.map(|name| format!("-{name}")).unwrap_or_default();
            active.insert(Name::new(&format!("{kind}-{}-{package}{end}", package.len())));
        };
        if let Some(root) = self.root {
            asked.groups.iter().for_each(|group| add("group", &self.nodes[root].name, Some(group)));
        }
        for (node, extras) in reached {
            add("project", &self.nodes[*node].name, None);
            extras.iter().for_each(|extra| add("extra", &self.nodes[*node].name, Some(extra)));
        }
        active
    }
}

/// A graph of which it is known what is reached.
struct Settled<'a> {
    graph: &'a Graph,
    environment: &'a Environment,
    reached: &'a BTreeMap<usize, BTreeSet<Name>>,
    active: &'a Active,
}

impl<'a> Settled<'a> {
    fn holds(&self, edge: &Edge) -> bool {
        edge.marker.holds(self.environment, self.active)
    }

    /// Returns the requirements of a node that hold, with those of the extras that are asked for.
    fn edges(&self, node: usize) -> Vec<&'a Edge> {
        let Node { edges, extras, .. } = &self.graph.nodes[node];
        let asked = self.reached.get(&node).into_iter().flatten();
        let of_extras = asked.filter_map(|extra| extras.get(extra)).flatten();
        edges.iter().chain(of_extras).filter(|edge| self.holds(edge)).collect()
    }

    /// Returns the requirements that a package meets: in the place of one that leads to something that is not installed
    /// are the requirements of that.
    fn installed(&self, mut open: Vec<&'a Edge>) -> Vec<&'a Edge> {
        let (mut installed, mut seen) = (Vec::new(), BTreeSet::from_iter(self.graph.root));
        while let Some(edge) = open.pop() {
            if self.graph.nodes[edge.to].package.is_some() {
                installed.push(edge);
            } else if seen.insert(edge.to) {
                open.extend(self.edges(edge.to));
            }
        }
        installed
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use permafreeze_packaging::Version;
    use permafreeze_packaging::target::Target;

    use super::*;

    fn edge(to: usize, extras: &[&str], marker: &str) -> Edge {
        let marker = if marker.is_empty() { Marker::always() } else { marker.parse().expect("a marker") };
        Edge { to, extras: extras.iter().map(|extra| Name::new(extra)).collect(), marker }
    }

    fn node(name: &str, package: Option<usize>, edges: &[Edge]) -> Node {
        Node { name: Name::new(name), package, edges: edges.to_vec(), extras: BTreeMap::new() }
    }

    fn reached(graph: &Graph, groups: &[&str], extras: &[&str], target: Target) -> Vec<usize> {
        let names = |names: &[&str]| names.iter().map(|name| Name::new(name)).collect::<BTreeSet<Name>>();
        let (groups, extras) = (names(groups), names(extras));
        let asked = Asked { own: groups.contains(&Name::new("main")), groups: &groups, extras: &extras };
        let environment = Environment::cpython(&Version::from_str("3.13.5").unwrap(), target.platform());
        graph.reached(&asked, &environment).into_iter().collect()
    }

    /// app -> a [x] -> b (by the extra), c on Windows; group dev -> d -> app's virtual member e -> b.
    fn graph() -> Graph {
        let mut a = node("a", Some(0), &[edge(2, &[], "sys_platform == 'win32'")]);
        a.extras.insert(Name::new("x"), vec![edge(1, &[], ""), edge(0, &["x"], "")]);
        let mut app = node("app", None, &[edge(0, &["x"], "")]);
        app.extras.insert(Name::new("fast"), vec![edge(3, &[], "")]);
        Graph {
            nodes: vec![
                a,
                node("b", Some(1), &[]),
                node("c", Some(2), &[]),
                node("d", Some(3), &[edge(4, &[], "")]),
                node("e", None, &[edge(1, &[], "")]),
                app,
            ],
            root: Some(5),
            groups: BTreeMap::from([(Name::new("dev"), vec![edge(3, &[], "")])]),
        }
    }

    #[test]
    fn what_is_required_on_the_target_is_reached() {
        assert_eq!(reached(&graph(), &["main"], &[], Target::LinuxAmd64), [0, 1]);
        assert_eq!(reached(&graph(), &["main"], &[], Target::WindowsAmd64), [0, 1, 2]);
    }

    #[test]
    fn groups_and_extras_add_to_it() {
        assert_eq!(reached(&graph(), &["main"], &["fast"], Target::LinuxAmd64), [0, 1, 3]);
        assert_eq!(reached(&graph(), &["dev"], &["fast"], Target::LinuxAmd64), [1, 3], "through what is not installed");
        assert!(reached(&graph(), &[], &[], Target::LinuxAmd64).is_empty());
    }

    #[test]
    fn conflicting_extras_and_groups_choose_their_version() {
        let mut graph = graph();
        graph.nodes[3].edges = vec![
            edge(1, &[], "extra == 'extra-3-app-fast'"),
            edge(2, &[], "extra == 'group-3-app-dev' and extra != 'extra-3-app-fast'"),
        ];
        assert_eq!(reached(&graph, &["dev"], &[], Target::LinuxAmd64), [2, 3]);
        assert_eq!(reached(&graph, &["main", "dev"], &["fast"], Target::LinuxAmd64), [0, 1, 3]);
    }

    /// What requires what, as `app>a[x] a>b`.
    fn required(graph: &Graph, groups: &[&str], extras: &[&str]) -> String {
        let names = |names: &[&str]| names.iter().map(|name| Name::new(name)).collect::<BTreeSet<Name>>();
        let (groups, extras) = (names(groups), names(extras));
        let asked = Asked { own: groups.contains(&Name::new("main")), groups: &groups, extras: &extras };
        let environment = Environment::cpython(&Version::from_str("3.13.5").unwrap(), Target::LinuxAmd64.platform());
        let requires = graph.requires(&asked, &environment);
        let edges = requires.edges().map(|(from, to, extras)| {
            let extras: String = extras.iter().map(|extra| format!("[{extra}]")).collect();
            format!("{}>{to}{extras}", from.map_or("app", Name::as_str))
        });
        edges.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_requires_what_is_what_was_followed() {
        assert_eq!(required(&graph(), &["main"], &[]), "app>a[x] a>b", "c is required on Windows alone");
        assert_eq!(required(&graph(), &["main"], &["fast"]), "app>a[x] app>d a>b d>b", "e is not installed, its b is");
        assert_eq!(required(&graph(), &["dev"], &[]), "app>d d>b");
    }

    #[test]
    fn a_conflicting_extra_leads_to_its_version() {
        let mut graph = graph();
        graph.nodes[3].edges =
            vec![edge(1, &[], "extra == 'extra-3-app-fast'"), edge(2, &[], "extra != 'extra-3-app-fast'")];
        assert_eq!(required(&graph, &["main"], &["fast"]), "app>a[x] app>d a>b d>b");
        assert_eq!(required(&graph, &["dev"], &[]), "app>d d>c");
    }
}
