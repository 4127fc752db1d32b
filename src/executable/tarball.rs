//! The archive of a folder: tar (POSIX.1-1988 `ustar`, long names as GNU tar has them), without owners and times.
use tar::{Builder, EntryType, Header};

use crate::error::LayoutError;

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its path, `/` between parts.
    pub path: String,
    /// What it is.
    pub kind: Kind,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A regular file: permission bits and bytes.
    Regular(u32, Vec<u8>),
    /// A symbolic link with this target.
    Link(String),
}

/// Returns the archive of files, in their order. Folders are not in it: their files' paths say them.
///
/// # Errors
/// [`LayoutError::Name`] if a path or target cannot stand in an archive: an absolute one, one with `..`, an empty one.
pub fn tar(members: &[Member]) -> Result<Vec<u8>, LayoutError> {
    let size = members.iter().map(|member| 2048 + content(&member.kind).len()).sum();
    let mut builder = Builder::new(Vec::with_capacity(size));
    for member in members {
        let path = member.path.as_str();
        let (kind, mode) = match &member.kind {
            Kind::Regular(mode, _) => (EntryType::Regular, *mode),
            Kind::Link(_) => (EntryType::Symlink, 0o777),
        };
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(content(&member.kind).len() as u64);
        let written = match &member.kind {
            Kind::Regular(_, bytes) => builder.append_data(&mut header, path, bytes.as_slice()),
            Kind::Link(target) => builder.append_link(&mut header, path, target),
        };
        written.map_err(|_| unspeakable(path))?;
    }
    builder.into_inner().map_err(|_| unspeakable("the end"))
}

fn content(kind: &Kind) -> &[u8] {
    match kind {
        Kind::Regular(_, bytes) => bytes,
        Kind::Link(_) => &[],
    }
}

/// Memory takes all that is written to it: only a path can be wrong.
fn unspeakable(path: &str) -> LayoutError {
    LayoutError::Name {
        format: "tar archive",
        name: path.to_owned(),
        reason: "expected a relative path without `..` and NUL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regular(path: &str, bytes: &[u8]) -> Member {
        Member { path: path.to_owned(), kind: Kind::Regular(0o755, bytes.to_vec()) }
    }

    #[test]
    fn nothing_of_the_machine_is_in_it() {
        let members = [
            regular("app/app", b"program"),
            regular(&format!("app/{}", "long/".repeat(60)), b""),
            Member { path: "app/link".to_owned(), kind: Kind::Link("app".to_owned()) },
        ];
        let archive = tar(&members).expect("an archive");
        assert_eq!(archive, tar(&members).expect("an archive"));
        assert_eq!(archive.len() % 512, 0);
        for entry in tar::Archive::new(archive.as_slice()).entries().expect("entries") {
            let entry = entry.expect("an entry");
            let header = entry.header();
            assert_eq!((header.uid().ok(), header.gid().ok(), header.mtime().ok()), (Some(0), Some(0), Some(0)));
            assert!(header.username_bytes().is_none_or(<[u8]>::is_empty));
        }
    }

    #[test]
    fn a_path_out_of_the_folder_is_refused() {
        for path in ["/etc/passwd", "app/../../x", ""] {
            assert!(matches!(tar(&[regular(path, b"")]), Err(LayoutError::Name { .. })), "{path}");
        }
    }
}
