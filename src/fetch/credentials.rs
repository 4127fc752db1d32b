//! Who we are to which server: the URL itself, the index's URL, Poetry's environment variables, netrc.
use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use permafreeze_base::text::base64;
use url::Url;

use crate::environment::Environment;
use crate::netrc::{Login, Netrc};

/// Who we are to which server. These are secrets, so there is no `Debug`.
#[derive(Clone, Default)]
pub struct Credentials {
    /// Scheme, host and port -> login, the strongest first.
    by_server: Vec<(String, Login)>,
    netrc: Netrc,
    /// The hosts that the user named.
    hosts: BTreeSet<String>,
}

impl Credentials {
    /// Reads the netrc file: `$NETRC`, else `~/.netrc`, else `~/_netrc`. As with pip, a malformed one does not stop
    /// anything; it is reported as a warning.
    pub fn load(environment: &Environment) -> Credentials {
        let named = environment.get("NETRC").map(|file| environment.expand_user(file));
        let usual = || [environment.home(".netrc"), environment.home("_netrc")].into_iter().flatten();
        let file = named.or_else(|| usual().find(|file| file.is_file()));
        Credentials { netrc: file.map(read_netrc).unwrap_or_default(), ..Credentials::default() }
    }

    /// Takes a host as one that the user named: netrc's `default` is for it. pip sends `default` also to where a page or
    /// a redirect leads; who serves those would have the user's password.
    pub fn add_host(&mut self, url: &Url) {
        self.hosts.extend(url.host_str().map(str::to_owned));
    }

    /// Takes the credentials of an index's URL for everything on the same server.
    pub fn add_from_url(&mut self, url: &Url) {
        self.add_host(url);
        if let Some(login) = login_of(url) {
            self.by_server.push((server(url), login));
        }
    }

    /// Takes the credentials of the sources of Poetry (`[[tool.poetry.source]]`) from the variables
    /// `POETRY_HTTP_BASIC_<NAME>_USERNAME` and `…_PASSWORD`. `sources` are their names and URLs.
    pub fn add_poetry(&mut self, sources: &[(String, Url)], environment: &Environment) {
        self.add_named("POETRY_HTTP_BASIC", sources, environment);
    }

    /// Takes the credentials of the indexes of uv (`[[tool.uv.index]]`) from the variables `UV_INDEX_<NAME>_USERNAME` and
    /// `…_PASSWORD`. `indexes` are their names and URLs.
    pub fn add_uv(&mut self, indexes: &[(String, Url)], environment: &Environment) {
        self.add_named("UV_INDEX", indexes, environment);
    }

    fn add_named(&mut self, prefix: &str, sources: &[(String, Url)], environment: &Environment) {
        for (name, url) in sources {
            self.add_host(url);
            let name = name.to_uppercase().replace(['-', '.'], "_");
            let variable = |what| environment.get(&format!("{prefix}_{name}_{what}")).map(str::to_owned);
            if let Some(user) = variable("USERNAME") {
                let login = Login { user, password: variable("PASSWORD").unwrap_or_default() };
                self.by_server.push((server(url), login));
            }
        }
    }

    /// Returns the value of the `Authorization` header for a request.
    pub(crate) fn authorization(&self, url: &Url) -> Option<String> {
        let own = login_of(url);
        let of_server = || self.by_server.iter().find(|(known, _)| *known == server(url)).map(|(_, l)| l.clone());
        let of_host = || {
            let host = url.host_str()?;
            self.netrc.login(host).or_else(|| self.netrc.of_others().filter(|_| self.hosts.contains(host))).cloned()
        };
        let login = own.or_else(of_server).or_else(of_host)?;
        Some(format!("Basic {}", base64(format!("{}:{}", login.user, login.password).as_bytes())))
    }
}

fn read_netrc(file: Utf8PathBuf) -> Netrc {
    let parsed = std::fs::read_to_string(&file).map_err(|error| error.to_string()).and_then(|t| Netrc::parse(&t));
    parsed.unwrap_or_else(|reason| {
        tracing::warn!("netrc file `{file}` is left out: {reason}");
        Netrc::default()
    })
}

fn server(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn login_of(url: &Url) -> Option<Login> {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let login = Login { user: decoded(url.username()), password: decoded(url.password().unwrap_or_default()) };
    (!login.user.is_empty() || !login.password.is_empty()).then_some(login)
}

#[cfg(test)]
mod tests {
    use permafreeze_base::text::from_base64;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("URL")
    }

    fn decoded(credentials: &Credentials, at: &str) -> Option<String> {
        let header = credentials.authorization(&url(at))?;
        let bytes = from_base64(header.strip_prefix("Basic ").expect("Basic")).expect("base64");
        Some(String::from_utf8(bytes).expect("UTF-8"))
    }

    #[test]
    fn the_url_wins_then_the_index_then_netrc() {
        let netrc = Netrc::parse("machine a.example login n password n").unwrap_or_default();
        let mut credentials = Credentials { netrc, ..Credentials::default() };
        assert_eq!(decoded(&credentials, "https://a.example/x").as_deref(), Some("n:n"));
        credentials.add_from_url(&url("https://i:p%40ss@a.example/simple"));
        assert_eq!(decoded(&credentials, "https://a.example/x").as_deref(), Some("i:p@ss"));
        assert_eq!(decoded(&credentials, "https://u:v@a.example/x").as_deref(), Some("u:v"));
        assert_eq!(decoded(&credentials, "https://token@a.example/x").as_deref(), Some("token:"));
        assert_eq!(decoded(&credentials, "https://b.example/x"), None);
    }

    #[test]
    fn the_default_of_netrc_is_for_configured_hosts() {
        let netrc = Netrc::parse("machine a.example login n password n default login d password d").unwrap_or_default();
        let mut credentials = Credentials { netrc, ..Credentials::default() };
        credentials.add_from_url(&url("https://index.example/simple"));
        credentials.add_host(&url("https://pages.example/wheels.html"));
        credentials.add_poetry(&[("x".to_owned(), url("https://corp.example"))], &Environment::new([("", ""); 0]));
        for (at, login) in [
            ("https://a.example/", Some("n:n")),
            ("https://index.example/x", Some("d:d")),
            ("https://pages.example/x", Some("d:d")),
            ("https://corp.example/x", Some("d:d")),
            ("https://other.example/x", None),
        ] {
            assert_eq!(decoded(&credentials, at).as_deref(), login, "{at}");
        }
    }

    #[test]
    fn an_index_login_is_for_its_server_only() {
        let mut credentials = Credentials::default();
        credentials.add_from_url(&url("https://i:p@a.example/simple"));
        for other in ["http://a.example/", "https://a.example:8443/", "https://a.example.org/"] {
            assert_eq!(decoded(&credentials, other), None, "{other}");
        }
    }

    #[test]
    fn uv_variables() {
        let variables = [("UV_INDEX_MY_CORP_USERNAME", "u"), ("UV_INDEX_MY_CORP_PASSWORD", "p")];
        let mut credentials = Credentials::default();
        let indexes = [("my-corp".to_owned(), url("https://corp.example/simple"))];
        credentials.add_uv(&indexes, &Environment::new(variables));
        assert_eq!(decoded(&credentials, "https://corp.example/simple/a/").as_deref(), Some("u:p"));
    }

    #[test]
    fn poetry_variables() {
        let variables = [("POETRY_HTTP_BASIC_MY_CORP_USERNAME", "u"), ("POETRY_HTTP_BASIC_MY_CORP_PASSWORD", "p")];
        let mut credentials = Credentials::default();
        let sources = [("my-corp".to_owned(), url("https://corp.example/simple"))];
        credentials.add_poetry(&sources, &Environment::new(variables));
        assert_eq!(decoded(&credentials, "https://corp.example/simple/a/").as_deref(), Some("u:p"));
    }
}
