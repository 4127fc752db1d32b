//! Runs tasks that wait for each other, some at once.
use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, PoisonError};

use crate::error::{Error, Result};

/// A task's name and the names of those that must be done before it.
#[derive(Debug, Clone)]
pub struct Task<T> {
    /// Its name.
    pub name: String,
    /// The names of those before it; each must stand earlier in the list.
    pub after: Vec<String>,
    /// What it is.
    pub work: T,
}

struct State {
    started: BTreeSet<usize>,
    done: BTreeSet<String>,
    error: Option<Error>,
}

/// Runs `tasks`, at most `workers` at once, earlier ones first. After the first failure no further task is started.
///
/// # Errors
/// The first failure.
pub fn run<T: Sync>(tasks: &[Task<T>], workers: usize, work: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    let state = Mutex::new(State { started: BTreeSet::new(), done: BTreeSet::new(), error: None });
    let changed = Condvar::new();
    std::thread::scope(|scope| {
        for _ in 0..workers.max(1) {
            scope.spawn(|| {
                while let Some(task) = next(tasks, &state, &changed) {
                    let result = work(&task.work);
                    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                    match result {
                        Ok(()) => drop(state.done.insert(task.name.clone())),
                        Err(error) => drop(state.error.get_or_insert(error)),
                    }
                    changed.notify_all();
                }
            });
        }
    });
    match state.into_inner().unwrap_or_else(PoisonError::into_inner).error {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Waits for a task that may start; `None` when there will be none.
fn next<'a, T>(tasks: &'a [Task<T>], state: &Mutex<State>, changed: &Condvar) -> Option<&'a Task<T>> {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if state.error.is_some() || state.started.len() == tasks.len() {
            return None;
        }
        let ready = tasks.iter().enumerate().find(|(index, task)| {
            !state.started.contains(index) && task.after.iter().all(|name| state.done.contains(name))
        });
        if let Some((index, task)) = ready {
            state.started.insert(index);
            return Some(task);
        }
        state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(name: &'static str, after: &[&str]) -> Task<&'static str> {
        Task { name: name.into(), after: after.iter().map(|name| (*name).to_owned()).collect(), work: name }
    }

    fn order(workers: usize) -> Vec<&'static str> {
        let tasks = [task("a", &[]), task("b", &[]), task("c", &["a", "b"]), task("d", &["b"]), task("e", &["c", "d"])];
        let seen = Mutex::new(Vec::new());
        run(&tasks, workers, |name| {
            seen.lock().expect("not poisoned").push(*name);
            Ok(())
        })
        .expect("all well");
        seen.into_inner().expect("not poisoned")
    }

    #[test]
    fn one_worker_keeps_the_order() {
        assert_eq!(order(1), ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn several_workers_do_all_and_keep_the_dependencies() {
        for _ in 0..50 {
            let seen = order(3);
            let place = |name: &str| seen.iter().position(|other| *other == name).expect("was done");
            assert_eq!(seen.len(), 5);
            assert!(place("b") < place("d") && place("c") < place("e") && place("d") < place("e"));
        }
    }

    #[test]
    fn after_a_failure_nothing_new_starts() {
        let tasks = [task("a", &[]), task("b", &[]), task("c", &[])];
        let seen = Mutex::new(Vec::new());
        let result = run(&tasks, 1, |name| {
            seen.lock().expect("not poisoned").push(*name);
            if *name == "b" { Err(Error::StalePin { name: String::new() }) } else { Ok(()) }
        });
        assert!(matches!(result, Err(Error::StalePin { .. })));
        assert_eq!(seen.into_inner().expect("not poisoned"), ["a", "b"]);
    }
}
