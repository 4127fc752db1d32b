//! Paths as texts, with slashes: those of plans, locks and specs.

/// Joins two relative paths and removes `.` and `..` where that can be done.
pub fn join(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_paths_are_short() {
        assert_eq!(join(".", "src/a"), "src/a");
        assert_eq!(join("libs/x", "../y/./z"), "libs/y/z");
        assert_eq!(join(".", "../x"), "../x");
        assert_eq!(join("a", ".."), ".");
    }
}
