//! A single file that no plan pins, for the toolchain's upstream sources.
use std::io::{Read, Write};
use std::time::Duration;

use camino::Utf8Path;
use permafreeze_base::Beside;
use url::Url;

use crate::bounded::Capped;
use crate::client::Client;
use crate::error::Error;
use crate::exceeded::Exceeded;
use crate::local::CHUNK;
use crate::settings::Settings;
use crate::tries::{Failed, Tries};

/// Shorter than usual: a source has other ways to come where the network is closed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Downloads a URL to a file, written beside it and renamed. Returns its size in bytes. The caller checks its sha256.
///
/// # Errors
/// If the URL is none, the server cannot be reached or refuses, or `to` cannot be written.
pub fn download(url: &str, to: &Utf8Path, settings: &Settings) -> Result<u64, Error> {
    let bad = |error: url::ParseError| Error::Url { file: to.to_string(), reason: error.to_string() };
    let url = Url::parse(url).map_err(bad)?;
    let settings = Settings { connect_timeout: settings.connect_timeout.min(CONNECT_TIMEOUT), ..settings.clone() };
    let client = Client::new(settings)?;
    let mut tries = Tries::new(client.settings());
    let (beside, size) = loop {
        match once(&client, &url, to) {
            Ok(received) => break received,
            Err(failed) => tries.pause(failed, &url)?,
        }
    };
    beside.commit(None)?;
    Ok(size)
}

fn once(client: &Client, url: &Url, to: &Utf8Path) -> Result<(Beside, u64), Failed> {
    let response = client.get(url, &[("accept-encoding", "identity")])?;
    let limits = client.settings().limits;
    let size = response.header("content-length").parse().unwrap_or(limits.file);
    let body = response.into_body(client, limits.time_of_file(size));
    let mut body = Capped::new(body, limits.file, Exceeded::File(limits.file));
    let mut file = Beside::create(to).map_err(Error::from)?;
    let (mut size, mut chunk) = (0, vec![0; CHUNK]);
    loop {
        let count = body.read(&mut chunk).map_err(|error| Failed::broken(&error, url))?;
        if count == 0 {
            return Ok((file, size));
        }
        file.write_all(&chunk[..count]).map_err(Error::io("write", to))?;
        size += count as u64;
    }
}
