//! What is special of a bundle: its launcher, its frames, and the folder that it is unpacked to.
use permafreeze_archive::Executable;
use permafreeze_bundle::Kind;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A bundle's parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct BundleFacts {
    /// Its name in the cache.
    pub name: String,
    /// The name of the unpacked folder: the first digits of the key.
    pub key: String,
    /// Bytes of the launcher.
    pub launcher: u64,
    /// How many frames there are.
    pub frames: usize,
    /// Bytes of the frames.
    pub stored: u64,
    /// Bytes of the frames, decoded. They are what the unpacked folder takes on disk, where files may have holes.
    pub decoded: u64,
    /// How many files are unpacked.
    pub files: usize,
    /// Bytes of the unpacked files, holes included.
    pub unpacked: u64,
}

/// Returns the facts of a bundle; frames that cannot be decoded and files with another hash than the index says become
/// notes.
pub(crate) fn facts(executable: &Executable, notes: &mut Vec<String>) -> Option<BundleFacts> {
    let bundle = executable.bundle()?;
    let (index, sum) = (bundle.contents(), |sizes: &mut dyn Iterator<Item = u32>| sizes.map(u64::from).sum());
    let damages = (0..index.frames.len()).filter_map(|frame| Some((frame, bundle.damage(frame)?)));
    notes.extend(damages.map(|(frame, problem)| format!("frame {frame}: {problem}")));
    for (said, file) in index.files.iter().zip(executable.files()) {
        let Kind::Regular { sha256, .. } = &said.kind else { continue };
        let Ok(bytes) = file.bytes() else { continue };
        if Sha256::digest(bytes)[..] != sha256[..] {
            notes.push(format!("`{}` has another sha256 than the index says", said.path.escape_debug()));
        }
    }
    if Sha256::digest(&bundle.bytes()[bundle.index()])[..] != bundle.end().key[..] {
        notes.push("the key is not the sha256 of the index".to_owned());
    }
    Some(BundleFacts {
        name: index.name.clone(),
        key: bundle.end().folder(),
        launcher: bundle.launcher().len() as u64,
        frames: index.frames.len(),
        stored: sum(&mut index.frames.iter().map(|frame| frame.stored)),
        decoded: sum(&mut index.frames.iter().map(|frame| frame.size)),
        files: index.files.len(),
        unpacked: executable.unpacked().unwrap_or_default(),
    })
}
