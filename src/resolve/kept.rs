//! What a new plan keeps of the old one: pinned outputs and accepted modules, which no file of the project says.
use std::collections::BTreeMap;

use permafreeze_packaging::target::Target;
use permafreeze_plan::difference::first_difference;
use permafreeze_plan::plan::{Package, Plan};
use serde_json::{Value, json};

/// A pin or an accepted list that the new plan does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The executable and target, as `agent-runner-linux-amd64`.
    pub output: String,
    /// Why, as a clause: what changed, or that there is no such executable.
    pub why: String,
}

/// Moves the old plan's pins and accepted modules into the new one, where they still hold: a pin as long as nothing
/// that decides its executable has changed, accepted modules as long as the executable is planned. Returns the pins
/// that are dropped.
pub fn keep(new: &mut Plan, old: &Plan) -> Vec<Dropped> {
    let planned: BTreeMap<String, (String, Target)> = executables(new).collect();
    new.accepted = old.accepted.clone();
    new.accepted.retain(|output, _| planned.contains_key(output));
    let mut dropped = Vec::new();
    for (output, pin) in &old.outputs {
        let why = match planned.get(output) {
            None => Some("the plan has no such executable".to_owned()),
            Some((name, target)) => changed(old, new, name, *target),
        };
        match why {
            None => drop(new.outputs.insert(output.clone(), pin.clone())),
            Some(why) => dropped.push(Dropped { output: output.clone(), why }),
        }
    }
    dropped
}

/// Returns every executable of a plan: its output's name, its own name, its target.
pub fn executables(plan: &Plan) -> impl Iterator<Item = (String, (String, Target))> {
    let pairs = plan.executables.keys().flat_map(|name| plan.targets.keys().map(move |target| (name, *target)));
    pairs.map(|(name, target)| (format!("{name}-{target}"), (name.clone(), target)))
}

/// Says what changed of all that decides an executable; `None` if nothing did.
fn changed(old: &Plan, new: &Plan, name: &str, target: Target) -> Option<String> {
    let found = first_difference(&decisive(old, name, target), &decisive(new, name, target))?;
    Some(format!("`{}` was {}, it is now {}", found.place, found.old, found.new))
}

/// The parts of the plan that Nix makes the executable of (`nix/project.nix`).
fn decisive(plan: &Plan, name: &str, target: Target) -> Value {
    let Some(target_plan) = plan.targets.get(&target) else { return Value::Null };
    let mut files = BTreeMap::new();
    let mut sources = BTreeMap::new();
    for package in &target_plan.packages {
        match package {
            Package::Wheel { file } => drop(files.insert(file, hash(plan, file))),
            Package::Source { source } => drop(sources.insert(source, plan.sources.get(source))),
        }
    }
    files.extend(target_plan.freezer.values().map(|file| (file, hash(plan, file))));
    json!({
        "executables": { name: plan.executables.get(name) },
        "files": files,
        "packages": target_plan.packages,
        "freezer": target_plan.freezer,
        "project": plan.project,
        "python": plan.python,
        "sources": sources,
    })
}

fn hash<'a>(plan: &'a Plan, file: &str) -> Option<&'a str> {
    plan.files.get(file).map(|file| file.sha256.as_str())
}

#[cfg(test)]
mod tests {
    use permafreeze_plan::plan::{Executable, Output, PinnedFile, Policy, TargetPlan, VERSION};

    use super::*;

    fn file(sha256: &str) -> PinnedFile {
        PinnedFile {
            package: "six".to_owned(),
            version: "1".to_owned(),
            sha256: sha256.to_owned(),
            size: None,
            url: None,
            index: None,
        }
    }

    fn plan(targets: &[(Target, &str)]) -> Plan {
        let target_plan = |file: &str| TargetPlan {
            glibc: Some("2.28".to_owned()),
            packages: vec![Package::Wheel { file: file.to_owned() }],
            freezer: BTreeMap::new(),
        };
        Plan {
            version: VERSION,
            project: "app".to_owned(),
            python: "3.13".to_owned(),
            files: targets.iter().map(|(_, name)| ((*name).to_owned(), file("00"))).collect(),
            sources: BTreeMap::new(),
            executables: BTreeMap::from([("app".to_owned(), Executable::default())]),
            targets: targets.iter().map(|(target, file)| (*target, target_plan(file))).collect(),
            policy: Policy::default(),
            smoke: Vec::new(),
            outputs: BTreeMap::new(),
            accepted: BTreeMap::new(),
        }
    }

    fn pinned() -> Plan {
        let mut plan = plan(&[(Target::LinuxAmd64, "a.whl"), (Target::LinuxArm64, "b.whl")]);
        for output in ["app-linux-amd64", "app-linux-arm64"] {
            let pin = Output { sha256: "11".to_owned(), blake3: "22".to_owned(), size: 3 };
            plan.outputs.insert(output.to_owned(), pin);
            let reason = BTreeMap::from([("tkinter".to_owned(), "ModuleNotFoundError".to_owned())]);
            plan.accepted.insert(output.to_owned(), reason);
        }
        plan
    }

    fn unpinned(old: &Plan) -> Plan {
        Plan { outputs: BTreeMap::new(), accepted: BTreeMap::new(), ..old.clone() }
    }

    #[test]
    fn an_equal_plan_keeps_all() {
        let old = pinned();
        let mut new = unpinned(&old);
        assert_eq!(keep(&mut new, &old), []);
        assert_eq!(new, old);
    }

    #[test]
    fn policy_smoke_and_another_target_leave_pins_alone() {
        let old = pinned();
        let mut new = unpinned(&old);
        new.policy.glibc = Some("2.31".to_owned());
        new.smoke = vec![vec!["--version".to_owned()]];
        let windows = new.targets[&Target::LinuxAmd64].clone();
        new.targets.insert(Target::WindowsAmd64, windows);
        assert_eq!(keep(&mut new, &old), []);
        assert_eq!(new.outputs, old.outputs);
    }

    #[test]
    fn another_wheel_drops_the_pin_of_its_target_alone() {
        let old = pinned();
        let mut new = unpinned(&old);
        new.files.insert("b.whl".to_owned(), file("ff"));
        let dropped = keep(&mut new, &old);
        let why = "`files / b.whl` was `\"00\"`, it is now `\"ff\"`".to_owned();
        assert_eq!(dropped, [Dropped { output: "app-linux-arm64".to_owned(), why }]);
        assert_eq!(new.outputs.keys().collect::<Vec<_>>(), ["app-linux-amd64"]);
        assert_eq!(new.accepted, old.accepted);
    }

    #[test]
    fn an_option_of_the_executable_drops_every_pin() {
        let old = pinned();
        let mut new = unpinned(&old);
        if let Some(executable) = new.executables.get_mut("app") {
            executable.hidden_imports.push("six".to_owned());
        }
        assert_eq!(keep(&mut new, &old).len(), 2);
        assert!(new.outputs.is_empty());
        assert_eq!(new.accepted, old.accepted);
    }

    #[test]
    fn a_target_that_is_gone_takes_pin_and_accepted_modules_with_it() {
        let old = pinned();
        let mut new = plan(&[(Target::LinuxAmd64, "a.whl")]);
        let dropped = keep(&mut new, &old);
        let why = "the plan has no such executable".to_owned();
        assert_eq!(dropped, [Dropped { output: "app-linux-arm64".to_owned(), why }]);
        assert_eq!(new.accepted.keys().collect::<Vec<_>>(), ["app-linux-amd64"]);
    }
}
