//! `permafreeze tree`: the packages of the plan for a target, and which requires which, as the lock file says it.
use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use permafreeze_base::nearest::nearest;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::{Package as Planned, Plan};
use permafreeze_resolve::requires::Requires;
use permafreeze_sbom::graph::Graph;
use serde::Serialize;

use self::draw::Drawing;
use crate::artifact::choose;
use crate::commands::lock;
use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::{files, say};

mod draw;

/// The application's source tree, relative to the plan.
const APPLICATION: &str = ".";

/// Arguments of `permafreeze tree`.
#[derive(Debug, Args)]
pub struct TreeArgs {
    /// Of what: a target (`linux-amd64`) or an executable (`agent-runner-linux-amd64`); default: this machine's target, if
    /// the plan has it, else its first one
    #[arg(value_name = "EXECUTABLE")]
    executable: Option<String>,
    /// What requires this package, up to the application
    #[arg(short, long, value_name = "PACKAGE")]
    invert: Option<String>,
    /// How many levels below the first are shown
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// Print all packages as JSON, each with what it requires
    #[arg(long, conflicts_with_all = ["invert", "depth"])]
    json: bool,
}

/// A package of the plan, or the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: String,
    /// `None`: plain scripts.
    version: Option<String>,
    /// The folder of a source tree, relative to the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The commit that it is the tree of, as `URL#COMMIT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    git: Option<String>,
    requires: Vec<Requirement>,
}

/// A package that another requires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Requirement {
    name: Name,
    /// Those that are asked for.
    extras: BTreeSet<Name>,
}

/// The packages of a target.
#[derive(Debug, Serialize)]
struct Tree {
    target: Target,
    /// The application, and packages that nothing is known to require.
    roots: Vec<Name>,
    packages: BTreeMap<Name, Package>,
    #[serde(skip)]
    graph: Graph,
}

/// Runs `permafreeze tree`.
///
/// # Errors
/// An unknown executable (kind `Usage`); a project that is not in order, a package that is not in the plan (kind `Input`).
pub fn run(args: &TreeArgs, options: &GlobalOptions) -> Outcome {
    let (plan, stale) = lock::state(options)?;
    if let Some(stale) = stale.filter(|_| !options.quiet) {
        say::warning(&format!("{}; the tree is that of the lock file", stale.error));
    }
    let target = target(&plan, args.executable.as_slice())?;
    let requires = lock::what_requires_what(plan.python, target, options)?;
    if requires.of.is_none() && !options.quiet {
        say::warning(&format!("`{}` does not say what packages require: they stand beside each other", plan.lock()));
    }
    let tree = Tree::of(&plan, target, &requires);
    if args.json {
        return say::json(&tree);
    }
    let (graph, roots) = match &args.invert {
        None => (&tree.graph, &tree.roots),
        Some(package) => (&tree.graph.inverted(), &vec![tree.find(package)?]),
    };
    let (depth, with_extras) = (args.depth.unwrap_or(usize::MAX), args.invert.is_none());
    say::text(&Drawing { packages: &tree.packages, graph, target, depth, with_extras }.text(roots))
}

/// Returns the target of what is named: of several that of this machine, or the first.
fn target(plan: &Plan, named: &[String]) -> Result<Target, Failure> {
    let targets: Vec<Target> = choose(plan, named)?.into_iter().map(|artifact| artifact.target).collect();
    let own = targets.iter().find(|target| target.nix_system() == files::host_system());
    own.or(targets.first()).copied().ok_or_else(|| Failure::new(Kind::Input, "the plan has no target"))
}

impl Tree {
    fn of(plan: &Plan, target: Target, requires: &Requires) -> Tree {
        let planned = plan.targets.get(&target).into_iter().flat_map(|target| &target.packages);
        let mut packages: BTreeMap<Name, Package> =
            planned.filter_map(|planned| package(plan, planned)).map(|found| (Name::new(&found.name), found)).collect();
        let is_application = |(_, package): &(&Name, &Package)| package.path.as_deref() == Some(APPLICATION);
        let application = packages.iter().find(is_application).map(|(name, _)| name.clone());
        for (from, to, extras) in requires.edges() {
            if packages.contains_key(to)
                && let Some(package) = from.or(application.as_ref()).and_then(|from| packages.get_mut(from))
            {
                package.requires.push(Requirement { name: to.clone(), extras: extras.clone() });
            }
        }
        let required = |package: &Package| package.requires.iter().map(|required| required.name.clone()).collect();
        let graph = Graph::new(packages.iter().map(|(name, package)| (name.clone(), required(package))).collect());
        let mut roots: Vec<Name> = graph.roots(application.as_ref()).into_iter().cloned().collect();
        roots.sort_by_key(|name| Some(name) != application.as_ref());
        Tree { target, roots, packages, graph }
    }

    /// Finds a package by its name.
    fn find(&self, given: &str) -> Result<Name, Failure> {
        let name = Name::new(given);
        if self.packages.contains_key(&name) {
            return Ok(name);
        }
        let hint = match nearest(name.as_str(), self.packages.keys().map(Name::as_str)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`permafreeze tree` shows all packages".to_owned(),
        };
        Err(Failure::new(Kind::Input, format!("the plan has no package `{given}` for {}", self.target)).hint(hint))
    }
}

/// Returns a package of the plan; `None`: it is not there, which a plan that was checked is not.
fn package(plan: &Plan, planned: &Planned) -> Option<Package> {
    let requires = Vec::new();
    Some(match planned {
        Planned::Wheel { file } | Planned::Sdist { sdist: file } => {
            let pinned = plan.files.get(file)?;
            let git = pinned.git.as_ref().map(|git| format!("{}#{}", git.url, git.commit));
            Package { name: pinned.package.clone(), version: Some(pinned.version.clone()), path: None, git, requires }
        }
        Planned::Source { source } => {
            let distribution = plan.sources.get(source)?.distribution.as_ref();
            let name = distribution.map_or(&plan.project, |distribution| &distribution.name).clone();
            let version = distribution.map(|distribution| distribution.version.clone());
            Package { name, version, path: Some(source.clone()), git: None, requires }
        }
    })
}
