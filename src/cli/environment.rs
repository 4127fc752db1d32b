//! The environment of the command, and the folders that it names.
use camino::Utf8PathBuf;
use permafreeze_fetch::environment::Environment;

use crate::failure::{Failure, Kind};

/// Returns the environment, for what fetch reads of it; what is not UTF-8 is no setting.
pub fn environment() -> Environment {
    Environment::new(
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    )
}

/// Returns the folder of the user's cache.
///
/// # Errors
/// Kind `Outside` if the environment names none.
pub fn user_cache() -> Result<Utf8PathBuf, Failure> {
    let none = || Failure::new(Kind::Outside, "no folder for the cache: neither HOME nor XDG_CACHE_HOME is set");
    environment().cache_dir().ok_or_else(none)
}
