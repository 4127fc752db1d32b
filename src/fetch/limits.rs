//! How much a server may send, and how long it may take for it.
use std::time::Duration;

use crate::environment::Environment;
use crate::error::Error;

/// The variable that sets other limits than the default ones: `page=1MiB,links=1000,file=8GiB,rate=512,window=60,time=900`.
pub const VARIABLE: &str = "PERMAFREEZE_FETCH_LIMITS";

/// What a server may do. Beyond a limit the request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a page of an index, as they come and decompressed.
    pub page: u64,
    /// Links of a page.
    pub links: u64,
    /// Bytes of a file of which the plan does not say the size.
    pub file: u64,
    /// Bytes per second, on the average of a window.
    pub rate: u64,
    /// The window.
    pub window: Duration,
    /// Time of one request of a page; a file has that and its size at [`Limits::rate`].
    pub time: Duration,
}

impl Default for Limits {
    /// The page of a project with 4,300 files has 1.7 MB (JSON, with hashes): 32 MiB are twenty times as much.
    fn default() -> Limits {
        Limits {
            page: 32 << 20,
            links: 100_000,
            file: 4 << 30,
            rate: 1 << 10,
            window: Duration::from_secs(30),
            time: Duration::from_secs(600),
        }
    }
}

impl Limits {
    /// Returns the default limits, with what [`VARIABLE`] changes.
    ///
    /// # Errors
    /// If a part of it is no `name=value`, the name is not known or the value no number above 0 of a known unit.
    pub fn load(environment: &Environment) -> Result<Limits, Error> {
        let mut limits = Limits::default();
        for part in environment.get(VARIABLE).unwrap_or_default().split(',').map(str::trim) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match name.trim() {
                "" if part.is_empty() => {}
                "page" => limits.page = bytes(name, value)?,
                "links" => limits.links = bytes(name, value)?,
                "file" => limits.file = bytes(name, value)?,
                "rate" => limits.rate = bytes(name, value)?,
                "window" => limits.window = seconds(name, value)?,
                "time" => limits.time = seconds(name, value)?,
                other => {
                    return Err(bad(other, "`page`, `links`, `file`, `rate`, `window` or `time`, `=` and a value"));
                }
            }
        }
        Ok(limits)
    }

    /// Returns how long a file of `size` bytes may take in all.
    pub(crate) fn time_of_file(&self, size: u64) -> Duration {
        self.time.saturating_add(Duration::from_secs(size / self.rate.max(1)))
    }
}

fn bad(name: &str, expected: &'static str) -> Error {
    Error::Setting { name: name.to_owned(), origin: VARIABLE.to_owned(), expected }
}

fn bytes(name: &str, value: &str) -> Result<u64, Error> {
    let value = value.trim();
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30)];
    let unit = units.iter().find_map(|(unit, shift)| Some((value.strip_suffix(unit)?, *shift)));
    let (digits, shift) = unit.unwrap_or((value, 0));
    let number = digits.trim().parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| bad(name, "a number above 0, with `KiB`, `MiB`, `GiB` or no unit"))
}

fn seconds(name: &str, value: &str) -> Result<Duration, Error> {
    let number = value.trim().trim_end_matches('s').parse::<f64>().ok().filter(|number| *number > 0.0);
    let duration = number.and_then(|number| Duration::try_from_secs_f64(number).ok());
    duration.ok_or_else(|| bad(name, "a number of seconds above 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Limits, Error> {
        Limits::load(&Environment::new([(VARIABLE, text)]))
    }

    #[test]
    fn a_variable_changes_what_it_names() {
        let default = Limits::default();
        assert_eq!(load("").expect("nothing"), default);
        let limits = load("page=1MiB, links=5,file=8GiB,rate=2KiB,window=0.5,time=60s").expect("good");
        assert_eq!((limits.page, limits.links, limits.file, limits.rate), (1 << 20, 5, 8 << 30, 2048));
        assert_eq!((limits.window, limits.time), (Duration::from_millis(500), Duration::from_secs(60)));
        assert_eq!(load("rate=1").expect("good"), Limits { rate: 1, ..default });
    }

    #[test]
    fn what_it_cannot_be_is_named() {
        let refused = |text: &str| load(text).expect_err("is refused").to_string();
        for text in ["page", "page=", "page=0", "page=1TB", "page=-1", "page=99999999999GiB", "time=0", "time=soon"] {
            let name = text.split('=').next().expect("a name");
            assert!(refused(text).starts_with(&format!("bad value of `{name}` from {VARIABLE}: expected a number")));
        }
        assert!(refused("pages=1").contains("bad value of `pages`"));
        assert!(refused("=1").contains("expected `page`"));
    }

    #[test]
    fn a_file_has_time_in_proportion_to_its_size() {
        let limits = Limits { rate: 100, time: Duration::from_secs(10), ..Limits::default() };
        assert_eq!(limits.time_of_file(1000), Duration::from_secs(20));
    }
}
