//! Wheels and source distributions as uv.lock and pylock.toml have them: by URL, path or name, with hash and size.

use super::LockedFile;
use crate::address::{is_of_a_server, without_credentials};
use permafreeze_base::path::join;

/// A file of a package.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Artifact<'a> {
    /// Its name, where the file says it by itself.
    pub name: Option<&'a str>,
    /// Its URL.
    pub url: Option<&'a str>,
    /// Its path, relative to `folder`.
    pub path: Option<&'a str>,
    /// The sha256, lower-case hex, as `sha256:…`; another hash is none that is taken.
    pub hash: Option<&'a str>,
    /// Its size in bytes.
    pub size: Option<u64>,
}

/// Where the file of a package is had from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From<'a> {
    /// The index: the URL is what it had when the project was locked.
    Index,
    /// Its URL.
    Url,
    /// Its path relative to this folder, which is relative to the project's.
    Folder(&'a str),
}

impl Artifact<'_> {
    /// Returns the locked file.
    ///
    /// # Errors
    /// What is wrong with its name or its place.
    pub(super) fn locked(&self, from: From<'_>) -> Result<LockedFile, String> {
        let place = self.name.or(self.url).or(self.path).ok_or("a file has neither `url`, `path` nor a name")?;
        let name = file_name(place);
        if !super::text::is_part(&name) || name.chars().any(char::is_control) {
            return Err(format!("`{}` is not one part of a path", without_credentials(place).escape_debug()));
        }
        let mut file = LockedFile {
            file: name,
            hash: self.hash.unwrap_or_default().to_owned(),
            size: self.size,
            url: None,
            path: None,
        };
        match (from, self.url, self.path) {
            (From::Index, Some(_), _) => {}
            (From::Url, Some(url), _) if is_of_a_server(url) => file.url = Some(without_credentials(url)),
            (From::Url, Some(_), _) => {
                return Err(format!("the `url` of `{}` must begin with `https://` or `http://`", file.file));
            }
            (From::Folder(folder), _, Some(path)) => file.path = Some(join(folder, path)),
            (From::Index | From::Url, None, Some(path)) => file.path = Some(join(".", path)),
            _ => {}
        }
        Ok(file)
    }
}

/// Returns the last part of a URL or a path, with `%` and two digits read as the character that they stand for.
pub(super) fn file_name(place: &str) -> String {
    let bare = place.split(['?', '#']).next().unwrap_or(place);
    let last = bare.rsplit('/').next().unwrap_or(bare);
    let bytes = last.as_bytes();
    let (mut name, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let digits = last.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                name.push(byte);
                at += 3;
            }
            None => {
                name.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(name).unwrap_or_else(|_| last.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_last_part_decoded() {
        for (place, name) in [
            ("https://h/a/b-1%2Bcpu-py3-none-any.whl#sha256=x", "b-1+cpu-py3-none-any.whl"),
            ("https://h/a-1.tar.gz?token=x/y", "a-1.tar.gz"),
            ("dist/a-1.zip", "a-1.zip"),
            ("a%2-%zz.zip", "a%2-%zz.zip"),
            ("é%", "é%"),
        ] {
            assert_eq!(file_name(place), name);
        }
    }

    #[test]
    fn a_name_leads_nowhere() {
        for place in ["https://h/%2e%2e", "https://h/a%2fb.whl", "https://h/", "x/..", "https://h/a%0ab.whl"] {
            let artifact = Artifact { url: Some(place), ..Artifact::default() };
            assert!(artifact.locked(From::Index).is_err(), "{place}");
        }
        assert!(Artifact::default().locked(From::Index).is_err());
    }

    #[test]
    fn the_place_of_a_file_is_that_of_its_package() {
        let artifact = Artifact { url: Some("https://me:pw@h/a-1.zip?x=1"), size: Some(3), ..Artifact::default() };
        let file = artifact.locked(From::Index).expect("a file");
        assert_eq!((file.file.as_str(), file.url, file.size), ("a-1.zip", None, Some(3)));
        assert_eq!(artifact.locked(From::Url).expect("a file").url.as_deref(), Some("https://h/a-1.zip"));
        let artifact = Artifact { path: Some("w/a-1.zip"), ..Artifact::default() };
        assert_eq!(artifact.locked(From::Folder("../x")).expect("a file").path.as_deref(), Some("../x/w/a-1.zip"));
        let artifact = Artifact { url: Some("file:///etc/a-1.zip"), ..Artifact::default() };
        assert!(artifact.locked(From::Url).expect_err("no server").contains("must begin with"));
    }
}
