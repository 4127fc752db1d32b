//! Pages of an index, read as they come: the JSON of PEP 691 and the HTML of PEP 503.
use std::io::Read;

use url::Url;

use crate::exceeded::Exceeded;
use crate::limits::Limits;
use crate::links::{Collector, Keep, Link, Refused};

mod html;
mod json;

/// Characters of a content type that are shown.
const MAX_TYPE: usize = 80;

/// Where a page is and what it is.
#[derive(Debug, Clone)]
pub struct Head {
    /// Its URL after redirects: the base of its links.
    pub url: Url,
    /// `Content-Type`.
    pub content_type: String,
}

/// Why a page cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The bytes did not come.
    #[error(transparent)]
    Broken(#[from] std::io::Error),
    /// They are no page.
    #[error("{0}")]
    Bad(String),
    /// They are too many.
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
}

impl From<Refused> for Unread {
    fn from(refused: Refused) -> Unread {
        match refused {
            Refused::Exceeded(exceeded) => exceeded.into(),
            Refused::LocalFile { .. } => Unread::Bad(refused.to_string()),
        }
    }
}

/// Reads the links of a page that are to be kept, and returns them with the rest of `room`, the bytes of memory for them.
/// Beside those, memory for a link at a time is taken, whatever the page's size.
///
/// # Errors
/// If the page is of another content type, malformed, has too many links, or the body cannot be read.
pub fn links(
    head: &Head,
    body: &mut dyn Read,
    keep: &Keep,
    limits: &Limits,
    room: usize,
) -> Result<(Vec<Link>, usize), Unread> {
    let kind = head.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mut links = Collector::new(keep, &head.url, limits, room);
    match kind.as_str() {
        "application/vnd.pypi.simple.v1+json" | "application/json" => json::read(&head.url, body, &mut links)?,
        "application/vnd.pypi.simple.v1+html" | "text/html" | "application/xhtml+xml" => {
            html::read(&head.url, body, &mut links)?;
        }
        _ => {
            let shown: String = kind.chars().take(MAX_TYPE).collect();
            return Err(Unread::Bad(format!("content type `{}` is neither JSON nor HTML", shown.escape_debug())));
        }
    }
    Ok(links.into_links())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads all links of a page at `https://a.example/simple/six/`.
    pub(super) fn read(content_type: &str, body: &str) -> Result<Vec<Link>, Unread> {
        let url = Url::parse("https://a.example/simple/six/").expect("URL");
        let head = Head { url, content_type: content_type.to_owned() };
        links(&head, &mut body.as_bytes(), &Keep::All, &Limits::default(), 1 << 20).map(|(links, _)| links)
    }

    #[test]
    fn bad_pages() {
        let error = |kind: &str, body: &str| read(kind, body).expect_err("is refused").to_string();
        assert_eq!(error("text/plain", ""), "content type `text/plain` is neither JSON nor HTML");
        assert!(error("application/json", "{}").contains("missing field `files`"));
    }
}
