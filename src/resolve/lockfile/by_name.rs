//! Files that a lock lists by distribution, for all of its locked versions together: which of them are of which version.
use std::str::FromStr;

use permafreeze_packaging::Version;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::wheel_file_name::WheelFileName;

use super::LockedFile;
use crate::source_distribution::stem;

/// Returns the files of one version of the distribution `name`. A file whose name does not say its version is of none.
pub(super) fn of_version(files: &[LockedFile], name: &str, version: &str) -> Vec<LockedFile> {
    let is_of = |file: &&LockedFile| version_of(&file.file, name).is_some_and(|found| same(&found, version));
    files.iter().filter(is_of).cloned().collect()
}

/// Returns the version in the name of a wheel or source distribution.
fn version_of(file: &str, name: &str) -> Option<String> {
    if let Ok(wheel) = WheelFileName::from_str(file) {
        return Some(wheel.version);
    }
    let stem = stem(file)?;
    // Neither a name nor a version is free of `-` in old file names: the name is the one that is looked for.
    let ends = stem.match_indices('-').map(|(at, _)| at);
    let end = ends.into_iter().find(|end| Name::new(&stem[..*end]) == Name::new(name))?;
    Some(stem[end + 1..].to_owned())
}

fn same(found: &str, locked: &str) -> bool {
    match (Version::from_str(&found.replace('_', "-")), Version::from_str(locked)) {
        (Ok(found), Ok(locked)) => found == locked,
        _ => found == locked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_its_own_files() {
        let names = [
            "zope.interface-5.0-cp313-cp313-win_amd64.whl",
            "zope.interface-5.0.tar.gz",
            "zope_interface-6.0-py3-none-any.whl",
            "zope_interface-6.0.zip",
            "zope-interface-6.0-1.tar.gz",
            "zope.interface-6.0.win32-py3.exe",
            "zope.interface_extra-6.0.tar.gz",
        ];
        let file =
            |file: &str| LockedFile { file: file.to_owned(), hash: String::new(), size: None, url: None, path: None };
        let files = names.map(file);
        let of = |version: &str| {
            let found = of_version(&files, "zope-interface", version);
            found.into_iter().map(|file| file.file).collect::<Vec<_>>()
        };
        assert_eq!(of("5.0"), names[..2]);
        assert_eq!(of("5.0.0"), names[..2], "versions are compared, not texts");
        assert_eq!(of("6.0"), names[2..4]);
        assert_eq!(of("6.0-1"), names[4..5]);
        assert_eq!(of("7"), [""; 0]);
    }
}
