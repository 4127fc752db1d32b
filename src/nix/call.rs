//! A call of a program of Nix, and what it gave.
use std::process::ExitStatus;

use crate::builds::{Builds, Step};
use crate::events::{Event, Message};
use crate::listing::Listing;

/// Arguments of a command that are shown in an error, at most.
const ARGUMENTS_SHOWN: usize = 4;

/// A program of Nix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Nix,
    NixStore,
    NixInstantiate,
}

impl Program {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Program::Nix => "nix",
            Program::NixStore => "nix-store",
            Program::NixInstantiate => "nix-instantiate",
        }
    }
}

/// A call of a program of Nix.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The program.
    pub(crate) program: Program,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// What of the environment is set for it.
    pub(crate) environment: Vec<(&'static str, String)>,
}

/// What a call gave.
#[derive(Debug)]
pub(crate) struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Its output; what is not UTF-8 in it is `�`.
    pub stdout: String,
    /// What its log told.
    pub log: Log,
}

/// What the log of a call told.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// The builds of it.
    pub builds: Builds,
    /// The errors.
    pub errors: Vec<Message>,
    /// Lines that are no events.
    pub plain: Vec<String>,
    /// What would be built, if that was asked.
    pub listing: Listing,
}

impl Log {
    /// Takes a line; `on_step` hears how far the call is.
    pub(crate) fn hear(&mut self, line: &[u8], on_step: &mut dyn FnMut(Step<'_>)) {
        let event = Event::read(line.trim_ascii_end());
        if let Some(step) = self.builds.hear(&event) {
            on_step(step);
        }
        self.listing.hear(&event);
        match event {
            Event::Message(message) if message.is_error => self.errors.push(message),
            Event::Text(text) => self.plain.push(text),
            _ => {}
        }
    }
}

impl Log {
    /// Returns all that was said: errors, what builders wrote, and what is no event.
    pub(crate) fn everything(&self) -> String {
        let errors = self.errors.iter().map(|error| error.shown.as_str());
        let lines = errors.chain(self.builds.lines()).chain(self.plain.iter().map(String::as_str));
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl Call {
    /// Prepares a call.
    pub(crate) fn new<'a>(program: Program, arguments: impl IntoIterator<Item = &'a str>) -> Call {
        Call { program, arguments: arguments.into_iter().map(str::to_owned).collect(), environment: Vec::new() }
    }

    /// Adds arguments.
    pub(crate) fn with<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Call {
        self.arguments.extend(arguments.into_iter().map(str::to_owned));
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn env(mut self, name: &'static str, value: &str) -> Call {
        self.environment.push((name, value.to_owned()));
        self
    }

    /// Whether it evaluates a user's Nix code.
    pub(crate) fn evaluates(&self) -> bool {
        self.program == Program::Nix && self.arguments.first().is_some_and(|argument| argument == "eval")
    }

    /// Returns the command for an error: the program and its first arguments, without paths.
    pub(crate) fn shown(&self) -> String {
        let first = self.arguments.iter().take_while(|argument| !argument.contains('/')).take(ARGUMENTS_SHOWN);
        std::iter::once(self.program.name()).chain(first.map(String::as_str)).collect::<Vec<_>>().join(" ")
    }
}
