//! Where a file is: pages of indexes.
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::server::{Reply, Server, closed_port};
use super::{FILE, client, content, settings, sha256, wanted};
use crate::client::Client;
use crate::error::Error;
use crate::index::Indexes;
use crate::links::{Keep, Link};
use crate::wanted::Wanted;

fn locate(client: &Client, wanted: &Wanted) -> Result<Link, Error> {
    Indexes::new(client, Keep::All).locate(wanted)
}

fn page_of(bytes: &[u8]) -> String {
    format!("<a href=\"../../files/{FILE}#sha256={}\">{FILE}</a>", sha256(bytes))
}

#[test]
fn an_html_page_with_relative_links() {
    let bytes = content(10);
    let page = page_of(&bytes);
    let server = Server::start(move |request| match request.path.as_str() {
        "/simple/demo/" => Reply::html(&page),
        _ => Reply::new(404, ""),
    });
    let link = locate(&client(&server.url("/simple")), &wanted(&bytes)).expect("is there");
    assert_eq!(link.url.as_str(), server.url(&format!("/files/{FILE}")));
    assert_eq!(link.sha256, Some(sha256(&bytes)));
    let accept = server.requests()[0].header("accept").to_owned();
    assert!(accept.starts_with("application/vnd.pypi.simple.v1+json, "), "{accept}");
}

#[test]
fn a_json_page_with_size() {
    let bytes = content(10);
    let page = format!(
        r#"{{"files": [{{"filename": "{FILE}", "url": "/f", "hashes": {{"sha256": "{}"}}, "size": 10}}]}}"#,
        sha256(&bytes)
    );
    let server = Server::start(move |_| Reply::json(&page));
    let link = locate(&client(&server.url("/simple/")), &wanted(&bytes)).expect("is there");
    assert_eq!((link.url.as_str(), link.size), (server.url("/f").as_str(), Some(10)));
}

#[test]
fn a_compressed_page() {
    let bytes = content(10);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(page_of(&bytes).as_bytes()).expect("in memory");
    let page = encoder.finish().expect("in memory");
    let server = Server::start(move |_| {
        Reply::new(200, page.clone()).header("Content-Type", "text/html").header("Content-Encoding", "gzip")
    });
    locate(&client(&server.url("/simple")), &wanted(&bytes)).expect("is there");
    assert_eq!(server.requests()[0].header("accept-encoding"), "gzip");
}

#[test]
fn a_page_is_requested_once() {
    let bytes = content(10);
    let page = page_of(&bytes);
    let server = Server::start(move |_| Reply::html(&page));
    let client = client(&server.url("/simple"));
    let indexes = Indexes::new(&client, Keep::All);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| indexes.locate(&wanted(&bytes)).expect("is there"));
        }
    });
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_redirected_page_is_the_base_of_its_links() {
    let bytes = content(10);
    let page = format!("<a href=\"{FILE}\">x</a>");
    let server = Server::start(move |request| match request.path.as_str() {
        "/simple/demo/" => Reply::new(301, "").header("Location", "/other/demo/"),
        _ => Reply::html(&page),
    });
    let link = locate(&client(&server.url("/simple")), &wanted(&bytes)).expect("is there");
    assert_eq!(link.url.as_str(), server.url(&format!("/other/demo/{FILE}")));
}

#[test]
fn a_circle_of_redirects() {
    let server = Server::start(|_| Reply::new(302, "").header("Location", "/simple/demo/"));
    let error = locate(&client(&server.url("/simple")), &wanted(b"")).expect_err("never ends");
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
}

#[test]
fn an_unknown_project() {
    let server = Server::start(|_| Reply::new(404, ""));
    let index = server.url("/simple");
    let error = locate(&client(&index), &wanted(b"")).expect_err("is not there");
    assert_eq!(error.to_string(), format!("project `demo` is not on `{index}`"));
    assert!(error.is_input());
}

#[test]
fn a_file_that_is_not_on_the_index() {
    let server = Server::start(|_| Reply::html("<a href=\"demo-0.9-py3-none-any.whl\">old</a>"));
    let index = server.url("/simple");
    let error = locate(&client(&index), &wanted(b"")).expect_err("is not there");
    assert_eq!(error.to_string(), format!("`{FILE}` is not among the files of project `demo` on `{index}`"));
}

#[test]
fn a_file_with_another_hash_on_the_index() {
    let page = page_of(b"other");
    let server = Server::start(move |_| Reply::html(&page));
    let error = locate(&client(&server.url("/simple")), &wanted(b"mine")).expect_err("is another");
    let (expected, got) = (sha256(b"mine"), sha256(b"other"));
    let url = server.url(&format!("/files/{FILE}"));
    let text = format!("wrong sha256 of `{FILE}` from `{url}`: expected `{expected}`, got `{got}`");
    assert_eq!(error.to_string(), text);
}

#[test]
fn the_extra_index_has_what_the_first_has_not() {
    let bytes = content(10);
    let page = page_of(&bytes);
    let first = Server::start(|request| match request.path.as_str() {
        "/simple/demo/" => Reply::html(&page_of(b"a file of the same name")),
        _ => Reply::new(404, ""),
    });
    let extra = Server::start(move |_| Reply::html(&page));
    let down = closed_port();
    let variables = [
        ("PIP_INDEX_URL", first.url("/simple")),
        ("PIP_EXTRA_INDEX_URL", format!("{down}/simple {}", extra.url("/simple"))),
    ];
    let settings = settings(&variables.each_ref().map(|(name, value)| (*name, value.as_str())));
    let link = locate(&Client::new(settings).expect("a client"), &wanted(&bytes)).expect("is there");
    assert!(link.url.as_str().starts_with(&extra.url("/")), "{}", link.url);
}

#[test]
fn the_index_of_the_plan_is_the_only_one() {
    let bytes = content(10);
    let page = page_of(&bytes);
    let configured = Server::start(|_| Reply::new(404, ""));
    let source = Server::start(move |_| Reply::html(&page));
    let mut wanted = wanted(&bytes);
    wanted.index = Some(super::url(&source.url("/simple")));
    locate(&client(&configured.url("/simple")), &wanted).expect("is there");
    assert!(configured.requests().is_empty());
}

#[test]
fn a_server_that_is_busy_at_first() {
    let bytes = content(10);
    let (page, count) = (page_of(&bytes), AtomicUsize::new(0));
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::new(503, ""),
        1 => Reply::new(429, "").header("Retry-After", "0"),
        _ => Reply::html(&page),
    });
    locate(&client(&server.url("/simple")), &wanted(&bytes)).expect("is there at last");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_server_that_stays_busy() {
    let server = Server::start(|_| Reply::new(503, ""));
    let error = locate(&client(&server.url("/simple")), &wanted(b"")).expect_err("is busy");
    assert_eq!(error.to_string(), format!("`{}` answers with status 503", server.url("/simple/demo/")));
    assert!(!error.is_input());
    assert_eq!(server.requests().len(), 3, "the first try and two retries");
}

#[test]
fn a_page_that_is_cut_off_is_asked_for_again() {
    let bytes = content(10);
    let (page, count) = (page_of(&bytes), AtomicUsize::new(0));
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::html(&page).cut(20),
        _ => Reply::html(&page),
    });
    locate(&client(&server.url("/simple")), &wanted(&bytes)).expect("is there");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn an_index_that_cannot_be_reached() {
    let index = format!("{}/simple", closed_port());
    let error = locate(&client(&index), &wanted(b"")).expect_err("nobody listens");
    assert_eq!(error.to_string(), format!("cannot reach `{index}/demo/` (tried 3 times)"));
    assert!(!error.is_input());
    assert!(super::chain(&error).contains("refused"), "{}", super::chain(&error));
}

#[test]
fn find_links_before_any_index() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(FILE), b"mine").expect("written");
    let place = folder.path().to_str().expect("UTF-8");
    let settings = settings(&[("PIP_FIND_LINKS", place), ("PIP_NO_INDEX", "1")]);
    let client = Client::new(settings).expect("a client");
    let link = locate(&client, &wanted(b"mine")).expect("is there");
    assert_eq!(link.url.scheme(), "file");
    let error = locate(&client, &wanted(b"other")).expect_err("has another hash");
    let text = format!("`{FILE}` is in none of the places of `find-links`, and `no-index` is set");
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_page_of_find_links() {
    let page = format!("<a href=\"{FILE}\">x</a>");
    let server = Server::start(move |_| Reply::html(&page));
    let settings = settings(&[("PIP_FIND_LINKS", &server.url("/wheels.html")), ("PIP_NO_INDEX", "yes")]);
    let link = locate(&Client::new(settings).expect("a client"), &wanted(b"")).expect("is there");
    assert_eq!(link.url.as_str(), server.url(&format!("/{FILE}")));
}

#[test]
fn an_index_in_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("demo")).expect("made");
    std::fs::write(folder.path().join("demo/index.html"), page_of(b"mine")).expect("written");
    let client = client(folder.path().to_str().expect("UTF-8"));
    assert_eq!(locate(&client, &wanted(b"mine")).expect("is there").url.scheme(), "file");
    let mut other = wanted(b"mine");
    other.project = "unknown".to_owned();
    assert!(matches!(locate(&client, &other), Err(Error::NoProject { .. })));
}
