//! What has to be done for some products: steps of recipes and runs of cargo, in which order.
use std::collections::BTreeSet;

use crate::product::{Product, Tool};
use crate::recipe::{self, Platform, Step};
use crate::schedule::Task;

/// Something to do.
#[derive(Debug)]
pub enum Job<'a> {
    /// A step of a recipe.
    Step(&'a Step),
    /// A static tool, by cargo.
    Tool(Tool, &'static Platform),
}

/// All that is to do.
#[derive(Debug, Default)]
pub struct Jobs {
    /// Steps, each once, after those that they need.
    pub steps: Vec<Step>,
    /// Tools, with the host and the name in the pins.
    pub tools: Vec<(Tool, &'static Platform, String)>,
}

impl Jobs {
    /// Returns what has to be done on `builder` for `products`, given with their names in the pins.
    pub fn plan(products: &[(&String, Product)], builder: &'static Platform) -> Jobs {
        let mut jobs = Jobs::default();
        for (name, product) in products {
            match product {
                Product::HostPython(python, host) => jobs.steps.extend(recipe::host_python(*python, host, builder)),
                Product::Runtime(python, target) => jobs.steps.extend(recipe::runtime(*python, target, builder)),
                Product::WheelRuntime(runtime) => jobs.steps.push(runtime.step()),
                Product::Release(..) => {}
                Product::Tool { tool, host } => jobs.tools.push((*tool, host, (*name).clone())),
            }
        }
        let mut seen = BTreeSet::new();
        jobs.steps.retain(|step| seen.insert(step.name.clone()));
        jobs
    }

    /// Returns the tasks. One tool after the other: cargo locks its folder.
    pub fn tasks(&self) -> Vec<Task<Job<'_>>> {
        let names: BTreeSet<&String> = self.steps.iter().map(|step| &step.name).collect();
        let mut tasks = Vec::new();
        let mut before: Option<&String> = None;
        for (tool, host, name) in &self.tools {
            tasks.push(Task {
                name: name.clone(),
                after: before.into_iter().cloned().collect(),
                work: Job::Tool(*tool, host),
            });
            before = Some(name);
        }
        for step in &self.steps {
            let after = step.after().filter(|name| names.contains(name)).cloned().collect();
            tasks.push(Task { name: step.name.clone(), after, work: Job::Step(step) });
        }
        tasks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::libraries::LIBRARIES;
    use crate::recipe::HOSTS;

    fn plan(names: &[&str]) -> Jobs {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let products: Vec<(&String, Product)> =
            names.iter().map(|name| (name, Product::find(name).expect("a product"))).collect();
        Jobs::plan(&products, &HOSTS[0])
    }

    #[test]
    fn every_step_is_done_once_and_after_those_it_needs() {
        let jobs = plan(&[
            "host-python-3.13-x86_64-linux",
            "link-x86_64-linux",
            "runtime-3.14-linux-amd64",
            "compile-x86_64-linux",
        ]);
        let tasks = jobs.tasks();
        let names: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        let (for_hosts, host_pythons) = (3, 2);
        assert_eq!(names.len(), 2 + for_hosts + host_pythons + LIBRARIES.len() + 1);
        for (index, task) in tasks.iter().enumerate() {
            for before in &task.after {
                assert!(names[..index].contains(&before.as_str()), "{} before {before}", task.name);
            }
        }
    }

    #[test]
    fn a_step_waits_for_no_step_that_is_done() {
        let mut jobs = plan(&["runtime-3.13-linux-amd64"]);
        jobs.steps.retain(|step| step.name == "linux-amd64.python-3.13");
        assert_eq!(jobs.tasks()[0].after, Vec::<String>::new());
    }
}
