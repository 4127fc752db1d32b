//! `permafreeze explain`: why a module is in an executable, or what would bring it.
use std::fmt::Write as _;

use clap::Args;
use permafreeze_base::nearest::nearest;
use permafreeze_executable::owner::Owner;
use permafreeze_executable::reasons::{FILE, Reasons, Step};
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::plan::Plan;
use serde::Serialize;

use crate::artifact::choose;
use crate::built::{self, Built};
use crate::failure::{Failure, Kind, Outcome};
use crate::options::{GlobalOptions, OutDir};
use crate::say;

/// Arguments of `permafreeze explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The module's dotted name
    #[arg(value_name = "MODULE")]
    module: String,
    /// Of what: an executable (`agent-runner-linux-amd64`) or a target (`linux-amd64`); default: the first of the plan
    /// that was built
    #[arg(value_name = "ARTIFACT")]
    artifact: Option<String>,
    #[command(flatten)]
    out_dir: OutDir,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

/// What is known of a module.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Explanation<'r> {
    module: &'r str,
    artifact: String,
    /// Whether it is in the executable.
    linked: bool,
    /// The way to it, the module first.
    chain: Vec<Link<'r>>,
    /// Whose it is, if it is not in.
    owners: Vec<&'r Owner>,
    /// Who imports it, if nobody has it.
    importers: Vec<&'r str>,
    /// Whether `exclude-modules` leaves it out.
    excluded: bool,
    /// How many data files of it, a package, are not in.
    left_out_data: u32,
}

/// One module of a way.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Link<'r> {
    name: &'r str,
    #[serde(flatten)]
    step: &'r Step,
}

/// Runs `permafreeze explain`.
///
/// # Errors
/// An unknown artifact (kind `Usage`); one that was not built, a module that nobody knows (kind `Input`).
pub fn run(args: &ExplainArgs, options: &GlobalOptions) -> Outcome {
    let (plan, _) = built::read_plan(options)?;
    let chosen = choose(&plan, args.artifact.as_slice())?;
    let built = first_built(&plan, chosen, &args.out_dir.of(options))?;
    let reasons: Reasons = built.read(FILE)?;
    let known = explain(&reasons, &args.module, &built.artifact)?;
    if args.json {
        return say::json(&known);
    }
    say::text(&text(&known))
}

fn first_built(plan: &Plan, chosen: Vec<Artifact>, dist: &camino::Utf8Path) -> Result<Built, Failure> {
    let mut first = None;
    for artifact in chosen {
        match Built::find(dist, plan, artifact) {
            Ok(built) => return Ok(built),
            Err(failure) => drop(first.get_or_insert(failure)),
        }
    }
    Err(first.unwrap_or_else(|| Failure::new(Kind::Input, "the plan has no executable")))
}

fn explain<'r>(reasons: &'r Reasons, module: &'r str, artifact: &Artifact) -> Result<Explanation<'r>, Failure> {
    let chain: Vec<Link<'_>> = reasons.chain(module).into_iter().map(|(name, step)| Link { name, step }).collect();
    let known = Explanation {
        module,
        artifact: artifact.to_string(),
        linked: !chain.is_empty(),
        owners: reasons.owners_of_absent(module).collect(),
        importers: reasons.missing.get(module).into_iter().flatten().map(String::as_str).collect(),
        excluded: reasons.excluded.contains(module),
        left_out_data: reasons.left_out.get(module).copied().unwrap_or_default(),
        chain,
    };
    if known.linked || known.excluded || !known.owners.is_empty() || !known.importers.is_empty() {
        return Ok(known);
    }
    let all = reasons.modules.keys().chain(reasons.absent.values().flatten()).map(String::as_str);
    let hint = match nearest(module, all) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            "if a distribution has it that is not installed: add it (`poetry add`, `uv add`), and run `permafreeze lock`".to_owned()
        }
    };
    Err(Failure::new(Kind::Input, format!("no installed distribution has a module `{module}`, and nothing imports it"))
        .hint(hint))
}

/// Returns what is known as lines of text.
fn text(known: &Explanation<'_>) -> String {
    let Explanation { module, artifact, .. } = known;
    if known.linked {
        return chain(known);
    }
    let mut text = format!("`{module}` is not in `{artifact}`\n");
    let mut line = |sentence: String| writeln!(text, "  {sentence}").expect("a string takes text");
    if known.excluded {
        line("it is imported, but `exclude-modules` leaves it out".to_owned());
    } else if known.owners.is_empty() {
        line(format!("imported by {}, but no installed distribution has it", listed(&known.importers)));
        line(
            "if the program needs it: add the distribution that has it (`poetry add`, `uv add`), and run `permafreeze lock`".to_owned(),
        );
    } else {
        let owners: Vec<String> = known.owners.iter().map(ToString::to_string).collect();
        let owners: Vec<&str> = owners.iter().map(String::as_str).collect();
        line(format!("{} has it, but nothing that is linked names it", listed(&owners)));
        line(format!("to link it: `hidden-imports = [\"{module}\"]` in [tool.permafreeze]"));
    }
    text
}

fn chain(known: &Explanation<'_>) -> String {
    let mut text = format!("`{}` is in `{}`:\n", known.module, known.artifact);
    for Link { name, step } in &known.chain {
        let how = match (&step.by, &step.why) {
            (None, Some(why)) => why.clone(),
            (None, None) => "part of every executable".to_owned(),
            (Some(by), None) => format!("imported by `{by}`"),
            (Some(by), Some(why)) => format!("{why}, from `{by}`"),
        };
        writeln!(text, "  {name}: {how}").expect("a string takes text");
    }
    if known.left_out_data > 0 {
        let (count, module) = (known.left_out_data, known.module);
        writeln!(text, "data files of it that are not in: {count}; to add them: `collect-data = [\"{module}\"]`")
            .expect("a string takes text");
    }
    text
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons() -> Reasons {
        let text = str::to_owned;
        let step = |by: Option<&str>, why: Option<&str>| Step { by: by.map(text), why: why.map(text) };
        Reasons {
            modules: [
                (text("source:app:main.py"), step(None, Some("the entry point"))),
                (text("app"), step(Some("source:app:main.py"), None)),
                (text("plug"), step(Some("app"), Some("an entry point of `plug` in the group `app`"))),
            ]
            .into(),
            missing: [(text("gone"), [text("app"), text("plug")].into())].into(),
            excluded: [text("out")].into(),
            left_out: [(text("app"), 3)].into(),
            absent: [(Owner::Wheel(text("b.whl")), [text("b.c")].into())].into(),
            ..Reasons::default()
        }
    }

    fn said(module: &str) -> String {
        let artifact = "app-linux-amd64".parse().expect("an artifact");
        match explain(&reasons(), module, &artifact) {
            Ok(known) => text(&known),
            Err(failure) => failure.render(),
        }
    }

    #[test]
    fn a_linked_module_has_its_chain() {
        let expected = "`plug` is in `app-linux-amd64`:\n  plug: an entry point of `plug` in the group `app`, from `app`\n  \
                        app: imported by `source:app:main.py`\n  source:app:main.py: the entry point\n";
        assert_eq!(said("plug"), expected);
    }

    #[test]
    fn a_package_has_the_data_that_are_left_out() {
        assert!(
            said("app").ends_with("data files of it that are not in: 3; to add them: `collect-data = [\"app\"]`\n")
        );
    }

    #[test]
    fn an_absent_module_has_its_distribution_and_the_option() {
        let expected = "`b.c` is not in `app-linux-amd64`\n  `b.whl` has it, but nothing that is linked names it\n  to \
                        link it: `hidden-imports = [\"b.c\"]` in [tool.permafreeze]\n";
        assert_eq!(said("b.c"), expected);
    }

    #[test]
    fn a_missing_one_has_its_importers_and_an_excluded_one_its_option() {
        assert!(said("gone").contains("imported by `app`, `plug`, but no installed distribution has it"));
        assert!(said("out").contains("`exclude-modules` leaves it out"));
    }

    #[test]
    fn an_unknown_one_is_refused_with_the_nearest() {
        let expected = "error: no installed distribution has a module `pluk`, and nothing imports it\nhint: did you mean \
                        `plug`?";
        assert_eq!(said("pluk").trim_end(), expected);
    }
}
