//! Reads and writes the pins: `nix/toolchain.json`.
use camino::Utf8Path;
use permafreeze_base::beside;
use permafreeze_plan::pins::{Pins, VERSION};

use crate::error::{Error, Result};
use crate::files::failed;

/// The pins' path in a checkout.
pub const PATH: &str = "nix/toolchain.json";
/// The pins that this release was made with.
const OWN: &str = include_str!("../../nix/toolchain.json");

/// Returns the pins that this release was made with.
///
/// # Errors
/// If the release was made with bad ones.
pub fn own() -> Result<Pins> {
    parse(OWN, Utf8Path::new(PATH))
}

/// Reads the pins of a checkout.
///
/// # Errors
/// If the file cannot be read, or is not what [`Pins`] says.
pub fn read(path: &Utf8Path) -> Result<Pins> {
    let text = std::fs::read_to_string(path).map_err(failed("read", path))?;
    parse(&text, path)
}

fn parse(text: &str, path: &Utf8Path) -> Result<Pins> {
    let pins: Pins = serde_json::from_str(text).map_err(|source| Error::BadPins { path: path.to_owned(), source })?;
    if pins.version != VERSION {
        return Err(Error::PinsVersion { path: path.to_owned(), expected: VERSION, got: pins.version });
    }
    Ok(pins)
}

/// Writes the pins beside their place, then renames.
///
/// # Errors
/// If the file cannot be written.
pub fn save(pins: &Pins, path: &Utf8Path) -> Result<()> {
    let mut text =
        serde_json::to_string_pretty(pins).map_err(|source| Error::BadPins { path: path.to_owned(), source })?;
    text.push('\n');
    Ok(beside::write(path, text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::tests::folder;

    #[test]
    fn a_round_trip_keeps_every_byte() {
        let (_keep, folder) = folder();
        let path = folder.join("toolchain.json");
        save(&own().expect("good pins"), &path).expect("saved");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), OWN);
        assert_eq!(read(&path).expect("good pins"), own().expect("good pins"));
    }

    #[test]
    fn an_unknown_version_is_refused() {
        let text = OWN.replacen("\"version\": 1", "\"version\": 2", 1);
        let error = parse(&text, Utf8Path::new("p.json")).expect_err("version 2");
        assert_eq!(error.to_string(), "`p.json` has version `2`: expected `1`");
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let text = OWN.replacen("\"version\"", "\"colour\": 1, \"version\"", 1);
        assert!(matches!(parse(&text, Utf8Path::new("p.json")), Err(Error::BadPins { .. })));
    }
}
