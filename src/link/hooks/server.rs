//! The process that runs hooks: the host python with our few files of Python.
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use super::protocol::{FromServer, ToServer};
use crate::error::LinkError;

const FILES: &[(&str, &str)] = &[
    ("__init__.py", include_str!("server/__init__.py")),
    ("answers.py", include_str!("server/answers.py")),
    ("constants.py", include_str!("server/constants.py")),
    ("declarations.py", include_str!("server/declarations.py")),
    ("dispatch.py", include_str!("server/dispatch.py")),
    ("django.py", include_str!("server/django.py")),
    ("graph.py", include_str!("server/graph.py")),
    ("helpers.py", include_str!("server/helpers.py")),
    ("identity.py", include_str!("server/identity.py")),
    ("libraries.py", include_str!("server/libraries.py")),
    ("main.py", include_str!("server/main.py")),
    ("metadata.py", include_str!("server/metadata.py")),
    ("modules.py", include_str!("server/modules.py")),
    ("qt.py", include_str!("server/qt.py")),
    ("rpc.py", include_str!("server/rpc.py")),
    ("setuptools.py", include_str!("server/setuptools.py")),
    ("target.py", include_str!("server/target.py")),
    ("tcl_tk.py", include_str!("server/tcl_tk.py")),
    ("unknown.py", include_str!("server/unknown.py")),
];

/// The running process. It ends with the value.
#[derive(Debug)]
pub struct Server {
    python: Utf8PathBuf,
    child: Child,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Server {
    /// Writes the server's files below `scratch` and starts it. It sees an empty environment.
    ///
    /// # Errors
    /// If it cannot be written or started.
    pub fn start(python: &Utf8Path, hooks_env: &Utf8Path, scratch: &Utf8Path) -> Result<Server, LinkError> {
        let folder = scratch.join("server/permafreeze_hooks");
        std::fs::create_dir_all(&folder).map_err(LinkError::io("create", &folder))?;
        for (name, text) in FILES {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(LinkError::io("write", &path))?;
        }
        let program = "import sys; sys.path[:0] = sys.argv[1:]; from permafreeze_hooks import main; main.run()";
        let mut child = Command::new(python)
            // Isolated by an empty environment instead of by `-I`, which would ignore the hash seed: hooks iterate
            // over sets.
            .args(["-P", "-s", "-B", "-X", "utf8", "-c", program])
            .args([scratch.join("server"), hooks_env.to_owned()])
            .env_clear()
            .envs([
                ("PYTHONHASHSEED", "0"),
                ("HOME", scratch.as_str()),
                ("TMPDIR", scratch.as_str()),
                ("LC_ALL", "C"),
                ("PATH", ""),
            ])
            .current_dir(scratch)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(LinkError::io("start", python))?;
        let broken = |what: &str| LinkError::Server { python: python.to_owned(), message: format!("no {what}") };
        let input = BufWriter::new(child.stdin.take().ok_or_else(|| broken("stdin"))?);
        let output = BufReader::new(child.stdout.take().ok_or_else(|| broken("stdout"))?);
        Ok(Server { python: python.to_owned(), child, input, output })
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`LinkError::Server`] if the server has ended.
    pub fn send(&mut self, message: &ToServer<'_>) -> Result<(), LinkError> {
        let text = serde_json::to_string(message).map_err(|error| self.broken(format!("cannot say: {error}")))?;
        let sent = self.input.write_all(format!("{text}\n").as_bytes()).and_then(|()| self.input.flush());
        sent.map_err(|error| self.broken(format!("cannot send: {error}")))
    }

    /// Waits for a message; `None` if the process has ended.
    ///
    /// # Errors
    /// [`LinkError::Server`] if the server sends what is no message.
    pub fn receive(&mut self) -> Result<Option<FromServer>, LinkError> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line).map_err(|error| self.broken(format!("cannot receive: {error}")))?;
        if read == 0 {
            return Ok(None);
        }
        serde_json::from_str(&line)
            .map(Some)
            .map_err(|error| self.broken(format!("bad message `{line:.200}`: {error}")))
    }

    /// Returns how the process ended, once it has: `exit 1`, `signal: 9 (SIGKILL)`.
    pub fn ended(&mut self) -> String {
        match self.child.wait() {
            Ok(status) => status.code().map_or_else(|| status.to_string(), |code| format!("exit {code}")),
            Err(error) => error.to_string(),
        }
    }

    fn broken(&self, message: String) -> LinkError {
        LinkError::Server { python: self.python.clone(), message }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be waiting for an answer that will not come. Both fail only if it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
