//! An index whose page is small as it comes and has gigabytes when it is decompressed.
use std::io::Write;
use std::process::{Command, Stdio};

use crate::fetching::{Case, demo};
use crate::server::{Reply, Server};

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn what_is_decompressed_counts() {
    let mut gzip = Command::new("gzip").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("gzip");
    gzip.stdin.take().expect("a pipe").write_all(&[b' '; 1 << 20]).expect("is read");
    let bomb = gzip.wait_with_output().expect("ends").stdout.repeat(1024);
    let server = Server::start(move |_| {
        Reply::new(200, bomb.clone()).header("Content-Type", "text/html").header("Content-Encoding", "gzip")
    });
    Case::new(&[demo()]).index(&server).attacked("").refused(3, "sends a page of more than 33554432 bytes\nhint: ");
}
