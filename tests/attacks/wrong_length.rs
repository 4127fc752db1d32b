//! A server that says another length than it sends.
use crate::fetching::{Case, DEMO, bytes, demo};
use crate::server::{Reply, Server};

fn serve(length: u64) -> Server {
    Server::start(move |request| match request.path.as_str() {
        "/simple/demo/" => Reply::html(&format!("<a href=\"/{DEMO}\">")),
        _ => Reply::new(200, bytes(1, 400_000)).length(length),
    })
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn the_file_that_was_locked_or_none() {
    let refused = |length, code, words| {
        let server = serve(length);
        let case = Case::new(&[demo()]).index(&server);
        case.attacked("").refused(code, words);
        assert!(case.stored(&demo()).is_none());
        case.cached().len()
    };
    assert_eq!(refused(399_999, 1, "wrong sha256 of `"), 0);
    assert_eq!(refused(1 << 40, 3, "sends a file of more than 4294967296 bytes"), 0);
    assert_eq!(refused(400_001, 3, "truncated download of `"), 1, "what came is continued");
    let server = serve(400_000);
    let case = Case::new(&[demo()]).index(&server);
    case.fetch(&[]).success();
    assert!(case.stored(&demo()).is_some());
}
