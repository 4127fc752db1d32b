//! The whole fetch: what is not in the store is located, downloaded and added, several files at once.
use std::cmp::Reverse;
use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_nix::{Addition, Store, store_name};
use url::Url;

use crate::cache::Cache;
use crate::client::Client;
use crate::default_index::DefaultIndex;
use crate::error::Error;
use crate::index::Indexes;
use crate::links::{Keep, Link};
use crate::settings::Settings;
use crate::transfer::Transfer;
use crate::wanted::Wanted;

/// Names in an error that tells of many files.
const NAMES_SHOWN: usize = 3;

/// What happens during a fetch.
#[derive(Debug, Clone, Copy)]
pub enum Event<'e> {
    /// The fetch begins.
    Begin {
        /// Files that are not in the store.
        missing: usize,
    },
    /// Another fetch uses the cache; it is waited for.
    Waiting,
    /// A server sends nothing, or next to nothing, for three seconds.
    Silent {
        /// The server's host.
        host: &'e str,
    },
    /// It is known where the file is.
    Located {
        /// The file's name.
        file: &'e str,
        /// Its size in bytes, if the plan or the index says it.
        size: Option<u64>,
    },
    /// Bytes came.
    Received {
        /// The file's name.
        file: &'e str,
        /// The bytes of it that are there, from earlier runs too.
        bytes: u64,
    },
    /// The file is in the store.
    Stored {
        /// The file's name.
        file: &'e str,
        /// Its size in bytes.
        size: u64,
    },
}

/// A file and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The file's name.
    pub file: String,
    /// Where it is in the store.
    pub store_path: String,
    /// Its size in bytes; `None`: it was in the store already.
    pub downloaded: Option<u64>,
    /// Where an index has it, if one was asked.
    pub url: Option<Url>,
}

/// What became of a file.
#[derive(Debug, Clone, Default)]
struct Done {
    downloaded: Option<u64>,
    url: Option<Url>,
}

/// A fetch.
pub struct Fetch<'f> {
    /// What is fetched.
    pub wanted: Vec<Wanted>,
    /// How the indexes are talked to.
    pub settings: Settings,
    /// Whom to ask for pip's default index, if none is configured.
    pub default_index: DefaultIndex,
    /// Where the files go.
    pub store: &'f Store,
    /// The folder for parts of files.
    pub cache: Utf8PathBuf,
    /// How many files are fetched at once.
    pub jobs: usize,
    /// The network may not be used.
    pub offline: bool,
    /// Files that indexes are asked for also if they are in the store.
    pub locate: BTreeSet<String>,
    /// Hears what happens, from several threads.
    pub on_event: &'f (dyn Fn(Event<'_>) + Sync),
}

impl Fetch<'_> {
    /// Fetches; afterwards every file is in the store. What was stored or half received before a failure stays, and
    /// the next run goes on from there.
    ///
    /// # Errors
    /// The first failure; the other downloads are stopped then.
    pub fn run(&self) -> Result<Vec<Fetched>, Error> {
        let missing = self.missing()?;
        let remote: Vec<_> = missing.iter().filter(|(_, wanted)| wanted.local.is_none()).copied().collect();
        if self.offline && !remote.is_empty() {
            return Err(offline(&remote));
        }
        let mut done = vec![Done::default(); self.wanted.len()];
        if !missing.is_empty() {
            let cache = Cache::lock(&self.cache, || (self.on_event)(Event::Waiting))?;
            // Another run may have added some of them meanwhile.
            let missing = self.missing()?;
            (self.on_event)(Event::Begin { missing: missing.len() });
            let client = Client::new(self.settings_for(&missing)?)?;
            let silent = |host: &str| (self.on_event)(Event::Silent { host });
            for (index, one) in client.watched(&silent, || self.download_all(&client, &cache, &missing))? {
                done[index] = one;
            }
        }
        if !self.locate.is_empty() && !self.offline {
            self.locate_others(&mut done)?;
        }
        let fetched = |(wanted, Done { downloaded, url }): (&Wanted, _)| Fetched {
            file: wanted.file.clone(),
            store_path: wanted.store_path.to_string(),
            downloaded,
            url,
        };
        Ok(self.wanted.iter().zip(done).map(fetched).collect())
    }

    /// Asks the indexes for files that are in the store and of which nothing says where they are. One that no index has
    /// stays as it is: it is there.
    fn locate_others(&self, done: &mut [Done]) -> Result<(), Error> {
        let is_asked = |(index, wanted): &(usize, &Wanted)| {
            done[*index].downloaded.is_none() && wanted.is_of_index() && self.locate.contains(&wanted.file)
        };
        let asked: Vec<(usize, &Wanted)> = self.wanted.iter().enumerate().filter(is_asked).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let client = Client::new(self.settings_for(&asked)?)?;
        let indexes = Indexes::new(&client, Keep::files(asked.iter().map(|(_, wanted)| *wanted)));
        let (stopped, silent) = (AtomicBool::new(false), |host: &str| (self.on_event)(Event::Silent { host }));
        let numbers = asked.iter().map(|(index, _)| *index).collect();
        let located = client.watched(&silent, || {
            in_parallel(self.jobs, numbers, &stopped, |index| Ok((index, indexes.locate(&self.wanted[index]).ok())))
        })?;
        for (index, link) in located {
            done[index].url = link.map(|link| link.url);
        }
        Ok(())
    }

    fn missing(&self) -> Result<Vec<(usize, &Wanted)>, Error> {
        let missing = self.store.missing(self.wanted.iter().map(|wanted| &wanted.store_path))?;
        let is_missing = |wanted: &Wanted| missing.contains(wanted.store_path.as_str());
        Ok(self.wanted.iter().enumerate().filter(|(_, wanted)| is_missing(wanted)).collect())
    }

    /// Returns the settings, with pip's default index if one of the files needs it.
    fn settings_for(&self, missing: &[(usize, &Wanted)]) -> Result<Settings, Error> {
        let mut settings = self.settings.clone();
        if missing.iter().any(|(_, wanted)| wanted.is_of_index() && wanted.index.is_none()) {
            self.default_index.complete(&mut settings)?;
        }
        Ok(settings)
    }

    /// Locates all, so that the whole size is known and a file that is nowhere stops it early; then downloads, the
    /// biggest first: they take longest.
    fn download_all(
        &self,
        client: &Client,
        cache: &Cache,
        missing: &[(usize, &Wanted)],
    ) -> Result<Vec<(usize, Done)>, Error> {
        let indexes = Indexes::new(client, Keep::files(missing.iter().map(|(_, wanted)| *wanted)));
        let stopped = AtomicBool::new(false);
        let missing = missing.iter().map(|(index, _)| *index).collect();
        let mut located = in_parallel(self.jobs, missing, &stopped, |index| {
            let wanted = &self.wanted[index];
            let link = self.locate(&indexes, wanted).map_err(|error| wanted.on_its_index(error))?;
            Ok((index, link))
        })?;
        let size = |(index, link): &(usize, Option<Link>)| self.wanted[*index].size.or(link.as_ref()?.size);
        located.sort_by_key(|one| (Reverse(size(one)), one.0));
        in_parallel(self.jobs, located, &stopped, |(index, link)| {
            let wanted = &self.wanted[index];
            let size = self.download(client, cache, wanted, link.as_ref(), &stopped);
            let size = size.map_err(|error| wanted.on_its_index(error))?;
            let url = link.filter(|_| wanted.is_of_index()).map(|link| link.url);
            Ok((index, Done { downloaded: Some(size), url }))
        })
    }

    /// Returns where a file is; `None` for the archive of a git tree, which is made.
    fn locate(&self, indexes: &Indexes<'_>, wanted: &Wanted) -> Result<Option<Link>, Error> {
        let file = wanted.file.as_str();
        let link = match (&wanted.local, &wanted.url, &wanted.tree) {
            (Some(path), ..) => Some(Link::to(file, local(path)?)),
            (None, Some(url), _) => Some(Link::to(file, url.clone())),
            (None, None, Some(_)) => None,
            (None, None, None) => Some(indexes.locate(wanted)?),
        };
        (self.on_event)(Event::Located { file, size: wanted.size.or(link.as_ref().and_then(|link| link.size)) });
        Ok(link)
    }

    /// Downloads or makes one file and adds it to the store; returns its size in bytes.
    fn download(
        &self,
        client: &Client,
        cache: &Cache,
        wanted: &Wanted,
        link: Option<&Link>,
        stopped: &AtomicBool,
    ) -> Result<u64, Error> {
        let file = wanted.file.as_str();
        let on_bytes = |bytes| {
            (self.on_event)(Event::Received { file, bytes });
            !stopped.load(Ordering::Relaxed)
        };
        let part = cache.path(&format!("{}.part", wanted.sha256));
        let checked = cache.path(&format!("{}.checked", wanted.sha256));
        let named = checked.join(store_name(file));
        if named.is_file() {
            // An earlier run ended between the check and Nix.
            std::fs::rename(&named, &part).map_err(Error::io("write", &part))?;
        }
        match (link, &wanted.tree) {
            (None, Some(tree)) => tree.make(&wanted.sha256, file, cache, &part)?,
            (Some(link), _) => Transfer { client, wanted, link, on_bytes: &on_bytes }.run(&part)?,
            (None, None) => return Err(Error::Stopped),
        }
        // Nix names the store path after the file, so the checked part gets its name before it is added.
        std::fs::create_dir_all(&checked).map_err(Error::io("make", &checked))?;
        std::fs::rename(&part, &named).map_err(Error::io("write", &named))?;
        let size = named.metadata().map_err(Error::io("read", &named))?.len();
        self.store.add(&named, Addition::Flat, &wanted.store_path)?;
        std::fs::remove_dir_all(&checked).map_err(Error::io("delete", &checked))?;
        (self.on_event)(Event::Stored { file, size });
        Ok(size)
    }
}

/// Returns the URL of a file of the project.
fn local(path: &Utf8Path) -> Result<Url, Error> {
    let absolute = std::path::absolute(path).map_err(Error::io("read", path))?;
    let no_path = |()| Error::Url { file: path.to_string(), reason: "it is no path of a file".to_owned() };
    Url::from_file_path(absolute).map_err(no_path)
}

/// Does the work with several threads; the first failure sets `stopped`, and no more work is begun then.
fn in_parallel<W: Send, D: Send>(
    jobs: usize,
    work: Vec<W>,
    stopped: &AtomicBool,
    act: impl Fn(W) -> Result<D, Error> + Sync,
) -> Result<Vec<D>, Error> {
    let queue = Mutex::new(VecDeque::from(work));
    let done = Mutex::new(Ok(Vec::new()));
    let worker = || {
        while !stopped.load(Ordering::Relaxed) {
            let Some(work) = lock(&queue).pop_front() else { return };
            let result = act(work);
            let mut done = lock(&done);
            match (result, &mut *done) {
                (Ok(result), Ok(done)) => done.push(result),
                (Err(error), Ok(_)) => {
                    stopped.store(true, Ordering::Relaxed);
                    *done = Err(error);
                }
                // What comes after the first failure is its consequence.
                (_, Err(_)) => {}
            }
        }
    };
    std::thread::scope(|scope| (0..jobs.max(1)).for_each(|_| drop(scope.spawn(worker))));
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn offline(missing: &[(usize, &Wanted)]) -> Error {
    let names: Vec<_> = missing.iter().take(NAMES_SHOWN).map(|(_, wanted)| format!("`{}`", wanted.file)).collect();
    let more = if missing.len() > NAMES_SHOWN { ", …" } else { "" };
    Error::Offline { count: missing.len(), first: names.join(", ") + more }
}
