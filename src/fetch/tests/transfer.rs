//! Downloads: resumed, checked, never half.
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::server::{Reply, Request, Server, closed_port};
use super::{FILE, chain, client, content, settings, sha256, url, wanted};
use crate::client::Client;
use crate::download::download;
use crate::error::Error;
use crate::links::Link;
use crate::transfer::Transfer;
use crate::wanted::Wanted;

const SIZE: usize = 300_000;

/// A download to a folder of its own.
struct Case {
    _folder: TempDir,
    part: Utf8PathBuf,
    wanted: Wanted,
}

impl Case {
    fn new(bytes: &[u8]) -> Case {
        let folder = tempfile::tempdir().expect("a folder");
        let part = Utf8Path::from_path(folder.path()).expect("UTF-8").join("x.part");
        Case { _folder: folder, part, wanted: wanted(bytes) }
    }

    fn run_from(&self, from: &str) -> Result<(), Error> {
        let link = Link::to(FILE, url(from));
        let client = client("http://unused.invalid/simple");
        Transfer { client: &client, wanted: &self.wanted, link: &link, on_bytes: &|_| true }.run(&self.part)
    }

    fn run(&self, server: &Server) -> Result<(), Error> {
        self.run_from(&server.url("/f"))
    }

    fn there(&self) -> Option<Vec<u8>> {
        std::fs::read(&self.part).ok()
    }
}

type Answer = Box<dyn Fn(&Request) -> Reply + Send + Sync>;

/// Serves the answers one after the other, the last one again and again.
fn in_turn(answers: Vec<Answer>) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |request| {
        let turn = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        answers[turn](request)
    })
}

fn ranges(server: &Server) -> Vec<String> {
    server.requests().iter().map(|request| request.header("range").to_owned()).collect()
}

#[test]
fn a_whole_file() {
    let bytes = content(SIZE);
    let case = Case::new(&bytes);
    let server = Server::start({
        let bytes = bytes.clone();
        move |request| Reply::file(request, &bytes)
    });
    case.run(&server).expect("comes");
    assert!(case.there() == Some(bytes));
    assert_eq!(server.requests()[0].header("accept-encoding"), "identity");
}

#[test]
fn a_broken_connection_is_continued() {
    let bytes = content(SIZE);
    let case = Case::new(&bytes);
    let (a, b, c) = (bytes.clone(), bytes.clone(), bytes.clone());
    let server = in_turn(vec![
        Box::new(move |request| Reply::file(request, &a).cut(100_000)),
        Box::new(move |request| Reply::file(request, &b).cut(50_000)),
        Box::new(move |request| Reply::file(request, &c)),
    ]);
    case.run(&server).expect("comes");
    assert!(case.there() == Some(bytes));
    assert_eq!(ranges(&server), ["", "bytes=100000-", "bytes=150000-"]);
}

#[test]
fn progress_does_not_use_up_the_retries() {
    let bytes = content(SIZE);
    let case = Case::new(&bytes);
    let served = bytes.clone();
    let server = Server::start(move |request| Reply::file(request, &served).cut(20_000));
    case.run(&server).expect("comes in fifteen pieces");
    assert!(case.there() == Some(bytes));
    assert_eq!(server.requests().len(), SIZE / 20_000);
}

#[test]
fn an_earlier_run_is_continued() {
    let bytes = content(SIZE);
    let case = Case::new(&bytes);
    std::fs::write(&case.part, &bytes[..123_456]).expect("written");
    let served = bytes.clone();
    let server = Server::start(move |request| Reply::file(request, &served));
    case.run(&server).expect("comes");
    assert!(case.there() == Some(bytes));
    assert_eq!(ranges(&server), ["bytes=123456-"]);
}

#[test]
fn what_is_all_there_is_not_asked_for() {
    let bytes = content(SIZE);
    let case = Case::new(&bytes);
    std::fs::write(&case.part, &bytes).expect("written");
    case.run_from(&format!("{}/f", closed_port())).expect("needs no network");
}

#[test]
fn a_server_without_range_sends_all_again() {
    let bytes = content(SIZE);
    let case = Case::new(&bytes);
    let (a, b) = (bytes.clone(), bytes.clone());
    let server = in_turn(vec![
        Box::new(move |_| Reply::new(200, a.clone()).cut(100_000)),
        Box::new(move |_| Reply::new(200, b.clone())),
    ]);
    case.run(&server).expect("comes");
    assert!(case.there() == Some(bytes));
}

#[test]
fn a_server_without_range_that_always_breaks_off() {
    let bytes = content(SIZE);
    let case = Case::new(&bytes);
    let server = Server::start(move |_| Reply::new(200, bytes.clone()).cut(100_000));
    let error = case.run(&server).expect_err("never comes");
    assert!(matches!(error, Error::Truncated { .. }), "{error}");
    assert_eq!(server.requests().len(), 3, "the one that came furthest and two retries");
}

#[test]
fn a_piece_from_another_place_is_not_used() {
    let bytes = content(SIZE);
    let case = Case::new(&bytes);
    std::fs::write(&case.part, &bytes[..1000]).expect("written");
    let served = bytes.clone();
    let server = Server::start(move |request| match request.range() {
        Some(_) => Reply::new(206, &served[500..]).header("Content-Range", "bytes 500-299999/300000"),
        None => Reply::new(200, served.clone()),
    });
    case.run(&server).expect("comes");
    assert!(case.there() == Some(bytes));
}

#[test]
fn a_stale_part_is_thrown_away() {
    let bytes = content(SIZE);
    let served = bytes.clone();
    let server = Server::start(move |request| Reply::file(request, &served));
    for stale in [vec![0; 1000], vec![0; SIZE], vec![0; SIZE + 1000]] {
        let case = Case::new(&bytes);
        std::fs::write(&case.part, stale).expect("written");
        case.run(&server).expect("comes");
        assert!(case.there().as_ref() == Some(&bytes));
    }
}

#[test]
fn other_bytes_are_an_error_and_are_deleted() {
    let case = Case::new(b"what was locked");
    let server = Server::start(|request| Reply::file(request, b"what was sent"));
    let error = case.run(&server).expect_err("is another file");
    assert_eq!(
        error.to_string(),
        format!(
            "wrong sha256 of `{FILE}` from `{}`: expected `{}`, got `{}`",
            server.url("/f"),
            sha256(b"what was locked"),
            sha256(b"what was sent")
        )
    );
    assert!(error.is_input());
    assert_eq!(case.there(), None);
    assert_eq!(server.requests().len(), 1, "the same bytes would come again");
}

#[test]
fn a_file_of_another_size_is_not_downloaded() {
    let bytes = content(SIZE);
    let mut case = Case::new(&bytes);
    case.wanted.size = Some(SIZE as u64 - 1);
    let server = Server::start(move |request| Reply::file(request, &bytes));
    let error = case.run(&server).expect_err("is bigger");
    let from = server.url("/f");
    let text = format!("wrong size of `{FILE}` from `{from}`: expected `{}` bytes, got `{SIZE}`", SIZE - 1);
    assert_eq!(error.to_string(), text);
    assert_eq!(case.there(), None);
}

#[test]
fn a_body_without_length_that_is_too_long() {
    let bytes = content(SIZE);
    let mut case = Case::new(&bytes);
    case.wanted.size = Some(1000);
    let server = Server::start(move |_| Reply::new(200, bytes.clone()).no_length());
    assert!(matches!(case.run(&server), Err(Error::Size { expected: 1000, .. })));
    assert_eq!(case.there(), None);
}

#[test]
fn a_truncated_file_is_an_error_and_its_part_stays() {
    let bytes = content(SIZE);
    let mut case = Case::new(&bytes);
    case.wanted.size = Some(SIZE as u64);
    let server = Server::start({
        let bytes = bytes.clone();
        move |request| match request.range() {
            None => Reply::new(200, &bytes[..1000]).no_length(),
            Some(_) => Reply::file(request, &bytes).cut(0),
        }
    });
    let error = case.run(&server).expect_err("ends early");
    let text =
        format!("truncated download of `{FILE}` from `{}`: expected `{SIZE}` bytes, got `1000`", server.url("/f"));
    assert_eq!(error.to_string(), text);
    assert!(!error.is_input());
    assert!(case.there().as_deref() == Some(&bytes[..1000]));
}

#[test]
fn a_truncated_file_of_unknown_size() {
    let case = Case::new(&content(SIZE));
    let server = Server::start(|_| Reply::new(200, content(SIZE)).cut(1000));
    let text = chain(&case.run(&server).expect_err("ends early"));
    assert!(text.contains("expected more bytes, got `1000`"), "{text}");
}

#[test]
fn a_missing_file() {
    let case = Case::new(b"x");
    let server = Server::start(|_| Reply::new(404, ""));
    let error = case.run(&server).expect_err("is not there");
    assert_eq!(error.to_string(), format!("`{}` answers with status 404", server.url("/f")));
}

#[test]
fn a_redirected_file() {
    let bytes = content(SIZE);
    let case = Case::new(&bytes);
    let storage = Server::start(move |request| Reply::file(request, &bytes));
    let to = storage.url("/blob?signature=secret");
    let server = Server::start(move |_| Reply::new(302, "").header("Location", &to));
    case.run(&server).expect("comes");
    assert_eq!(storage.requests()[0].path, "/blob?signature=secret");
}

#[test]
fn a_silent_server() {
    let server = Server::start(|_| Reply::new(200, content(SIZE)).pace(1000, Duration::from_secs(5)));
    let mut settings = settings(&[]);
    (settings.timeout, settings.retries) = (Duration::from_millis(200), 0);
    let case = Case::new(&content(SIZE));
    let link = Link::to(FILE, url(&server.url("/f")));
    let client = Client::new(settings).expect("a client");
    let error = Transfer { client: &client, wanted: &case.wanted, link: &link, on_bytes: &|_| true }.run(&case.part);
    let error = error.expect_err("is too slow");
    assert!(chain(&error).contains("timeout"), "{}", chain(&error));
}

#[test]
fn it_is_told_how_far_it_is_and_can_be_stopped() {
    let bytes = content(SIZE);
    let case = Case::new(&bytes);
    let server = Server::start(move |request| Reply::file(request, &bytes));
    let link = Link::to(FILE, url(&server.url("/f")));
    let last = AtomicU64::new(0);
    let on_bytes = |bytes| {
        last.store(bytes, Ordering::SeqCst);
        bytes < 100_000
    };
    let client = client("http://unused.invalid/simple");
    let error = Transfer { client: &client, wanted: &case.wanted, link: &link, on_bytes: &on_bytes }.run(&case.part);
    assert!(matches!(error, Err(Error::Stopped)));
    let there = case.there().expect("a part stays").len();
    assert!((100_000..SIZE).contains(&there), "{there}");
    assert_eq!(last.load(Ordering::SeqCst), there as u64);
}

#[test]
fn a_file_that_no_plan_pins() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = Utf8Path::from_path(folder.path()).expect("UTF-8").join("source.tar.gz");
    let bytes = content(SIZE);
    let (a, b) = (bytes.clone(), bytes.clone());
    let server = in_turn(vec![
        Box::new(move |_| Reply::new(200, a.clone()).cut(10)),
        Box::new(move |request| Reply::file(request, &b)),
    ]);
    assert_eq!(download(&server.url("/f"), &to, &settings(&[])).expect("comes"), SIZE as u64);
    assert!(std::fs::read(&to).expect("is there") == bytes);

    let gone = download(&format!("{}/f", closed_port()), &to.with_extension("x"), &settings(&[]));
    assert!(matches!(gone, Err(Error::Unreachable { tries: 3, .. })));
    let left: Vec<_> = folder.path().read_dir().expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["source.tar.gz"]);
}
