//! Which executables a command is about: names of the command line against the plan.
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::Plan;

use crate::failure::{Failure, Kind};

/// Chooses executables of the plan: every one for every target, or those that are named.
///
/// # Errors
/// Kind `Usage` if a name is none of the plan's.
pub fn choose(plan: &Plan, names: &[String]) -> Result<Vec<(String, Target)>, Failure> {
    let all: Vec<(String, Target)> = plan
        .executables
        .keys()
        .flat_map(|name| plan.targets.keys().map(move |target| (name.clone(), *target)))
        .collect();
    if names.is_empty() {
        return Ok(all);
    }
    let mut chosen = Vec::new();
    for given in names {
        let matching: Vec<_> = all
            .iter()
            .filter(|(name, target)| target.name() == given || format!("{name}-{target}") == *given)
            .cloned()
            .collect();
        if matching.is_empty() {
            return Err(not_planned(given, &all));
        }
        chosen.extend(matching);
    }
    chosen.sort();
    chosen.dedup();
    Ok(chosen)
}

fn not_planned(given: &str, all: &[(String, Target)]) -> Failure {
    let known: Vec<String> = all.iter().map(|(name, target)| format!("`{name}-{target}`")).collect();
    let text = match given.parse::<Target>() {
        Ok(_) => format!("the plan has no target `{given}`: it has {}", known.join(", ")),
        Err(error) if !given.contains(['/', '.']) && known.is_empty() => error.to_string(),
        Err(error) => format!("{error}, or an executable of the plan: {}", known.join(", ")),
    };
    Failure::new(Kind::Usage, text)
        .hint("add the target to `targets` in [tool.permafreeze] of pyproject.toml and run `permafreeze lock`")
}
