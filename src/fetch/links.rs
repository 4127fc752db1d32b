//! Pages of an index: the JSON of PEP 691 and the HTML of PEP 503.
use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use crate::client::Page;
use crate::error::{Error, shown};

/// A file that an index offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The file's name.
    pub file: String,
    /// Where it is.
    pub url: Url,
    /// Its sha256, lower-case hex, if the index says it.
    pub sha256: Option<String>,
    /// Its size in bytes, if the index says it (PEP 700).
    pub size: Option<u64>,
    /// The Pythons that it is for, if the index says it (PEP 503, `data-requires-python`).
    pub requires_python: Option<String>,
    /// Its version was withdrawn (PEP 592).
    pub yanked: bool,
}

impl Link {
    /// Returns the link to a file of which no index says anything.
    pub(crate) fn to(file: &str, url: Url) -> Link {
        Link { file: file.to_owned(), url, sha256: None, size: None, requires_python: None, yanked: false }
    }
}

/// PEP 691's answer for a project; what is not needed is left out.
#[derive(Deserialize)]
struct Project {
    files: Vec<ProjectFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ProjectFile {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
    size: Option<u64>,
    requires_python: Option<String>,
    #[serde(default)]
    yanked: Yanked,
}

/// `false`, `true`, or the reason.
#[derive(Deserialize)]
#[serde(untagged)]
enum Yanked {
    Flag(bool),
    Reason(#[allow(dead_code, reason = "that there is one counts")] String),
}

impl Default for Yanked {
    fn default() -> Yanked {
        Yanked::Flag(false)
    }
}

/// Reads the links of a page.
pub(crate) fn parse(page: &Page) -> Result<Vec<Link>, Error> {
    let bad = |reason: String| Error::Page { url: shown(&page.url), reason };
    let kind = page.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/vnd.pypi.simple.v1+json" | "application/json" => parse_json(page).map_err(bad),
        "application/vnd.pypi.simple.v1+html" | "text/html" | "application/xhtml+xml" => {
            Ok(parse_html(&String::from_utf8_lossy(&page.body), &page.url))
        }
        _ => Err(bad(format!("content type `{kind}` is neither JSON nor HTML"))),
    }
}

fn parse_json(page: &Page) -> Result<Vec<Link>, String> {
    let project: Project = serde_json::from_slice(&page.body).map_err(|error| error.to_string())?;
    let link = |file: ProjectFile| {
        let url = page.url.join(&file.url).map_err(|error| format!("URL of `{}`: {error}", file.filename))?;
        let sha256 = file.hashes.get("sha256").map(|hash| hash.to_ascii_lowercase());
        let yanked = !matches!(file.yanked, Yanked::Flag(false));
        Ok(Link { file: file.filename, url, sha256, size: file.size, requires_python: file.requires_python, yanked })
    };
    project.files.into_iter().map(link).collect()
}

/// Reads every `<a href>`; `<base href>` counts. What is no URL is passed over, as pip does.
fn parse_html(text: &str, page: &Url) -> Vec<Link> {
    let mut base = page.clone();
    let mut links = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let (name, attributes, after) = tag(rest);
        rest = after;
        let Some(Ok(url)) = attributes.get("href").map(|href| base.join(href.trim())) else { continue };
        match name.as_str() {
            "base" => base = url,
            "a" => links.extend(html_link(url, &attributes)),
            _ => {}
        }
    }
    links
}

fn html_link(mut url: Url, attributes: &BTreeMap<String, String>) -> Option<Link> {
    let name = url.path_segments()?.next_back().filter(|name| !name.is_empty())?;
    let file = percent_encoding::percent_decode_str(name).decode_utf8().ok()?.into_owned();
    let hashes = url.fragment().unwrap_or_default().to_owned();
    let sha256 = hashes.split('&').find_map(|part| part.strip_prefix("sha256=")).map(str::to_ascii_lowercase);
    url.set_fragment(None);
    let requires_python = attributes.get("data-requires-python").cloned();
    let yanked = attributes.contains_key("data-yanked");
    Some(Link { file, url, sha256, size: None, requires_python, yanked })
}

/// Reads a tag after its `<`: its name, its attributes (of two with one name the first), and what follows it.
fn tag(text: &str) -> (String, BTreeMap<String, String>, &str) {
    let end = text.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(text.len());
    let name = text[..end].to_ascii_lowercase();
    let mut rest = &text[end..];
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() || rest.starts_with('>') {
            return (name, attributes, rest.strip_prefix('>').unwrap_or(rest));
        }
        let (attribute, value, after) = attribute(rest);
        attributes.entry(attribute).or_insert_with(|| unescaped(value));
        rest = after;
    }
}

/// Reads `name`, `name=value`, `name="value"` or `name='value'`.
fn attribute(text: &str) -> (String, &str, &str) {
    let end = text.char_indices().skip(1).find(|(_, c)| c.is_ascii_whitespace() || "=>/".contains(*c));
    let end = end.map_or(text.len(), |(index, _)| index);
    let name = text[..end].to_ascii_lowercase();
    let after = text[end..].trim_start();
    let Some(value) = after.strip_prefix('=').map(str::trim_start) else { return (name, "", &text[end..]) };
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            let (value, rest) = quoted.split_once(quote).unwrap_or((quoted, ""));
            return (name, value, rest);
        }
    }
    let end = value.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(value.len());
    (name, &value[..end], &value[end..])
}

/// Replaces character references: numeric ones and the five that an attribute may need.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        match reference(rest) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// Reads `&name;` or `&#number;` at the start of a text; returns the character and the reference's length.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.find(';')?;
    let name = &text[1..end];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(content_type: &str, body: &str) -> Page {
        let url = Url::parse("https://a.example/simple/six/").expect("URL");
        Page { url, content_type: content_type.to_owned(), body: body.as_bytes().to_vec() }
    }

    fn html(body: &str) -> Vec<String> {
        let show = |link: Link| format!("{} {} {}", link.file, link.url, link.sha256.unwrap_or_default());
        parse(&page("text/html; charset=utf-8", body)).expect("parses").into_iter().map(show).collect()
    }

    #[test]
    fn html_links() {
        let body = r#"<!DOCTYPE html><html><head><title>six</title></head><body><h1>Links</h1>
            <!-- <a href="no-1.whl">no</a> -->
            <a href="../../files/six-1.0-py3-none-any.whl#sha256=ABC" data-requires-python="&gt;=3">six</a><br/>
            <A data-yanked='a > b' HREF = 'https://b.example/a%2Bb-1.0%2Bcpu.whl?x=1&amp;y=2#md5=1&sha256=de' >x</A>
            <a href=six-2.0.tar.gz>s</a> <a name="x">no href</a> <a href="https://[bad/">bad</a> <a href="/">top</a>
            </body></html>"#;
        assert_eq!(
            html(body),
            [
                "six-1.0-py3-none-any.whl https://a.example/files/six-1.0-py3-none-any.whl abc",
                "a+b-1.0+cpu.whl https://b.example/a%2Bb-1.0%2Bcpu.whl?x=1&y=2 de",
                "six-2.0.tar.gz https://a.example/simple/six/six-2.0.tar.gz ",
            ]
        );
    }

    #[test]
    fn html_base() {
        let body = "<base href=\"https://c.example/d/\"><a href=\"e.whl\">";
        assert_eq!(html(body), ["e.whl https://c.example/d/e.whl "]);
    }

    #[test]
    fn broken_html_gives_what_there_is() {
        for body in
            ["", "<", "<a", "<a href", "<a href=", "<a href=\"", "<!--", "a < b <a href='x.whl", "&#xD800;", "é<é="]
        {
            assert!(html(body).len() <= 1, "{body}");
        }
    }

    #[test]
    fn json_links() {
        let body = r#"{"meta": {"api-version": "1.1"}, "name": "six", "files": [
            {"filename": "six-1.0.whl", "url": "/f/six-1.0.whl", "hashes": {"sha256": "AB", "md5": "1"}, "size": 7,
             "yanked": "reason"},
            {"filename": "six-2.0.whl", "url": "https://b.example/x", "hashes": {}}]}"#;
        let links = parse(&page("application/vnd.pypi.simple.v1+json", body)).expect("parses");
        let [one, two] = &links[..] else { panic!("{links:?}") };
        assert_eq!((one.file.as_str(), one.url.as_str()), ("six-1.0.whl", "https://a.example/f/six-1.0.whl"));
        assert_eq!((one.sha256.as_deref(), one.size), (Some("ab"), Some(7)));
        assert_eq!((two.url.as_str(), two.sha256.as_deref(), two.size), ("https://b.example/x", None, None));
    }

    #[test]
    fn bad_pages() {
        let error = |kind: &str, body: &str| parse(&page(kind, body)).expect_err("is refused").to_string();
        assert_eq!(
            error("text/plain", ""),
            "bad page of the index at `https://a.example/simple/six/`: content type `text/plain` is neither JSON nor HTML"
        );
        assert!(error("application/json", "{}").contains("missing field `files`"));
    }
}
