//! What Nix lists when it is asked what it would do (`printMissing` in `src/libmain/shared.cc`).
use camino::Utf8PathBuf;

use crate::events::Event;

/// What it says before it lists what would be built; `this derivation` if it is one.
const BUILT: &str = "will be built:";

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
