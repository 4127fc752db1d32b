//! Names of archive members, checked.

/// Why a member's name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// `/etc/passwd`
    #[error("it is absolute")]
    Absolute,
    /// `a/../../b`
    #[error("it has a `..` part")]
    Parent,
    /// `a//b`, `./a`, the empty name
    #[error("it has an empty or `.` part")]
    EmptyPart,
    /// `a\b`: a folder on Windows, a file elsewhere
    #[error("it has a backslash")]
    Backslash,
    /// `C:/a`
    #[error("it has a drive")]
    Drive,
    /// A NUL or another control character
    #[error("it has a control character")]
    Control,
}

/// Checks that a relative path, `/` between parts, stays below where it is unpacked and means one file everywhere.
pub(crate) fn check(path: &str) -> Result<(), BadName> {
    if path.starts_with('/') {
        return Err(BadName::Absolute);
    }
    if path.contains('\\') {
        return Err(BadName::Backslash);
    }
    if path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic() {
        return Err(BadName::Drive);
    }
    if path.chars().any(char::is_control) {
        return Err(BadName::Control);
    }
    for part in path.split('/') {
        match part {
            ".." => return Err(BadName::Parent),
            "" | "." => return Err(BadName::EmptyPart),
            _ => {}
        }
    }
    Ok(())
}

/// Returns where a symbolic link at `path` leads, as a path below the same root; `None` if it leads out of it.
pub(crate) fn link_target(path: &str, target: &str) -> Option<String> {
    if target.is_empty() || target.starts_with('/') || target.contains('\\') || target.chars().any(char::is_control) {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(check("a/b-1.0.dist-info/RECORD"), Ok(()));
        assert_eq!(check("a/..b/c."), Ok(()));
        assert_eq!(check("/a"), Err(BadName::Absolute));
        assert_eq!(check("a/../b"), Err(BadName::Parent));
        assert_eq!(check(".."), Err(BadName::Parent));
        assert_eq!(check("a//b"), Err(BadName::EmptyPart));
        assert_eq!(check("./a"), Err(BadName::EmptyPart));
        assert_eq!(check(""), Err(BadName::EmptyPart));
        assert_eq!(check("a\\b"), Err(BadName::Backslash));
        assert_eq!(check("C:/a"), Err(BadName::Drive));
        assert_eq!(check("a\0b"), Err(BadName::Control));
    }

    #[test]
    fn link_targets() {
        assert_eq!(link_target("lib/a.so", "a.so.1").as_deref(), Some("lib/a.so.1"));
        assert_eq!(link_target("lib/x/a", "../b").as_deref(), Some("lib/b"));
        assert_eq!(link_target("a", "../b"), None);
        assert_eq!(link_target("a", "/b"), None);
        assert_eq!(link_target("a", ""), None);
    }
}
