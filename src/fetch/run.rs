//! The whole fetch: what is not in the store is located, downloaded and added, several files at once.
use std::collections::VecDeque;
use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use camino::Utf8PathBuf;
use permafreeze_plan::store_name;

use crate::client::Client;
use crate::default_index::DefaultIndex;
use crate::error::Error;
use crate::index::Indexes;
use crate::links::Link;
use crate::settings::Settings;
use crate::store::Store;
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
    pub store: Store,
    /// The folder for parts of files.
    pub cache: Utf8PathBuf,
    /// How many files are fetched at once.
    pub jobs: usize,
    /// The network may not be used.
    pub offline: bool,
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
        if self.offline && !missing.is_empty() {
            return Err(offline(&missing));
        }
        let mut sizes = vec![None; self.wanted.len()];
        if !missing.is_empty() {
            let _lock = self.lock_cache()?;
            // Another run may have brought some of them meanwhile.
            let missing = self.missing()?;
            (self.on_event)(Event::Begin { missing: missing.len() });
            let client = Client::new(self.settings_for(&missing)?)?;
            for (index, size) in self.bring_all(&client, missing.iter().map(|(index, _)| *index).collect())? {
                sizes[index] = Some(size);
            }
        }
        let fetched = |(wanted, downloaded): (&Wanted, _)| Fetched {
            file: wanted.file.clone(),
            store_path: wanted.store_path.to_string(),
            downloaded,
        };
        Ok(self.wanted.iter().zip(sizes).map(fetched).collect())
    }

    fn missing(&self) -> Result<Vec<(usize, &Wanted)>, Error> {
        let missing = self.store.missing(self.wanted.iter().map(|wanted| &wanted.store_path))?;
        let is_missing = |wanted: &Wanted| missing.contains(wanted.store_path.as_str());
        Ok(self.wanted.iter().enumerate().filter(|(_, wanted)| is_missing(wanted)).collect())
    }

    /// Returns the settings, with pip's default index if one of the files needs it.
    fn settings_for(&self, missing: &[(usize, &Wanted)]) -> Result<Settings, Error> {
        let mut settings = self.settings.clone();
        let needed = missing.iter().any(|(_, wanted)| wanted.url.is_none() && wanted.index.is_none());
        if needed && settings.index.is_none() && !settings.no_index {
            settings.index = Some(self.default_index.find()?);
        }
        Ok(settings)
    }

    /// Two runs must not write to the same part of a file.
    fn lock_cache(&self) -> Result<File, Error> {
        std::fs::create_dir_all(&self.cache).map_err(Error::io("make", &self.cache))?;
        let path = self.cache.join("lock");
        let lock = File::create(&path).map_err(Error::io("write", &path))?;
        if lock.try_lock().is_err() {
            (self.on_event)(Event::Waiting);
            lock.lock().map_err(Error::io("lock", &path))?;
        }
        Ok(lock)
    }

    fn bring_all(&self, client: &Client, missing: VecDeque<usize>) -> Result<Vec<(usize, u64)>, Error> {
        let work = Work {
            fetch: self,
            client,
            indexes: Indexes::new(client),
            queue: Mutex::new(missing),
            done: Mutex::default(),
            failure: Mutex::default(),
            stopped: AtomicBool::new(false),
        };
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(|| work.run());
            }
        });
        match work.failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(work.done.into_inner().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

/// What the threads share.
struct Work<'w> {
    fetch: &'w Fetch<'w>,
    client: &'w Client,
    indexes: Indexes<'w>,
    queue: Mutex<VecDeque<usize>>,
    done: Mutex<Vec<(usize, u64)>>,
    failure: Mutex<Option<Error>>,
    stopped: AtomicBool,
}

impl Work<'_> {
    fn run(&self) {
        while !self.stopped.load(Ordering::Relaxed) {
            let Some(index) = self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front() else { return };
            match self.bring(&self.fetch.wanted[index]) {
                Ok(size) => self.done.lock().unwrap_or_else(PoisonError::into_inner).push((index, size)),
                Err(error) => {
                    self.stopped.store(true, Ordering::Relaxed);
                    self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                }
            }
        }
    }

    /// Brings one file into the store; returns its size in bytes.
    fn bring(&self, wanted: &Wanted) -> Result<u64, Error> {
        let file = wanted.file.as_str();
        let link = match &wanted.url {
            Some(url) => Link { file: file.to_owned(), url: url.clone(), sha256: None, size: None },
            None => self.indexes.locate(wanted)?,
        };
        let on_event = self.fetch.on_event;
        on_event(Event::Located { file, size: wanted.size.or(link.size) });
        let on_bytes = |bytes| {
            on_event(Event::Received { file, bytes });
            !self.stopped.load(Ordering::Relaxed)
        };
        let part = self.fetch.cache.join(format!("{}.part", wanted.sha256));
        let checked = self.fetch.cache.join(format!("{}.checked", wanted.sha256));
        let named = checked.join(store_name(file));
        if named.is_file() {
            // An earlier run ended between the check and Nix.
            std::fs::rename(&named, &part).map_err(Error::io("write", &part))?;
        }
        Transfer { client: self.client, wanted, link: &link, on_bytes: &on_bytes }.run(&part)?;
        // Nix names the store path after the file, so the checked part gets its name before it is added.
        std::fs::create_dir_all(&checked).map_err(Error::io("make", &checked))?;
        std::fs::rename(&part, &named).map_err(Error::io("write", &named))?;
        let size = named.metadata().map_err(Error::io("read", &named))?.len();
        self.fetch.store.add(&named, &wanted.store_path)?;
        std::fs::remove_dir_all(&checked).map_err(Error::io("delete", &checked))?;
        on_event(Event::Stored { file, size });
        Ok(size)
    }
}

fn offline(missing: &[(usize, &Wanted)]) -> Error {
    let names: Vec<_> = missing.iter().take(NAMES_SHOWN).map(|(_, wanted)| format!("`{}`", wanted.file)).collect();
    let more = if missing.len() > NAMES_SHOWN { ", …" } else { "" };
    Error::Offline { count: missing.len(), first: names.join(", ") + more }
}
