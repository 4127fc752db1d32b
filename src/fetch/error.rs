//! What can go wrong, and what mends it. No text holds credentials: URLs are shown by [`shown`].
use std::borrow::Cow;
use std::fmt;
use std::io;

use camino::Utf8PathBuf;
use permafreeze_base::FileError;
use permafreeze_nix::store_path::BadSha256;
use permafreeze_plan::lock_format::Format;
use url::Url;

use crate::exceeded::Exceeded;
use crate::git_error::GitError;

/// A failed fetch.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A pip configuration file is malformed: nothing is fetched, as pip would do nothing.
    #[error("malformed pip configuration `{file}`, line {line}: {reason}")]
    PipConfig {
        /// The file.
        file: Utf8PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A setting has a value that it cannot have.
    #[error("bad value of `{name}` from {origin}: expected {expected}")]
    Setting {
        /// The setting's name.
        name: String,
        /// The file or environment variable that says so.
        origin: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A file's URL is none, or has a scheme that is not known.
    #[error("bad URL of `{file}`: {reason}")]
    Url {
        /// The file's name.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The plan has a sha256 that is none.
    #[error(transparent)]
    Sha256(#[from] BadSha256),
    /// No index is configured, and there is no pip that could be asked for its default.
    #[error("no package index is configured, and no pip is there to be asked for its default")]
    NoIndex,
    /// pip's source does not have the default index where it always was.
    #[error("no default index in `{file}` of `{pip}`")]
    NoDefaultInPip {
        /// The pip that was asked.
        pip: String,
        /// The file of pip's.
        file: &'static str,
    },
    /// `no-index` is set and the file is in none of the `find-links`.
    #[error("`{file}` is in none of the places of `find-links`, and `no-index` is set")]
    NotInFindLinks {
        /// The file's name.
        file: String,
    },
    /// The certificates cannot be used.
    #[error("bad certificates in `{file}`: {reason}")]
    Certificates {
        /// The PEM file.
        file: Utf8PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The proxy's URL is none.
    #[error("bad proxy URL for `{scheme}`: expected `http://HOST:PORT`")]
    Proxy {
        /// The scheme of the URLs it is for.
        scheme: String,
    },
    /// The server cannot be reached, or the connection broke too often.
    #[error("cannot reach `{url}` (tried {tries} times)")]
    Unreachable {
        /// The URL, as [`shown`].
        url: String,
        /// How often it was tried.
        tries: u32,
        /// What happened at last.
        source: Trouble,
    },
    /// The server answers with an error.
    #[error("`{url}` answers with status {status}")]
    Status {
        /// The URL, as [`shown`].
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server wants credentials, or other ones.
    #[error("`{url}` refuses access with status {status}")]
    Refused {
        /// The URL, as [`shown`].
        url: String,
        /// 401, 403 or 407.
        status: u16,
    },
    /// The server sends more, or slower, than it may.
    #[error("`{url}` {exceeded}")]
    Limit {
        /// The URL, as [`shown`].
        url: String,
        /// The limit.
        exceeded: Exceeded,
    },
    /// The server sends to what is no server.
    #[error("`{url}` redirects to {to}: expected an address of a server")]
    Redirect {
        /// The URL, as [`shown`].
        url: String,
        /// The scheme in backticks, or what it is instead of a URL.
        to: String,
    },
    /// A file's name is more than one part of a path.
    #[error("bad file name `{}`: expected one part of a path", file.escape_debug())]
    FileName {
        /// The name.
        file: String,
    },
    /// A page of an index cannot be read.
    #[error("bad page of the index at `{url}`: {reason}")]
    Page {
        /// The URL, as [`shown`].
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// No index knows the project.
    #[error("project `{project}` is not on {indexes}")]
    NoProject {
        /// The project.
        project: String,
        /// The indexes, as [`shown`], each in backticks.
        indexes: String,
    },
    /// No index has the file.
    #[error("`{file}` is not among the files of project `{project}` on {indexes}")]
    NoFile {
        /// The file's name.
        file: String,
        /// The project.
        project: String,
        /// The indexes, as [`shown`], each in backticks.
        indexes: String,
    },
    /// The bytes are others than the plan's. They are thrown away.
    #[error("wrong sha256 of `{file}` from `{url}`: expected `{expected}`, got `{got}`")]
    Hash {
        /// The file's name.
        file: String,
        /// Where it came from, as [`shown`].
        url: String,
        /// What the plan says.
        expected: String,
        /// What it is.
        got: String,
    },
    /// The file has another size than the plan or the index says. It is thrown away.
    #[error("wrong size of `{file}` from `{url}`: expected `{expected}` bytes, got `{got}`")]
    Size {
        /// The file's name.
        file: String,
        /// Where it came from, as [`shown`].
        url: String,
        /// What the plan or the index says, in bytes.
        expected: u64,
        /// What the server sends, in bytes.
        got: u64,
    },
    /// The file came only in part, again and again. What came is kept, and the next run continues it.
    #[error("truncated download of `{file}` from `{url}`: expected {expected} bytes, got `{got}`")]
    Truncated {
        /// The file's name.
        file: String,
        /// Where it came from, as [`shown`].
        url: String,
        /// The whole size in bytes in backticks, or `more`.
        expected: String,
        /// How many bytes came.
        got: u64,
        /// What happened at last.
        source: Trouble,
    },
    /// Files are not in the store and the network may not be used.
    #[error("{count} files of the plan are not in the store: {first}")]
    Offline {
        /// How many.
        count: usize,
        /// The first ones, each in backticks.
        first: String,
    },
    /// A file of an index that the lock file names cannot be had: pip's configuration has no part in it.
    #[error(transparent)]
    OnLockedIndex(Box<OnLockedIndex>),
    /// The tree of a git commit cannot be had.
    #[error(transparent)]
    Git(Box<GitError>),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Nix fails.
    #[error(transparent)]
    Nix(#[from] permafreeze_nix::Error),
    /// The fetch was stopped because another file failed.
    #[error("stopped")]
    Stopped,
}

/// What happened on the wire.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(pub(crate) String);

impl Error {
    /// Returns whether the user's input is wrong or a check failed, not something outside.
    pub fn is_input(&self) -> bool {
        match self {
            Error::Git(error) => return error.is_input(),
            Error::OnLockedIndex(failed) => return failed.error.is_input(),
            _ => {}
        }
        !matches!(
            self,
            Error::Unreachable { .. }
                | Error::Status { .. }
                | Error::Refused { .. }
                | Error::Page { .. }
                | Error::Limit { .. }
                | Error::Redirect { .. }
                | Error::Truncated { .. }
                | Error::Offline { .. }
                | Error::File(_)
                | Error::Nix(_)
                | Error::Stopped
        )
    }

    /// Returns what mends it, if there is something to say.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Error::Git(error) => Some(error.hint().into()),
            Error::OnLockedIndex(failed) => failed.hint(),
            other => other.constant_hint().map(Cow::Borrowed),
        }
    }

    fn constant_hint(&self) -> Option<&'static str> {
        Some(match self {
            Error::NoIndex => "name an index: `pip config set global.index-url URL`, or set PIP_INDEX_URL",
            Error::NoDefaultInPip { .. } => "name an index: `pip config set global.index-url URL`",
            Error::Unreachable { .. } => {
                "the index is the one that pip is configured with (`pip config list`); check the network, its URL \
                 and the proxy settings, then run it again: it goes on where it stopped"
            }
            Error::Refused { .. } => {
                "give the credentials in ~/.netrc (`machine HOST login NAME password …`; `default` is for configured \
                 indexes only) or in the index's URL (`pip config`)"
            }
            Error::Limit { exceeded, .. } => exceeded.hint(),
            Error::FileName { .. } => "run `permafreeze lock`",
            Error::Truncated { .. } => "run it again: it goes on where it stopped",
            Error::NoProject { .. } | Error::NoFile { .. } => {
                "the index must be one that has the files of the lock file (`pip config list`); a file may also have \
                 been removed from it"
            }
            Error::Hash { .. } | Error::Size { .. } => {
                "the file is not the one that was locked; nothing of it was kept. If the index is right, \
                 lock anew (`poetry lock`, `uv lock`), then run `permafreeze lock`"
            }
            Error::Offline { .. } => "run `permafreeze fetch` once with network",
            Error::Nix(error) => return error.hint(),
            _ => return None,
        })
    }

    pub(crate) fn io(action: &'static str, path: impl Into<Utf8PathBuf>) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |source| Error::File(FileError { action, path, source })
    }
}

/// Why a file of an index that the lock file names cannot be had.
#[derive(Debug)]
pub struct OnLockedIndex {
    /// The index, as [`shown`].
    pub index: String,
    /// The lock file that names it.
    pub lock: Format,
    /// What happened.
    pub error: Error,
}

impl fmt::Display for OnLockedIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for OnLockedIndex {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl OnLockedIndex {
    fn hint(&self) -> Option<Cow<'static, str>> {
        let (file, relock) = (self.lock.file(), self.lock.relock());
        let (table, variables) = match self.lock {
            Format::Poetry => {
                ("[[tool.poetry.source]]", "POETRY_HTTP_BASIC_NAME_USERNAME and POETRY_HTTP_BASIC_NAME_PASSWORD")
            }
            Format::Uv | Format::Pylock => ("[[tool.uv.index]]", "UV_INDEX_NAME_USERNAME and UV_INDEX_NAME_PASSWORD"),
        };
        let what = match &self.error {
            Error::Refused { .. } => {
                format!(
                    "give the credentials in ~/.netrc, or in the variables {variables}, NAME being the one of the source"
                )
            }
            Error::Unreachable { .. } => {
                "check the network and the proxy settings, then run it again: it goes on where it stopped".to_owned()
            }
            Error::NoProject { .. } | Error::NoFile { .. } => {
                format!(
                    "a file may have been removed from it, or its URL have changed: {relock} and `permafreeze lock`"
                )
            }
            _ => return self.error.hint(),
        };
        Some(format!("`{file}` has it on the index `{}` (`{table}`): {what}", self.index).into())
    }
}

/// Returns a URL without user, password, query (signatures of storage services) and fragment.
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // These fail only for URLs that cannot have credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let url = Url::parse("https://user:secret@host:8443/simple/?token=secret#secret").expect("parses");
        assert_eq!(shown(&url), "https://host:8443/simple/");
        assert_eq!(shown(&Url::parse("file:///a/b").expect("parses")), "file:///a/b");
    }
}
