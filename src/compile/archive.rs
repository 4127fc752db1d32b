//! `.tar.gz` archives: read with every name checked, unpacked the same everywhere.
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;

use camino::Utf8Path;
use flate2::read::MultiGzDecoder;
use tar::EntryType;

use crate::error::{ArchiveError, Error};
use crate::path;

/// Bytes that an archive may unpack to.
const SIZE_LIMIT: u64 = 4 << 30;

/// One member of an archive.
pub(crate) struct Entry {
    /// Its checked path, without a trailing slash.
    pub path: String,
    /// What it is.
    pub body: Body,
}

/// What a member is.
pub(crate) enum Body {
    /// A file.
    File {
        /// Its bytes.
        bytes: Vec<u8>,
        /// Whether it has an executable bit.
        executable: bool,
    },
    /// A symbolic link; its target lies in the archive's root.
    Link(String),
    /// Another name of an earlier file.
    HardLink(String),
    /// A folder.
    Folder,
}

/// Reads an archive and hands each member for which `wanted` is true to `take`, in the archive's order.
pub(crate) fn read(
    archive: &Utf8Path,
    wanted: impl Fn(&str) -> bool,
    mut take: impl FnMut(Entry) -> Result<(), Error>,
) -> Result<(), Error> {
    let refuse = |source| Error::Archive { archive: archive.to_owned(), source };
    let file =
        fs::File::open(archive).map_err(|source| Error::Io { action: "read", path: archive.to_owned(), source })?;
    let unreadable = |source| refuse(ArchiveError::Unreadable(source));
    let mut tar = tar::Archive::new(MultiGzDecoder::new(std::io::BufReader::new(file)));
    let mut total: u64 = 0;
    for entry in tar.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        total = total.saturating_add(entry.size());
        if total > SIZE_LIMIT {
            return Err(refuse(ArchiveError::TooLarge { limit: SIZE_LIMIT }));
        }
        let Some(path) = name(&entry.path_bytes()).map_err(refuse)? else { continue };
        let link = entry.link_name_bytes().map(|target| String::from_utf8_lossy(&target).into_owned());
        let body = match entry.header().entry_type() {
            EntryType::Directory => Body::Folder,
            EntryType::Symlink => Body::Link(checked_link(&path, link.unwrap_or_default()).map_err(refuse)?),
            EntryType::Link => Body::HardLink(hard_link(&path, link.unwrap_or_default()).map_err(refuse)?),
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse if wanted(&path) => {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).map_err(unreadable)?;
                let executable = entry.header().mode().map_err(unreadable)? & 0o111 != 0;
                Body::File { bytes, executable }
            }
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => continue,
            _ => return Err(refuse(ArchiveError::Kind { member: path })),
        };
        if wanted(&path) {
            take(Entry { path, body })?;
        }
    }
    Ok(())
}

/// Checks a member's name; `None` for the root itself (`./`).
fn name(raw: &[u8]) -> Result<Option<String>, ArchiveError> {
    let text = std::str::from_utf8(raw)
        .map_err(|_| ArchiveError::NotUtf8 { member: String::from_utf8_lossy(raw).into_owned() })?;
    let text = text.strip_suffix('/').unwrap_or(text);
    // `tar -C folder .` begins every name with `./`.
    let text = text.strip_prefix("./").unwrap_or(text);
    if text == "." || text.is_empty() {
        return Ok(None);
    }
    path::check(text).map_err(|why| ArchiveError::Name { member: text.to_owned(), why })?;
    Ok(Some(text.to_owned()))
}

fn checked_link(member: &str, target: String) -> Result<String, ArchiveError> {
    match path::link_target(member, &target) {
        Some(_) => Ok(target),
        None => Err(ArchiveError::Link { member: member.to_owned(), target }),
    }
}

fn hard_link(member: &str, target: String) -> Result<String, ArchiveError> {
    match name(target.as_bytes()) {
        Ok(Some(name)) => Ok(name),
        _ => Err(ArchiveError::Link { member: member.to_owned(), target }),
    }
}

/// Unpacks an archive to the folder `out`, which does not exist yet. Times and owners are left out; modes are reduced
/// to the executable bit.
pub fn unpack(archive: &Utf8Path, out: &Utf8Path) -> Result<(), Error> {
    let refuse = |source| Error::Archive { archive: archive.to_owned(), source };
    let folder = Folder::create(out)?;
    // By path: whether it is executable; `None` for links.
    let mut members: BTreeMap<String, Option<bool>> = BTreeMap::new();
    let mut links = Vec::new();
    read(
        archive,
        |_| true,
        |Entry { path, body }| {
            let executable = match body {
                Body::Folder => return folder.folder(&path),
                Body::Link(target) => {
                    links.push((path.clone(), target));
                    None
                }
                Body::File { bytes, executable } if !members.contains_key(&path) => {
                    folder.file(&path, &bytes, executable)?;
                    Some(executable)
                }
                Body::HardLink(target) if !members.contains_key(&path) => {
                    let Some(Some(executable)) = members.get(&target).copied() else {
                        return Err(refuse(ArchiveError::Link { member: path, target }));
                    };
                    folder.file(&path, &folder.read(&target)?, executable)?;
                    Some(executable)
                }
                Body::File { .. } | Body::HardLink(_) => None,
            };
            match members.insert(path.clone(), executable) {
                Some(_) => Err(refuse(ArchiveError::Duplicate { member: path })),
                None => Ok(()),
            }
        },
    )?;
    // Links last: no file is ever written through one.
    for (path, target) in links {
        folder.link(&path, &target)?;
    }
    folder.finish()
}

/// A folder that is filled beside its place and renamed into it; dropped unfinished, it leaves nothing.
pub(crate) struct Folder {
    place: camino::Utf8PathBuf,
    beside: camino::Utf8PathBuf,
    finished: bool,
}

impl Folder {
    /// Starts a folder that will be at `place`.
    pub(crate) fn create(place: &Utf8Path) -> Result<Folder, Error> {
        let beside = camino::Utf8PathBuf::from(format!("{place}.tmp"));
        if place.symlink_metadata().is_ok() {
            let source = std::io::ErrorKind::AlreadyExists.into();
            return Err(Error::Io { action: "create", path: place.to_owned(), source });
        }
        if beside.exists() {
            fs::remove_dir_all(&beside).map_err(io("remove", &beside))?;
        }
        fs::create_dir(&beside).map_err(io("create", &beside))?;
        Ok(Folder { place: place.to_owned(), beside, finished: false })
    }

    /// Makes a folder in it.
    pub(crate) fn folder(&self, path: &str) -> Result<(), Error> {
        let path = self.beside.join(path);
        fs::create_dir_all(&path).map_err(io("create", &path))
    }

    /// Writes a new file in it.
    pub(crate) fn file(&self, path: &str, bytes: &[u8], executable: bool) -> Result<(), Error> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.beside.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io("create", parent))?;
        }
        let mode = if executable { 0o755 } else { 0o644 };
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
        file.and_then(|mut file| file.write_all(bytes)).map_err(io("create", &path))
    }

    /// Makes a symbolic link in it.
    pub(crate) fn link(&self, path: &str, target: &str) -> Result<(), Error> {
        let path = self.beside.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io("create", parent))?;
        }
        std::os::unix::fs::symlink(target, &path).map_err(io("create", &path))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let path = self.beside.join(path);
        fs::read(&path).map_err(io("read", &path))
    }

    /// Moves it into place.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        fs::rename(&self.beside, &self.place).map_err(io("create", &self.place))?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: the error that ended the work is the one to report.
            let _ = fs::remove_dir_all(&self.beside);
        }
    }
}

fn io(action: &'static str, path: &Utf8Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { action, path, source }
}
