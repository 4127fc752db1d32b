//! An index whose pages never end: eight are asked for at once.
use crate::fetching::{Case, Wheel};
use crate::server::{Reply, Server};

const NAMES: [&str; 8] = ["a-1.whl", "b-1.whl", "c-1.whl", "d-1.whl", "e-1.whl", "f-1.whl", "g-1.whl", "h-1.whl"];

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn pages_end_at_a_limit_and_are_not_held_in_memory() {
    let long = "x".repeat(60_000);
    let text = [
        "text ".repeat(1000),
        // Links to the wanted files, each with another long address.
        NAMES.map(|name| format!("<a href=\"/{long}/{name}\">")).concat(),
        format!("<base href=\"http://127.0.0.1/{long}/\">") + &"<a href=a-1.whl>".repeat(1000),
        "<!-- ".repeat(1000),
    ];
    let json = [
        "{\"filename\": \"x\", \"url\": \"x\", \"other\": [{}]},".repeat(100),
        format!("{{\"filename\": \"{long}\", \"url\": \"x\", \"{long}\": \"{long}\"}},"),
        format!("{{\"filename\": \"a-1.whl\", \"url\": \"/{long}\", \"yanked\": \"{long}\"}},"),
        "{\"filename\": \"a-1.whl\", \"url\": \"a\", \"hashes\": {\"a\": \"b\"}},".repeat(100),
    ];
    let server = Server::start(move |request| {
        let index = usize::from(request.path.as_bytes()["/simple/".len()] - b'a');
        match text.get(index) {
            Some(text) => Reply::html(text).endless(),
            None => Reply::json(&json[index - text.len()]).begins(b"{\"files\": [").endless(),
        }
    });
    let wheels: Vec<Wheel> = NAMES.iter().map(|name| (*name, name.as_bytes().to_vec())).collect();
    let case = Case::new(&wheels).index(&server);
    case.attacked("page=4MiB,links=1000000").refused(3, "sends a page of more than 4194304 bytes\nhint: ");
    case.attacked("page=8MiB,links=20").refused(3, "sends a page of more than");
}
