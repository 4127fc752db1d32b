//! Links of pages, and which of them are remembered.
use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use crate::exceeded::Exceeded;
use crate::limits::Limits;
use crate::wanted::Wanted;

/// Bytes of a file's name: no file system takes a longer one.
const MAX_NAME: usize = 255;
/// Bytes of a URL, also with a signature in it.
const MAX_URL: usize = 4 << 10;
/// Bytes of a `Requires-Python`.
const MAX_REQUIRES: usize = 1 << 10;
/// Bytes that a remembered link takes besides its texts.
const OVERHEAD: usize = 256;

/// A file that an index offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The file's name.
    pub file: String,
    /// Where it is.
    pub url: Url,
    /// Its sha256, lower-case hex, if the index says it.
    pub sha256: Option<String>,
    /// Its size in bytes, if the index says it (PEP 700).
    pub size: Option<u64>,
    /// The Pythons that it is for, if the index says it (PEP 503, `data-requires-python`).
    pub requires_python: Option<String>,
    /// Its version was withdrawn (PEP 592).
    pub yanked: bool,
}

impl Link {
    /// Returns the link to a file of which no index says anything.
    pub(crate) fn to(file: &str, url: Url) -> Link {
        Link { file: file.to_owned(), url, sha256: None, size: None, requires_python: None, yanked: false }
    }

    fn bytes(&self) -> usize {
        let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let texts = self.file.len() + self.url.as_str().len();
        OVERHEAD + texts + optional(&self.sha256) + optional(&self.requires_python)
    }
}

/// Which links of a page are remembered.
#[derive(Debug, Clone)]
pub enum Keep {
    /// All.
    All,
    /// Those to files of these names: of each the first, and the one with each wanted sha256.
    Files(BTreeMap<String, BTreeSet<String>>),
}

impl Keep {
    /// Returns what is remembered to find these files.
    pub fn files<'w>(wanted: impl IntoIterator<Item = &'w Wanted>) -> Keep {
        let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for Wanted { file, sha256, .. } in wanted {
            files.entry(file.clone()).or_default().insert(sha256.clone());
        }
        Keep::Files(files)
    }

    fn wants(&self, link: &Link, kept: &[Link]) -> bool {
        let Keep::Files(files) = self else { return true };
        let Some(wanted) = files.get(&link.file) else { return false };
        let mut known = kept.iter().filter(|known| known.file == link.file);
        match link.sha256.as_ref().filter(|sha256| wanted.contains(*sha256)) {
            Some(sha256) => known.all(|known| known.sha256.as_ref() != Some(sha256)),
            None => known.next().is_none(),
        }
    }
}

/// The links of a page while it is read.
pub(crate) struct Collector<'k> {
    keep: &'k Keep,
    /// The page is on this machine.
    local: bool,
    limit: u64,
    seen: u64,
    /// Bytes that may still be remembered.
    room: usize,
    kept: Vec<Link>,
}

impl<'k> Collector<'k> {
    /// Begins with none; `room` bytes of links may be remembered.
    pub(crate) fn new(keep: &'k Keep, page: &Url, limits: &Limits, room: usize) -> Collector<'k> {
        let local = page.scheme() == "file";
        Collector { keep, local, limit: limits.links, seen: 0, room, kept: Vec::new() }
    }

    /// Takes a link. What no file system or server would take is passed over; so is a file of this machine on the page of
    /// a server, unless it is a wanted one: that is an error that names it.
    pub(crate) fn add(&mut self, link: Link) -> Result<(), Refused> {
        self.seen += 1;
        if self.seen > self.limit {
            return Err(Exceeded::Links(self.limit).into());
        }
        let requires = link.requires_python.as_ref().map_or(0, String::len);
        let fits = link.file.len() <= MAX_NAME && link.url.as_str().len() <= MAX_URL && requires <= MAX_REQUIRES;
        if !fits || !self.keep.wants(&link, &self.kept) {
            return Ok(());
        }
        match link.url.scheme() {
            "http" | "https" => {}
            "file" if self.local => {}
            "file" if matches!(self.keep, Keep::Files(_)) => return Err(Refused::LocalFile { file: link.file }),
            _ => return Ok(()),
        }
        let rest = self.room.checked_sub(link.bytes());
        self.room = rest.ok_or(Exceeded::Kept(crate::exceeded::KEPT))?;
        self.kept.push(link);
        Ok(())
    }

    /// Returns what is remembered, in the page's order, and the bytes that there is still room for.
    pub(crate) fn into_links(self) -> (Vec<Link>, usize) {
        (self.kept, self.room)
    }
}

/// Why a page is not read on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Refused {
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
    #[error("it links `{file}` to a file of this machine, which only a page of this machine may")]
    LocalFile { file: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(file: &str, url: &str, sha256: Option<&str>) -> Link {
        Link { sha256: sha256.map(str::to_owned), ..Link::to(file, Url::parse(url).expect("URL")) }
    }

    fn page(url: &str) -> Url {
        Url::parse(url).expect("URL")
    }

    fn wanted(file: &str, sha256: &str) -> Keep {
        Keep::Files([(file.to_owned(), [sha256.to_owned()].into())].into())
    }

    #[test]
    fn of_a_wanted_name_the_first_and_the_right_one() {
        let keep = wanted("a", "12");
        let mut links = Collector::new(&keep, &page("https://h/"), &Limits::default(), 10_000);
        for (number, sha256) in [None, Some("34"), Some("12"), Some("12"), None].into_iter().enumerate() {
            links.add(link("a", &format!("https://h/{number}"), sha256)).expect("is good");
            links.add(link("b", "https://h/b", sha256)).expect("is good");
        }
        let urls: Vec<String> = links.into_links().0.iter().map(|link| link.url.to_string()).collect();
        assert_eq!(urls, ["https://h/0", "https://h/2"]);
    }

    #[test]
    fn files_of_this_machine_only_on_its_own_pages() {
        let keep = wanted("a", "12");
        let add = |at: &str, keep: &Keep| {
            let mut links = Collector::new(keep, &page(at), &Limits::default(), 10_000);
            links.add(link("a", "file:///etc/a", None))?;
            Ok::<_, Refused>(links.into_links().0.len())
        };
        assert_eq!(add("file:///srv/", &keep), Ok(1));
        assert_eq!(add("https://h/", &keep), Err(Refused::LocalFile { file: "a".to_owned() }));
        assert_eq!(add("https://h/", &Keep::All), Ok(0));
    }

    #[test]
    fn number_and_memory_are_bounded() {
        let fill = |links: u64, room: usize| {
            let limits = Limits { links, ..Limits::default() };
            let mut links = Collector::new(&Keep::All, &page("https://h/"), &limits, room);
            (0..10).try_for_each(|_| links.add(link("a", "https://h/a", None)))
        };
        assert_eq!(fill(10, 10_000), Ok(()));
        assert_eq!(fill(9, 10_000), Err(Exceeded::Links(9).into()));
        assert_eq!(fill(10, 2000), Err(Exceeded::Kept(crate::exceeded::KEPT).into()));
    }

    #[test]
    fn what_is_too_long_to_be_true_is_passed_over() {
        let mut links = Collector::new(&Keep::All, &page("https://h/"), &Limits::default(), 1 << 20);
        links.add(link(&"a".repeat(256), "https://h/a", None)).expect("is passed over");
        links.add(link("a", &format!("https://h/{}", "a".repeat(MAX_URL)), None)).expect("is passed over");
        assert_eq!(links.into_links(), (vec![], 1 << 20));
    }
}
