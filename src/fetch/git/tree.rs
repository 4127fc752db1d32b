//! From a commit to its archive: entries of it and of its submodules, sorted by path, with the bytes that git stores.
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout};
use std::time::Duration;

use camino::Utf8Path;
use permafreeze_base::{Beside, FileError};
use permafreeze_plan::plan::GitCommit;
use permafreeze_process::{Running, kill};

use super::Tree;
use super::address::{Way, join, way};
use super::repository::{Entry, Kind, Repository};
use super::tar::Tar;
use crate::error::Error;

/// Repositories that one tree may have, its own included.
const REPOSITORIES: usize = 100;
/// Bytes that the files of a tree may have together.
const SIZE_LIMIT: u64 = 4 << 30;

/// Where the bytes of an entry are.
struct Place {
    repository: usize,
    kind: Kind,
    id: String,
}

/// Writes the archive of `tree` to `to`, beside it first. The repositories are in `scratch`.
pub(super) fn write(tree: &Tree, limit: Duration, scratch: &Utf8Path, to: &Utf8Path) -> Result<(), Error> {
    let Collected { repositories, places } = collect(tree, limit, scratch)?;
    let mut blobs = Vec::new();
    for repository in &repositories {
        let started = repository.git.start(&["cat-file", "--batch"]);
        blobs.push(Blobs::new(started.map_err(|failed| repository.of.error(failed))?));
    }
    let mut file = Beside::create(to)?;
    let mut tar = Tar::new(BufWriter::new(&mut file));
    let mut left = SIZE_LIMIT;
    for (path, place) in &places {
        let of = &repositories[place.repository].of;
        add(&mut tar, &tree.folder, path, place, &mut blobs[place.repository], &mut left)
            .map_err(|error| of.tree(&format!("{}: {error}", String::from_utf8_lossy(path))))?;
    }
    drop(tar.finish().map_err(FileError::of("write", to))?);
    file.commit(None).map_err(Error::from)
}

/// The commits that a tree is made of, and all entries by path.
struct Collected {
    repositories: Vec<Repository>,
    places: BTreeMap<Vec<u8>, Place>,
}

/// Fetches the commit and those of its submodules.
fn collect(tree: &Tree, limit: Duration, scratch: &Utf8Path) -> Result<Collected, Error> {
    let mut collected = Collected { repositories: Vec::new(), places: BTreeMap::new() };
    let mut queue = vec![(Vec::new(), tree.git.clone(), true)];
    while let Some((above, commit, folders)) = queue.pop() {
        let number = collected.repositories.len();
        let repository = Repository::fetch(tree, &commit, folders, limit, &scratch.join(number.to_string()))?;
        if number + queue.len() >= REPOSITORIES {
            return Err(repository.of.tree(&format!("it has more than {REPOSITORIES} submodules")));
        }
        let addresses = repository.submodules();
        // What came over the network names no folder of this machine.
        let folders = way(&commit.url) == Some(Way::Folder);
        for Entry { path, kind, id } in repository.entries()? {
            let whole = [&above[..], &path[..]].concat();
            if kind != Kind::Submodule {
                collected.places.insert(whole, Place { repository: number, kind, id });
            } else if let Some(address) = addresses.get(&path) {
                // One without an address is an empty folder, as `git submodule update` leaves it.
                let commit = GitCommit { url: join(&commit.url, address), commit: id };
                queue.push(([&whole[..], b"/"].concat(), commit, folders));
            }
        }
        collected.repositories.push(repository);
    }
    Ok(collected)
}

fn add(
    tar: &mut Tar<impl Write>,
    folder: &str,
    path: &[u8],
    place: &Place,
    blobs: &mut Blobs,
    left: &mut u64,
) -> io::Result<()> {
    let name = [folder.as_bytes(), b"/", path].concat();
    let size = blobs.ask(&place.id)?;
    *left = left.checked_sub(size).ok_or_else(|| io::Error::other("the tree is larger than 4 GiB"))?;
    match place.kind {
        Kind::File { executable } => tar.file(&name, executable, size, &mut blobs.answers)?,
        _ => {
            let mut target = vec![0; usize::try_from(size).map_err(io::Error::other)?];
            blobs.answers.read_exact(&mut target)?;
            // A link that leads out of the tree leads nowhere in a build.
            if leads_inside(path, &target) {
                tar.link(&name, &target)?;
            }
        }
    }
    blobs.end()
}

/// Returns whether a link at `path` stays in the tree.
fn leads_inside(path: &[u8], target: &[u8]) -> bool {
    let mut depth = path.iter().filter(|byte| **byte == b'/').count();
    !target.starts_with(b"/")
        && target.split(|byte| *byte == b'/').all(|part| match part {
            b"" | b"." => true,
            b".." => depth.checked_sub(1).inspect(|less| depth = *less).is_some(),
            _ => {
                depth += 1;
                true
            }
        })
}

/// `git cat-file --batch` of a repository: asked for one object after the other.
struct Blobs {
    child: Child,
    _running: Running,
    questions: Option<ChildStdin>,
    answers: BufReader<Box<dyn Read>>,
}

impl Blobs {
    fn new((mut child, running): (Child, Running)) -> Blobs {
        let answers = child.stdout.take().map(|stdout: ChildStdout| Box::new(stdout) as Box<dyn Read>);
        let answers = BufReader::new(answers.unwrap_or_else(|| Box::new(io::empty())));
        Blobs { questions: child.stdin.take(), child, _running: running, answers }
    }

    /// Asks for an object; returns its size in bytes. They follow.
    fn ask(&mut self, id: &str) -> io::Result<u64> {
        if let Some(questions) = &mut self.questions {
            writeln!(questions, "{id}")?;
            questions.flush()?;
        }
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let size = line.trim_end().rsplit_once(" blob ").and_then(|(_, size)| size.parse().ok());
        size.ok_or_else(|| io::Error::other(format!("git has no such file: {}", line.trim_end())))
    }

    fn end(&mut self) -> io::Result<()> {
        self.answers.read_exact(&mut [0])
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        drop(self.questions.take());
        // It ends with its questions; on an error it may not.
        kill(&mut self.child);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_out_are_told() {
        for (path, target) in [("a", "b"), ("a/b", "../c"), ("a/b", "./x/../../c"), ("a/b/c", "../../d")] {
            assert!(leads_inside(path.as_bytes(), target.as_bytes()), "{path} -> {target}");
        }
        for (path, target) in [("a", "../b"), ("a", "/etc/passwd"), ("a/b", "../../c"), ("a/b", "x/../../../a/b")] {
            assert!(!leads_inside(path.as_bytes(), target.as_bytes()), "{path} -> {target}");
        }
    }
}
