//! The one place that runs Nix's programs.
use std::io::{BufRead, BufReader};

use serde::de::DeserializeOwned;

use crate::builds::Step;
use crate::call::{Call, Finished, Log};
use crate::cause;
use crate::error::Error;

impl Call {
    /// Runs it; `on_step` hears how far it is. A call that ends badly is no error of this function.
    ///
    /// # Errors
    /// [`Error::Missing`] or [`Error::NotStarted`].
    pub(crate) fn finish(&self, on_step: &mut dyn FnMut(Step<'_>)) -> Result<Finished, Error> {
        let arguments = self.arguments.iter().map(String::as_str).chain(["--log-format", "internal-json"]);
        let mut command = duct::cmd(self.program.name(), arguments).stdin_null();
        for (name, value) in &self.environment {
            command = command.env(name, value);
        }
        // The log is read line by line, the output at the end.
        let not_started = |error| cause::of_start(self.program, error);
        let command = command.stdout_stderr_swap().stderr_capture().unchecked();
        let (reader, _running) = permafreeze_process::reader(&command).map_err(not_started)?;
        let (mut log, mut line) = (Log::default(), Vec::new());
        let mut lines = BufReader::new(&reader);
        while lines.read_until(b'\n', &mut line).map_err(not_started)? > 0 {
            log.hear(&line, on_step);
            line.clear();
        }
        let output =
            reader.try_wait().map_err(not_started)?.ok_or_else(|| not_started(std::io::ErrorKind::Other.into()))?;
        let stdout = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Ok(Finished { status: output.status, stdout, log })
    }

    /// Runs it and returns its output, trimmed.
    ///
    /// # Errors
    /// The cause, if it does not start or ends badly.
    pub(crate) fn output(&self) -> Result<String, Error> {
        self.output_watched(&mut |_| {})
    }

    /// Runs it and reads its output as JSON.
    ///
    /// # Errors
    /// As [`Call::output`]; [`Error::Evaluation`] if the output is something else.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let printed = self.output()?;
        serde_json::from_str(&printed).map_err(|error| Error::Evaluation {
            said: format!("Nix printed `{printed}`: not what was expected: {error}"),
        })
    }

    /// The same as [`Call::output`]; `on_step` hears how far it is.
    ///
    /// # Errors
    /// The cause, if it does not start or ends badly.
    pub(crate) fn output_watched(&self, on_step: &mut dyn FnMut(Step<'_>)) -> Result<String, Error> {
        let finished = self.finish(on_step)?;
        if finished.status.success() { Ok(finished.stdout) } else { Err(cause::of_call(self, &finished)) }
    }
}
