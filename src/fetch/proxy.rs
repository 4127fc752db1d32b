//! Which proxy a URL goes through: pip's `proxy` option, else the environment, as `requests` reads it.
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use url::Url;

use crate::environment::Environment;

/// The proxies by scheme. Their URLs may hold credentials, so there is no `Debug`.
#[derive(Clone, Default)]
pub struct Proxies {
    by_scheme: BTreeMap<String, String>,
    bypass: Vec<String>,
}

impl Proxies {
    /// Returns the proxies of the environment: `http_proxy`, `https_proxy`, `all_proxy`, `no_proxy` in lower case,
    /// else in upper case.
    pub fn from_environment(environment: &Environment) -> Proxies {
        let value = |name: &str| environment.first(&[name, &name.to_uppercase()]).map(str::to_owned);
        let by_scheme = ["http", "https", "all"]
            .into_iter()
            .filter_map(|scheme| value(&format!("{scheme}_proxy")).map(|proxy| (scheme.to_owned(), proxy)))
            .collect();
        let bypass = value("no_proxy").unwrap_or_default();
        let bypass = bypass.split(',').map(|entry| entry.trim().to_lowercase()).filter(|e| !e.is_empty()).collect();
        Proxies { by_scheme, bypass }
    }

    /// Returns one proxy for everything; as with pip's option, `no_proxy` does not count then.
    pub fn one(proxy: &str) -> Proxies {
        Proxies { by_scheme: [("all".to_owned(), proxy.to_owned())].into(), bypass: Vec::new() }
    }

    /// Returns the proxy for a URL.
    pub fn proxy_for(&self, url: &Url) -> Option<&str> {
        let proxy = self.by_scheme.get(url.scheme()).or_else(|| self.by_scheme.get("all"))?;
        (!self.bypassed(url)).then_some(proxy.as_str())
    }

    fn bypassed(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return true };
        let host = host.trim_matches(['[', ']']).to_lowercase();
        let with_port = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        self.bypass.iter().any(|entry| {
            let name = entry.trim_start_matches("*.").trim_start_matches('.');
            entry == "*" || in_domain(&host, name) || in_domain(&with_port, name) || in_network(&host, entry)
        })
    }
}

fn in_domain(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|sub| !domain.is_empty() && sub.ends_with('.'))
}

/// `10.0.0.0/8` holds `10.1.2.3`.
fn in_network(host: &str, network: &str) -> bool {
    let Some((network, bits)) = network.split_once('/') else { return false };
    let (Ok(host), Ok(network)) = (host.parse::<Ipv4Addr>(), network.parse::<Ipv4Addr>()) else { return false };
    let mask = match bits.parse::<u32>() {
        Ok(bits @ 1..=32) => u32::MAX << (32 - bits),
        Ok(0) => 0,
        _ => return false,
    };
    u32::from(host) & mask == u32::from(network) & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let proxies = Proxies::from_environment(&Environment::new(variables.iter().copied()));
        proxies.proxy_for(&Url::parse(url).expect("URL")).map(str::to_owned)
    }

    #[test]
    fn by_scheme() {
        let both = [("HTTPS_PROXY", "http://s:1"), ("http_proxy", "http://p:2")];
        assert_eq!(proxy(&both, "https://a/").as_deref(), Some("http://s:1"));
        assert_eq!(proxy(&both, "http://a/").as_deref(), Some("http://p:2"));
        assert_eq!(proxy(&[("https_proxy", "low"), ("HTTPS_PROXY", "up")], "https://a/").as_deref(), Some("low"));
        assert_eq!(proxy(&[("ALL_PROXY", "all")], "https://a/").as_deref(), Some("all"));
        assert_eq!(proxy(&[("HTTP_PROXY", "")], "http://a/"), None);
    }

    #[test]
    fn no_proxy() {
        let goes_direct = |bypass: &str, url: &str| proxy(&[("all_proxy", "p"), ("NO_PROXY", bypass)], url).is_none();
        assert!(goes_direct("localhost, .corp.example", "https://pkg.corp.example/simple"));
        assert!(goes_direct("corp.example", "https://corp.example/"));
        assert!(!goes_direct("corp.example", "https://notcorp.example/"));
        assert!(goes_direct("host:8080", "http://host:8080/"));
        assert!(!goes_direct("host:8080", "http://host/"));
        assert!(goes_direct("10.0.0.0/8", "http://10.1.2.3/"));
        assert!(!goes_direct("10.0.0.0/8", "http://11.1.2.3/"));
        assert!(goes_direct("*", "https://any/"));
        assert!(goes_direct("127.0.0.1", "http://127.0.0.1:99/"));
    }

    #[test]
    fn the_option_is_for_everything() {
        let proxies = Proxies::one("http://p:1");
        assert_eq!(proxies.proxy_for(&Url::parse("https://a/").expect("URL")), Some("http://p:1"));
    }
}
