//! What is tried again, how often, and after which pause.
use std::io;
use std::time::Duration;

use url::Url;

use crate::error::{Error, Trouble, shown};
use crate::exceeded::Exceeded;
use crate::settings::Settings;

/// The longest pause between tries, also if a server asks for a longer one.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// A failed try.
pub(crate) enum Failed {
    /// It may work the next time.
    Again { last: Last, after: Option<Duration> },
    /// It never will.
    Final(Error),
}

/// What ended a try.
pub(crate) enum Last {
    Trouble(Trouble),
    Status(u16),
    Slow(Exceeded),
}

impl std::fmt::Display for Last {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Last::Trouble(trouble) => trouble.fmt(f),
            Last::Status(status) => write!(f, "status {status}"),
            Last::Slow(exceeded) => write!(f, "it {exceeded}"),
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed::Final(error)
    }
}

impl Failed {
    /// The body could not be read: the connection broke, or the server went beyond a limit.
    pub(crate) fn broken(error: &io::Error, url: &Url) -> Failed {
        match Exceeded::of(error) {
            // Another connection may be faster.
            Some(exceeded @ Exceeded::Rate { .. }) => Failed::Again { last: Last::Slow(exceeded), after: None },
            Some(exceeded) => Failed::Final(Error::Limit { url: shown(url), exceeded }),
            None => Failed::Again { last: Last::Trouble(Trouble(error.to_string())), after: None },
        }
    }
}

/// Counts tries and pauses between them.
pub(crate) struct Tries {
    done: u32,
    allowed: u32,
    back_off: Duration,
}

impl Tries {
    pub(crate) fn new(settings: &Settings) -> Tries {
        Tries { done: 0, allowed: settings.retries.saturating_add(1), back_off: settings.back_off }
    }

    /// Waits until the next try, or returns the error if there is none.
    pub(crate) fn pause(&mut self, failed: Failed, url: &Url) -> Result<(), Error> {
        let (last, after) = match failed {
            Failed::Final(error) => return Err(error),
            Failed::Again { last, after } => (last, after),
        };
        self.done += 1;
        if self.done >= self.allowed {
            let url = shown(url);
            return Err(match last {
                Last::Status(status) => Error::Status { url, status },
                Last::Slow(exceeded) => Error::Limit { url, exceeded },
                Last::Trouble(source) => Error::Unreachable { url, tries: self.done, source },
            });
        }
        tracing::info!("`{}`: {last}; try {} of {} follows", shown(url), self.done + 1, self.allowed);
        let usual = self.back_off.saturating_mul(1 << (self.done - 1).min(16));
        std::thread::sleep(after.unwrap_or(usual).min(MAX_PAUSE));
        Ok(())
    }

    /// Forgets the failed tries: something was achieved.
    pub(crate) fn reset(&mut self) {
        self.done = 0;
    }
}
