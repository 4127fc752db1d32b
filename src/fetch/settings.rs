//! How the client talks to the indexes: what pip would do with the same configuration.
use std::time::Duration;

use camino::Utf8PathBuf;
use url::Url;

use crate::credentials::Credentials;
use crate::environment::Environment;
use crate::error::Error;
use crate::limits::Limits;
use crate::pip_config::{PipConfig, Value};
use crate::proxy::Proxies;

/// pip's default for `timeout`, seconds.
const DEFAULT_TIMEOUT: f64 = 15.0;
/// pip's default for `retries`.
const DEFAULT_RETRIES: u32 = 5;
/// The first pause before a retry; it doubles each time (pip's `backoff_factor`).
const BACK_OFF: Duration = Duration::from_millis(250);
/// Longer is not waited for a connection: a server that is there answers sooner.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What the client does. It holds credentials, so it has no `Debug`.
#[derive(Clone)]
pub struct Settings {
    /// `index-url`; `None`: pip's own default, which is asked for when it is needed.
    pub index: Option<Url>,
    /// `extra-index-url`.
    pub extra_indexes: Vec<Url>,
    /// `no-index`: only `find-links`.
    pub no_index: bool,
    /// `find-links`: folders, or URLs of pages.
    pub find_links: Vec<String>,
    /// A PEM file of the certificates to trust instead of the platform's.
    pub ca_bundle: Option<Utf8PathBuf>,
    /// A PEM file of the client's certificate and key.
    pub client_cert: Option<Utf8PathBuf>,
    /// `trusted-host`: hosts, or `host:port`, whose certificate is not checked.
    pub trusted_hosts: Vec<String>,
    /// The longest silence of a server.
    pub timeout: Duration,
    /// The longest time until a connection is there.
    pub connect_timeout: Duration,
    /// How often a failed request is tried again.
    pub retries: u32,
    /// The first pause before a retry; it doubles each time.
    pub back_off: Duration,
    /// The proxies.
    pub proxies: Proxies,
    /// Who we are to which server.
    pub credentials: Credentials,
    /// What a server may send.
    pub limits: Limits,
}

impl Settings {
    /// Returns what the environment and pip's configuration files say.
    ///
    /// # Errors
    /// If a configuration file is malformed or has a bad value.
    pub fn load(environment: &Environment) -> Result<Settings, Error> {
        let config = PipConfig::load(environment)?;
        let index = config.get(&["index-url", "pypi-url"]);
        let index = index.map(|value| index_url(&value, "index-url", value.text.trim())).transpose()?;
        let timeout = seconds(config.get(&["timeout", "default-timeout"]))?;
        let file = |name: &str| config.get(&[name]).map(|value| environment.expand_user(&value.text));
        let bundle = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"];
        let mut settings = Settings {
            index,
            extra_indexes: extra_indexes(&config)?,
            no_index: config.flag("no-index")?,
            find_links: config.list(&["find-links"]),
            ca_bundle: file("cert").or_else(|| environment.first(&bundle).map(Utf8PathBuf::from)),
            client_cert: file("client-cert"),
            trusted_hosts: config.list(&["trusted-host"]),
            timeout,
            connect_timeout: timeout.min(CONNECT_TIMEOUT),
            retries: retries(config.get(&["retries"]))?,
            back_off: BACK_OFF,
            proxies: match config.get(&["proxy"]) {
                Some(proxy) => Proxies::one(proxy.text.trim()),
                None => Proxies::from_environment(environment),
            },
            credentials: Credentials::load(environment),
            limits: Limits::load(environment)?,
        };
        for place in &mut settings.find_links {
            *place = environment.expand_user(place).into_string();
        }
        for index in settings.index.iter().chain(&settings.extra_indexes) {
            settings.credentials.add_from_url(index);
        }
        for page in settings.find_links.iter().filter_map(|place| Url::parse(place).ok()) {
            settings.credentials.add_host(&page);
        }
        Ok(settings)
    }

    /// Returns the configured indexes in pip's order, if `index` is set.
    pub fn indexes(&self) -> Vec<Url> {
        if self.no_index { Vec::new() } else { self.index.iter().chain(&self.extra_indexes).cloned().collect() }
    }
}

fn extra_indexes(config: &PipConfig<'_>) -> Result<Vec<Url>, Error> {
    let name = "extra-index-url";
    let Some(value) = config.get(&[name]) else { return Ok(Vec::new()) };
    value.text.split_whitespace().map(|url| index_url(&value, name, url)).collect()
}

fn index_url(value: &Value, name: &str, text: &str) -> Result<Url, Error> {
    match Url::parse(text) {
        Ok(url) if ["http", "https", "file"].contains(&url.scheme()) => Ok(url),
        // A local folder in the layout of the simple index.
        _ if text.starts_with('/') => Url::from_directory_path(text).map_err(|()| value.bad(name, "a URL")),
        _ => Err(value.bad(name, "a URL of scheme `https`, `http` or `file`")),
    }
}

fn seconds(value: Option<Value>) -> Result<Duration, Error> {
    let Some(value) = value else { return Ok(Duration::from_secs_f64(DEFAULT_TIMEOUT)) };
    let seconds = value.text.trim().parse::<f64>().ok().filter(|seconds| *seconds > 0.0);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| value.bad("timeout", "a number of seconds above 0"))
}

fn retries(value: Option<Value>) -> Result<u32, Error> {
    let Some(value) = value else { return Ok(DEFAULT_RETRIES) };
    value.text.trim().parse().map_err(|_| value.bad("retries", "a number of tries from 0"))
}
