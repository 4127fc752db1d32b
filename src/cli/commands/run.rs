//! `permafreeze run`: the application, not frozen, in the place of this process.
use std::ffi::OsString;
use std::process::Command;

use clap::Args;
use permafreeze_packaging::target::Target;
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::plan::Plan;
use permafreeze_process::replace;

use crate::artifact::choose;
use crate::commands::unfrozen::Unfrozen;
use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;

/// Arguments of `permafreeze run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// What to run (`agent-runner`); default: the only executable of the plan
    #[arg(value_name = "EXECUTABLE")]
    executable: Option<String>,
    /// What the application gets
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

/// Runs `permafreeze run`. Returns only if the application cannot be started.
///
/// # Errors
/// An unknown executable, or several (kind `Usage`); an executable of another system; as [`Unfrozen::find`].
pub fn run(args: &RunArgs, options: &GlobalOptions) -> Outcome {
    let unfrozen = Unfrozen::find(options)?;
    let artifact = choose_one(&unfrozen.plan, unfrozen.target, args.executable.as_deref())?;
    let python = unfrozen.python();
    let mut command = Command::new(&python);
    command.args(unfrozen.arguments(&artifact.name)).args(&args.arguments);
    let error = replace(&mut command);
    Err(Failure::new(Kind::Outside, format!("cannot start `{python}`: {error}")))
}

/// Chooses the executable that is named, or the only one, of this machine's target.
fn choose_one(plan: &Plan, target: Target, named: Option<&str>) -> Result<Artifact, Failure> {
    let chosen = choose(plan, &named.map(str::to_owned).into_iter().collect::<Vec<_>>())?;
    let own: Vec<&Artifact> = chosen.iter().filter(|artifact| artifact.target == target).collect();
    match own.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let text = format!("`{}` does not run on this machine, a `{target}`", named.unwrap_or_default());
            Err(Failure::new(Kind::Usage, text).hint("name an executable without a target"))
        }
        [first, ..] => {
            let names: Vec<String> = own.iter().map(|artifact| format!("`{}`", artifact.name)).collect();
            let text = format!("the plan has several executables: {}", names.join(", "));
            Err(Failure::new(Kind::Usage, text).hint(format!("name one: `permafreeze run {}`", first.name)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(names: &[&str]) -> Plan {
        let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/agent-runner/permafreeze.lock");
        let text = std::fs::read_to_string(example).expect("the example's plan");
        let mut plan: Plan = serde_json::from_str(&text).expect("a plan");
        let one = plan.executables["agent-runner"].clone();
        plan.executables = names.iter().map(|name| ((*name).to_owned(), one.clone())).collect();
        plan
    }

    fn chosen(names: &[&str], named: Option<&str>) -> Result<String, Failure> {
        choose_one(&plan(names), Target::LinuxAmd64, named).map(|artifact| artifact.to_string())
    }

    #[test]
    fn the_only_one_need_not_be_named() {
        assert_eq!(chosen(&["app"], None).expect("one"), "app-linux-amd64");
        assert_eq!(chosen(&["app", "other"], Some("other")).expect("one"), "other-linux-amd64");
        assert_eq!(chosen(&["app"], Some("app-linux-amd64")).expect("one"), "app-linux-amd64");
    }

    #[test]
    fn several_unknown_and_foreign_ones_are_refused() {
        let refused = |names: &[&str], named: Option<&str>, words: &str| {
            let failure = chosen(names, named).expect_err("it is refused");
            assert_eq!(failure.kind, Kind::Usage);
            assert!(failure.render().contains(words), "{}", failure.render());
        };
        refused(&["app", "other"], None, "several executables: `app`, `other`");
        refused(&["app"], Some("ap"), "did you mean `app`?");
        refused(&["app"], Some("app-windows-amd64"), "does not run on this machine, a `linux-amd64`");
    }
}
