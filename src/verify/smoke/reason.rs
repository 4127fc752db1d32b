//! Reasons why a module cannot be imported, in a form that is the same on every machine.
//!
//! What differs from run to run is taken out: the folder that the executable unpacks itself into, other folders of the
//! user, addresses. Folders that every machine has (`/etc`, `/usr`) stay, since which file of them is missing matters.

/// The longest reason that is kept, in characters.
const LIMIT: usize = 300;
/// Top folders whose paths mean the same on every machine.
const COMMON: [&str; 11] = ["bin", "dev", "etc", "lib", "lib64", "opt", "proc", "sbin", "sys", "usr", "var"];
/// What the folder that the bootloader unpacks into is called (PyInstaller's `bootloader/src/pyi_utils.c`).
const UNPACKED: &str = "/_MEI";
/// Where a program that lies in a folder has its files (PyInstaller's `building/api.py`).
const INTERNAL: &str = "_internal/";

/// Returns the reason without what differs between two runs of the same thing. Paths of Windows become those of others.
pub fn plain(text: &str) -> String {
    let text = without_drives(text.trim());
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let starts = !plain.ends_with(|before: char| in_path(before) && before != '/');
        let length = if starts && rest.starts_with('/') {
            let length = rest.find(|c: char| !in_path(c)).unwrap_or(rest.len());
            plain.push_str(&plain_path(&rest[..length]));
            length
        } else if starts && rest.starts_with("0x") {
            plain.push_str("0x…");
            2 + rest[2..].find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len() - 2)
        } else {
            plain.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    plain.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LIMIT).collect()
}

/// Returns a text with `/a/b` for each `C:\a\b`; a path that is written as Python writes strings has `\\` between its parts.
fn without_drives(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(":\\") {
        let (before, path) = (&rest[..at], &rest[at + 1..]);
        let is_drive = before.ends_with(|c: char| c.is_ascii_alphabetic())
            && !before[..before.len() - 1].ends_with(|c: char| c.is_alphanumeric());
        if !is_drive {
            plain.push_str(&rest[..at + 2]);
            rest = &rest[at + 2..];
            continue;
        }
        plain.push_str(&before[..before.len() - 1]);
        let length = path.find(|c: char| !in_path(c) && c != '\\').unwrap_or(path.len());
        plain.push_str(&path[..length].replace("\\\\", "/").replace('\\', "/"));
        rest = &path[length..];
    }
    plain + rest
}

/// Returns whether two plain reasons are the same for a frozen program and one that is not: paths count by their last part,
/// and a module's file by its stem, for it is `.py` here and `.pyc` there.
pub fn alike(a: &str, b: &str) -> bool {
    fn essence(text: &str) -> String {
        let ends = |c: char| !(in_path(c) || c == '…');
        let word = |word: &str| {
            let (body, end) = word.split_at(word.trim_end_matches(ends).len());
            let last = if body.contains('/') { body.rsplit('/').next().unwrap_or(body) } else { body };
            let stem = last.strip_suffix(".pyc").or_else(|| last.strip_suffix(".py")).unwrap_or(last);
            format!("{stem}{end}")
        };
        text.split_inclusive(ends).map(word).collect()
    }
    essence(a) == essence(b)
}

fn in_path(c: char) -> bool {
    c.is_alphanumeric() || "/_.+-~".contains(c)
}

fn plain_path(path: &str) -> String {
    if let Some((_, below)) = path.split_once(UNPACKED) {
        let Some((_, inside)) = below.split_once('/') else { return "…".to_owned() };
        return format!("…/{}", inside.strip_prefix(INTERNAL).unwrap_or(inside));
    }
    let top = path[1..].split('/').next().unwrap_or_default();
    if COMMON.contains(&top) || top.is_empty() || !path[1..].contains('/') { path.to_owned() } else { "…".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unpacked_folder_goes_and_what_is_below_it_stays() {
        let text = "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/x1/_MEIab12Cd/greeting/data.txt'";
        assert_eq!(plain(text), "FileNotFoundError: [Errno 2] No such file or directory: '…/greeting/data.txt'");
        assert_eq!(plain("OSError: /tmp/_MEIxyz123"), "OSError: …");
        assert_eq!(plain("OSError: '/tmp/x/_MEIfolder/_internal/codecs.pyc'"), "OSError: '…/codecs.pyc'");
    }

    #[test]
    fn folders_of_the_user_go_and_those_of_every_machine_stay() {
        assert_eq!(plain("OSError: '/home/ann/.cache/x' and '/etc/hosts'"), "OSError: '…' and '/etc/hosts'");
        assert_eq!(plain("OSError: read/write 1/2 /"), "OSError: read/write 1/2 /");
        assert_eq!(plain("OSError: https://example.org/a/b"), "OSError: https://example.org/a/b");
    }

    #[test]
    fn paths_are_alike_by_their_last_part() {
        assert!(alike(
            "ImportError: no x from 'codecs' (…/codecs.pyc)",
            "ImportError: no x from 'codecs' (…/lib/codecs.py)"
        ));
        assert!(alike("E: '…/a/data.txt' x", "E: '…/b/data.txt' x"));
        for (a, b) in [("E: x", "F: x"), ("E: a/b", "E: a/c"), ("E: a b", "E: a  b"), ("E: (…/a.py)", "E: (…/b.py)")]
        {
            assert!(!alike(a, b), "{a} {b}");
        }
    }

    #[test]
    fn paths_of_windows_are_as_others() {
        let text = r"ImportError: no x from 'y' (C:\users\ann\Temp\_MEI322\y.pyc)";
        assert_eq!(plain(text), "ImportError: no x from 'y' (…/y.pyc)");
        assert!(alike(&plain(text), &plain(r"ImportError: no x from 'y' (Z:\tmp\_MEIpython\Lib\y.py)")));
        let written = r"FileNotFoundError: [Errno 2] No such file or directory: 'Z:\\tmp\\_MEI1\\a\\b.txt'";
        assert_eq!(plain(written), "FileNotFoundError: [Errno 2] No such file or directory: '…/a/b.txt'");
        assert_eq!(plain(r"E: a:\ b word:\x"), r"E: / b word:\x");
    }

    #[test]
    fn addresses_go() {
        let text = "TypeError: <function f at 0x7f00deadbeef> is no A0x1";
        assert_eq!(plain(text), "TypeError: <function f at 0x…> is no A0x1");
    }

    #[test]
    fn a_reason_is_one_line_of_bounded_length() {
        assert_eq!(plain(" a\tb "), "a b");
        assert_eq!(plain(&"ä".repeat(1000)).chars().count(), LIMIT);
    }
}
