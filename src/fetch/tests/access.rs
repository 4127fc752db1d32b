//! Credentials and proxies, and that no secret is ever shown.
use super::server::{Reply, Request, Server};
use super::{FILE, chain, content, settings, sha256, wanted};
use crate::client::Client;
use crate::error::Error;
use crate::index::Indexes;
use crate::links::{Keep, Link};
use crate::settings::Settings;
use crate::transfer::Transfer;
use crate::wanted::Wanted;

/// `Basic` of `user:secret`.
const LOGIN: &str = "Basic dXNlcjpzZWNyZXQ=";

/// A server that wants [`LOGIN`] for its pages and files.
fn guarded(bytes: &[u8]) -> Server {
    let (page, bytes) = (format!("<a href=\"/files/{FILE}#sha256={}\">x</a>", sha256(bytes)), bytes.to_vec());
    Server::start(move |request: &Request| match (request.header("authorization"), request.path.as_str()) {
        (LOGIN, "/simple/demo/") => Reply::html(&page),
        (LOGIN, _) => Reply::file(request, &bytes),
        _ => Reply::new(401, ""),
    })
}

fn fetch(settings: Settings, wanted: &Wanted) -> Result<Link, Error> {
    let client = Client::new(settings)?;
    let link = Indexes::new(&client, Keep::All).locate(wanted)?;
    let folder = tempfile::tempdir().expect("a folder");
    let part = camino::Utf8Path::from_path(folder.path()).expect("UTF-8").join("part");
    Transfer { client: &client, wanted, link: &link, on_bytes: &|_| true }.run(&part)?;
    Ok(link)
}

fn with_login(url: &str) -> String {
    url.replacen("http://", "http://user:secret@", 1)
}

#[test]
fn credentials_of_the_index_url_are_for_its_files_too() {
    let bytes = content(100);
    let server = guarded(&bytes);
    let index = with_login(&server.url("/simple"));
    fetch(settings(&[("PIP_INDEX_URL", &index)]), &wanted(&bytes)).expect("is let in");
    assert!(server.requests().iter().all(|request| !request.path.contains("secret")));
}

#[test]
fn credentials_of_netrc() {
    let bytes = content(100);
    let server = guarded(&bytes);
    let home = tempfile::tempdir().expect("a folder");
    let text = "machine 127.0.0.1\n  login user\n  password secret\n";
    std::fs::write(home.path().join(".netrc"), text).expect("written");
    std::fs::write(home.path().join("elsewhere"), text).expect("written");
    let (index, home) = (server.url("/simple"), home.path().to_str().expect("UTF-8"));
    fetch(settings(&[("PIP_INDEX_URL", &index), ("HOME", home)]), &wanted(&bytes)).expect("is let in");
    let named = format!("{home}/elsewhere");
    fetch(settings(&[("PIP_INDEX_URL", &index), ("NETRC", &named)]), &wanted(&bytes)).expect("is let in");
    let error = fetch(settings(&[("PIP_INDEX_URL", &index)]), &wanted(&bytes)).expect_err("is not let in");
    assert_eq!(error.to_string(), format!("`{index}/demo/` refuses access with status 401"));
    assert!(error.hint().is_some_and(|hint| hint.contains(".netrc")));
}

#[test]
fn credentials_do_not_go_to_another_server() {
    let bytes = content(100);
    let storage = Server::start({
        let bytes = bytes.clone();
        move |request| Reply::file(request, &bytes)
    });
    let page = format!("<a href=\"{}#sha256={}\">x</a>", storage.url(&format!("/{FILE}")), sha256(&bytes));
    let server = Server::start(move |_| Reply::html(&page));
    let index = with_login(&server.url("/simple"));
    fetch(settings(&[("PIP_INDEX_URL", &index)]), &wanted(&bytes)).expect("comes");
    assert_eq!(server.requests()[0].header("authorization"), LOGIN);
    assert_eq!(storage.requests()[0].header("authorization"), "");
}

#[test]
fn the_default_of_netrc_does_not_follow_a_redirect() {
    let bytes = content(100);
    let storage = Server::start({
        let bytes = bytes.clone();
        move |request| Reply::file(request, &bytes)
    });
    // The same machine under another name.
    let elsewhere = storage.url("/blob").replace("127.0.0.1", "localhost");
    let page = format!("<a href=\"/{FILE}#sha256={}\">x</a>", sha256(&bytes));
    let server = Server::start(move |request| match request.path.as_str() {
        "/simple/demo/" => Reply::html(&page),
        _ => Reply::new(302, "").header("Location", &elsewhere),
    });
    let netrc = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(netrc.path(), "default login user password secret\n").expect("written");
    let netrc = netrc.path().to_str().expect("UTF-8");
    fetch(settings(&[("PIP_INDEX_URL", &server.url("/simple")), ("NETRC", netrc)]), &wanted(&bytes)).expect("comes");
    assert!(server.requests().iter().all(|request| request.header("authorization") == LOGIN));
    assert_eq!(storage.requests()[0].header("authorization"), "");
}

#[test]
fn a_proxy_of_the_environment() {
    let bytes = content(100);
    let proxy = guarded(&bytes);
    let base = [("PIP_INDEX_URL", "http://user:secret@index.invalid/simple")];
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "PIP_PROXY"] {
        let variables = [base[0], (variable, &proxy.url(""))];
        fetch(settings(&variables), &wanted(&bytes)).expect("comes through the proxy");
    }
    assert_eq!(proxy.requests_for("index.invalid:80").len(), 8, "a page and a file each time");
    let variables = [base[0], ("http_proxy", &proxy.url("")), ("no_proxy", ".invalid")];
    let error = fetch(settings(&variables), &wanted(&bytes)).expect_err("there is no such host");
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
}

#[test]
fn no_secret_is_in_any_error() {
    let bytes = content(100);
    let replies: [fn(&Request) -> Reply; 7] = [
        |_| Reply::new(401, ""),
        |_| Reply::new(404, ""),
        |_| Reply::new(500, ""),
        |_| Reply::new(418, ""),
        |_| Reply::html("<a href='x.whl'>x</a>"),
        |_| Reply::new(200, "").header("Content-Type", "text/secret-free"),
        |_| Reply::html(&format!("<a href='{FILE}?token=secret#sha256={}'>", "0".repeat(64))),
    ];
    for reply in replies {
        let server = Server::start(reply);
        let index = with_login(&server.url("/simple"));
        let error = fetch(settings(&[("PIP_INDEX_URL", &index)]), &wanted(&bytes)).expect_err("fails");
        assert!(!chain(&error).contains("secret@") && !chain(&error).contains("=secret"), "{}", chain(&error));
    }
    let bad = [
        ("PIP_INDEX_URL", "http://user:secret@[bad/simple"),
        ("PIP_INDEX_URL", "ftp://user:secret@host/simple"),
        ("PIP_EXTRA_INDEX_URL", "user:secret@host"),
    ];
    for variable in bad {
        let environment = crate::environment::Environment::new([variable]);
        let error = Settings::load(&environment).err().expect("is refused");
        assert!(!chain(&error).contains("secret"), "{}", chain(&error));
    }
    let proxied = [("PIP_INDEX_URL", "http://index.invalid/"), ("PIP_PROXY", "http://user:secret@127.0.0.1:1")];
    let error = fetch(settings(&proxied), &wanted(&bytes)).expect_err("nobody listens");
    assert!(!chain(&error).contains("secret"), "{}", chain(&error));
}

#[test]
fn bad_certificates() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bundle.pem");
    std::fs::write(&file, "no certificate").expect("written");
    let name = file.to_str().expect("UTF-8");
    let error = Client::new(settings(&[("PIP_CERT", name)])).err().expect("is refused");
    assert_eq!(error.to_string(), format!("bad certificates in `{name}`: there is no certificate in it"));
    let error = Client::new(settings(&[("SSL_CERT_FILE", "/none.pem")])).err().expect("is refused");
    assert!(error.to_string().starts_with("bad certificates in `/none.pem`: "), "{error}");
}
