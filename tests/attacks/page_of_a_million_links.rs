//! An index whose page has a million links, also to the wanted file.
use crate::fetching::{Case, DEMO, demo};
use crate::server::{Reply, Server};

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn links_are_counted_and_not_held_in_memory() {
    let html = "<a href=x>".repeat(1_000_000);
    let json = format!("{{\"filename\": \"{DEMO}\", \"url\": \"x\"}},").repeat(300_000);
    for page in [Reply::html(&html), Reply::json(&json).begins(b"{\"files\": [").no_length()] {
        let server = Server::start(move |_| page.clone());
        Case::new(&[demo()]).index(&server).attacked("").refused(3, "sends a page of more than 100000 links\nhint: ");
    }
}
