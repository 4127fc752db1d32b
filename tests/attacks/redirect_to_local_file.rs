//! A server that redirects to a file of the user's machine, from its page or from its file.
use crate::fetching::{Case, DEMO, demo};
use crate::server::{Reply, Request, Server};

fn away(_: &Request) -> Reply {
    Reply::new(302, "").header("Location", "file:///etc/passwd")
}

fn page_of_file_that_leads_away(request: &Request) -> Reply {
    match request.path.as_str() {
        "/simple/demo/" => Reply::html(&format!("<a href=\"/{DEMO}\">")),
        _ => away(request),
    }
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_redirect_leads_to_servers() {
    let answers: [fn(&Request) -> Reply; 2] = [away, page_of_file_that_leads_away];
    for answer in answers {
        let server = Server::start(answer);
        let case = Case::new(&[demo()]).index(&server);
        case.attacked("").refused(3, "` redirects to `file:…`: expected an address of a server\n");
    }
}
