//! A server whose page leads to a file of the user's machine, or a plan that does.
use std::process::Command;

use serde_json::json;

use crate::fetching::{Case, DEMO, demo, hex, pinned};
use crate::server::{Reply, Server};

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_page_of_a_server_leads_to_servers() {
    let case = Case::new(&[demo()]);
    case.write(&format!("home/{DEMO}"), "secret");
    let fifo = case.path("home/fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    for target in [case.path(&format!("home/{DEMO}")), fifo, "/dev/zero".to_owned(), "/etc/shadow".to_owned()] {
        let page = format!("{{\"files\": [{{\"filename\": \"{DEMO}\", \"url\": \"file://{target}\"}}]}}");
        let server = Server::start(move |_| Reply::json(&page));
        let words = format!("it links `{DEMO}` to a file of this machine, which only a page of this machine may");
        let index = server.url("/simple");
        let case = Case::new(&[demo()]).set("PIP_INDEX_URL", &index);
        case.attacked("").refused(3, &words);
        assert!(!case.fetch(&[]).stderr.contains(&hex(b"secret")));
    }
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_plan_leads_to_servers() {
    let case = Case::new(&[]);
    let mut file = pinned(DEMO, &demo().1);
    file["url"] = json!("file:///dev/zero");
    case.plan(&json!({ DEMO: file }));
    case.attacked("").refused(1, "bad URL of `demo-1.0-py3-none-any.whl`: scheme `file`");
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_page_of_this_machine_leads_to_regular_files() {
    for device in ["/dev/zero", "fifo"] {
        let case = Case::new(&[demo()]);
        std::fs::create_dir(case.path("home/demo")).expect("made");
        let at = case.path(&format!("home/{DEMO}"));
        if device == "fifo" {
            assert!(Command::new("mkfifo").arg(&at).status().expect("mkfifo").success());
        } else {
            std::os::unix::fs::symlink(device, &at).expect("a link");
        }
        case.write("home/demo/index.html", &format!("<a href=\"../{DEMO}\">"));
        let index = format!("file://{}", case.path("home"));
        let case = case.set("PIP_INDEX_URL", &index);
        case.attacked("").refused(3, "caused by: it is not a regular file");
        std::fs::remove_file(&at).expect("is there");
        std::fs::write(&at, demo().1).expect("written");
        case.fetch(&[]).success();
        assert!(case.stored(&demo()).is_some());
    }
}
