//! HTTP: one agent per proxy, redirects, credentials per server, and which answers are worth another try.
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::http::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, LOCATION, RETRY_AFTER};
use ureq::tls::{ClientCert, RootCerts, TlsConfig};
use ureq::{Agent, BodyReader, Proxy};
use url::Url;

use crate::bounded::{Capped, Paced};
use crate::certificates::{read_client_cert, read_roots};
use crate::error::{Error, Trouble, shown};
use crate::exceeded::Exceeded;
use crate::page::{Head, Unread};
use crate::settings::Settings;
use crate::tries::{Failed, Last, Tries};
use crate::watch::{Waiting, Watch};

/// More redirects than that are a circle.
const MAX_REDIRECTS: usize = 10;
/// Characters of a scheme that are shown.
const MAX_SCHEME: usize = 20;
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

/// Returns where a redirect leads. No server sends to a file of this machine.
fn redirected(url: &Url, location: &str) -> Result<Url, Error> {
    let to = match url.join(location) {
        Ok(to) if ["http", "https"].contains(&to.scheme()) => return Ok(to),
        Ok(to) => format!("`{}:…`", to.scheme().chars().take(MAX_SCHEME).collect::<String>()),
        Err(_) => "what is no URL".to_owned(),
    };
    Err(Error::Redirect { url: shown(url), to })
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}
