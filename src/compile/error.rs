//! What can go wrong, and its words.
use camino::Utf8PathBuf;
use permafreeze_object::writer::WriteError;

use crate::path::BadName;

/// Why nothing was compiled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An object that is taken from cannot be read.
    #[error("cannot take modules of another object")]
    Known(#[from] permafreeze_object::reader::ReadError),
    /// A file cannot be read or written.
    #[error("cannot {action} `{path}`")]
    Io {
        /// What was tried: `read`, `create`, …
        action: &'static str,
        /// The file.
        path: Utf8PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The object cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A wheel is refused.
    #[error("bad wheel `{wheel}`")]
    Wheel {
        /// The wheel's file name.
        wheel: String,
        /// What is wrong with it.
        #[source]
        source: WheelError,
    },
    /// A tar archive is refused.
    #[error("bad archive `{archive}`")]
    Archive {
        /// Its path.
        archive: Utf8PathBuf,
        /// What is wrong with it.
        #[source]
        source: ArchiveError,
    },
    /// The host Python does not start, is another version, or died.
    #[error("the host Python `{python}` failed on `{file}`")]
    HostPython {
        /// The program.
        python: Utf8PathBuf,
        /// What it was asked to compile.
        file: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The compiler's output is not what this release reads: a bug, or a host Python of another version.
    #[error("cannot read the code that the host Python made of `{file}`")]
    Code {
        /// The module.
        file: String,
        /// Where and why.
        #[source]
        source: permafreeze_object::marshal::MarshalError,
    },
    /// A job description is malformed.
    #[error("bad job `{path}`")]
    Job {
        /// The file.
        path: Utf8PathBuf,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// A source tree does not hold what the plan says.
    #[error("source `{name}`: `{from}` is not in the source tree")]
    NoContent {
        /// The source.
        name: String,
        /// What the plan takes from it.
        from: String,
    },
    /// A path of a source tree or of the plan cannot be a path in an object.
    #[error("source `{name}`: bad path `{path}`: {why}")]
    SourcePath {
        /// The source.
        name: String,
        /// The path.
        path: String,
        /// Why.
        why: BadName,
    },
    /// A text of the plan is more than a version.
    #[error("source `{name}`: the plan has the text of `{path}`, which is to say the version and does more")]
    Generated {
        /// The source.
        name: String,
        /// The path.
        path: String,
    },
    /// A symbolic link of a source tree leads out of it.
    #[error("source `{name}`: the symbolic link `{path}` leads out of the source tree, to `{target}`")]
    SourceLink {
        /// The source.
        name: String,
        /// The link.
        path: String,
        /// What it holds.
        target: String,
    },
    /// Two files of a source, or of several wheels, go to the same place.
    #[error("`{first}` and `{second}` both go to `{path}`")]
    SamePlace {
        /// The place.
        path: String,
        /// Who was first.
        first: String,
        /// Who came too.
        second: String,
    },
}

/// What is wrong with a wheel.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum WheelError {
    #[error("it is not a zip archive that can be read")]
    NotZip(#[source] zip::result::ZipError),
    #[error("its file name is not `NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl`")]
    FileName,
    #[error("member `{member}` has a name that is not UTF-8")]
    NotUtf8 { member: String },
    #[error("member `{member}` has a refused name: {why}")]
    Name { member: String, why: BadName },
    #[error("member `{member}` is a symbolic link: expected files and folders only")]
    Symlink { member: String },
    #[error("there are two members of the name `{member}`")]
    Duplicate { member: String },
    #[error("members `{first}` and `{second}` both install to `{path}`")]
    SamePlace { path: String, first: String, second: String },
    #[error("`{file}` is a file, but `{member}` lies below it")]
    FileAsFolder { file: String, member: String },
    #[error("it unpacks to `{size}` bytes: expected `{limit}` at most")]
    TooLarge { size: u64, limit: u64 },
    #[error("member `{member}` unpacks from `{stored}` to `{size}` bytes: expected a factor of `{limit}` at most")]
    TooDense { member: String, stored: u64, size: u64, limit: u64 },
    #[error("member `{member}` cannot be read")]
    Unreadable { member: String, source: std::io::Error },
    #[error("member `{member}` is damaged or cannot be read")]
    BadMember { member: String, source: zip::result::ZipError },
    #[error("member `{member}` has `{found}` bytes: its header says `{expected}`")]
    Size { member: String, expected: u64, found: u64 },
    #[error("expected one `.dist-info` folder, found {found}")]
    DistInfo { found: String },
    #[error("its dist-info folder `{found}` is not of the distribution `{expected}` that its file name says")]
    DistInfoName { found: String, expected: String },
    #[error("member `{member}` is missing")]
    Missing { member: String },
    #[error("member `{member}` has no `{header}` line")]
    Header { member: String, header: &'static str },
    #[error("member `{member}` is of `{found}`: the wheel's file name says `{expected}`")]
    MetadataName { member: String, found: String, expected: String },
    #[error("member `{member}` says Wheel-Version `{found}`: expected `1.x`")]
    WheelVersion { member: String, found: String },
    #[error("RECORD, line {line}: expected `path,sha256=…,size`, found `{text}`")]
    RecordLine { line: usize, text: String },
    #[error("RECORD lists `{member}` twice")]
    RecordTwice { member: String },
    #[error("RECORD lists `{member}`, which is not in the wheel")]
    RecordAbsent { member: String },
    #[error("member `{member}` is not listed in RECORD")]
    NotRecorded { member: String },
    #[error("member `{member}` has the sha256 `{found}`: RECORD says `{expected}`")]
    RecordHash { member: String, expected: String, found: String },
    #[error("member `{member}` has `{found}` bytes: RECORD says `{expected}`")]
    RecordSize { member: String, expected: u64, found: u64 },
}

/// What is wrong with a tar archive.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum ArchiveError {
    #[error("it cannot be read")]
    Unreadable(#[source] std::io::Error),
    #[error("member `{member}` has a name that is not UTF-8")]
    NotUtf8 { member: String },
    #[error("member `{member}` has a refused name: {why}")]
    Name { member: String, why: BadName },
    #[error("the link `{member}` leads out of the archive, to `{target}`")]
    Link { member: String, target: String },
    #[error("member `{member}` is neither a file, a folder nor a link")]
    Kind { member: String },
    #[error("there are two members of the name `{member}`")]
    Duplicate { member: String },
    #[error("it unpacks to more than `{limit}` bytes")]
    TooLarge { limit: u64 },
    #[error("`{path}` is missing: expected python-build-standalone's `install_only` layout")]
    Layout { path: String },
    #[error("cannot read `{path}`: {why}")]
    Sysconfig { path: String, why: String },
    #[error("cannot read which modules are inside `{path}`")]
    Builtins { path: String, source: permafreeze_object::native::Error },
}
