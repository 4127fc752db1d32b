//! Wheels -> a site-packages folder with compiled modules: the environment in which hooks run.
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::sha256;
use permafreeze_object::marshal::canonical;

use crate::archive::Folder;
use crate::assemble::{Cores, Input, Item, Kind};
use crate::error::Error;
use crate::wheel::Wheel;
use crate::worker::{HostPython, Made};

/// Installs wheels, each a file name and a path, to one folder `out`.
pub fn install(wheels: &[(String, Utf8PathBuf)], python: &Utf8Path, cores: usize, out: &Utf8Path) -> Result<(), Error> {
    let opened: Result<Vec<Wheel>, Error> = wheels.iter().map(|(name, path)| Wheel::open(path, name)).collect();
    let opened = opened?;
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    let mut work: Vec<(&Wheel, Item)> = Vec::new();
    for (wheel, (name, _)) in opened.iter().zip(wheels) {
        for item in wheel.items() {
            if item.kind != Kind::Checked
                && let Some(first) = owners.insert(item.path.clone(), name)
            {
                return Err(Error::SamePlace { path: item.path, first: first.to_owned(), second: name.clone() });
            }
            work.push((wheel, item));
        }
    }
    let modules = work.iter().filter(|(_, item)| matches!(item.kind, Kind::Module(_))).count();
    let cores = Cores(cores);
    let python = HostPython::new(python, cores.processes(modules));
    let folder = Folder::create(out)?;
    install_all(&work, &python, cores, &folder)?;
    folder.finish()
}

fn install_all(work: &[(&Wheel, Item)], python: &HostPython, cores: Cores, folder: &Folder) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let run = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some((wheel, item)) = work.get(at) else { return Ok(()) };
                install_one(wheel, item, python, folder)?;
            }
        };
        let threads: Vec<_> = (0..cores.0.max(1)).map(|_| scope.spawn(run)).collect();
        // A thread that panicked has aborted the process, or (in tests) is reported by the scope.
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

fn install_one(wheel: &Wheel, item: &Item, python: &HostPython, folder: &Folder) -> Result<(), Error> {
    let bytes = wheel.read(item)?;
    wheel.check(item, bytes.len() as u64, &sha256::of(&bytes))?;
    if item.kind == Kind::Checked {
        return Ok(());
    }
    folder.file(&item.path, &bytes, item.executable)?;
    let Kind::Module(name) = &item.kind else { return Ok(()) };
    // A module that does not compile stays source: importing it says why.
    let Ok(Made { python, bytes: code }) = python.compile(name, &bytes)? else { return Ok(()) };
    let code = canonical(&code).map_err(|source| Error::Code { file: name.clone(), source })?;
    let (parent, file) = item.path.rsplit_once('/').map_or(("", item.path.as_str()), |(parent, file)| (parent, file));
    let stem = file.strip_suffix(".py").unwrap_or(file);
    let cached = Utf8Path::new(parent).join("__pycache__").join(format!("{stem}.{}.pyc", python.cache_tag()));
    folder.file(cached.as_str(), &[&python.pyc_head(), code.as_slice()].concat(), false)
}
