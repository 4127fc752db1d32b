//! A small HTTP server on 127.0.0.1 that can misbehave: for tests of fetch.
#![allow(clippy::disallowed_types, reason = "a server for tests")]
// Each test program uses a part of it.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// `GET`, `CONNECT`.
    pub method: String,
    /// Path and query, or `host:port` of a `CONNECT`.
    pub path: String,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
}

impl Request {
    /// Returns a header, empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Returns where a `Range: bytes=N-` begins.
    pub(crate) fn range(&self) -> Option<usize> {
        self.header("range").strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// The connection is closed after so many bytes of the body.
    cut: Option<usize>,
    /// So many bytes of the body, then a pause, and so on.
    pace: Option<(usize, Duration)>,
    no_length: bool,
    /// Comes before the body, and once.
    begin: Vec<u8>,
    /// The body comes again and again.
    endless: bool,
}

impl Reply {
    /// An answer with a body.
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, body: body.into(), ..Reply::default() }
    }

    /// An HTML page.
    pub(crate) fn html(body: &str) -> Reply {
        Reply::new(200, body).header("Content-Type", "text/html; charset=utf-8")
    }

    /// A page of PEP 691.
    pub(crate) fn json(body: &str) -> Reply {
        Reply::new(200, body).header("Content-Type", "application/vnd.pypi.simple.v1+json")
    }

    /// A file from a server that knows `Range`.
    pub(crate) fn file(request: &Request, bytes: &[u8]) -> Reply {
        match request.range() {
            Some(start) if start < bytes.len() => Reply::new(206, &bytes[start..])
                .header("Content-Range", &format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len())),
            Some(_) => Reply::new(416, ""),
            None => Reply::new(200, bytes),
        }
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Closes the connection after so many bytes of the body.
    pub(crate) fn cut(mut self, bytes: usize) -> Reply {
        self.cut = Some(bytes);
        self
    }

    /// Sends `bytes` of the body, pauses, and so on.
    pub(crate) fn pace(mut self, bytes: usize, pause: Duration) -> Reply {
        self.pace = Some((bytes, pause));
        self
    }

    /// Sends no `Content-Length`: the body ends with the connection.
    pub(crate) fn no_length(mut self) -> Reply {
        self.no_length = true;
        self
    }

    /// Sends the body again and again, until the client goes away.
    pub(crate) fn endless(mut self) -> Reply {
        (self.endless, self.no_length) = (true, true);
        self
    }

    /// Sends these bytes before the body.
    pub(crate) fn begins(mut self, begin: &[u8]) -> Reply {
        self.begin = begin.to_vec();
        self
    }

    /// Says another `Content-Length` than the body has.
    pub(crate) fn length(mut self, length: u64) -> Reply {
        self.no_length = true;
        self.header("Content-Length", &length.to_string())
    }

    fn send(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", self.status);
        if !self.no_length {
            head.push_str(&format!("Content-Length: {}\r\n", self.begin.len() + self.body.len()));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        stream.write_all(&self.begin)?;
        let body = &self.body[..self.cut.unwrap_or(self.body.len()).min(self.body.len())];
        let (size, pause) = self.pace.unwrap_or((body.len().max(1), Duration::ZERO));
        loop {
            for piece in body.chunks(size) {
                stream.write_all(piece)?;
                stream.flush()?;
                std::thread::sleep(pause);
            }
            if !self.endless {
                return Ok(());
            }
        }
    }
}

/// A server; it ends when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// Starts a server that answers as `answer` says.
    pub(crate) fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = Server {
            address: listener.local_addr().expect("an address"),
            requests: Arc::default(),
            stopped: Arc::default(),
        };
        let (requests, stopped, answer) = (server.requests.clone(), server.stopped.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (requests, answer) = (requests.clone(), answer.clone());
                // A client that goes away is no failure.
                std::thread::spawn(move || serve(stream, &requests, &*answer).ok());
            }
        });
        server
    }

    /// Returns the URL of a path of this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the requests that came so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no panic").clone()
    }

    /// Returns the requests for a path.
    pub(crate) fn requests_for(&self, path: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.path == path).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener.
        drop(TcpStream::connect(self.address));
    }
}

/// Returns a URL where nobody listens.
pub(crate) fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

/// Answers one request; after a `CONNECT` it plays the host that was asked for, on the same connection.
fn serve(
    mut stream: TcpStream,
    requests: &Mutex<Vec<Request>>,
    answer: &(dyn Fn(&Request) -> Reply + Send + Sync),
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = read(&mut reader)? {
        requests.lock().expect("no panic").push(request.clone());
        if request.method == "CONNECT" {
            stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
            continue;
        }
        return answer(&request).send(&mut stream);
    }
    Ok(())
}

fn read(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut words = first.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(None) };
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    Ok(Some(Request { method, path, headers }))
}
