//! A flake on the disk → its reference, a URL: `git+file:///repo?dir=sub`, or `path:/folder`.
//!
//! Nix takes a plain path for a URL too: `#` and `?` in it end the path, and it looks for a git repository above, whoever's
//! that is. So the reference is written out, and what a URL has for itself is percent-encoded (RFC 3986).
use camino::{Utf8Path, Utf8PathBuf};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::Error;
use crate::text::literal;

/// What is encoded in a parameter.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What is encoded in a path: nothing that may stand there as it is (`pchar`).
const ENCODED_IN_PATH: &AsciiSet = &ENCODED
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');
/// The first version that decodes a path. Those before look for the folder `a%20b`; for a repository of that name they
/// have git fetch the last commit, so changes that are not committed would be left out without a word.
const DECODES: (u32, u32) = (2, 19);

/// A project on the disk: its flake, or, where it has none, what a flake in its folder would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flake {
    /// The folder of its flake.nix, or the project's, absolute.
    pub folder: Utf8PathBuf,
    /// The root of the git repository that the folder is in, absolute; of it Nix sees what git tracks. `None`: Nix sees
    /// the folder, as it is.
    pub repository: Option<Utf8PathBuf>,
    /// The folder of the store that has permafreeze's own Nix code, which stands for a flake.nix that is not there.
    pub code: Option<Utf8PathBuf>,
}

impl Flake {
    /// Returns what of the disk Nix sees.
    pub fn visible(&self) -> &Utf8Path {
        self.repository.as_ref().unwrap_or(&self.folder)
    }

    /// Returns the reference for a version of Nix.
    ///
    /// # Errors
    /// [`Error::Folder`] if that version has none for this folder.
    pub(crate) fn reference(&self, version: &str) -> Result<String, Error> {
        let path = self.path(version)?;
        if self.repository.is_none() {
            return Ok(format!("path:{path}"));
        }
        let below = self.folder.strip_prefix(self.visible()).map(Utf8Path::as_str).unwrap_or_default();
        let mut parameters = Vec::new();
        if !below.is_empty() {
            parameters.push(format!("dir={}", utf8_percent_encode(below, ENCODED)));
        }
        if self.is_shallow() {
            parameters.push("shallow=1".to_owned());
        }
        let url = format!("git+file://{path}");
        Ok(if parameters.is_empty() { url } else { format!("{url}?{}", parameters.join("&")) })
    }

    /// Returns the attributes by which `builtins.fetchTree` gets all that Nix sees, for a version of Nix.
    ///
    /// # Errors
    /// As [`Flake::reference`].
    pub(crate) fn tree(&self, version: &str) -> Result<String, Error> {
        if self.repository.is_none() {
            return Ok(format!("{{ type = \"path\"; path = {}; }}", literal(self.folder.as_str())));
        }
        let shallow = if self.is_shallow() { " shallow = true;" } else { "" };
        Ok(format!("{{ type = \"git\"; url = \"file://{}\";{shallow} }}", self.path(version)?))
    }

    /// Whether the repository has no history: Nix refuses one unless it is told, as it does itself for a plain path.
    fn is_shallow(&self) -> bool {
        self.visible().join(".git/shallow").exists()
    }

    /// Returns the path of what Nix sees, encoded.
    fn path(&self, version: &str) -> Result<String, Error> {
        let folder = self.visible();
        let encoded = |text: &str| utf8_percent_encode(text, ENCODED_IN_PATH).to_string();
        let is_encoded = |character: &char| encoded(character.encode_utf8(&mut [0; 4])) != character.to_string();
        match folder.as_str().chars().find(is_encoded) {
            Some(character) if number(version) < DECODES => {
                Err(Error::Folder { folder: folder.to_owned(), character, version: version.to_owned() })
            }
            _ => Ok(encoded(folder.as_str())),
        }
    }
}

/// Returns the first two numbers of a version.
pub(crate) fn number(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(folder: &str, repository: Option<&str>, version: &str) -> Result<String, Error> {
        Flake { folder: folder.into(), repository: repository.map(Into::into), code: None }.reference(version)
    }

    #[test]
    fn a_repository_has_a_reference_with_the_folder_in_it() {
        let of = |folder, repository, version| reference(folder, Some(repository), version).expect("a reference");
        assert_eq!(of("/a/b", "/a/b", "2.8.0"), "git+file:///a/b");
        assert_eq!(of("/a/b/c/d", "/a/b", "2.8.0"), "git+file:///a/b?dir=c/d");
        assert_eq!(of("/a/b/c d/x&y", "/a/b", "2.8.0"), "git+file:///a/b?dir=c%20d/x%26y");
        assert_eq!(of("/a b/c?dir=y", "/a b", "2.19.1"), "git+file:///a%20b?dir=c%3Fdir%3Dy");
        assert_eq!(of("/ü#%20/x&y", "/ü#%20", "3.0"), "git+file:///%C3%BC%23%2520?dir=x%26y");
    }

    #[test]
    fn a_repository_without_history_is_told_to_be_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_str().expect("UTF-8");
        std::fs::create_dir(folder.path().join(".git")).expect("a folder");
        std::fs::write(folder.path().join(".git/shallow"), "").expect("a file");
        let reference = reference(&format!("{path}/x"), Some(path), "2.8.0").expect("a reference");
        assert!(reference.ends_with("?dir=x&shallow=1"), "{reference}");
    }

    #[test]
    fn an_old_nix_cannot_read_every_folder() {
        let plain = "/a/b-c_d.e~f!$&'()*+,;=:@";
        for version in ["2.8.0", "2.34.8"] {
            assert_eq!(reference(plain, None, version).expect("a reference"), format!("path:{plain}"));
        }
        for (folder, bad) in [("/a b/c", ' '), ("/a/c?dir=y", '?'), ("/a#", '#'), ("/50%", '%'), ("/grün", 'ü')] {
            for repository in [None, Some(folder)] {
                let error = reference(folder, repository, "2.18.9").expect_err("not decoded");
                assert!(matches!(error, Error::Folder { character, .. } if character == bad), "{error}");
            }
        }
        assert_eq!(reference("/a b/c?d", None, "2.19.0").expect("a reference"), "path:/a%20b/c%3Fd");
        assert_eq!(reference("/50%/ü", None, "3.0").expect("a reference"), "path:/50%25/%C3%BC");
    }
}
