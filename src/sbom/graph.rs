//! Which distribution requires which: `Requires-Dist` of METADATA, with markers for the target (PEP 508).
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_packaging::Version;
use permafreeze_packaging::environment::Environment;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::requirement::Requirement;
use permafreeze_packaging::target::{DEFAULT_GLIBC, Target};

use permafreeze_packaging::metadata::Metadata;

/// A distribution to the graph.
struct Node {
    requirements: Vec<Requirement>,
    /// Extras that are asked for.
    extras: BTreeSet<Name>,
}

/// What requires what among the distributions that are installed.
pub struct Graph {
    nodes: BTreeMap<Name, Node>,
    environment: Environment,
}

impl Graph {
    /// Makes the graph of what is installed. `application` is asked for with all its extras, since what is installed
    /// is what was wanted of them; every other distribution with those that a requirement names.
    pub fn new<'a>(
        metadata: impl IntoIterator<Item = (&'a Name, &'a Metadata)>,
        application: Option<&Name>,
        python: &str,
        target: Target,
    ) -> Graph {
        let python: Version = python.parse().unwrap_or_else(|_| Version::new([3]));
        // Markers do not look at the version of the system.
        let environment = Environment::cpython(&python, target.platform(DEFAULT_GLIBC));
        let mut graph = Graph { nodes: BTreeMap::new(), environment };
        for (name, metadata) in metadata {
            let requirements = metadata.all("Requires-Dist").filter_map(|text| text.parse().ok()).collect();
            let all = metadata.all("Provides-Extra").map(Name::new).filter(|_| Some(name) == application);
            graph.nodes.insert(name.clone(), Node { requirements, extras: all.collect() });
        }
        while graph.ask_for_extras() {}
        graph
    }

    /// Hands extras on once; returns whether any was new.
    fn ask_for_extras(&mut self) -> bool {
        let asked: Vec<(Name, BTreeSet<Name>)> = self
            .nodes
            .values()
            .flat_map(|node| {
                self.active(node).map(|requirement| (requirement.name.clone(), requirement.extras.clone()))
            })
            .collect();
        let mut new = false;
        for (name, extras) in asked {
            if let Some(node) = self.nodes.get_mut(&name) {
                let before = node.extras.len();
                node.extras.extend(extras);
                new |= node.extras.len() > before;
            }
        }
        new
    }

    fn active<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Requirement> {
        node.requirements.iter().filter(|requirement| requirement.marker.holds(&self.environment, &node.extras))
    }

    /// Returns what `name` requires of what is installed, sorted, without itself.
    pub fn required_by(&self, name: &Name) -> BTreeSet<&Name> {
        let Some(node) = self.nodes.get(name) else { return BTreeSet::new() };
        let required = self.active(node).filter_map(|requirement| self.nodes.get_key_value(&requirement.name));
        required.map(|(name, _)| name).filter(|required| *required != name).collect()
    }

    /// Returns what the executable itself requires: `first`, and of what that does not lead to, whatever no other
    /// leads to; so that everything is reached.
    pub fn roots(&self, first: Option<&Name>) -> BTreeSet<&Name> {
        let mut roots: BTreeSet<&Name> =
            first.and_then(|name| self.nodes.get_key_value(name)).map(|(name, _)| name).into_iter().collect();
        let mut reached = self.reached(&roots);
        let required: BTreeSet<&Name> = self.nodes.keys().flat_map(|name| self.required_by(name)).collect();
        // Those that nobody requires first; then one of each circle that is left.
        let tops = self.nodes.keys().filter(|name| !required.contains(name));
        for name in tops.chain(self.nodes.keys()) {
            if !reached.contains(name) {
                roots.insert(name);
                reached.extend(self.reached(&BTreeSet::from([name])));
            }
        }
        roots
    }

    fn reached<'a>(&'a self, from: &BTreeSet<&'a Name>) -> BTreeSet<&'a Name> {
        let mut reached = from.clone();
        let mut open: Vec<&Name> = from.iter().copied().collect();
        while let Some(name) = open.pop() {
            open.extend(self.required_by(name).into_iter().filter(|next| reached.insert(next)));
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(distributions: &[(&str, &str)], application: Option<&str>, target: Target) -> (Vec<String>, Vec<String>) {
        let all: BTreeMap<Name, Metadata> =
            distributions.iter().map(|(name, text)| (Name::new(name), Metadata::parse(text))).collect();
        let application = application.map(Name::new);
        let graph = Graph::new(&all, application.as_ref(), "3.13.5", target);
        let edges =
            all.keys().flat_map(|from| graph.required_by(from).into_iter().map(move |to| format!("{from}>{to}")));
        (edges.collect(), graph.roots(application.as_ref()).into_iter().map(ToString::to_string).collect())
    }

    #[test]
    fn markers_are_the_targets() {
        let all = [
            ("app", "Requires-Dist: a ; sys_platform == 'linux'\nRequires-Dist: b ; platform_machine == 'aarch64'\n"),
            ("a", ""),
            ("b", ""),
        ];
        assert_eq!(
            graph(&all, Some("app"), Target::LinuxAmd64),
            (vec!["app>a".into()], vec!["app".into(), "b".into()])
        );
        assert_eq!(graph(&all, Some("app"), Target::LinuxArm64).0, ["app>a", "app>b"]);
        assert_eq!(graph(&all, Some("app"), Target::WindowsAmd64).0, Vec::<String>::new());
    }

    #[test]
    fn extras_are_handed_on() {
        let all = [
            ("app", "Requires-Dist: A[x]>=1\n"),
            ("a", "Requires-Dist: b[y]; extra == 'x'\nRequires-Dist: d; extra == 'z'\n"),
            ("b", "Requires-Dist: c; extra == 'Y'\nRequires-Dist: not-installed\n"),
            ("c", "Requires-Dist: app\n"),
            ("d", ""),
        ];
        let (edges, roots) = graph(&all, Some("app"), Target::LinuxAmd64);
        assert_eq!(edges, ["a>b", "app>a", "b>c", "c>app"]);
        assert_eq!(roots, ["app", "d"]);
    }

    #[test]
    fn everything_is_reached_without_an_application_too() {
        let circle = [("a", "Requires-Dist: b\n"), ("b", "Requires-Dist: a\n"), ("c", ""), ("d", "Requires-Dist: c\n")];
        assert_eq!(graph(&circle, None, Target::LinuxAmd64).1, ["a", "d"]);
    }
}
