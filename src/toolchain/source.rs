//! Where sources come from: the work folder, the upstream URL, the machine's package clients, in this order. Whatever
//! brings a file, its sha256 decides whether it is used.
use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::beside;
use permafreeze_plan::pins::{PinnedSource, PinnedWheel};

use crate::clients;
use crate::error::{Error, Result};
use crate::files::{check, create_folder, remove_folder};

/// Downloads a URL to a file; says what failed in words.
pub type Download<'a> = dyn Fn(&str, &Utf8Path) -> std::result::Result<(), String> + Sync + 'a;

/// Gets sources and wheels into a folder.
pub struct Sources<'a> {
    /// The folder that keeps them.
    pub folder: Utf8PathBuf,
    /// Where cargo keeps crates.
    pub cargo_home: Utf8PathBuf,
    /// No network: neither downloads nor package clients.
    pub offline: bool,
    /// Downloads a URL.
    pub download: &'a Download<'a>,
}

impl Sources<'_> {
    /// Returns a source's file, checked.
    ///
    /// # Errors
    /// [`Error::Unobtainable`] with all that was tried.
    pub fn source(&self, name: &str, pinned: &PinnedSource) -> Result<Utf8PathBuf> {
        let to = self.place(name, &pinned.sha256)?;
        let mut tries = Tries::new(name, &pinned.sha256, &to);
        if tries.kept() {
            return Ok(to);
        }
        if self.offline {
            return Err(tries.offline());
        }
        let scratch = self.scratch(name)?;
        let part = scratch.join("file");
        if let Some(url) = &pinned.url {
            tries.note(url, (self.download)(url, &part).map(|()| part.clone()));
        }
        if let Some(pinned) = &pinned.crate_ {
            tries.attempt("cargo", || clients::crate_file(pinned, &self.cargo_home, &scratch.join("cargo")));
        }
        if let Some(path) = &pinned.apt {
            tries.attempt("apt", || clients::apt(path, &part).map(|()| part.clone()));
        }
        remove_folder(&scratch)?;
        tries.end()
    }

    /// Returns a wheel's file, checked. `stored` is where the Nix store would have it.
    ///
    /// # Errors
    /// [`Error::Unobtainable`] with all that was tried.
    pub fn wheel(&self, wheel: &PinnedWheel, stored: &Utf8Path) -> Result<Utf8PathBuf> {
        if check(stored, &wheel.sha256).is_ok() {
            return Ok(stored.to_owned());
        }
        let to = self.place(&wheel.file, &wheel.sha256)?;
        let mut tries = Tries::new(&wheel.file, &wheel.sha256, &to);
        if tries.kept() {
            return Ok(to);
        }
        if self.offline {
            return Err(tries.offline());
        }
        let scratch = self.scratch(&wheel.package)?;
        tries.attempt("pip", || clients::pip(wheel, &scratch.join("pip")));
        remove_folder(&scratch)?;
        tries.end()
    }

    fn place(&self, name: &str, sha256: &str) -> Result<Utf8PathBuf> {
        create_folder(&self.folder)?;
        let hash: String = sha256.chars().take(16).collect();
        Ok(self.folder.join(format!("{hash}-{name}")))
    }

    fn scratch(&self, name: &str) -> Result<Utf8PathBuf> {
        let scratch = self.folder.join(format!("{name}.part"));
        remove_folder(&scratch)?;
        create_folder(&scratch)?;
        Ok(scratch)
    }
}

/// What was tried for one file.
struct Tries<'a> {
    name: &'a str,
    sha256: &'a str,
    to: &'a Utf8Path,
    done: bool,
    failures: Vec<String>,
}

impl<'a> Tries<'a> {
    fn new(name: &'a str, sha256: &'a str, to: &'a Utf8Path) -> Tries<'a> {
        Tries { name, sha256, to, done: false, failures: Vec::new() }
    }

    /// Returns whether the work folder has it; wrong bytes there are as good as none.
    fn kept(&self) -> bool {
        check(self.to, self.sha256).is_ok()
    }

    fn attempt(&mut self, way: &str, bring: impl FnOnce() -> std::result::Result<Utf8PathBuf, String>) {
        if !self.done {
            let brought = bring();
            self.note(way, brought);
        }
    }

    /// Takes what a way brought, if its hash is right.
    fn note(&mut self, way: &str, brought: std::result::Result<Utf8PathBuf, String>) {
        let taken = brought.and_then(|file| self.take(&file).map_err(|error| chain(&error)));
        match taken {
            Ok(()) => self.done = true,
            Err(error) => self.failures.push(format!("{way}: {error}")),
        }
    }

    fn take(&self, file: &Utf8Path) -> Result<()> {
        check(file, self.sha256)?;
        Ok(beside::copy(file, self.to, 0o644)?)
    }

    fn offline(self) -> Error {
        Error::Unobtainable { name: self.name.to_owned(), tried: vec!["not tried: offline".to_owned()] }
    }

    fn end(self) -> Result<Utf8PathBuf> {
        if self.done {
            return Ok(self.to.to_owned());
        }
        Err(Error::Unobtainable { name: self.name.to_owned(), tried: self.failures })
    }
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::files::tests::folder;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn pinned() -> PinnedSource {
        PinnedSource {
            sha256: ABC.into(),
            url: Some("https://upstream.example/a.tar.gz".into()),
            crate_: None,
            apt: None,
            within: None,
        }
    }

    fn sources<'a>(folder: &Utf8Path, offline: bool, download: &'a Download<'a>) -> Sources<'a> {
        Sources { folder: folder.join("sources"), cargo_home: folder.join("cargo"), offline, download }
    }

    #[test]
    fn a_source_is_downloaded_once() {
        let (_keep, root) = folder();
        let count = AtomicUsize::new(0);
        let download = |_: &str, to: &Utf8Path| {
            count.fetch_add(1, Ordering::Relaxed);
            std::fs::write(to, "abc").map_err(|error| error.to_string())
        };
        let sources = sources(&root, false, &download);
        let first = sources.source("a", &pinned()).expect("downloaded");
        assert_eq!(std::fs::read_to_string(&first).expect("read"), "abc");
        assert_eq!(sources.source("a", &pinned()).expect("kept"), first);
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_kept_file_with_other_bytes_is_got_again() {
        let (_keep, root) = folder();
        let download = |_: &str, to: &Utf8Path| std::fs::write(to, "abc").map_err(|error| error.to_string());
        let sources = sources(&root, false, &download);
        let file = sources.source("a", &pinned()).expect("downloaded");
        std::fs::write(&file, "tampered").expect("written");
        assert_eq!(sources.source("a", &pinned()).expect("again"), file);
        assert_eq!(std::fs::read_to_string(&file).expect("read"), "abc");
    }

    #[test]
    fn wrong_bytes_are_not_used_and_both_hashes_shown() {
        let (_keep, root) = folder();
        let download = |_: &str, to: &Utf8Path| std::fs::write(to, "").map_err(|error| error.to_string());
        let sources = sources(&root, false, &download);
        let text = sources.source("a", &pinned()).expect_err("wrong bytes").to_string();
        assert!(text.starts_with("cannot get `a`:\n  https://upstream.example/a.tar.gz: `"), "{text}");
        assert!(text.contains(&format!("expected `{ABC}`")), "{text}");
        assert!(text.contains("`e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`"), "{text}");
        let left: Vec<_> = sources.folder.read_dir_utf8().expect("there").collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn a_client_is_asked_after_the_upstream() {
        let (_keep, root) = folder();
        let registry = root.join("cargo/registry/cache/r");
        create_folder(&registry).expect("made");
        std::fs::write(registry.join("a-sys-1.2.3.crate"), "abc").expect("written");
        let sources = sources(&root, false, &|_, _| Err("unreachable".into()));
        let pinned = PinnedSource { crate_: Some("a-sys 1.2.3".into()), ..pinned() };
        let file = sources.source("a", &pinned).expect("cargo has it");
        assert_eq!(std::fs::read_to_string(file).expect("read"), "abc");
    }

    #[test]
    fn offline_tries_nothing() {
        let (_keep, root) = folder();
        let download = |_: &str, _: &Utf8Path| panic!("must not be called");
        let text = sources(&root, true, &download).source("a", &pinned()).expect_err("offline").to_string();
        assert_eq!(text, "cannot get `a`:\n  not tried: offline");
    }

    #[test]
    fn a_wheel_in_the_store_is_used_where_it_is() {
        let (_keep, root) = folder();
        std::fs::write(root.join("w.whl"), "abc").expect("written");
        let wheel = PinnedWheel {
            package: "w".into(),
            version: "1".into(),
            file: "w.whl".into(),
            sha256: ABC.into(),
            size: 3,
            within: None,
        };
        let sources = sources(&root, true, &|_, _| Err("no".into()));
        assert_eq!(sources.wheel(&wheel, &root.join("w.whl")).expect("stored"), root.join("w.whl"));
    }
}
