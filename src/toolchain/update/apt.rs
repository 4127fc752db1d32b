//! The newest upstream archive that Debian has, by apt. Its lists are kept apart from the machine's own, so that suites
//! can be asked that the machine does not install from.
use std::str::FromStr;

use camino::Utf8Path;
use permafreeze_packaging::{Version, VersionSpecifiers};
use permafreeze_plan::pins::PinnedSource;

use crate::clients;

/// What stands between the version and the end of an upstream archive's name.
const ORIG: &str = ".orig.tar.xz";

/// An upstream archive's path below a mirror, taken apart: `FOLDER/PACKAGE_VERSION.orig.tar.xz`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// As `pool/main/p/python3.13`.
    pub folder: &'a str,
    /// As `python3.13`.
    pub package: &'a str,
    /// As `3.13.5`.
    pub version: &'a str,
}

/// Takes a path apart.
pub(super) fn parts(path: &str) -> Option<Parts<'_>> {
    let (folder, file) = path.rsplit_once('/')?;
    let (package, version) = file.strip_suffix(ORIG)?.split_once('_')?;
    Some(Parts { folder, package, version })
}

/// Returns the newest upstream archive that `source.within` allows, of any suite.
///
/// # Errors
/// What failed, in words.
pub(super) fn newest(source: &PinnedSource, folder: &Utf8Path) -> Result<PinnedSource, String> {
    let path = source.apt.as_deref().unwrap_or_default();
    let before = parts(path).ok_or_else(|| format!("`{path}` is not the path of an upstream archive"))?;
    let within = source.within.as_deref().unwrap_or_default();
    let within = VersionSpecifiers::from_str(within).map_err(|error| format!("within `{within}`: {error}"))?;
    let records = clients::debian_sources(before.package, folder)?;
    let mut found: Vec<(Version, String, &str)> =
        archives(&records, before.package).filter(|(version, _, _)| within.contains(version)).collect();
    found.sort();
    let (version, path, sha256) =
        found.pop().ok_or_else(|| format!("no suite has a `{}` within `{within}`", before.package))?;
    let url = source.url.as_ref().map(|url| url.replace(before.version, &version.to_string()));
    Ok(PinnedSource { sha256: sha256.to_owned(), url, apt: Some(path), ..source.clone() })
}

/// Returns version, path and sha256 of every upstream archive in the records of a package.
fn archives<'a>(records: &'a str, package: &str) -> impl Iterator<Item = (Version, String, &'a str)> {
    records.split("\n\n").filter_map(move |record| {
        let folder = record.lines().find_map(|line| line.strip_prefix("Directory: "))?;
        record.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            let (sha256, _size, file) = (words.next()?, words.next()?, words.next()?);
            let path = format!("{folder}/{file}");
            let parts = parts(&path).filter(|parts| sha256.len() == 64 && parts.package == package)?;
            Some((Version::from_str(parts.version).ok()?, path.clone(), sha256))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read() {
        let (one, two) = ("1".repeat(64), "2".repeat(64));
        let records = format!(
            "Package: python3.13\nFiles:\n 00 5 python3.13_3.13.9.orig.tar.xz\nChecksums-Sha256:\n {one} 5 \
             python3.13_3.13.9.orig.tar.xz\n {two} 7 python3.13_3.13.9.orig.tar.xz.asc\nDirectory: pool/p\n\n\
             Package: python3.13\nChecksums-Sha256:\n {two} 5 python3.13_3.13.15.orig.tar.xz\nDirectory: pool/q\n"
        );
        let found: Vec<(String, String, &str)> = archives(&records, "python3.13")
            .map(|(version, path, sha256)| (version.to_string(), path, sha256))
            .collect();
        assert_eq!(
            found,
            [
                ("3.13.9".into(), "pool/p/python3.13_3.13.9.orig.tar.xz".into(), one.as_str()),
                ("3.13.15".into(), "pool/q/python3.13_3.13.15.orig.tar.xz".into(), two.as_str())
            ]
        );
    }
}
