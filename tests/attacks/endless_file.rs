//! A server whose file never ends.
use crate::fetching::{Case, DEMO, bytes, demo, pinned};
use crate::server::{Reply, Server};

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_file_ends_at_a_limit_and_nothing_of_it_stays() {
    let server = Server::start(|request| match request.path.as_str() {
        "/simple/demo/" => Reply::html(&format!("<a href=\"/{DEMO}\">")),
        _ => Reply::new(200, bytes(1, 100_000)).endless(),
    });
    let case = Case::new(&[demo()]).index(&server);
    case.attacked("file=16MiB").refused(3, "sends a file of more than 16777216 bytes\nhint: ");
    assert_eq!(case.cached(), [""; 0]);
    let mut file = pinned(DEMO, &demo().1);
    file["size"] = serde_json::json!(400_000);
    case.plan(&serde_json::json!({ DEMO: file }));
    case.attacked("").refused(1, "expected `400000` bytes");
    assert_eq!(case.cached(), [""; 0]);
}
