//! Progress on stderr: a bar on a terminal, a line per step with `-v`, silence with `-q`.
use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use permafreeze_terminal::shown;

use crate::options::GlobalOptions;
use crate::say;

/// The progress of one thing.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    what: &'static str,
    /// A bar is shown as soon as there is something to do.
    on_terminal: bool,
    lines: bool,
}

impl Progress {
    /// Prepares to show `what`.
    pub fn new(options: &GlobalOptions, what: &'static str) -> Progress {
        let terminal = std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {elapsed} {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(what);
        let lines = !options.quiet && (options.verbose > 0 || !terminal);
        Progress { bar, what, on_terminal: terminal && !options.quiet && !lines, lines }
    }

    /// Shows that there are so many steps, as far as that is known by now.
    pub fn expect(&self, steps: u64) {
        self.bar.set_length(steps);
        if self.on_terminal && steps > 0 && self.bar.is_hidden() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Shows that a step begins.
    pub fn step(&self, name: &str) {
        self.bar.inc(1);
        self.bar.set_message(shown(name));
        if self.lines {
            say::note(&format!("{} {name}", self.what));
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
