//! HTTP: one agent per proxy, redirects, credentials per server, and the rule of what is tried again.
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use ureq::http::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, LOCATION, RETRY_AFTER};
use ureq::tls::{ClientCert, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, BodyReader, Proxy};
use url::Url;

use crate::bounded::{Capped, Paced};
use crate::error::{Error, Trouble, shown};
use crate::limits::Exceeded;
use crate::page::{Head, Unread};
use crate::settings::Settings;
use crate::watch::{Waiting, Watch};

/// More redirects than that are a circle.
const MAX_REDIRECTS: usize = 10;
/// The longest pause between tries, also if a server asks for a longer one.
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// Idle connections that are kept per server.
const IDLE_CONNECTIONS: usize = 32;

/// An HTTP client with pip's settings. Used by several threads at once.
pub struct Client {
    settings: Settings,
    roots: RootCerts,
    client_cert: Option<ClientCert>,
    /// By proxy, and whether certificates are checked.
    agents: Mutex<BTreeMap<(Option<String>, bool), Agent>>,
    watch: Arc<Watch>,
}

/// A server's answer with status 2xx.
pub(crate) struct Response {
    pub status: u16,
    /// The URL after redirects.
    pub url: Url,
    pub headers: HeaderMap,
    body: BodyReader<'static>,
    waiting: Waiting,
    begin: Instant,
}

impl Response {
    /// Returns a header, empty if it is not there or not ASCII.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Returns the body: its rate is bounded, and it must be all there `time` after the request began.
    pub(crate) fn into_body(self, client: &Client, time: Duration) -> Paced<BodyReader<'static>> {
        Paced::new(self.body, self.waiting, client.settings.limits, self.begin, time)
    }
}

/// A failed try.
pub(crate) enum Failed {
    /// It may work the next time.
    Again { last: Last, after: Option<Duration> },
    /// It never will.
    Final(Error),
}

/// What ended a try.
pub(crate) enum Last {
    Trouble(Trouble),
    Status(u16),
    Slow(Exceeded),
}

impl std::fmt::Display for Last {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Last::Trouble(trouble) => trouble.fmt(f),
            Last::Status(status) => write!(f, "status {status}"),
            Last::Slow(exceeded) => write!(f, "it {exceeded}"),
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed::Final(error)
    }
}

impl Client {
    /// Makes a client.
    ///
    /// # Errors
    /// If the certificates of the settings cannot be read.
    pub fn new(settings: Settings) -> Result<Client, Error> {
        let roots = match &settings.ca_bundle {
            Some(bundle) => RootCerts::Specific(Arc::new(read_roots(bundle)?)),
            None => RootCerts::PlatformVerifier,
        };
        let client_cert = settings.client_cert.as_deref().map(read_client_cert).transpose()?;
        Ok(Client { settings, roots, client_cert, agents: Mutex::default(), watch: Arc::default() })
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Does the work, and meanwhile tells the host of each request from which no bytes come for three seconds.
    pub fn watched<T>(&self, tell: &(dyn Fn(&str) + Sync), work: impl FnOnce() -> T) -> T {
        self.watch.during(tell, work)
    }

    /// Requests a page and has it read as it comes, decompressed; `None` if the server does not have it.
    pub(crate) fn page<T>(
        &self,
        url: &Url,
        accept: &str,
        read: impl Fn(&Head, &mut dyn Read) -> Result<T, Unread>,
    ) -> Result<Option<T>, Error> {
        let mut tries = Tries::new(&self.settings);
        loop {
            match self.page_once(url, accept, &read) {
                Ok(page) => return Ok(page),
                Err(failed) => tries.pause(failed, url)?,
            }
        }
    }

    fn page_once<T>(
        &self,
        url: &Url,
        accept: &str,
        read: &impl Fn(&Head, &mut dyn Read) -> Result<T, Unread>,
    ) -> Result<Option<T>, Failed> {
        let headers = [("accept", accept), (ACCEPT_ENCODING.as_str(), "gzip"), ("cache-control", "max-age=0")];
        let response = match self.get(url, &headers) {
            Ok(response) => response,
            Err(Failed::Final(Error::Status { status: 404 | 410, .. })) => return Ok(None),
            Err(failed) => return Err(failed),
        };
        let head = Head { url: response.url.clone(), content_type: response.header("content-type").to_owned() };
        let gzip = response.header("content-encoding") == "gzip";
        let limits = self.settings.limits;
        let capped = |body| Capped::new(body, limits.page, Exceeded::Page(limits.page));
        let mut raw: Box<dyn Read> = Box::new(response.into_body(self, limits.time));
        if gzip {
            // What comes is bounded too: a compressed stream can be endless and hold nothing.
            raw = Box::new(flate2::read::MultiGzDecoder::new(capped(raw)));
        }
        let page = read(&head, &mut capped(raw)).map_err(|unread| match unread {
            Unread::Broken(error) => Failed::broken(&error, url),
            Unread::Exceeded(exceeded) => Error::Limit { url: shown(url), exceeded }.into(),
            Unread::Bad(reason) => Error::Page { url: shown(&head.url), reason }.into(),
        })?;
        Ok(Some(page))
    }

    /// Sends one request and follows redirects.
    pub(crate) fn get(&self, url: &Url, headers: &[(&str, &str)]) -> Result<Response, Failed> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&url, headers)?;
            let location = response.headers.get(LOCATION).and_then(|value| value.to_str().ok());
            match (response.status, location) {
                (301 | 302 | 303 | 307 | 308, Some(location)) => {
                    url = redirected(&url, location)?;
                }
                _ => return checked(response),
            }
        }
        Err(Failed::Final(Error::Unreachable {
            url: shown(&url),
            tries: 1,
            source: Trouble("redirects in a circle".into()),
        }))
    }

    fn send(&self, url: &Url, headers: &[(&str, &str)]) -> Result<Response, Failed> {
        let mut bare = url.clone();
        let _ = bare.set_username("");
        let _ = bare.set_password(None);
        bare.set_fragment(None);
        let mut request = self.agent(url)?.get(bare.as_str());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(login) = self.settings.credentials.authorization(url) {
            request = request.header(AUTHORIZATION, login);
        }
        let (begin, waiting) = (Instant::now(), self.watch.begin(&host_of(url), self.settings.limits.rate));
        let (parts, body) = request.call().map_err(|error| failed(error, url))?.into_parts();
        Ok(Response {
            status: parts.status.as_u16(),
            url: url.clone(),
            headers: parts.headers,
            body: body.into_reader(),
            waiting,
            begin,
        })
    }

    fn agent(&self, url: &Url) -> Result<Agent, Error> {
        let proxy = self.settings.proxies.proxy_for(url).map(str::to_owned);
        let trusted = self.is_trusted(url);
        let mut agents = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(agent) = agents.get(&(proxy.clone(), trusted)) {
            return Ok(agent.clone());
        }
        let agent = self.new_agent(url, proxy.as_deref(), trusted)?;
        agents.insert((proxy, trusted), agent.clone());
        Ok(agent)
    }

    fn new_agent(&self, url: &Url, proxy: Option<&str>, trusted: bool) -> Result<Agent, Error> {
        let bad_proxy = |_| Error::Proxy { scheme: url.scheme().to_owned() };
        let proxy = proxy.map(Proxy::new).transpose().map_err(bad_proxy)?;
        let tls = TlsConfig::builder()
            .root_certs(self.roots.clone())
            .client_cert(self.client_cert.clone())
            .disable_verification(trusted)
            .build();
        let config = Agent::config_builder()
            .user_agent(concat!("permafreeze/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections(IDLE_CONNECTIONS)
            .max_idle_connections_per_host(IDLE_CONNECTIONS)
            .timeout_resolve(Some(self.settings.connect_timeout))
            .timeout_connect(Some(self.settings.connect_timeout))
            .timeout_per_read(Some(self.settings.timeout))
            .timeout_per_write(Some(self.settings.timeout))
            // Headers in small pieces.
            .timeout_recv_response(Some(self.settings.timeout.max(self.settings.limits.window)))
            .proxy(proxy)
            .tls_config(tls);
        Ok(config.build().new_agent())
    }

    fn is_trusted(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let with_port = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        self.settings.trusted_hosts.iter().any(|trusted| trusted == host || *trusted == with_port)
    }
}

/// Turns an error status into a failure.
fn checked(response: Response) -> Result<Response, Failed> {
    let (url, status) = (shown(&response.url), response.status);
    match status {
        200..=299 => Ok(response),
        401 | 403 | 407 => Err(Failed::Final(Error::Refused { url, status })),
        408 | 425 | 429 | 500 | 502..=504 | 520..=527 => {
            let after = response.header(RETRY_AFTER.as_str()).parse().ok();
            Err(Failed::Again { last: Last::Status(status), after: after.map(Duration::from_secs) })
        }
        _ => Err(Failed::Final(Error::Status { url, status })),
    }
}

/// Tells what may work the next time (a broken connection, a name server that does not answer) from what never will
/// (a bad certificate).
fn failed(error: ureq::Error, url: &Url) -> Failed {
    let hopeless = match &error {
        ureq::Error::Io(error) => error.kind() == std::io::ErrorKind::InvalidData,
        ureq::Error::HostNotFound
        | ureq::Error::Timeout(_)
        | ureq::Error::ConnectionFailed
        | ureq::Error::Protocol(_)
        | ureq::Error::ConnectProxyFailed(_)
        | ureq::Error::BodyStalled => false,
        _ => true,
    };
    let trouble = Trouble(error.to_string());
    if hopeless {
        return Failed::Final(Error::Unreachable { url: shown(url), tries: 1, source: trouble });
    }
    Failed::Again { last: Last::Trouble(trouble), after: None }
}

impl Failed {
    /// The body could not be read: the connection broke, or the server went beyond a limit.
    pub(crate) fn broken(error: &io::Error, url: &Url) -> Failed {
        match Exceeded::of(error) {
            // Another connection may be faster.
            Some(exceeded @ Exceeded::Rate { .. }) => Failed::Again { last: Last::Slow(exceeded), after: None },
            Some(exceeded) => Failed::Final(Error::Limit { url: shown(url), exceeded }),
            None => Failed::Again { last: Last::Trouble(Trouble(error.to_string())), after: None },
        }
    }
}

/// Returns where a redirect leads. No server sends to a file of this machine.
fn redirected(url: &Url, location: &str) -> Result<Url, Error> {
    let to = url.join(location).ok().filter(|to| ["http", "https"].contains(&to.scheme()));
    to.ok_or_else(|| Error::Redirect {
        url: shown(url),
        to: location.split([':', '?']).next().unwrap_or_default().escape_debug().to_string(),
    })
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// Counts tries and pauses between them.
pub(crate) struct Tries {
    done: u32,
    allowed: u32,
    back_off: Duration,
}

impl Tries {
    pub(crate) fn new(settings: &Settings) -> Tries {
        Tries { done: 0, allowed: settings.retries.saturating_add(1), back_off: settings.back_off }
    }

    /// Waits until the next try, or returns the error if there is none.
    pub(crate) fn pause(&mut self, failed: Failed, url: &Url) -> Result<(), Error> {
        let (last, after) = match failed {
            Failed::Final(error) => return Err(error),
            Failed::Again { last, after } => (last, after),
        };
        self.done += 1;
        if self.done >= self.allowed {
            let url = shown(url);
            return Err(match last {
                Last::Status(status) => Error::Status { url, status },
                Last::Slow(exceeded) => Error::Limit { url, exceeded },
                Last::Trouble(source) => Error::Unreachable { url, tries: self.done, source },
            });
        }
        tracing::info!("`{}`: {last}; try {} of {} follows", shown(url), self.done + 1, self.allowed);
        let usual = self.back_off.saturating_mul(1 << (self.done - 1).min(16));
        std::thread::sleep(after.unwrap_or(usual).min(MAX_PAUSE));
        Ok(())
    }

    /// Forgets the failed tries: something was achieved.
    pub(crate) fn reset(&mut self) {
        self.done = 0;
    }
}

fn pem_items(file: &Utf8Path) -> Result<Vec<PemItem<'static>>, Error> {
    let bad = |reason: String| Error::Certificates { file: file.to_owned(), reason };
    let pem = std::fs::read(file).map_err(|error| bad(error.to_string()))?;
    parse_pem(&pem).collect::<Result<_, _>>().map_err(|error| bad(error.to_string()))
}

fn read_roots(bundle: &Utf8Path) -> Result<Vec<ureq::tls::Certificate<'static>>, Error> {
    // `requests` takes a folder of hashed certificates too.
    let mut files: Vec<Utf8PathBuf> = match bundle.read_dir_utf8() {
        Ok(entries) => entries.filter_map(|entry| entry.ok().map(|e| e.into_path())).filter(|p| p.is_file()).collect(),
        Err(_) => vec![bundle.to_owned()],
    };
    files.sort();
    let mut roots = Vec::new();
    for file in files {
        roots.extend(pem_items(&file)?.into_iter().filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        }));
    }
    let none = || Error::Certificates { file: bundle.to_owned(), reason: "there is no certificate in it".to_owned() };
    if roots.is_empty() { Err(none()) } else { Ok(roots) }
}

fn read_client_cert(file: &Utf8Path) -> Result<ClientCert, Error> {
    let (mut chain, mut key) = (Vec::new(), None);
    for item in pem_items(file)? {
        match item {
            PemItem::Certificate(certificate) => chain.push(certificate),
            PemItem::PrivateKey(found) => key = Some(found),
            _ => {}
        }
    }
    let no_key = || Error::Certificates { file: file.to_owned(), reason: "there is no private key in it".to_owned() };
    Ok(ClientCert::new_with_certs(&chain, key.ok_or_else(no_key)?))
}
