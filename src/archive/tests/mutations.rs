//! A good file, changed: it is read or refused, never more.

use crate::support;
use permafreeze_archive::{Archive, Pyz, Zip, marshal};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// A change of a file.
#[derive(Debug, Clone)]
enum Change {
    Flip(Index, u8),
    Truncate(Index),
    Remove(Index, u8),
    Repeat(Index, Index, u8),
    Number(Index, u32),
}

fn change() -> impl Strategy<Value = Change> {
    let numbers = prop_oneof![Just(u32::MAX), Just(1 << 31), Just(0), Just(u32::MAX - 87), 0..300_u32];
    prop_oneof![
        4 => (any::<Index>(), 1..=255_u8).prop_map(|(at, mask)| Change::Flip(at, mask)),
        1 => any::<Index>().prop_map(Change::Truncate),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, count)| Change::Remove(at, count)),
        1 => (any::<Index>(), any::<Index>(), any::<u8>()).prop_map(|(from, to, count)| Change::Repeat(from, to, count)),
        3 => (any::<Index>(), numbers).prop_map(|(at, number)| Change::Number(at, number)),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match change {
            Change::Flip(at, mask) => bytes[at.index(length)] ^= mask,
            Change::Truncate(at) => bytes.truncate(at.index(length)),
            Change::Remove(at, count) => {
                let from = at.index(length);
                bytes.drain(from..(from + usize::from(*count)).min(length));
            }
            Change::Repeat(from, to, count) => {
                let from = from.index(length);
                let part = bytes[from..(from + usize::from(*count)).min(length)].to_vec();
                let to = to.index(length);
                bytes.splice(to..to, part);
            }
            Change::Number(at, number) => {
                let at = at.index(length);
                let end = (at + 4).min(length);
                bytes[at..end].copy_from_slice(&number.to_be_bytes()[..end - at]);
            }
        }
    }
    bytes
}

/// Reads all that there is and checks what every answer keeps.
fn read_all(bytes: Vec<u8>) {
    let length = bytes.len();
    let Ok(archive) = Archive::parse(bytes) else { return };
    assert!(archive.bootloader().end == archive.package().start && archive.trailer().end == length);
    for entry in archive.entries() {
        assert!(entry.place.end <= archive.cookie().start && entry.place.start >= archive.package().start);
        let Ok(data) = archive.data(entry) else { continue };
        assert_eq!(data.len() as u64, entry.size);
        let _ = marshal::parse_for(archive.python(), &data);
    }
    for (_, pyz) in archive.pyz().unwrap_or_default() {
        for module in pyz.modules() {
            assert!(module.place.end <= pyz.bytes().len());
            let _ = pyz.code(module);
        }
    }
    let Ok(Some(zip)) = archive.base_library() else { return };
    for member in zip.members() {
        assert!(zip.data(member).map_or(true, |data| data.len() as u64 == member.size));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn an_executable(changes in vec(change(), 1..6)) {
        read_all(changed(support::sample(), &changes));
    }

    #[test]
    fn a_pyz(changes in vec(change(), 1..6)) {
        let _ = Pyz::parse(changed(support::pyz(&[("a", 1, support::code()), ("b", 3, vec![])]), &changes));
    }

    #[test]
    fn a_zip(changes in vec(change(), 1..6)) {
        let members = [support::member("a", b"content", false), support::member("b", &[7; 300], true)];
        if let Ok(zip) = Zip::parse(changed(support::zip(&members), &changes)) {
            for member in zip.members() {
                let _ = zip.data(member);
            }
        }
    }

    #[test]
    fn code(changes in vec(change(), 1..6)) {
        let _ = marshal::parse(&changed(support::code(), &changes));
    }

    #[test]
    fn random_bytes(bytes in vec(any::<u8>(), 0..2000)) {
        let _ = Pyz::parse(bytes.clone());
        let _ = Zip::parse(bytes.clone());
        let _ = marshal::parse(&bytes);
        let cookie = support::cookie(bytes.len() as u32 + 88, 0, bytes.len() as u32, 313, b"libpython");
        read_all([bytes, cookie].concat());
    }
}
