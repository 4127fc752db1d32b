//! The simple index: PEP 503 (HTML) and PEP 691 (JSON). From a project and a file name to the file's URL.
use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use camino::Utf8Path;
use url::Url;

use crate::bounded::Capped;
use crate::client::Client;
use crate::error::{Error, shown};
use crate::exceeded::{Exceeded, KEPT};
use crate::links::{Keep, Link};
use crate::local;
use crate::page::{self, Head, Unread};
use crate::wanted::Wanted;

/// As pip asks: JSON if the index has it, else HTML.
const ACCEPT: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";

/// The links of a page; `None`: there is no such page.
type Links = Option<Arc<Vec<Link>>>;

/// The configured indexes. Each page is requested once.
pub struct Indexes<'c> {
    client: &'c Client,
    keep: Keep,
    /// Bytes of links that may still be remembered.
    room: AtomicUsize,
    /// By the page's URL. The inner lock is held during the request.
    pages: Mutex<BTreeMap<String, Arc<Mutex<Option<Links>>>>>,
}

impl<'c> Indexes<'c> {
    /// Asks nobody yet. Of the pages those links are remembered that `keep` says.
    pub fn new(client: &'c Client, keep: Keep) -> Indexes<'c> {
        Indexes { client, keep, room: AtomicUsize::new(KEPT), pages: Mutex::default() }
    }

    /// Returns where a file is. A link with another sha256 than the wanted one is passed over: another index may have
    /// the right file.
    pub(crate) fn locate(&self, wanted: &Wanted) -> Result<Link, Error> {
        if let Some(link) = self.in_find_links(wanted)? {
            return Ok(link);
        }
        let indexes = match &wanted.index {
            Some(index) => vec![index.clone()],
            None => self.client.settings().indexes(),
        };
        if indexes.is_empty() {
            return Err(Error::NotInFindLinks { file: wanted.file.clone() });
        }
        let mut failures = Failures::default();
        for index in &indexes {
            match self.links_of(&project_url(index, &wanted.project)) {
                Ok(None) => {}
                Ok(Some(links)) => match pick(&links, wanted) {
                    Some(link) if link.sha256.as_ref().is_none_or(|sha256| *sha256 == wanted.sha256) => {
                        return Ok(link.clone());
                    }
                    other => failures.not_here(other, wanted),
                },
                // As pip, go on: the file may be on the next one. If it is nowhere, this is the cause.
                Err(error) => failures.unreadable(error),
            }
        }
        Err(failures.into_error(wanted, &indexes))
    }

    /// Returns the links of a project on the first index that has it, as pip's resolver would see them there.
    ///
    /// # Errors
    /// If no index has it, or its page cannot be read.
    pub fn project(&self, project: &str) -> Result<Arc<Vec<Link>>, Error> {
        let indexes = self.client.settings().indexes();
        let mut failures = Failures::default();
        for index in &indexes {
            match self.links_of(&project_url(index, project)) {
                Ok(Some(links)) => return Ok(links),
                Ok(None) => {}
                Err(error) => failures.unreadable(error),
            }
        }
        let indexes: Vec<_> = indexes.iter().map(|index| format!("`{}`", shown(index))).collect();
        let none = || Error::NoProject { project: project.to_owned(), indexes: indexes.join(", ") };
        Err(failures.unreadable.unwrap_or_else(none))
    }

    fn in_find_links(&self, wanted: &Wanted) -> Result<Option<Link>, Error> {
        for place in &self.client.settings().find_links {
            let link = match Url::parse(place) {
                Ok(url) if url.scheme() != "file" => {
                    self.links_of(&url)?.and_then(|links| pick(&links, wanted).cloned())
                }
                Ok(url) => url.to_file_path().ok().and_then(|path| in_folder(Utf8Path::from_path(&path)?, wanted)),
                Err(_) => in_folder(Utf8Path::new(place), wanted),
            };
            if let Some(link) = link.filter(|l| l.sha256.as_ref().is_none_or(|sha256| *sha256 == wanted.sha256)) {
                return Ok(Some(link));
            }
        }
        Ok(None)
    }

    fn links_of(&self, url: &Url) -> Result<Links, Error> {
        let cell = {
            let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
            pages.entry(url.to_string()).or_default().clone()
        };
        let mut known = cell.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(links) = &*known {
            return Ok(links.clone());
        }
        let links = if url.scheme() == "file" {
            self.local_page(url)?
        } else {
            self.client.page(url, ACCEPT, |head, body| self.read(head, body))?
        };
        let links = links.map(Arc::new);
        *known = Some(links.clone());
        Ok(links)
    }

    fn read(&self, head: &Head, body: &mut dyn Read) -> Result<Vec<Link>, Unread> {
        let before = self.room.load(Ordering::Relaxed);
        let (links, room) = page::links(head, body, &self.keep, &self.client.settings().limits, before)?;
        // Other pages are read at the same time.
        let taken =
            self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(before - room));
        taken.map_err(|_| Exceeded::Kept(KEPT))?;
        Ok(links)
    }

    fn local_page(&self, url: &Url) -> Result<Option<Vec<Link>>, Error> {
        let bad = |reason: String| Error::Page { url: shown(url), reason };
        let path = url.to_file_path().map_err(|()| bad("not a local path".to_owned()))?.join("index.html");
        let path = Utf8Path::from_path(&path).ok_or_else(|| bad("not a local path".to_owned()))?;
        if !path.exists() {
            return Ok(None);
        }
        let file = local::open(path).map_err(Error::io("read", path))?;
        let limit = self.client.settings().limits.page;
        let head = Head { url: url.clone(), content_type: "text/html".to_owned() };
        let mut body = Capped::new(BufReader::new(file), limit, Exceeded::Page(limit));
        match self.read(&head, &mut body) {
            Ok(links) => Ok(Some(links)),
            Err(Unread::Broken(error)) => Err(match Exceeded::of(&error) {
                Some(exceeded) => Error::Limit { url: shown(url), exceeded },
                None => Error::io("read", path)(error),
            }),
            Err(Unread::Exceeded(exceeded)) => Err(Error::Limit { url: shown(url), exceeded }),
            Err(Unread::Bad(reason)) => Err(bad(reason)),
        }
    }
}

/// Why a file is on no index.
#[derive(Default)]
struct Failures {
    unreadable: Option<Error>,
    other_hash: Option<Error>,
    project_known: bool,
}

impl Failures {
    fn unreadable(&mut self, error: Error) {
        self.unreadable.get_or_insert(error);
    }

    fn not_here(&mut self, other: Option<&Link>, wanted: &Wanted) {
        self.project_known = true;
        let Some((link, sha256)) = other.and_then(|link| Some((link, link.sha256.as_ref()?))) else { return };
        self.other_hash.get_or_insert_with(|| Error::Hash {
            file: wanted.file.clone(),
            url: shown(&link.url),
            expected: wanted.sha256.clone(),
            got: sha256.clone(),
        });
    }

    fn into_error(self, wanted: &Wanted, indexes: &[Url]) -> Error {
        let indexes: Vec<_> = indexes.iter().map(|index| format!("`{}`", shown(index))).collect();
        let (indexes, project, file) = (indexes.join(", "), wanted.project.clone(), wanted.file.clone());
        match self.other_hash.or(self.unreadable) {
            Some(error) => error,
            None if self.project_known => Error::NoFile { file, project, indexes },
            None => Error::NoProject { project, indexes },
        }
    }
}

/// Returns the link with the wanted file name; of several the one with the wanted sha256.
fn pick<'l>(links: &'l [Link], wanted: &Wanted) -> Option<&'l Link> {
    let named = || links.iter().filter(|link| link.file == wanted.file);
    named().find(|link| link.sha256.as_deref() == Some(&wanted.sha256)).or_else(|| named().next())
}

fn in_folder(folder: &Utf8Path, wanted: &Wanted) -> Option<Link> {
    let path = folder.join(&wanted.file);
    let (hasher, size) = local::hash(&mut local::open(&path).ok()?).ok()?;
    let url = Url::from_file_path(std::path::absolute(&path).ok()?).ok()?;
    Some(Link { sha256: Some(local::hexadecimal(hasher)), size: Some(size), ..Link::to(&wanted.file, url) })
}

/// Returns the page of a project: PEP 503's `/<project>/`.
fn project_url(index: &Url, project: &str) -> Url {
    let mut url = index.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push(project).push("");
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_urls() {
        let of = |index: &str| project_url(&Url::parse(index).expect("URL"), "six").to_string();
        assert_eq!(of("https://a.example/simple"), "https://a.example/simple/six/");
        assert_eq!(of("https://u:p@a.example/team/simple/"), "https://u:p@a.example/team/simple/six/");
        assert_eq!(of("https://a.example"), "https://a.example/six/");
        assert_eq!(of("file:///srv/simple/"), "file:///srv/simple/six/");
    }
}
