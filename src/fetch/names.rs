//! Host names, looked up once per run: a name server that drops every hundredth question would else stop a fetch of
//! a hundred files for seconds. (The HTTP library asks before each request, also when it has a connection.)
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The addresses that are known, by `scheme://host:port`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(Arc<Mutex<BTreeMap<String, Vec<SocketAddr>>>>);

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let host = format!("{}://{authority}", uri.scheme_str().unwrap_or_default());
        // Held during the look-up, so that several threads do not ask the same.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(addresses) = known.get(&host) {
            let mut found = self.empty();
            addresses.iter().for_each(|address| found.push(*address));
            return Ok(found);
        }
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        known.insert(host, found.iter().copied().collect());
        Ok(found)
    }
}
