//! URLs of files and indexes, without what lets somebody in: a plan is read by everybody.

/// Returns a URL without user, password and query. For a file of an index or a wheel, a query is a token or a signature.
pub fn without_credentials(url: &str) -> String {
    let Some(parts) = Parts::of(url) else { return url.to_owned() };
    let (rest, fragment) = parts.rest.split_at(parts.rest.find('#').unwrap_or(parts.rest.len()));
    let path = rest.split('?').next().unwrap_or_default();
    [parts.scheme, parts.host, path, fragment].concat()
}

/// Returns the URL of a git repository without credentials. The user of `ssh` is no secret, and no server knows another.
pub fn of_repository(url: &str) -> String {
    let bare = without_credentials(url);
    let after = |text: &str| text.split_once("://").map(|(_, after)| after.to_owned());
    let (Some(scheme), Some(given), Some(host)) = (url.split(':').next(), after(url), after(&bare)) else {
        return bare;
    };
    let login = given.split('/').next().and_then(|authority| authority.rsplit_once('@'));
    let user = login.and_then(|(login, _)| login.split(':').next()).filter(|user| !user.is_empty());
    match user {
        Some(user) if scheme.ends_with("ssh") => format!("{scheme}://{user}@{host}"),
        _ => bare,
    }
}

/// Returns whether [`without_credentials`] leaves something out.
pub fn has_credentials(url: &str) -> bool {
    without_credentials(url) != url
}

/// Returns a text with a `*` for each character of what lets somebody in, in each URL: user, password, query.
pub fn masked(text: &str) -> String {
    let stars = |secret: &str| "*".repeat(secret.chars().count());
    let mut masked = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("://").map(|at| at + 3) {
        let (before, after) = rest.split_at(start);
        let url = &after[..after.find(|c: char| c.is_whitespace() || "\"'`".contains(c)).unwrap_or(after.len())];
        let authority = &url[..url.find(['/', '\\', '?', '#']).unwrap_or(url.len())];
        let user = authority.rfind('@').unwrap_or_default();
        let fragment = url[user..].find('#').map_or(url.len(), |at| user + at);
        let query = url[..fragment].find('?').map_or(fragment, |at| at + 1);
        masked += &[before, &stars(&url[..user]), &url[user..query], &stars(&url[query..fragment])].concat();
        rest = &after[fragment..];
    }
    masked + rest
}

/// Returns whether a file can be downloaded from a URL.
pub fn is_of_a_server(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default();
    ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// What the query of a repository's URL says in uv.lock: no secret.
const OF_A_COMMIT: [&str; 5] = ["rev", "tag", "branch", "subdirectory", "lfs"];

/// Returns the numbers of the lines, from 1, on which a quoted text is a URL with credentials. What a project says of its pages
/// (`[project.urls]`, PEP 621) is nothing that is downloaded from.
pub fn lines_with_credentials(text: &str) -> Vec<usize> {
    let names_commit = |pair: &str| OF_A_COMMIT.contains(&pair.split('=').next().unwrap_or_default());
    let bare = |url: &str| match url.split('#').next().and_then(|url| url.split_once('?')) {
        Some((url, query)) if query.split('&').all(names_commit) => url.to_owned(),
        _ => url.to_owned(),
    };
    let quoted = |line: &str| {
        line.split(['"', '\'']).skip(1).step_by(2).any(|text| is_of_a_server(text) && has_credentials(&bare(text)))
    };
    let mut is_of_pages = false;
    let counts = |(line, _): &(&str, usize)| {
        if line.starts_with('[') {
            is_of_pages = line.trim_end().ends_with(".urls]");
        }
        !is_of_pages && !line.trim_start().starts_with("urls") && quoted(line)
    };
    text.lines().zip(1..).filter(counts).map(|(_, number)| number).collect()
}

/// A URL with an authority.
struct Parts<'u> {
    /// With the slashes.
    scheme: &'u str,
    /// With the port.
    host: &'u str,
    rest: &'u str,
}

impl<'u> Parts<'u> {
    /// Splits as browsers do: `http:user@host` and `http:\\user@host` have a host too.
    fn of(url: &'u str) -> Option<Parts<'u>> {
        let colon = url.find(':')?;
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let after = url[colon + 1..].trim_start_matches(['/', '\\']);
        let slashes = url.len() - colon - 1 - after.len();
        if colon == 0 || !url[..colon].chars().all(is_scheme) || (slashes < 2 && !is_of_a_server(url)) {
            return None;
        }
        let scheme = &url[..url.len() - after.len()];
        let (authority, rest) = after.split_at(after.find(['/', '\\', '?', '#']).unwrap_or(after.len()));
        let host = authority.rsplit('@').next().unwrap_or(authority);
        Some(Parts { scheme, host, rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_password_and_query_are_left_out() {
        for (url, without) in [
            ("https://user:pass@h.example:8443/simple/", "https://h.example:8443/simple/"),
            ("https://token@h/a.whl?sig=1&x=2#sha256=ab", "https://h/a.whl#sha256=ab"),
            ("https://a:b@c@h/x", "https://h/x"),
            ("HTTPS:a:b@h/x", "HTTPS:h/x"),
            ("https:\\\\a:b@h\\x", "https:\\\\h\\x"),
            ("https:///a:b@h/x", "https:///h/x"),
            ("https://h?token=a/b@c", "https://h"),
            ("ssh://git:pw@h/r.git", "ssh://h/r.git"),
            ("git+https://a:b@h/r.git", "git+https://h/r.git"),
        ] {
            assert_eq!(without_credentials(url), without);
            assert!(has_credentials(url));
        }
        for url in ["https://h/a@b/c.whl#a@b?c", "git@h:a/b.git", "libs/x?y", "c:\\a@b", "", "https://h", "file:///a/b"]
        {
            assert_eq!(without_credentials(url), url);
        }
    }

    #[test]
    fn the_user_of_ssh_stays() {
        for url in ["https://h/x.git", "git@h:x/y.git", "/srv/x.git", "file:///srv/a@b/x.git", "ssh://git@h:22/x"] {
            assert_eq!(of_repository(url), url);
        }
        for url in ["https://user:secret@h/x", "https://secret@h/x?token=1", "https://u:se@cret@h/x"] {
            assert_eq!(of_repository(url), "https://h/x");
        }
        assert_eq!(of_repository("ssh://git:secret@h:22/x"), "ssh://git@h:22/x");
    }

    #[test]
    fn lines_are_found() {
        let text = "a = \"x\"\nurl = \"https://a:b@h/\"\n{ file = 'a', url = 'http://h/a?b' }\nurl = \"https://h/\"\nd = \"a@b?\"\n";
        assert_eq!(lines_with_credentials(text), [2, 3]);
        let text = "git = \"https://h/r?tag=v1&subdirectory=a#0123\"\ngit = \"https://h/r?tag=v1&token=x#0\"\n\
                    git = \"https://u:p@h/r?rev=1#0\"\n";
        assert_eq!(lines_with_credentials(text), [2, 3], "what names a commit is no secret");
        let text = "urls = { a = \"https://a.org/?q=x\" }\n[project.urls]\nb = \"https://b.org/?q=x\"\n[[tool.uv.index]]\n\
                    url = \"https://c.org/?token=x\"\n";
        assert_eq!(lines_with_credentials(text), [5], "pages are not downloaded from");
    }

    #[test]
    fn each_url_of_a_text_is_masked() {
        for (text, shown) in [
            (
                "a = [\"https://me:pä@h/x\", \"http://h/a@b\", 'http://t@h']",
                "a = [\"https://*****@h/x\", \"http://h/a@b\", 'http://*@h']",
            ),
            ("`https://h/a?t=1#b?` and https://a@b://c@d", "`https://h/a?***#b?` and https://*@b://c@d"),
            ("no URL: a@b?c", "no URL: a@b?c"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn only_servers_have_files() {
        assert!(is_of_a_server("https://h/") && is_of_a_server("HTTP://h"));
        assert!(!is_of_a_server("file:///a") && !is_of_a_server("a/b") && !is_of_a_server(""));
    }
}
