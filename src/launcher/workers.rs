//! Work in threads.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The most threads that run at once.
pub(crate) const MOST: usize = 8;

/// Does `work` for each number below `count`, in at most `limit` threads, each of which takes the next number and has a
/// state of its own.
///
/// # Errors
/// The first one that a thread meets; the others stop then.
pub(crate) fn each<S, E: Send>(
    count: usize,
    limit: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let run = || {
        let mut state = state();
        while !failed.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                break;
            }
            work(&mut state, number).inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
        }
        Ok(())
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(MOST).min(limit).min(count);
    std::thread::scope(|scope| {
        // Where no thread can be made, this one does all.
        let spawn = |_| std::thread::Builder::new().spawn_scoped(scope, run).ok();
        let others: Vec<_> = (1..threads).filter_map(spawn).collect();
        let mine = run();
        let joined = others.into_iter().map(|thread| thread.join().unwrap_or_else(|_| std::process::abort()));
        joined.fold(mine, Result::and)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn every_number_is_done_once() {
        let done = Mutex::new(Vec::new());
        let work = |_: &mut (), number| {
            done.lock().expect("a lock").push(number);
            Ok::<(), ()>(())
        };
        each(100, 8, || (), work).expect("no error");
        let mut done = done.into_inner().expect("numbers");
        done.sort_unstable();
        assert_eq!(done, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_ends_the_work() {
        let result = each(usize::MAX, 8, || (), |_, number| if number == 3 { Err(number) } else { Ok(()) });
        assert_eq!(result, Err(3));
    }
}
