//! A bundle's own launcher: it unpacks into a cache of the trial, never into the user's.
use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::error::Error;
use super::process::{CommandLine, Ended, Place, run};
use super::{COMMAND_LIMIT, Settings};

/// Where the launcher unpacks to.
const CACHE: &str = "PERMAFREEZE_CACHE_DIR";
/// Makes the launcher unpack, and compare every file with the index, without a start of the program.
const UNPACK: [(&str, &str); 2] = [("PERMAFREEZE_UNPACK_ONLY", "1"), ("PERMAFREEZE_VERIFY", "1")];

/// An empty cache; it goes away with it.
#[derive(Debug)]
pub(super) struct Cache {
    _folder: TempDir,
    path: Utf8PathBuf,
}

impl Cache {
    /// Makes one below `scratch`.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn new(scratch: &Utf8Path) -> Result<Cache, Error> {
        let folder =
            tempfile::Builder::new().prefix("permafreeze-cache-").tempdir_in(scratch).map_err(Error::machine)?;
        let path = Utf8Path::from_path(folder.path()).unwrap_or(scratch).to_owned();
        Ok(Cache { _folder: folder, path })
    }

    /// Lets a command use it.
    pub(super) fn used_by(&self, mut line: CommandLine) -> CommandLine {
        line.environment.insert(CACHE.to_owned(), self.path.to_string());
        line
    }

    /// Runs the launcher alone: it unpacks into the cache and verifies what it has unpacked.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(super) fn unpack(&self, executable: &Utf8Path, settings: &Settings) -> Result<Ended, Error> {
        let place = Place::new(settings.scratch).map_err(Error::machine)?;
        let mut line = self.used_by(settings.runner.command(executable, &[]));
        line.environment.extend(UNPACK.map(|(name, value)| (name.to_owned(), value.to_owned())));
        run(&mut place.command(&line), COMMAND_LIMIT * settings.runner.slowness).map_err(Error::machine)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use super::super::runner::Runner;
    use super::*;

    #[test]
    fn the_launcher_is_told_to_unpack_into_a_folder_of_the_trial() {
        let scratch = tempfile::tempdir().expect("a folder");
        let scratch = Utf8Path::from_path(scratch.path()).expect("UTF-8");
        let path = scratch.join("app");
        let text = "#!/bin/sh\necho $PERMAFREEZE_CACHE_DIR $PERMAFREEZE_UNPACK_ONLY $PERMAFREEZE_VERIFY\n";
        std::fs::write(&path, text).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).expect("permission bits");
        let runner = Runner::native();
        let settings = Settings { runner: &runner, scratch, jobs: 1, limit: Duration::from_secs(60) };
        let cache = Cache::new(scratch).expect("a folder");
        let ended = cache.unpack(&path, &settings).expect("it starts");
        assert_eq!(ended.output, format!("{} 1 1\n", cache.path));
        assert!(cache.path.starts_with(scratch) && cache.path.is_dir());
    }
}
