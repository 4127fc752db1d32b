//! One file from a URL into the cache: continued where an earlier try stopped, checked before it is handed on.
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use crate::client::{Client, Response};
use crate::error::{Error, Trouble, shown};
use crate::exceeded::Exceeded;
use crate::links::Link;
use crate::local::{self, CHUNK, hash, hexadecimal};
use crate::tries::{Failed, Last, Tries};
use crate::wanted::Wanted;

/// Bytes that a try must bring so that it does not count as failed, however it ends.
const PROGRESS: u64 = 16 << 10;

/// A file that is being downloaded.
struct Part {
    path: Utf8PathBuf,
    file: File,
    hasher: Sha256,
    length: u64,
    /// The bytes are not all from this transfer's first answer, so a wrong sha256 may come from an old piece.
    continued: bool,
}

impl Part {
    fn open(path: Utf8PathBuf) -> Result<Part, Error> {
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(Error::io("write", &path))?;
        let (hasher, length) = hash(&mut file).map_err(Error::io("read", &path))?;
        Ok(Part { path, file, hasher, length, continued: length > 0 })
    }

    fn restart(&mut self) -> Result<(), Error> {
        self.file.set_len(0).map_err(Error::io("write", &self.path))?;
        self.file.seek(SeekFrom::Start(0)).map_err(Error::io("write", &self.path))?;
        (self.hasher, self.length, self.continued) = (Sha256::new(), 0, false);
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(Error::io("write", &self.path))?;
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn sha256(&self) -> String {
        hexadecimal(self.hasher.clone())
    }
}

/// A transfer and who hears of it.
pub(crate) struct Transfer<'t> {
    pub client: &'t Client,
    pub wanted: &'t Wanted,
    pub link: &'t Link,
    /// Hears how many bytes of the file are there; returns whether to go on.
    pub on_bytes: &'t (dyn Fn(u64) -> bool + Sync),
}

impl Transfer<'_> {
    /// Downloads to `part`, and returns once the file there has the wanted sha256. A file with another one is deleted;
    /// a part of a file stays for the next time, unless it is bigger than the file may be.
    pub(crate) fn run(&self, part: &Utf8Path) -> Result<(), Error> {
        if part.metadata().is_ok_and(|there| there.len() > self.limit()) {
            std::fs::remove_file(part).map_err(Error::io("delete", part))?;
        }
        let mut part = Part::open(part.to_owned())?;
        if part.length > 0 && part.sha256() == self.wanted.sha256 {
            return Ok(());
        }
        loop {
            self.complete(&mut part)?;
            let got = part.sha256();
            if got == self.wanted.sha256 {
                return Ok(());
            }
            let continued = part.continued;
            part.restart()?;
            if !continued {
                std::fs::remove_file(&part.path).map_err(Error::io("delete", &part.path))?;
                let (file, expected) = (self.wanted.file.clone(), self.wanted.sha256.clone());
                return Err(Error::Hash { file, url: self.url(), expected, got });
            }
        }
    }

    /// Appends until the server says that this is all. A try that brought the file [`PROGRESS`] further than any before
    /// does not count as failed: a slow line that breaks every minute comes to an end too.
    fn complete(&self, part: &mut Part) -> Result<(), Error> {
        let mut tries = Tries::new(self.client.settings());
        let mut furthest = part.length;
        let begin = Instant::now();
        loop {
            let failed = match self.once(part, begin) {
                Ok(()) => return Ok(()),
                Err(failed) => failed,
            };
            if part.length >= furthest + PROGRESS {
                furthest = part.length;
                tries.reset();
            }
            tries.pause(failed, &self.link.url).map_err(|error| self.truncated(error, part))?;
        }
    }

    fn once(&self, part: &mut Part, begin: Instant) -> Result<(), Failed> {
        if self.size().is_some_and(|size| part.length >= size) {
            // All there, yet not the wanted file, or it would have been taken.
            part.restart()?;
        }
        // No If-Range: what counts is the sha256, and a wrong one after a resumption starts anew.
        let range = format!("bytes={}-", part.length);
        let mut headers = vec![("accept-encoding", "identity")];
        if part.length > 0 {
            headers.push(("range", range.as_str()));
        }
        if self.link.url.scheme() == "file" {
            return self.copy_local(part);
        }
        let asked = match self.client.get(&self.link.url, &headers) {
            Err(Failed::Final(Error::Status { status: 416, .. })) if part.length > 0 => None,
            other => Some(other?).filter(|answer| answer.status != 206 || range_start(answer) == Some(part.length)),
        };
        let response = match asked {
            Some(response) => response,
            None => {
                // Not the piece that was asked for: once more, for the whole.
                part.restart()?;
                self.client.get(&self.link.url, &headers[..1])?
            }
        };
        match response.status {
            206 => part.continued = true,
            _ if part.length > 0 => part.restart()?,
            _ => {}
        }
        self.receive(response, part, begin)
    }

    /// Appends a body; all tries together, since `begin`, have the time of one.
    fn receive(&self, response: Response, part: &mut Part, begin: Instant) -> Result<(), Failed> {
        let header = response.header("content-length").parse::<u64>().ok();
        let announced = header.map(|rest| part.length.saturating_add(rest));
        if let Some(got) = announced {
            self.check_size(part, got, |expected| got != expected)?;
        }
        let limits = self.client.settings().limits;
        let time = limits.time_of_file(self.size().or(announced).unwrap_or(limits.file));
        let mut body = response.into_body(self.client, time.saturating_sub(begin.elapsed()));
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = body.read(&mut chunk).map_err(|error| Failed::broken(&error, &self.link.url))?;
            if count == 0 {
                break;
            }
            let got = part.length + count as u64;
            self.check_size(part, got, |expected| got > expected)?;
            part.append(&chunk[..count])?;
            if !(self.on_bytes)(part.length) {
                return Err(Failed::Final(Error::Stopped));
            }
        }
        // A body without a length ends where the connection ends, which may be too early.
        match self.size().or(announced) {
            Some(size) if part.length < size => {
                let trouble = Trouble("the connection was closed in the middle of the file".to_owned());
                Err(Failed::Again { last: Last::Trouble(trouble), after: None })
            }
            _ => Ok(()),
        }
    }

    fn copy_local(&self, part: &mut Part) -> Result<(), Failed> {
        let bad = || Error::Url { file: self.wanted.file.clone(), reason: "not a local path".to_owned() };
        let path = self.link.url.to_file_path().map_err(|()| bad())?;
        let path = Utf8PathBuf::from_path_buf(path).map_err(|_| bad())?;
        part.restart()?;
        let mut file = local::open(&path).map_err(Error::io("read", &path))?;
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = file.read(&mut chunk).map_err(Error::io("read", &path))?;
            if count == 0 {
                return Ok(());
            }
            let got = part.length + count as u64;
            self.check_size(part, got, |expected| got > expected)?;
            part.append(&chunk[..count])?;
        }
    }

    /// The plan's size, else the index's.
    fn size(&self) -> Option<u64> {
        self.wanted.size.or(self.link.size)
    }

    fn url(&self) -> String {
        shown(&self.link.url)
    }

    /// The most bytes that the file may have: the plan's size; nobody else's size may be more than the limit.
    fn limit(&self) -> u64 {
        self.wanted.size.unwrap_or(self.client.settings().limits.file)
    }

    /// Checks a number of bytes that the file has or will have; where it is wrong, the part is thrown away.
    fn check_size(&self, part: &Part, got: u64, is_wrong: impl Fn(u64) -> bool) -> Result<(), Error> {
        let error = match self.size() {
            Some(expected) if is_wrong(expected) => {
                Error::Size { file: self.wanted.file.clone(), url: self.url(), expected, got }
            }
            _ if got > self.limit() => Error::Limit { url: self.url(), exceeded: Exceeded::File(self.limit()) },
            _ => return Ok(()),
        };
        std::fs::remove_file(&part.path).map_err(Error::io("delete", &part.path))?;
        Err(error)
    }

    /// If a piece of the file came, says how much.
    fn truncated(&self, error: Error, part: &Part) -> Error {
        match error {
            Error::Unreachable { source, .. } if part.length > 0 => {
                let expected = self.size().map_or("more".to_owned(), |size| format!("`{size}`"));
                let (file, url, got) = (self.wanted.file.clone(), self.url(), part.length);
                Error::Truncated { file, url, expected, got, source }
            }
            other => other,
        }
    }
}

/// Returns the first byte of a `Content-Range: bytes 100-199/200`.
fn range_start(response: &Response) -> Option<u64> {
    let value = response.headers.get("content-range")?.to_str().ok()?;
    value.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}
