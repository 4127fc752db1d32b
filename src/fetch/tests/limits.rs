//! Servers that send too much, too slowly, or from where they have no right to.
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::server::{Reply, Request, Server};
use super::{FILE, chain, content, settings, url, wanted};
use crate::client::Client;
use crate::download::download;
use crate::error::Error;
use crate::exceeded::Exceeded;
use crate::index::Indexes;
use crate::links::{Keep, Link};
use crate::transfer::Transfer;
use crate::wanted::Wanted;

/// Longer than any of these may take.
const SOON: Duration = Duration::from_secs(20);

fn client(index: &str, limits: &str) -> Client {
    Client::new(settings(&[("PIP_INDEX_URL", index), ("PERMAFREEZE_FETCH_LIMITS", limits)])).expect("a client")
}

/// Asks an index that answers like this.
fn page(limits: &str, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Result<Link, Error> {
    let server = Server::start(answer);
    let client = client(&server.url("/simple"), limits);
    let wanted = wanted(b"x");
    let begin = Instant::now();
    let found = Indexes::new(&client, Keep::files([&wanted])).locate(&wanted);
    assert!(begin.elapsed() < SOON, "it takes {:?}", begin.elapsed());
    found
}

#[track_caller]
fn exceeded<T>(result: Result<T, Error>) -> Exceeded {
    match result.err().expect("is refused") {
        Error::Limit { exceeded, .. } => exceeded,
        other => panic!("{}", chain(&other)),
    }
}

fn gzip(bytes: &[u8], times: usize) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    (0..times).for_each(|_| encoder.write_all(bytes).expect("in memory"));
    encoder.finish().expect("in memory")
}

fn compressed(body: Vec<u8>) -> Reply {
    Reply::new(200, body).header("Content-Type", "text/html").header("Content-Encoding", "gzip")
}

#[test]
fn endless_pages() {
    for text in ["text ", "<a href=\"other.whl\">", "<!-- "] {
        let found = page("page=1MiB", move |_| Reply::html(&text.repeat(1000)).endless());
        assert_eq!(exceeded(found), Exceeded::Page(1 << 20), "{text}");
    }
    let found = page("page=1MiB", |_| Reply::json(&" ".repeat(60_000)).endless());
    assert_eq!(exceeded(found), Exceeded::Text(64 << 10));
    let found = page("page=1MiB", |_| Reply::json(&"[\"\",".repeat(1000)).endless());
    assert!(matches!(found, Err(Error::Page { .. })));
}

#[test]
fn compressed_bombs() {
    let bomb = gzip(&[b' '; 1 << 20], 64);
    let found = page("page=1MiB", move |_| compressed(bomb.clone()));
    assert_eq!(exceeded(found), Exceeded::Page(1 << 20));
    // Members of nothing, without an end.
    let found = page("page=1MiB", |_| compressed(gzip(b"", 1).repeat(1000)).endless());
    assert_eq!(exceeded(found), Exceeded::Page(1 << 20));
}

#[test]
fn a_page_of_many_links() {
    let answer = |_: &Request| Reply::html(&"<a href=x>".repeat(1001));
    assert_eq!(exceeded(page("links=1000", answer)), Exceeded::Links(1000));
    assert!(matches!(page("links=1001", answer), Err(Error::NoFile { .. })));
}

#[test]
fn a_page_in_small_pieces() {
    let slow = |_: &Request| Reply::html(&" ".repeat(10_000)).pace(1, Duration::from_millis(20));
    let seconds = 0.5;
    assert_eq!(exceeded(page("rate=1000,window=0.5", slow)), Exceeded::Rate { rate: 1000, seconds });
    assert_eq!(exceeded(page("rate=1,time=0.5", slow)), Exceeded::Time(seconds));
}

#[test]
fn a_slow_server_is_asked_once_more() {
    let server = Server::start(|_| Reply::html(&" ".repeat(10_000)).pace(1, Duration::from_millis(20)));
    let client = client(&server.url("/simple"), "rate=1000,window=0.2");
    assert!(Indexes::new(&client, Keep::All).locate(&wanted(b"x")).is_err());
    assert_eq!(server.requests().len(), 3, "the first try and two retries");
}

/// A download to a folder of its own.
struct Download {
    _folder: TempDir,
    part: Utf8PathBuf,
    limits: &'static str,
    wanted: Wanted,
    size: Option<u64>,
}

impl Download {
    fn new(limits: &'static str) -> Download {
        let folder = tempfile::tempdir().expect("a folder");
        let part = Utf8Path::from_path(folder.path()).expect("UTF-8").join("x.part");
        Download { _folder: folder, part, limits, wanted: wanted(b"x"), size: None }
    }

    fn from(&self, at: &str) -> Result<(), Error> {
        let client = client("http://unused.invalid/simple", self.limits);
        let link = Link { size: self.size, ..Link::to(FILE, url(at)) };
        let begin = Instant::now();
        let done = Transfer { client: &client, wanted: &self.wanted, link: &link, on_bytes: &|_| true }.run(&self.part);
        assert!(begin.elapsed() < SOON, "it takes {:?}", begin.elapsed());
        done
    }

    fn there(&self) -> u64 {
        self.part.metadata().map_or(0, |part| part.len())
    }
}

#[test]
fn an_endless_file() {
    let server = Server::start(|_| Reply::new(200, content(100_000)).endless());
    let case = Download::new("file=1MiB");
    assert_eq!(exceeded(case.from(&server.url("/f"))), Exceeded::File(1 << 20));
    assert!(!case.part.exists(), "nothing of it stays");
}

#[test]
fn a_size_that_a_server_says_is_bounded_too() {
    let server = Server::start(|_| Reply::new(200, "").length(1 << 40));
    let mut case = Download::new("file=1MiB");
    assert_eq!(exceeded(case.from(&server.url("/f"))), Exceeded::File(1 << 20));
    case.size = Some(1 << 40);
    assert_eq!(exceeded(case.from(&server.url("/f"))), Exceeded::File(1 << 20));
    // The plan's size is the user's.
    case.wanted.size = Some(2 << 20);
    let bytes = content(2 << 20);
    case.wanted.sha256 = super::sha256(&bytes);
    let good = Server::start(move |request| Reply::file(request, &bytes));
    case.size = None;
    case.from(&good.url("/f")).expect("comes");
}

#[test]
fn an_old_part_that_is_too_big_goes() {
    let server = Server::start(|_| Reply::new(404, ""));
    let case = Download::new("file=1MiB");
    std::fs::write(&case.part, vec![0; (1 << 20) + 1]).expect("written");
    case.from(&server.url("/f")).expect_err("is not there");
    assert_eq!(case.there(), 0);
}

#[test]
fn a_file_in_small_pieces() {
    let server = Server::start(|_| Reply::new(200, content(10_000)).pace(1, Duration::from_millis(20)));
    let case = Download::new("rate=1000,window=0.3");
    assert_eq!(exceeded(case.from(&server.url("/f"))), Exceeded::Rate { rate: 1000, seconds: 0.3 });
    assert!(case.there() > 0, "it can be continued");
    let case = Download::new("rate=100000,window=60,time=0.5");
    assert!(matches!(exceeded(case.from(&server.url("/f"))), Exceeded::Time(_)));
}

#[test]
fn tries_that_bring_next_to_nothing_count() {
    let server = Server::start(|request| Reply::file(request, &content(100_000)).cut(1));
    let error = Download::new("").from(&server.url("/f")).expect_err("never comes");
    assert!(matches!(error, Error::Truncated { got: 3, .. }), "{}", chain(&error));
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_source_that_no_plan_pins_is_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = Utf8Path::from_path(folder.path()).expect("UTF-8").join("source.tar.gz");
    let server = Server::start(|_| Reply::new(200, content(100_000)).endless());
    let settings = settings(&[("PERMAFREEZE_FETCH_LIMITS", "file=1MiB")]);
    assert_eq!(exceeded(download(&server.url("/f"), &to, &settings)), Exceeded::File(1 << 20));
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0);
}

#[test]
fn a_page_of_a_server_names_no_file_of_this_machine() {
    let secret = tempfile::NamedTempFile::new().expect("a file");
    let at = url::Url::from_file_path(secret.path()).expect("a path");
    let html = format!("<a href=\"file:///other\"></a><base href=\"{}/\"><a href=\"{FILE}\">", at);
    let json = format!("{{\"files\": [{{\"filename\": \"{FILE}\", \"url\": \"{at}\"}}]}}");
    for reply in [Reply::html(&html), Reply::json(&json)] {
        let error = page("", move |_| reply.clone()).expect_err("is refused");
        assert!(
            error.to_string().ends_with(&format!(
                "it links `{FILE}` to a file of this machine, which only a page of this machine may"
            )),
            "{error}"
        );
    }
}

#[test]
fn a_redirect_leads_to_servers_only() {
    for to in ["file:///etc/passwd", "ftp://h/x", "http://[bad"] {
        let error = page("", move |_| Reply::new(302, "").header("Location", to)).expect_err("is refused");
        assert!(matches!(error, Error::Redirect { .. }), "{}", chain(&error));
        assert!(!error.to_string().contains("passwd"));
    }
}

#[test]
fn a_local_index_has_regular_files_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("demo")).expect("made");
    std::os::unix::fs::symlink("/dev/zero", at(FILE)).expect("a link");
    std::fs::write(at("demo/index.html"), format!("<a href=\"../{FILE}\">")).expect("written");
    let client = client(&format!("file://{}", folder.path().display()), "");
    let wanted = wanted(b"x");
    let indexes = Indexes::new(&client, Keep::files([&wanted]));
    let link = indexes.locate(&wanted).expect("a link");
    let case = Download::new("");
    let error = case.from(link.url.as_str()).expect_err("is refused");
    assert!(chain(&error).ends_with("it is not a regular file"), "{}", chain(&error));

    std::fs::remove_file(at("demo/index.html")).expect("is there");
    assert!(std::process::Command::new("mkfifo").arg(at("demo/index.html")).status().expect("mkfifo").success());
    let error = Indexes::new(&client, Keep::All).locate(&wanted).expect_err("is refused");
    assert!(chain(&error).ends_with("it is not a regular file"), "{}", chain(&error));

    let place = folder.path().to_str().expect("UTF-8");
    let settings = settings(&[("PIP_FIND_LINKS", place), ("PIP_NO_INDEX", "1")]);
    let client = Client::new(settings).expect("a client");
    let error = Indexes::new(&client, Keep::All).locate(&wanted).expect_err("is no file");
    assert!(matches!(error, Error::NotInFindLinks { .. }), "{error}");
}

#[test]
fn a_silent_server_is_named() {
    let server = Server::start(|_| Reply::html("<a href=x>").pace(1, Duration::from_millis(3500)));
    let client = client(&server.url("/simple"), "time=3");
    let told = Mutex::new(Vec::new());
    let wanted = wanted(b"x");
    let tell = |host: &str| told.lock().expect("no panic").push(host.to_owned());
    client.watched(&tell, || Indexes::new(&client, Keep::All).locate(&wanted)).expect_err("takes too long");
    assert_eq!(*told.lock().expect("no panic"), ["127.0.0.1"], "once");
}
