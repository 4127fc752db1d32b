//! Progress on stderr: a bar on a terminal, a line per step with `-v`, silence with `-q`.
use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::options::GlobalOptions;

/// The progress of one thing that has a known number of steps.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    what: &'static str,
    lines: bool,
}

impl Progress {
    /// Shows that `what` begins, in `steps` steps.
    pub fn new(options: &GlobalOptions, what: &'static str, steps: u64) -> Progress {
        let terminal = std::io::stderr().is_terminal();
        let shown = terminal && !options.quiet && steps > 0;
        let bar = if shown { ProgressBar::new(steps) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {elapsed} {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(what);
        Progress { bar, what, lines: !shown && !options.quiet && (options.verbose > 0 || !terminal) }
    }

    /// Shows that a step begins.
    pub fn step(&self, name: &str) {
        self.bar.inc(1);
        self.bar.set_message(name.to_owned());
        if self.lines {
            eprintln!("{} {name}", self.what);
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
