//! Readers that end with an error where a limit is exceeded.
use std::io::{self, Read};
use std::time::{Duration, Instant};

use crate::exceeded::Exceeded;
use crate::limits::Limits;
use crate::watch::Waiting;

/// A body as it comes from the network: with a minimum rate and an end in time.
pub(crate) struct Paced<R> {
    body: R,
    waiting: Waiting,
    limits: Limits,
    begin: Instant,
    /// How long it may take in all.
    time: Duration,
    /// When the window began, and the bytes that came in it.
    window: (Instant, u64),
}

impl<R: Read> Paced<R> {
    /// Bounds a body whose request began at `begin` and that may take `time`.
    pub(crate) fn new(body: R, waiting: Waiting, limits: Limits, begin: Instant, time: Duration) -> Paced<R> {
        Paced { body, waiting, limits, begin, time, window: (Instant::now(), 0) }
    }

    fn check(&mut self) -> Result<(), Exceeded> {
        let now = Instant::now();
        if now.duration_since(self.begin) > self.time {
            return Err(Exceeded::Time(self.time.as_secs_f64()));
        }
        let (since, bytes) = self.window;
        let passed = now.duration_since(since);
        if passed >= self.limits.window {
            let (rate, seconds) = (self.limits.rate, self.limits.window.as_secs_f64());
            if (bytes as f64) < rate as f64 * passed.as_secs_f64() {
                return Err(Exceeded::Rate { rate, seconds });
            }
            self.window = (now, 0);
        }
        Ok(())
    }
}

impl<R: Read> Read for Paced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.body.read(buffer)?;
        self.waiting.received(count as u64);
        self.window.1 += count as u64;
        if count > 0 {
            self.check().map_err(Exceeded::into_io)?;
        }
        Ok(count)
    }
}

/// A reader of so many bytes at most.
pub(crate) struct Capped<R> {
    inner: R,
    left: u64,
    beyond: Exceeded,
}

impl<R: Read> Capped<R> {
    /// Lets `limit` bytes through; if there are more, the error is `beyond`.
    pub(crate) fn new(inner: R, limit: u64, beyond: Exceeded) -> Capped<R> {
        Capped { inner, left: limit, beyond }
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| self.beyond.into_io())?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_or_an_error() {
        let read = |limit| {
            let mut bytes = Vec::new();
            let read = Capped::new(&[7; 10][..], limit, Exceeded::Page(limit)).read_to_end(&mut bytes);
            read.map_err(|error| Exceeded::of(&error))
        };
        assert_eq!(read(10), Ok(10));
        assert_eq!(read(11), Ok(10));
        assert_eq!(read(9), Err(Some(Exceeded::Page(9))));
    }
}
