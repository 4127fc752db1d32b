//! A server that never ends because it sends next to nothing: its page, its file, or its headers.
use std::time::Duration;

use crate::fetching::{Case, DEMO, bytes, demo};
use crate::server::{Reply, Server};

/// In a second; a real attack would send less.
const PIECES: u32 = 10;

fn slow(reply: Reply) -> Reply {
    reply.pace(1, Duration::from_secs(1) / PIECES).endless()
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_slow_page_is_named() {
    let server = Server::start(|_| slow(Reply::html(" ")));
    let case = Case::new(&[demo()]).index(&server);
    case.attacked("window=1").refused(3, "/simple/demo/` sends less than 1024 bytes per second over 1 s\nhint: ");
    case.attacked("rate=1,time=1").refused(3, "/simple/demo/` has not sent all after 1 s\nhint: ");
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_slow_file_is_named_and_can_be_continued() {
    let server = Server::start(|request| match request.path.as_str() {
        "/simple/demo/" => Reply::html(&format!("<a href=\"/{DEMO}\">")),
        _ => slow(Reply::new(200, bytes(1, 100))),
    });
    let case = Case::new(&[demo()]).index(&server);
    case.attacked("window=1").refused(3, "sends less than 1024 bytes per second over 1 s\nhint: run it again");
    assert_eq!(case.cached().len(), 1, "a part stays");
    case.attacked("rate=1MiB,window=60,file=1MiB,time=1").refused(3, "has not sent all after");
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn who_is_waited_for_is_said() {
    let server = Server::start(|_| slow(Reply::html(" ")));
    let case = Case::new(&[demo()]).index(&server).set("PERMAFREEZE_FETCH_LIMITS", "time=4");
    let stderr = case.attacked("time=4").ended.failure(3);
    assert!(stderr.starts_with("waiting for 127.0.0.1\nerror: "), "{stderr}");
    assert!(!case.fetch(&["-q"]).failure(3).contains("waiting"));
}
