//! Which distribution requires which: given, or read from `Requires-Dist` of METADATA, with markers for the target (PEP 508).
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_packaging::Version;
use permafreeze_packaging::environment::Environment;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::requirement::Requirement;
use permafreeze_packaging::target::Target;

use permafreeze_packaging::metadata::Metadata;

/// What requires what among the distributions that are installed.
#[derive(Debug)]
pub struct Graph {
    required: BTreeMap<Name, BTreeSet<Name>>,
}

impl Graph {
    /// Makes the graph of what is installed, each with what it requires. What is not installed, and itself, is left out.
    pub fn new(mut required: BTreeMap<Name, BTreeSet<Name>>) -> Graph {
        let installed: BTreeSet<Name> = required.keys().cloned().collect();
        for (name, required) in &mut required {
            required.retain(|other| other != name && installed.contains(other));
        }
        Graph { required }
    }

    /// Makes the graph of what is installed from its METADATA. `application` is asked for with all its extras, since what
    /// is installed is what was wanted of them; every other distribution with those that a requirement names.
    pub fn of_metadata<'a>(
        metadata: impl IntoIterator<Item = (&'a Name, &'a Metadata)>,
        application: Option<&Name>,
        python: &str,
        target: Target,
    ) -> Graph {
        let python: Version = python.parse().unwrap_or_else(|_| Version::new([3]));
        // Markers do not look at the version of the system.
        let environment = Environment::cpython(&python, target.platform());
        let mut installed = Installed { nodes: BTreeMap::new(), environment };
        for (name, metadata) in metadata {
            let requirements = metadata.all("Requires-Dist").filter_map(|text| text.parse().ok()).collect();
            let all = metadata.all("Provides-Extra").map(Name::new).filter(|_| Some(name) == application);
            installed.nodes.insert(name.clone(), Node { requirements, extras: all.collect() });
        }
        while installed.ask_for_extras() {}
        let required = |node| installed.active(node).map(|requirement| requirement.name.clone()).collect();
        Graph::new(installed.nodes.iter().map(|(name, node)| (name.clone(), required(node))).collect())
    }

    /// Returns the graph of what is required by what.
    pub fn inverted(&self) -> Graph {
        let mut by: BTreeMap<Name, BTreeSet<Name>> =
            self.required.keys().map(|name| (name.clone(), BTreeSet::new())).collect();
        for (name, required) in &self.required {
            for other in required {
                by.entry(other.clone()).or_default().insert(name.clone());
            }
        }
        Graph { required: by }
    }

    /// Returns what `name` requires of what is installed, sorted, without itself.
    pub fn required_by(&self, name: &Name) -> BTreeSet<&Name> {
        self.required.get(name).into_iter().flatten().collect()
    }

    /// Returns what the executable itself requires: `first`, and of what that does not lead to, whatever no other
    /// leads to; so that everything is reached.
    pub fn roots(&self, first: Option<&Name>) -> BTreeSet<&Name> {
        let mut roots: BTreeSet<&Name> =
            first.and_then(|name| self.required.get_key_value(name)).map(|(name, _)| name).into_iter().collect();
        let mut reached = self.reached(&roots);
        let required: BTreeSet<&Name> = self.required.keys().flat_map(|name| self.required_by(name)).collect();
        // Those that nobody requires first; then one of each circle that is left.
        let tops = self.required.keys().filter(|name| !required.contains(name));
        for name in tops.chain(self.required.keys()) {
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

/// A distribution that is installed, as its METADATA has it.
struct Node {
    requirements: Vec<Requirement>,
    /// Extras that are asked for.
    extras: BTreeSet<Name>,
}

/// The distributions that are installed, and where.
struct Installed {
    nodes: BTreeMap<Name, Node>,
    environment: Environment,
}

impl Installed {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(distributions: &[(&str, &str)], application: Option<&str>, target: Target) -> (Vec<String>, Vec<String>) {
        let all: BTreeMap<Name, Metadata> =
            distributions.iter().map(|(name, text)| (Name::new(name), Metadata::parse(text))).collect();
        let application = application.map(Name::new);
        let graph = Graph::of_metadata(&all, application.as_ref(), "3.13.5", target);
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

    #[test]
    fn what_is_not_installed_is_left_out_and_the_inverse_is_exact() {
        let names = |names: &[&str]| names.iter().map(|name| Name::new(name)).collect::<BTreeSet<Name>>();
        let all = [("a", names(&["a", "b", "gone"])), ("b", names(&[])), ("c", names(&["b"]))];
        let graph = Graph::new(all.map(|(name, required)| (Name::new(name), required)).into());
        assert_eq!(graph.required_by(&Name::new("a")), names(&["b"]).iter().collect());
        let inverted = graph.inverted();
        assert_eq!(inverted.required_by(&Name::new("b")), names(&["a", "c"]).iter().collect());
        assert!(inverted.required_by(&Name::new("a")).is_empty());
    }
}
