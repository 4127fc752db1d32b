//! The folder, delivered as one file: a tar archive in zstd frames; beside it the folder itself.
use permafreeze_bundle::Filter;
use permafreeze_executable::tarball::{self, Kind as MemberKind, Member};
use permafreeze_object::frames::{Effort, SIZE, encode};
use permafreeze_plan::artifact::ARCHIVE_SUFFIX;
use rayon::prelude::*;

use super::folder::{File, Folder, Kind};
use super::{EXECUTABLE, Error};
use crate::output::{OutputFile, OutputKind, Part, length, stream};

/// Permission bits of the archive, and of data in the folder: whoever unpacks it says who else may read.
const DATA: u32 = 0o644;

/// Returns the archive, the folder, and what `bin` has of it.
pub(super) fn files<'c>(folder: Folder<'c>) -> Result<Vec<OutputFile<'c>>, Error> {
    let Folder { name, program, files } = folder;
    let archive = OutputKind::Regular(DATA, archive(name, &files)?);
    let started = OutputKind::Link(format!("../lib/{name}/{program}"));
    let mut all = vec![
        OutputFile { path: format!("{name}{ARCHIVE_SUFFIX}").into(), kind: archive },
        OutputFile { path: format!("bin/{program}").into(), kind: started },
    ];
    all.extend(files.into_iter().map(|File { path, kind }| {
        let kind = match kind {
            Kind::Regular(mode, parts) => OutputKind::Regular(public(mode), parts),
            Kind::Link(target) => OutputKind::Link(target.to_owned()),
        };
        OutputFile { path: format!("lib/{name}/{path}").into(), kind }
    }));
    Ok(all)
}

/// The permission bits of a file that every user may run or read; a private one's say only whether it is a program.
fn public(mode: u32) -> u32 {
    if mode & 0o100 == 0 { DATA } else { EXECUTABLE }
}

/// Every frame holds as many bytes of the tar archive as one may.
fn archive<'c>(name: &str, files: &[File<'_>]) -> Result<Vec<Part<'c>>, Error> {
    let members = files.par_iter().map(|file| member(name, file)).collect::<Result<Vec<_>, Error>>()?;
    let tar = tarball::tar(&members)?;
    drop(members);
    Ok(tar.par_chunks(SIZE).map(|bytes| Part::Bytes(encode(bytes, 0, Filter::None, Effort::Fast))).collect())
}

fn member(name: &str, file: &File<'_>) -> Result<Member, Error> {
    let kind = match &file.kind {
        Kind::Link(target) => MemberKind::Link((*target).to_owned()),
        Kind::Regular(mode, parts) => {
            let mut bytes = Vec::with_capacity(length(parts) as usize);
            stream::<Error>(parts, |piece| {
                bytes.extend(piece);
                Ok(())
            })?;
            MemberKind::Regular(public(*mode), bytes)
        }
    };
    Ok(Member { path: format!("{name}/{}", file.path), kind })
}
