//! Tests of the cache that need a look inside: what there is without locks.
use std::fs::File;
use std::sync::Barrier;

use sha2::{Digest, Sha256};

use super::*;

/// A bundle without frames: one empty file.
fn bundle(at: &Path) -> Own {
    let text = |text: &str| [&(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat();
    let mut index = [&1u32.to_le_bytes()[..], &text("app"), &text("app"), &text("_internal")].concat();
    index.extend(1u32.to_le_bytes());
    index.extend([&text("app")[..], &[0]].concat());
    index.extend([&0o700u32.to_le_bytes()[..], &0u64.to_le_bytes(), &Sha256::digest(b"")[..]].concat());
    index.extend(0u32.to_le_bytes());
    let mut bytes = index.clone();
    bytes.extend(b"PFBUNDLE");
    bytes.extend(0u64.to_le_bytes());
    bytes.extend((index.len() as u64).to_le_bytes());
    bytes.extend(&Sha256::digest(&index)[..]);
    fs::write(at, bytes).expect("a bundle");
    Own::of(at.to_owned(), File::open(at).expect("a bundle"), true).expect("a bundle")
}

fn cache<'o>(own: &'o Own, base: &Path) -> Cache<'o> {
    let environment = |name: &str| (name == crate::error::CACHE_DIR).then(|| base.as_os_str().to_owned());
    let place = place::lasting("app", system::user(), &environment).expect("a place").remove(0);
    Cache::new(own, place, system::user()).expect("a cache")
}

#[test]
fn without_locks_the_second_one_takes_what_the_first_has_made() {
    let keep = tempfile::tempdir().expect("a folder");
    let own = bundle(&keep.path().join("bundle"));
    let cache = cache(&own, &fs::canonicalize(keep.path()).expect("a path").join("base"));
    let app = cache.make_app().expect("a folder");
    let start = Barrier::new(4);
    let folders = std::thread::scope(|scope| {
        let fill = || {
            start.wait();
            cache.fill(&app, &Lock::missing(&app))
        };
        [(); 4].map(|()| scope.spawn(fill)).map(|thread| thread.join().expect("no panic"))
    });
    for folder in folders {
        assert_eq!(folder.expect("a folder"), app.join(own.footer.folder()));
    }
    let mut names: Vec<_> =
        fs::read_dir(&app).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    names.sort();
    assert_eq!(names.len(), 3, "lock, version and marker: {names:?}");
}

#[test]
fn without_locks_what_others_unpack_stays_for_a_day() {
    let keep = tempfile::tempdir().expect("a folder");
    let other = keep.path().join(".new-x-1-1");
    fs::create_dir(&other).expect("a folder");
    let (lock, now) = (Lock::missing(keep.path()), SystemTime::now());
    clean::leftovers(keep.path(), now, &lock);
    assert!(other.exists());
    clean::leftovers(keep.path(), now + 2 * FRESH, &lock);
    assert!(!other.exists());
}
