//! What a build would do: which derivations would be built, and which binary caches answer.
use camino::Utf8PathBuf;

use crate::call::Program;
use crate::cause;
use crate::error::Error;
use crate::events::Event;
use crate::store::{Store, Substitute};

/// What Nix says before it lists what would be built (`printMissing` in `src/libmain/shared.cc`); `this derivation` if it is
/// one.
const BUILT: &str = "will be built:";
/// A path that no cache and no store can have: a cache that answers says that it has not.
const NOWHERE: &str = "/nix/store/00000000000000000000000000000000-permafreeze-nowhere";

impl Store {
    /// Returns the derivations that must be built for these: their outputs are neither in the store nor in a binary cache.
    ///
    /// # Errors
    /// If Nix is missing or fails.
    pub fn would_build(&self, derivations: &[Utf8PathBuf]) -> Result<Vec<Utf8PathBuf>, Error> {
        let derivations = derivations.iter().map(|derivation| derivation.as_str());
        let call = self.call(Program::NixStore, ["--realise", "--dry-run"]).with(derivations);
        let finished = call.finish(&mut |_| {})?;
        if finished.status.success() { Ok(finished.log.listing.found) } else { Err(cause::of_call(&call, &finished)) }
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

/// The list of derivations that would be built, line by line.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    inside: bool,
    /// The derivations.
    pub found: Vec<Utf8PathBuf>,
}

impl Listing {
    /// Takes an event.
    pub(crate) fn hear(&mut self, event: &Event) {
        let Event::Message(message) = event else { return };
        for line in message.shown.lines() {
            let path = line.trim();
            if !path.starts_with('/') {
                self.inside = path.ends_with(BUILT);
            } else if self.inside {
                self.found.push(path.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_built_is_listed() {
        let lines = [
            "this derivation will be built:",
            "  /nix/store/a.drv",
            "these 2 paths will be fetched (1.00 MiB download, 2.00 MiB unpacked):",
            "  /nix/store/b",
            "  /nix/store/c",
        ];
        let mut listing = Listing::default();
        for line in lines {
            let json = serde_json::json!({ "action": "msg", "level": 3, "msg": line });
            listing.hear(&Event::read(format!("@nix {json}").as_bytes()));
        }
        assert_eq!(listing.found, ["/nix/store/a.drv"]);
        let json = serde_json::json!({ "action": "msg", "level": 3, "msg": "these 2 derivations will be built:\n  /nix/store/d.drv\n  /nix/store/e.drv" });
        listing.hear(&Event::read(format!("@nix {json}").as_bytes()));
        assert_eq!(listing.found.len(), 3);
    }
}
