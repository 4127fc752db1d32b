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
    use permafreeze_executable::pyinstaller::PyInstaller;
    use permafreeze_packaging::VersionSpecifiers;
    use permafreeze_packaging::python::PYTHONS;

    use super::*;
    use crate::files::tests::folder;
    use crate::product::Product;
    use crate::recipe;

    #[test]
    fn a_round_trip_keeps_every_byte() {
        let (_keep, folder) = folder();
        let path = folder.join("toolchain.json");
        save(&own().expect("good pins"), &path).expect("saved");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), OWN);
        assert_eq!(read(&path).expect("good pins"), own().expect("good pins"));
    }

    #[test]
    fn a_release_of_every_python_is_pinned_and_its_source_is_that_release() {
        let pins = own().expect("good pins");
        assert!(pins.pythons.keys().eq(&PYTHONS), "{:?}", pins.pythons);
        for (python, release) in &pins.pythons {
            assert!(release.starts_with(&format!("{python}.")), "{release}");
            let source = &pins.sources[&recipe::cpython(*python)];
            let apt = source.apt.as_deref().expect("a Debian source");
            assert!(apt.ends_with(&format!("_{release}.orig.tar.xz")), "{apt}");
            let within: VersionSpecifiers = source.within.as_deref().expect("bounds").parse().expect("specifiers");
            assert!(within.contains(&release.parse().expect("a version")), "{within}");
            let next = format!("3.{}.0", python.minor() + 1).parse().expect("a version");
            assert!(!within.contains(&next), "{within}");
        }
    }

    #[test]
    fn what_is_made_of_a_python_is_of_its_pinned_release() {
        let pins = own().expect("good pins");
        for (name, made) in &pins.made {
            let product = Product::find(name).expect(name);
            if made.urls.is_empty() {
                assert_eq!(made.name, product.file_name(&pins).expect(name), "{name}");
            }
        }
    }

    #[test]
    fn our_own_pyinstaller_is_one_that_is_known_and_updates_keep_it_so() {
        let pins = own().expect("good pins");
        for (name, wheel) in pins.wheels.iter().filter(|(_, wheel)| wheel.package == "pyinstaller") {
            assert!(PyInstaller::known(&wheel.version).is_some(), "{name}");
            let within: VersionSpecifiers = wheel.within.as_deref().expect("bounds").parse().expect("specifiers");
            for minor in 0..40 {
                let version = format!("6.{minor}.3");
                let allowed = within.contains(&version.parse().expect("a version"));
                assert_eq!(allowed, PyInstaller::known(&version).is_some(), "{name}: {version}");
            }
        }
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
