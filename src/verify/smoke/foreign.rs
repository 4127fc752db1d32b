//! Modules of the standard library, and names in them, that a system has not (docs.python.org: "Availability").
//!
//! Who imports one of another system's fails on this one, frozen or not.

/// What only Windows has.
const OF_WINDOWS: [&str; 10] =
    ["_overlapped", "_winapi", "_winreg", "_wmi", "mbcs_encode", "msvcrt", "nt", "oem_encode", "winreg", "winsound"];
/// What Windows has not.
const OF_UNIX: [&str; 14] = [
    "_curses",
    "_posixshmem",
    "_posixsubprocess",
    "_scproxy",
    "crypt",
    "fcntl",
    "grp",
    "posix",
    "pty",
    "pwd",
    "readline",
    "resource",
    "syslog",
    "termios",
];

/// How Python says that a module is missing, and a name in one.
const MISSING: [&str; 2] = ["ModuleNotFoundError: No module named '", "ImportError: cannot import name '"];

/// Returns whether this is why a module cannot be imported on a system: it wants one of another.
pub(super) fn explains(reason: &str, windows: bool) -> bool {
    let foreign: &[&str] = if windows { &OF_UNIX } else { &OF_WINDOWS };
    let named = MISSING.iter().find_map(|start| reason.strip_prefix(start)?.split('\'').next());
    named.is_some_and(|name| foreign.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::explains;

    #[test]
    fn what_another_system_has_explains_a_failure_and_nothing_else() {
        let windows = "ModuleNotFoundError: No module named 'msvcrt'";
        let codec = "ImportError: cannot import name 'mbcs_encode' from 'codecs' (…/codecs.pyc)";
        let unix = "ModuleNotFoundError: No module named 'fcntl'";
        assert_eq!([windows, codec, unix].map(|reason| explains(reason, false)), [true, true, false]);
        assert_eq!([windows, codec, unix].map(|reason| explains(reason, true)), [false, false, true]);
        for other in [
            "ModuleNotFoundError: No module named 'msvcrt2'",
            "ModuleNotFoundError: No module named 'nt.path'",
            "ImportError: msvcrt",
            "ValueError: No module named 'msvcrt'",
            "",
        ] {
            assert!(!explains(other, false), "{other}");
        }
    }
}
