//! Tests over the wire, against a server of our own; and against pip.
#[path = "../../../tests/support/server.rs"]
mod server;

mod access;
mod git;
mod index;
mod limits;
mod pip;
mod settings;
mod transfer;

use std::error::Error as _;
use std::time::Duration;

use permafreeze_base::sha256::of as sha256;
use permafreeze_plan::plan::PinnedFile;
use url::Url;

use crate::client::Client;
use crate::environment::Environment;
use crate::error::Error;
use crate::settings::Settings;
use crate::wanted::Wanted;

/// The file that most tests want.
const FILE: &str = "demo-1.0-py3-none-any.whl";

/// Bytes that no two places of have in common.
fn content(size: usize) -> Vec<u8> {
    (0..size as u32).flat_map(|index| (index.wrapping_mul(2_654_435_761) >> 7).to_le_bytes()).take(size).collect()
}

fn wanted(bytes: &[u8]) -> Wanted {
    let pinned = PinnedFile {
        package: "demo".to_owned(),
        version: "1.0".to_owned(),
        sha256: sha256(bytes),
        size: None,
        url: None,
        index: None,
        path: None,
        git: None,
    };
    Wanted::from_plan(".".into(), FILE, &pinned).expect("a good hash")
}

/// Settings of an environment that has only what is given; quick to give up.
fn settings(variables: &[(&str, &str)]) -> Settings {
    let base = [("PIP_CONFIG_FILE", "/dev/null"), ("PIP_RETRIES", "2")];
    let environment = Environment::new(base.iter().chain(variables).copied());
    let mut settings = Settings::load(&environment).expect("good settings");
    settings.back_off = Duration::from_millis(1);
    settings
}

fn client(index: &str) -> Client {
    Client::new(settings(&[("PIP_INDEX_URL", index)])).expect("a client")
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

/// The whole chain of an error, as it is printed.
fn chain(error: &Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}
