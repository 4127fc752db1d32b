//! Packages and what requires what → lines, as `cargo tree` has them.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_packaging::name::Name;
use permafreeze_packaging::target::Target;
use permafreeze_sbom::graph::Graph;
use permafreeze_terminal::shown;

use super::{APPLICATION, Package};

/// What marks a package whose requirements stand further above.
const REPEATED: &str = " (*)";

/// What is drawn.
pub(super) struct Drawing<'a> {
    /// The packages by name.
    pub(super) packages: &'a BTreeMap<Name, Package>,
    /// What stands below what.
    pub(super) graph: &'a Graph,
    /// What the packages are for; it stands beside the application.
    pub(super) target: Target,
    /// How many levels below the first are drawn.
    pub(super) depth: usize,
    /// Whether a package has the extras that the one above asks for.
    pub(super) with_extras: bool,
}

impl Drawing<'_> {
    /// Returns the lines of these packages and of what stands below them. The packages below one that was drawn before are
    /// not drawn again.
    pub(super) fn text(&self, roots: &[Name]) -> String {
        let (mut text, mut drawn) = (String::new(), BTreeSet::new());
        for root in roots {
            self.draw((None, root), 0, "", &mut drawn, &mut text);
        }
        text
    }

    /// Appends a package and those below it; `above` begins the lines of what stands below.
    fn draw<'g>(
        &'g self,
        (parent, name): (Option<&Name>, &'g Name),
        level: usize,
        above: &str,
        drawn: &mut BTreeSet<&'g Name>,
        text: &mut String,
    ) {
        let below = self.graph.required_by(name);
        let is_whole = below.is_empty() || level >= self.depth;
        let is_repeated = !is_whole && !drawn.insert(name);
        text.push_str(&self.label(parent, name));
        text.push_str(if is_repeated { REPEATED } else { "" });
        text.push('\n');
        if is_whole || is_repeated {
            return;
        }
        let last = below.last().copied();
        for next in below {
            let (branch, trunk) = if Some(next) == last { ("└── ", "    ") } else { ("├── ", "│   ") };
            text.push_str(above);
            text.push_str(branch);
            self.draw((Some(name), next), level + 1, &format!("{above}{trunk}"), drawn, text);
        }
    }

    /// Returns a package in words: `name[extra] v1.0 (place)`.
    fn label(&self, parent: Option<&Name>, name: &Name) -> String {
        let Some(package) = self.packages.get(name) else { return shown(name.as_str()) };
        let mut label = package.name.clone();
        let parent = parent.filter(|_| self.with_extras).and_then(|parent| self.packages.get(parent));
        let required = parent.and_then(|parent| parent.requires.iter().find(|required| required.name == *name));
        let extras: Vec<&str> = required.iter().flat_map(|required| &required.extras).map(Name::as_str).collect();
        if !extras.is_empty() {
            label += &format!("[{}]", extras.join(","));
        }
        label.extend(package.version.iter().map(|version| format!(" v{version}")));
        let place = package.git.as_deref().or(package.path.as_deref());
        let place = place.map(|place| if place == APPLICATION { self.target.name() } else { place });
        label.extend(place.map(|place| format!(" ({place})")));
        shown(&label)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Requirement;
    use super::*;

    /// The packages of `a: b[x], c` lines.
    fn packages(lines: &[&str]) -> BTreeMap<Name, Package> {
        let requirement = |text: &str| {
            let (name, extra) = text.split_once('[').unwrap_or((text, ""));
            let extra = extra.trim_end_matches(']');
            let extras = (!extra.is_empty()).then(|| Name::new(extra)).into_iter().collect();
            Requirement { name: Name::new(name), extras }
        };
        let package = |line: &&str| {
            let (name, requires) = line.split_once(": ").unwrap_or((line, ""));
            let requires = requires.split(", ").filter(|text| !text.is_empty()).map(requirement).collect();
            let version = Some("1".to_owned());
            (Name::new(name), Package { name: name.to_owned(), version, path: None, git: None, requires })
        };
        lines.iter().map(package).collect()
    }

    fn graph(packages: &BTreeMap<Name, Package>) -> Graph {
        let required = |package: &Package| package.requires.iter().map(|required| required.name.clone()).collect();
        Graph::new(packages.iter().map(|(name, package)| (name.clone(), required(package))).collect())
    }

    fn drawn(packages: &BTreeMap<Name, Package>, root: &str, depth: usize) -> String {
        Drawing { packages, graph: &graph(packages), target: Target::LinuxArm64, depth, with_extras: true }
            .text(&[Name::new(root)])
    }

    #[test]
    fn what_is_required_stands_below_and_once() {
        let all = packages(&["app: b[x], c", "b: d", "c: b, e", "d", "e: app"]);
        let expected =
            "app v1\n├── b[x] v1\n│   └── d v1\n└── c v1\n    ├── b v1 (*)\n    └── e v1\n        └── app v1 (*)\n";
        assert_eq!(drawn(&all, "app", usize::MAX), expected);
    }

    #[test]
    fn a_level_that_is_not_drawn_repeats_nothing() {
        let all = packages(&["app: b, c", "b: c", "c: d", "d"]);
        assert_eq!(drawn(&all, "app", 0), "app v1\n");
        assert_eq!(drawn(&all, "app", 1), "app v1\n├── b v1\n└── c v1\n");
        assert_eq!(drawn(&all, "app", 2), "app v1\n├── b v1\n│   └── c v1\n└── c v1\n    └── d v1\n");
    }

    #[test]
    fn who_requires_a_package_stands_below_it_where_it_is_inverted() {
        let all = packages(&["app: b[x], c", "b", "c: b"]);
        let graph = graph(&all).inverted();
        let drawing =
            Drawing { packages: &all, graph: &graph, target: Target::LinuxArm64, depth: 9, with_extras: false };
        assert_eq!(drawing.text(&[Name::new("b")]), "b v1\n├── app v1\n└── c v1\n    └── app v1\n");
    }

    #[test]
    fn places_are_named_and_no_name_commands_the_terminal() {
        let mut all = packages(&["app: b, c", "b", "c"]);
        all.get_mut(&Name::new("app")).expect("app").path = Some(APPLICATION.to_owned());
        all.get_mut(&Name::new("b")).expect("b").path = Some("libs/b".to_owned());
        all.get_mut(&Name::new("c")).expect("c").git = Some("https://host/c#\u{1b}[2J\nhint: run it".to_owned());
        let expected = "app v1 (linux-arm64)\n├── b v1 (libs/b)\n└── c v1 (https://host/c#\\u{1b}[2J\\nhint: run it)\n";
        assert_eq!(drawn(&all, "app", 9), expected);
    }
}
