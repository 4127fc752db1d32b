//! One commit of a repository, fetched into a bare repository of our own, and what it has.
use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8Path;
use permafreeze_plan::plan::GitCommit;

use super::Tree;
use super::address::{Way, way};
use super::program::{Failed, Git};
use crate::error::Error;
use crate::git_error::{Cause, OfCommit};

/// Digits of a commit's id where sha256 makes it.
const SHA256_DIGITS: usize = 64;

/// A repository that has the commit.
pub(super) struct Repository {
    pub(super) git: Git,
    commit: String,
    /// For errors.
    pub(super) of: OfCommit,
}

/// What stands in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file.
    File {
        /// It may be run.
        executable: bool,
    },
    /// A symbolic link.
    Link,
    /// A commit of another repository.
    Submodule,
}

/// An entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) id: String,
}

impl Repository {
    /// Fetches a commit of a repository into `folder`; `tree` is for whom. Folders of this machine are only read if
    /// `folders` is set.
    pub(super) fn fetch(
        tree: &Tree,
        commit: &GitCommit,
        folders: bool,
        limit: Duration,
        folder: &Utf8Path,
    ) -> Result<Repository, Error> {
        let of = OfCommit::new(tree, commit);
        let is_id = commit.commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        let way = way(&commit.url).filter(|way| is_id && (folders || *way == Way::Network));
        let Some(mut way) = way else { return Err(of.error(Cause::Address)) };
        std::fs::create_dir_all(folder).map_err(Error::io("make", folder))?;
        let failed = |failed| of.error(failed);
        let plain = Git { folder: folder.to_owned(), way, limit };
        // The user's own `insteadOf` may lead to a folder of this machine.
        let asked = plain.output(&["ls-remote", "--get-url", "--", &commit.url]).map_err(failed)?;
        let asked = String::from_utf8_lossy(&asked).trim().to_owned();
        if asked != commit.url && super::address::way(&asked) == Some(Way::Folder) {
            way = Way::Folder;
        }
        let git = Git { way, ..plain };
        let format = if commit.commit.len() == SHA256_DIGITS { "sha256" } else { "sha1" };
        let format = format!("--object-format={format}");
        git.run(&["init", "--quiet", "--bare", "--template=", &format]).map_err(failed)?;
        let repository = Repository { git, commit: commit.commit.clone(), of };
        repository.get(&commit.url)?;
        Ok(repository)
    }

    /// The commit alone, if the server gives it; else all branches and tags.
    fn get(&self, url: &str) -> Result<(), Error> {
        let shallow = ["fetch", "--quiet", "--depth=1", "--no-tags", "--", url, &self.commit];
        match self.git.run(&shallow) {
            Ok(()) if self.has_commit() => return Ok(()),
            Err(Failed::Said(text)) if text.contains("not our ref") => return Err(self.gone()),
            Err(failed @ (Failed::Missing | Failed::Late(_))) => return Err(self.of.error(failed)),
            Ok(()) | Err(Failed::Said(_)) => {}
        }
        let all = ["+refs/heads/*:refs/all/heads/*", "+refs/tags/*:refs/all/tags/*"];
        let whole = ["fetch", "--quiet", "--no-tags", "--", url, all[0], all[1]];
        self.git.run(&whole).map_err(|failed| self.of.error(failed))?;
        if self.has_commit() { Ok(()) } else { Err(self.gone()) }
    }

    fn has_commit(&self) -> bool {
        self.git.run(&["cat-file", "-e", &format!("{}^{{commit}}", self.commit)]).is_ok()
    }

    fn gone(&self) -> Error {
        self.of.error(Cause::Gone)
    }

    /// Returns the entries of the commit's tree, those of its folders too.
    pub(super) fn entries(&self) -> Result<Vec<Entry>, Error> {
        let listed = self.git.output(&["ls-tree", "-r", "-z", "--full-tree", &self.commit]);
        let listed = listed.map_err(|failed| self.of.error(failed))?;
        listed
            .split(|byte| *byte == 0)
            .filter(|line| !line.is_empty())
            .map(|line| entry(line).ok_or_else(|| self.of.tree(&String::from_utf8_lossy(line))))
            .collect()
    }

    /// Returns the addresses of submodules by their paths, as `.gitmodules` has them.
    pub(super) fn submodules(&self) -> BTreeMap<Vec<u8>, String> {
        let blob = format!("{}:.gitmodules", self.commit);
        // A repository that has none has no submodule that could be fetched.
        let listed = self.git.output(&["config", "--blob", &blob, "-z", "--list"]).unwrap_or_default();
        let mut found: BTreeMap<String, (Option<String>, Option<String>)> = BTreeMap::new();
        for pair in listed.split(|byte| *byte == 0).map(String::from_utf8_lossy) {
            let Some((key, value)) = pair.split_once('\n') else { continue };
            let Some((name, key)) = key.strip_prefix("submodule.").and_then(|key| key.rsplit_once('.')) else {
                continue;
            };
            let one = found.entry(name.to_owned()).or_default();
            match key {
                "path" => one.0 = Some(value.to_owned()),
                "url" => one.1 = Some(value.to_owned()),
                _ => {}
            }
        }
        found.into_values().filter_map(|(path, url)| Some((path?.into_bytes(), url?))).collect()
    }
}

/// Reads `MODE TYPE ID\tPATH`.
fn entry(line: &[u8]) -> Option<Entry> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let (head, path) = (std::str::from_utf8(&line[..tab]).ok()?, &line[tab + 1..]);
    let mut words = head.split(' ');
    let (mode, _, id) = (words.next()?, words.next()?, words.next()?);
    let kind = match mode {
        "120000" => Kind::Link,
        "160000" => Kind::Submodule,
        _ => Kind::File { executable: mode == "100755" },
    };
    // Git itself checks out no such names.
    let is_good = |part: &[u8]| !matches!(part, b"" | b"." | b"..") && !part.eq_ignore_ascii_case(b".git");
    let is_path = path.split(|byte| *byte == b'/').all(is_good);
    is_path.then(|| Entry { path: path.to_vec(), kind, id: id.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_and_dangerous_names_are_none() {
        let id = "0".repeat(40);
        let read = |mode: &str, path: &str| entry(format!("{mode} blob {id}\t{path}").as_bytes());
        let found = read("100755", "a b/c\u{e9}").expect("an entry");
        assert_eq!((found.path, found.kind), ("a b/c\u{e9}".as_bytes().to_vec(), Kind::File { executable: true }));
        assert_eq!(read("120000", "x").map(|entry| entry.kind), Some(Kind::Link));
        assert_eq!(read("160000", "x").map(|entry| entry.kind), Some(Kind::Submodule));
        for path in ["../x", "a/../b", "/x", "a//b", ".git/hooks/x", "a/.GIT/config", ""] {
            assert_eq!(read("100644", path), None, "{path}");
        }
    }
}
