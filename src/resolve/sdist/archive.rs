//! The files of an archive that say how it is built or what it requires; the rest is passed over.
use std::fs::File;
use std::io::{self, BufReader, Read};

use camino::Utf8Path;
use flate2::read::MultiGzDecoder;
use permafreeze_packaging::metadata::Metadata;
use zip::ZipArchive;

/// Bytes of one text that are read at most; none that is written by hand is longer.
const TEXT_LIMIT: u64 = 8 << 20;
/// Bytes that a compressed archive may unpack to.
const SIZE_LIMIT: u64 = 4 << 30;

/// What a source distribution says of its build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// pyproject.toml.
    pub pyproject: Option<String>,
    /// setup.cfg.
    pub setup_cfg: Option<String>,
    /// setup.py.
    pub setup_py: Option<String>,
}

impl Texts {
    /// Returns where the text of a member goes; `subdirectory` is the folder that is the project.
    fn place(&mut self, member: &str, subdirectory: Option<&str>) -> Option<&mut Option<String>> {
        // One folder holds all of it, whatever it is called.
        let (_, path) = member.trim_start_matches("./").split_once('/')?;
        let name = match subdirectory {
            Some(folder) => path.strip_prefix(folder)?.strip_prefix('/')?,
            None => path,
        };
        match name {
            "pyproject.toml" => Some(&mut self.pyproject),
            "setup.cfg" => Some(&mut self.setup_cfg),
            "setup.py" => Some(&mut self.setup_py),
            _ => None,
        }
    }
}

/// Reads the source distribution at `path`, whose name in an index is `name`, or the archive of a git tree;
/// `subdirectory` is the folder in it that is the project.
///
/// # Errors
/// If it is no `.tar.gz`, `.tar` or `.zip`, damaged or too large.
pub fn sdist(path: &Utf8Path, name: &str, subdirectory: Option<&str>) -> io::Result<Texts> {
    let file = BufReader::new(File::open(path)?);
    if name.ends_with(".zip") {
        return of_zip(ZipArchive::new(file).map_err(io::Error::other)?, subdirectory);
    }
    if name.ends_with(".tar") {
        return of_tar(file.take(SIZE_LIMIT), subdirectory);
    }
    if !name.ends_with(".tar.gz") && !name.ends_with(".tgz") {
        return Err(io::Error::other("expected a `.tar.gz` or a `.zip`"));
    }
    of_tar(MultiGzDecoder::new(file).take(SIZE_LIMIT), subdirectory)
}

fn of_tar(stream: impl Read, subdirectory: Option<&str>) -> io::Result<Texts> {
    let mut texts = Texts::default();
    for entry in tar::Archive::new(stream).entries()? {
        let entry = entry?;
        let member = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if let Some(place) = texts.place(&member, subdirectory) {
            *place = Some(text(entry)?);
        }
    }
    Ok(texts)
}

fn of_zip(mut archive: ZipArchive<BufReader<File>>, subdirectory: Option<&str>) -> io::Result<Texts> {
    let mut texts = Texts::default();
    for member in names(&archive) {
        if let Some(place) = texts.place(&member, subdirectory) {
            *place = Some(text(archive.by_name(&member).map_err(io::Error::other)?)?);
        }
    }
    Ok(texts)
}

/// Reads METADATA of the wheel at `path`.
///
/// # Errors
/// If it is no wheel.
pub fn wheel_metadata(path: &Utf8Path) -> io::Result<Metadata> {
    let mut archive = ZipArchive::new(BufReader::new(File::open(path)?)).map_err(io::Error::other)?;
    let is_metadata = |member: &String| {
        member.split_once('/').is_some_and(|(folder, name)| folder.ends_with(".dist-info") && name == "METADATA")
    };
    let member = names(&archive).into_iter().find(is_metadata);
    let member = member.ok_or_else(|| io::Error::other("it has no METADATA"))?;
    Ok(Metadata::parse(&text(archive.by_name(&member).map_err(io::Error::other)?)?))
}

/// Returns the names of the members; one that is not UTF-8 is none that is looked for.
fn names(archive: &ZipArchive<BufReader<File>>) -> Vec<String> {
    archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect()
}

fn text(stream: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    stream.take(TEXT_LIMIT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_root_folder_counts() {
        let mut texts = Texts::default();
        let mut is_read = |member: &str, subdirectory| texts.place(member, subdirectory).is_some();
        assert!(is_read("a-1/setup.py", None));
        assert!(is_read("./a-1/pyproject.toml", None));
        assert!(!is_read("a-1/vendor/setup.py", None));
        assert!(!is_read("setup.py", None));
        assert!(is_read("a-1/libs/x/setup.py", Some("libs/x")));
        for member in ["a-1/setup.py", "a-1/libs/xy/setup.py", "a-1/libs/x/y/setup.py"] {
            assert!(!is_read(member, Some("libs/x")), "{member}");
        }
    }

    #[test]
    fn a_tar_is_read() {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, text) in [("a-1/setup.py", "setup()"), ("a-1/b/setup.cfg", "no"), ("a-1/c", "x")] {
            let mut header = tar::Header::new_ustar();
            header.set_size(text.len() as u64);
            header.set_cksum();
            builder.append_data(&mut header, name, text.as_bytes()).expect("in memory");
        }
        let bytes = builder.into_inner().expect("in memory");
        let texts = of_tar(bytes.as_slice(), None).expect("is one");
        assert_eq!(texts, Texts { setup_py: Some("setup()".to_owned()), ..Texts::default() });
        assert!(of_tar(&bytes[..700], None).is_err());
    }
}
