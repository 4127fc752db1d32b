//! What a build would do: which derivations would be built, and which binary caches answer.
use camino::Utf8PathBuf;

use crate::call::Program;
use crate::cause;
use crate::error::Error;
use crate::store::{Store, Substitute};
use crate::text::name_of;

/// A path that no cache and no store can have: a cache that answers says that it has not.
const NOWHERE: &str = "/nix/store/00000000000000000000000000000000-permafreeze-nowhere";

impl Store {
    /// Returns the names, without hash, of the derivations that must be built for these: their outputs are neither in the
    /// store nor in a binary cache.
    ///
    /// # Errors
    /// If Nix is missing or fails.
    pub fn would_build(&self, derivations: &[Utf8PathBuf]) -> Result<Vec<String>, Error> {
        let derivations = derivations.iter().map(|derivation| derivation.as_str());
        let call = self.call(Program::NixStore, ["--realise", "--dry-run"]).with(derivations);
        let finished = call.finish(&mut |_| {})?;
        if !finished.status.success() {
            return Err(cause::of_call(&call, &finished));
        }
        Ok(finished.log.listing.found.iter().map(|path| name_of(path.as_str()).to_owned()).collect())
    }

    /// Returns whether a binary cache answers at all, and if not, why.
    ///
    /// # Errors
    /// If Nix is missing.
    pub fn is_reachable(&self, cache: &str) -> Result<Result<(), String>, Error> {
        Ok(match self.substitute(cache, NOWHERE)? {
            Substitute::Unreachable(why) => Err(why),
            _ => Ok(()),
        })
    }
}
