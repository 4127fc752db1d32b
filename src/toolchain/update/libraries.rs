//! The versions of the C libraries in the runtimes (`nix/runtime-libraries.json`), read from their sources.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_plan::jobs::RuntimeLibrary;
use permafreeze_plan::pins::{PinnedSource, Pins};

use super::apt;
use crate::clients;
use crate::error::{Error, Result};

/// The list's file name; it stands beside the pins.
pub const LIBRARIES: &str = "runtime-libraries.json";

/// Where a library's source says its version, if it is none of Debian's: the library, the end of the file's path, and what stands before each part
/// of the version in it.
const VERSIONS: [(&str, &str, &[&str]); 9] = [
    ("OpenSSL", "openssl/VERSION.dat", &["MAJOR=", "MINOR=", "PATCH="]),
    ("SQLite", "sqlite3/sqlite3.h", &["#define SQLITE_VERSION "]),
    ("zlib", "src/zlib/zlib.h", &["#define ZLIB_VERSION "]),
    ("bzip2", "bzlib_private.h", &["#define BZ_VERSION "]),
    (
        "xz",
        "liblzma/api/lzma/version.h",
        &["#define LZMA_VERSION_MAJOR ", "#define LZMA_VERSION_MINOR ", "#define LZMA_VERSION_PATCH "],
    ),
    (
        "zstd",
        "zstd/lib/zstd.h",
        &["#define ZSTD_VERSION_MAJOR ", "#define ZSTD_VERSION_MINOR ", "#define ZSTD_VERSION_RELEASE "],
    ),
    ("libffi", "libffi/configure.ac", &["AC_INIT([libffi],"]),
    (
        "expat",
        "Modules/expat/expat.h",
        &["define XML_MAJOR_VERSION ", "define XML_MINOR_VERSION ", "define XML_MICRO_VERSION "],
    ),
    ("libmpdec", "libmpdec/mpdecimal.h", &["#define MPD_VERSION "]),
];

/// Brings the versions and crates of libraries that are made from source up to date with the pins; `sources` are the
/// sources' archives, by name. What wheels carry stays: nothing of it says a version.
///
/// # Errors
/// [`Error::NoNewest`] if a source does not say the version.
pub fn update(libraries: &mut [RuntimeLibrary], pins: &Pins, sources: &BTreeMap<String, Utf8PathBuf>) -> Result<()> {
    for library in libraries {
        let Some(source) = &library.source else { continue };
        let failed = |said: String| Error::NoNewest { name: library.name.clone(), said };
        let not_pinned = || failed("its source is not pinned".to_owned());
        let (pin, archive) = (pins.sources.get(source), sources.get(source));
        let (pin, archive) = pin.zip(archive).ok_or_else(not_pinned)?;
        library.version = version(&library.name, pin, archive).map_err(failed)?;
        library.crate_.clone_from(&pin.crate_);
    }
    Ok(())
}

/// Reads a library's version from its source, or, where Debian's name for that says it, from the name.
fn version(library: &str, source: &PinnedSource, archive: &Utf8Path) -> std::result::Result<String, String> {
    let Some((_, path, before)) = VERSIONS.iter().find(|(name, _, _)| *name == library) else {
        let said = source.apt.as_deref().and_then(apt::upstream_version).map(str::to_owned);
        return said.ok_or_else(|| "nothing is known of where its source says the version".to_owned());
    };
    let text = clients::member(archive, path)?;
    number(&text, before).ok_or_else(|| format!("`{path}` in `{archive}` does not say the version"))
}

/// Returns the numbers that stand behind the texts in `before`, joined by dots.
fn number(text: &str, before: &[&str]) -> Option<String> {
    let parts: Option<Vec<String>> = before
        .iter()
        .map(|before| {
            let (_, rest) = text.split_once(before)?;
            let line = rest.lines().next()?.trim_start_matches(|c: char| !c.is_ascii_digit());
            let number: String = line.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            (!number.is_empty()).then_some(number)
        })
        .collect();
    Some(parts?.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_headers() {
        let read = |name: &str, text: &str| {
            let known = VERSIONS.iter().find(|(library, _, _)| *library == name).expect("known");
            number(text, known.2)
        };
        assert_eq!(read("OpenSSL", "MAJOR=3\nMINOR=5\nPATCH=5\n").as_deref(), Some("3.5.5"));
        let sqlite = "#define SQLITE_VERSION_NUMBER 3054001\n#define SQLITE_VERSION        \"3.54.1\"\n";
        assert_eq!(read("SQLite", sqlite).as_deref(), Some("3.54.1"));
        assert_eq!(read("bzip2", "#define BZ_VERSION  \"1.0.8, 13-Jul-2019\"\n").as_deref(), Some("1.0.8"));
        assert_eq!(read("libffi", "AC_INIT([libffi],[3.6.0],[x])\n").as_deref(), Some("3.6.0"));
        let expat = "#  define XML_MAJOR_VERSION 2\n#  define XML_MINOR_VERSION 8\n#  define XML_MICRO_VERSION 2\n";
        assert_eq!(read("expat", expat).as_deref(), Some("2.8.2"));
        let zstd =
            "#define ZSTD_VERSION_MAJOR    1\n#define ZSTD_VERSION_MINOR    5\n#define ZSTD_VERSION_RELEASE  7\n";
        assert_eq!(read("zstd", zstd).as_deref(), Some("1.5.7"));
        assert_eq!(read("libmpdec", "#define MPD_MAJOR_VERSION 2\n"), None);
    }

    #[test]
    fn every_library_of_the_list_is_known() {
        let list: Vec<RuntimeLibrary> =
            serde_json::from_str(include_str!("../../../nix/runtime-libraries.json")).expect("a list");
        let pins = crate::pins::own().expect("pins");
        for library in list {
            let Some(source) = &library.source else { continue };
            let of_debian = !source.starts_with("cpython-") && pins.sources[source].apt.is_some();
            let known = VERSIONS.iter().any(|(name, _, _)| *name == library.name);
            assert!(known != of_debian, "{}", library.name);
        }
    }
}
