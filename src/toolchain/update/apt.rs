//! The newest archive that Debian has, by apt. Its lists are kept apart from the machine's own, so that suites can be asked
//! that the machine does not install from.
use std::str::FromStr;

use camino::Utf8Path;
use permafreeze_packaging::{Version, VersionSpecifiers};
use permafreeze_plan::pins::PinnedSource;

use crate::clients;

/// What stands after the version in an upstream archive's name, whatever it is compressed with.
const ORIG: &str = ".orig.tar.";
/// What stands after the version in the name of a package that is the same on every machine.
const DEB: &str = "_all.deb";

/// An archive's path below a mirror, taken apart: `FOLDER/PACKAGE_VERSION.orig.tar.COMPRESSION`, or, where a package of
/// headers or data stands for its source, `FOLDER/PACKAGE_VERSION_all.deb`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// As `python3.13`.
    pub package: &'a str,
    /// As `3.13.5`; of a `.deb` with Debian's revision, as `2024.1-1`.
    pub version: &'a str,
    /// Whether it is a `.deb`.
    pub binary: bool,
}

/// Takes a path apart.
pub(super) fn parts(path: &str) -> Option<Parts<'_>> {
    let (_, file) = path.rsplit_once('/')?;
    let deb = file.strip_suffix(DEB);
    let name = match deb {
        Some(name) => name,
        None => file.split_once(ORIG).filter(|(_, compression)| !compression.contains('.'))?.0,
    };
    let (package, version) = name.split_once('_')?;
    Some(Parts { package, version, binary: deb.is_some() })
}

/// Returns the version that upstream gave what lies at a path, without Debian's additions, as `8.6.18`.
pub(super) fn upstream_version(path: &str) -> Option<&str> {
    parts(path)?.version.split(['+', '-']).next()
}

/// Returns the newest archive that `source.within` allows, of any suite; `folder` is for apt's lists.
///
/// # Errors
/// What failed, in words.
pub(super) fn newest(source: &PinnedSource, folder: &Utf8Path) -> Result<PinnedSource, String> {
    let path = source.apt.as_deref().unwrap_or_default();
    let before = parts(path).ok_or_else(|| format!("`{path}` is not the path of an archive of Debian's"))?;
    let within = source.within.as_deref().unwrap_or_default();
    let within = VersionSpecifiers::from_str(within).map_err(|error| format!("within `{within}`: {error}"))?;
    let records = clients::debian_records(before.package, before.binary, folder)?;
    let mut found: Vec<(Version, String, &str)> =
        archives(&records, before.package).filter(|(version, _, _)| within.contains(version)).collect();
    found.sort();
    let (version, path, sha256) =
        found.pop().ok_or_else(|| format!("no suite has a `{}` within `{within}`", before.package))?;
    let url = source.url.as_ref().map(|url| url.replace(before.version, &version.to_string()));
    Ok(PinnedSource { sha256: sha256.to_owned(), url, apt: Some(path), ..source.clone() })
}

/// Returns version, path and sha256 of every archive in the records of a package.
fn archives<'a>(records: &'a str, package: &str) -> impl Iterator<Item = (Version, String, &'a str)> {
    records.split("\n\n").filter_map(move |record| {
        let (path, sha256) = upstream_archive(record, package).or_else(|| deb(record))?;
        let parts = parts(&path).filter(|parts| sha256.len() == 64 && parts.package == package)?;
        Some((Version::from_str(parts.version).ok()?, path.clone(), sha256))
    })
}

/// Returns path and sha256 of the upstream archive in a source package's record.
fn upstream_archive<'a>(record: &'a str, package: &str) -> Option<(String, &'a str)> {
    let folder = field(record, "Directory: ")?;
    record.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let (sha256, _size, file) = (words.next()?, words.next()?, words.next()?);
        let path = format!("{folder}/{file}");
        parts(&path).filter(|parts| sha256.len() == 64 && parts.package == package)?;
        Some((path, sha256))
    })
}

/// Returns path and sha256 of the `.deb` in a package's record.
fn deb(record: &str) -> Option<(String, &str)> {
    Some((field(record, "Filename: ")?.to_owned(), field(record, "SHA256: ")?))
}

fn field<'a>(record: &'a str, name: &str) -> Option<&'a str> {
    record.lines().find_map(|line| line.strip_prefix(name))
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

    #[test]
    fn a_package_of_headers_is_read() {
        let hash = "1".repeat(64);
        let records =
            format!("Package: x11proto-dev\nFilename: pool/x/x11proto-dev_2024.1-1_all.deb\nSHA256: {hash}\n");
        let (version, path, sha256) = archives(&records, "x11proto-dev").next().expect("a package");
        assert_eq!((version.to_string().as_str(), sha256), ("2024.1.post1", hash.as_str()));
        assert_eq!(path, "pool/x/x11proto-dev_2024.1-1_all.deb");
    }

    #[test]
    fn upstreams_version_is_without_debians_additions() {
        for (path, version) in [
            ("pool/t/tcl8.6_8.6.18+dfsg.orig.tar.gz", Some("8.6.18")),
            ("pool/l/libedit_3.1-20250104.orig.tar.gz", Some("3.1")),
            ("pool/x/x11proto-dev_2024.1-1_all.deb", Some("2024.1")),
            ("pool/p/python3.13_3.13.9.orig.tar.xz.asc", None),
            ("pool/p/python3.13_3.13.9-1_amd64.deb", None),
        ] {
            assert_eq!(upstream_version(path), version, "{path}");
        }
    }
}
