//! Who is waited for: the requests that are under way, and which of them no bytes come from.
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A silence that is worth a word.
const SILENCE: Duration = Duration::from_secs(3);
/// How often it is looked for.
const STEP: Duration = Duration::from_millis(200);

/// The requests that are under way.
#[derive(Default)]
pub(crate) struct Watch {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    requests: BTreeMap<u64, Request>,
    next: u64,
    ended: bool,
}

struct Request {
    host: String,
    since: Instant,
    /// Bytes that came since then.
    bytes: u64,
    /// Fewer are silence.
    few: u64,
    told: bool,
}

impl Watch {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a request of which `rate` bytes per second are expected; it ends when what is returned is dropped.
    pub(crate) fn begin(self: &Arc<Watch>, host: &str, rate: u64) -> Waiting {
        let mut state = self.state();
        let id = state.next;
        state.next += 1;
        let few = rate.saturating_mul(SILENCE.as_secs());
        state.requests.insert(id, Request { host: host.to_owned(), since: Instant::now(), bytes: 0, few, told: false });
        Waiting { watch: self.clone(), id }
    }

    /// Does the work, and meanwhile tells the host of each request that is silent, once per silence.
    pub(crate) fn during<T>(&self, tell: &(dyn Fn(&str) + Sync), work: impl FnOnce() -> T) -> T {
        self.state().ended = false;
        std::thread::scope(|scope| {
            scope.spawn(|| self.tell_silent(tell));
            // Also if the work panics, or the scope would not end.
            let _end = End(self);
            work()
        })
    }

    fn tell_silent(&self, tell: &(dyn Fn(&str) + Sync)) {
        let mut state = self.state();
        while !state.ended {
            let now = Instant::now();
            let silent = |request: &&mut Request| !request.told && now.duration_since(request.since) >= SILENCE;
            let mut hosts = Vec::new();
            for request in state.requests.values_mut().filter(silent) {
                request.told = true;
                hosts.push(request.host.clone());
            }
            drop(state);
            hosts.iter().for_each(|host| tell(host));
            let waited = self.ended.wait_timeout_while(self.state(), STEP, |state| !state.ended);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Ends the watch when it is dropped.
struct End<'w>(&'w Watch);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.state().ended = true;
        self.0.ended.notify_all();
    }
}

/// A request that is under way.
pub(crate) struct Waiting {
    watch: Arc<Watch>,
    id: u64,
}

impl Waiting {
    /// Bytes came. A few of them do not end a silence: a server that sends one per second is waited for too.
    pub(crate) fn received(&self, bytes: u64) {
        let mut state = self.watch.state();
        let Some(request) = state.requests.get_mut(&self.id) else { return };
        request.bytes += bytes;
        if request.bytes >= request.few {
            (request.since, request.bytes, request.told) = (Instant::now(), 0, false);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.watch.state().requests.remove(&self.id);
    }
}
