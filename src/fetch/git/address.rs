//! Addresses of git repositories: which are taken, and how a submodule's is joined to its parent's.
use std::fmt::Write as _;

/// How a repository is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// `https`, `http`, `ssh` and `git`, or `user@host:path`.
    Network,
    /// A folder of this machine.
    Folder,
}

/// The schemes of the network.
pub(super) const SCHEMES: [&str; 4] = ["https", "http", "ssh", "git"];

/// Returns how a repository is reached; `None` if its address is none that is taken: git has others, which run programs.
pub(super) fn way(address: &str) -> Option<Way> {
    if address.starts_with('-') || address.chars().any(char::is_control) {
        return None;
    }
    match address.split_once("://") {
        Some(("file", _)) => Some(Way::Folder),
        Some((scheme, rest)) => {
            let is_one = SCHEMES.contains(&scheme) && !rest.starts_with('-') && !rest.is_empty();
            is_one.then_some(Way::Network)
        }
        None if address.starts_with('/') => Some(Way::Folder),
        None => {
            let (host, path) = address.split_once(':')?;
            let is_one = !host.is_empty() && !host.contains('/') && !path.is_empty() && !path.starts_with(':');
            is_one.then_some(Way::Network)
        }
    }
}

/// Returns the address of a submodule: one that begins with `./` or `../` is relative to its parent's.
pub(super) fn join(parent: &str, address: &str) -> String {
    if !address.starts_with("./") && !address.starts_with("../") {
        return address.to_owned();
    }
    let (mut base, mut rest) = (parent.trim_end_matches('/').to_owned(), address);
    loop {
        if let Some(after) = rest.strip_prefix("./") {
            rest = after;
        } else if let Some(after) = rest.strip_prefix("../") {
            // Of `user@host:path` the first part stands behind the colon.
            let end = base.rfind('/').or_else(|| base.rfind(':').map(|at| at + 1)).unwrap_or(base.len());
            base.truncate(end);
            rest = after;
        } else {
            let slash = if base.ends_with(':') { "" } else { "/" };
            let _ = write!(base, "{slash}{rest}");
            return base;
        }
    }
}

/// Returns a text without the login that may stand in URLs in it.
pub(super) fn redacted(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let end = after.find(['/', ' ', '\'', '"', '\n', '`']).unwrap_or(after.len());
        let host = after[..end].rsplit('@').next().unwrap_or_default();
        let _ = write!(shown, "{before}://{host}");
        rest = &after[end..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_run_programs_are_none() {
        for address in ["https://a.example/x", "ssh://git@a.example:22/x", "git@a.example:x/y.git", "git://a.example/x"]
        {
            assert_eq!(way(address), Some(Way::Network), "{address}");
        }
        for address in ["file:///srv/x", "/srv/x"] {
            assert_eq!(way(address), Some(Way::Folder), "{address}");
        }
        let none = [
            "ext::sh -c touch% /tmp/x",
            "ext::https://a.example/x",
            "fd::17",
            "--upload-pack=touch x",
            "-x:y",
            "ssh://-oProxyCommand=x/y",
            "ftp://a.example/x",
            "https://a.example/x\nfetch",
            "srv/x",
            "",
        ];
        for address in none {
            assert_eq!(way(address), None, "{address}");
        }
    }

    #[test]
    fn submodules_are_found_beside_their_parent() {
        assert_eq!(join("https://a.example/o/x.git", "../y.git"), "https://a.example/o/y.git");
        assert_eq!(join("https://a.example/o/x.git/", "./../../p/y"), "https://a.example/p/y");
        assert_eq!(join("git@a.example:o/x", "../../p/y"), "git@a.example:p/y");
        assert_eq!(join("/srv/x", "https://b.example/y"), "https://b.example/y");
    }

    #[test]
    fn no_login_is_shown() {
        let text = "fatal: unable to access 'https://u:secret@a.example/x/': no\nand ssh://t@b.example";
        assert_eq!(redacted(text), "fatal: unable to access 'https://a.example/x/': no\nand ssh://b.example");
    }
}
