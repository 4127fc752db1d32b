//! Which artifacts a command is about: names of the command line against the plan.
use permafreeze_base::nearest::nearest;
use permafreeze_packaging::target::Target;
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::plan::Plan;

use crate::failure::{Failure, Kind};

/// Chooses artifacts of the plan: every executable for every target, or those that are named: by their name and target,
/// by a target (all its executables), or by an executable's name (all its targets).
///
/// # Errors
/// Kind `Usage` if a name is none of the plan's.
pub fn choose(plan: &Plan, names: &[String]) -> Result<Vec<Artifact>, Failure> {
    let all: Vec<Artifact> = plan.artifacts().collect();
    if names.is_empty() {
        return Ok(all);
    }
    let mut chosen = Vec::new();
    for given in names {
        let by_target = |artifact: &Artifact| artifact.target.name() == given || artifact.to_string() == *given;
        let by_name = |artifact: &Artifact| artifact.name == *given;
        // A target's name is the target, even if an executable has the same.
        let found = [&by_target as &dyn Fn(&Artifact) -> bool, &by_name]
            .map(|is_named| all.iter().filter(|artifact| is_named(artifact)).cloned().collect::<Vec<_>>());
        let Some(named) = found.into_iter().find(|found| !found.is_empty()) else {
            return Err(not_planned(given, &all));
        };
        chosen.extend(named);
    }
    chosen.sort();
    chosen.dedup();
    Ok(chosen)
}

/// Returns what adds a target to a plan.
pub fn how_to_add(target: &str) -> String {
    format!("`permafreeze add-target {target}` adds it to pyproject.toml; then run `permafreeze lock`")
}

/// A target that exists can be added to the plan; any other name is a mistyped one.
fn not_planned(given: &str, all: &[Artifact]) -> Failure {
    if given.parse::<Target>().is_ok() {
        return Failure::new(Kind::Usage, format!("the plan has no target `{given}`: it has {}", listed(all)))
            .hint(how_to_add(given));
    }
    let known: Vec<String> =
        all.iter().flat_map(|known| [known.to_string(), known.target.to_string(), known.name.clone()]).collect();
    let hint = match nearest(given, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("the plan has {}", listed(all)),
    };
    Failure::new(Kind::Usage, format!("no artifact `{given}`")).hint(hint)
}

fn listed(artifacts: &[Artifact]) -> String {
    artifacts.iter().map(|artifact| format!("`{artifact}`")).collect::<Vec<_>>().join(", ")
}
