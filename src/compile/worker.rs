//! The host Python: processes that compile source, started on demand, shared by the threads of one run.
use std::io::{BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Condvar, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_packaging::python::{DEFAULT, Python};

use crate::error::Error;

const SCRIPT: &str = include_str!("worker.py");

/// What the compiler says of one source: what it has made, or exception type and message.
pub(crate) type Told = Result<Made, String>;

/// What a host Python has made of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Which Python it is.
    pub python: Python,
    /// Marshalled code, or JSON.
    pub bytes: Vec<u8>,
}

/// A pool of host Python processes.
pub struct HostPython {
    program: Utf8PathBuf,
    limit: usize,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Process>,
    started: usize,
}

impl HostPython {
    /// Returns a pool of at most `limit` processes; none is started yet.
    pub fn new(program: &Utf8Path, limit: usize) -> HostPython {
        HostPython {
            program: program.to_owned(),
            limit: limit.max(1),
            pool: Mutex::new(Pool::default()),
            returned: Condvar::new(),
        }
    }

    /// Compiles a module as CPython does (`exec` mode, no optimisation), with `file_name` as its `co_filename`.
    pub fn compile(&self, file_name: &str, source: &[u8]) -> Result<Told, Error> {
        self.request(b'c', file_name, source)
    }

    /// Returns, as JSON in UTF-8, the dict of constants that a module assigns at its top.
    pub fn variables(&self, file_name: &str, source: &[u8]) -> Result<Told, Error> {
        self.request(b'v', file_name, source)
    }

    fn request(&self, kind: u8, name: &str, source: &[u8]) -> Result<Told, Error> {
        let mut process = self.take(name)?;
        let reply = process.request(kind, name, source);
        let mut pool = self.pool.lock().expect("no thread panics with the pool locked");
        match reply {
            Ok(reply) => {
                pool.idle.push(process);
                self.returned.notify_one();
                Ok(reply)
            }
            Err(source) => {
                pool.started -= 1;
                self.returned.notify_one();
                Err(self.error(name, source))
            }
        }
    }

    fn take(&self, name: &str) -> Result<Process, Error> {
        let mut pool = self.pool.lock().expect("no thread panics with the pool locked");
        loop {
            if let Some(process) = pool.idle.pop() {
                return Ok(process);
            }
            if pool.started < self.limit {
                pool.started += 1;
                drop(pool);
                return Process::start(&self.program).map_err(|source| {
                    self.pool.lock().expect("no thread panics with the pool locked").started -= 1;
                    self.returned.notify_one();
                    self.error(name, source)
                });
            }
            pool = self.returned.wait(pool).expect("no thread panics with the pool locked");
        }
    }

    fn error(&self, file: &str, source: std::io::Error) -> Error {
        Error::HostPython { python: self.program.clone(), file: file.to_owned(), source }
    }
}

struct Process {
    python: Python,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(program: &Utf8Path) -> std::io::Result<Process> {
        let mut child = Command::new(program)
            // No site, no user site, no script folder on the path. Not `-I`: it would ignore PYTHONMALLOC.
            .args(["-S", "-s", "-P", "-X", "utf8", "-c", SCRIPT])
            .env_clear()
            // The compiler allocates so much that musl's malloc costs a third of its time.
            .env("PYTHONMALLOC", "mimalloc")
            .env("PYTHONHASHSEED", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take().map(|output| BufReader::with_capacity(1 << 16, output));
        let mut process = Process { python: DEFAULT, input, output: output.expect("stdout is piped"), child };
        let mut version = [0; 2];
        process.output.read_exact(&mut version)?;
        let [major, minor] = version;
        process.python = format!("{major}.{minor}").parse().map_err(std::io::Error::other)?;
        Ok(process)
    }

    fn request(&mut self, kind: u8, name: &str, source: &[u8]) -> std::io::Result<Told> {
        let too_long = |_| std::io::Error::other("source longer than 4 GiB");
        let mut head = vec![kind];
        head.extend_from_slice(&u32::try_from(name.len()).map_err(too_long)?.to_le_bytes());
        head.extend_from_slice(&u32::try_from(source.len()).map_err(too_long)?.to_le_bytes());
        head.extend_from_slice(name.as_bytes());
        let input = self.input.as_mut().expect("stdin is open until the process is dropped");
        input.write_all(&head)?;
        input.write_all(source)?;
        let mut status = [0; 5];
        self.output.read_exact(&mut status)?;
        let length = u32::from_le_bytes([status[1], status[2], status[3], status[4]]);
        let mut reply = vec![0; length as usize];
        self.output.read_exact(&mut reply)?;
        let told = || String::from_utf8_lossy(&reply).into_owned();
        Ok(if status[0] == b'+' { Ok(Made { python: self.python, bytes: reply }) } else { Err(told()) })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The end of its input ends the process; waiting leaves no zombie. A failed wait changes nothing.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
