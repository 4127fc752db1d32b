//! Shows the steps of a toolchain build on stderr: on a terminal a line with the time for each that runs, else a line
//! for each that is done.
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use permafreeze_toolchain::builder::Event;

use crate::say;

const TICK: Duration = Duration::from_millis(120);

/// The steps that run and those that are done.
pub(super) struct Steps {
    bars: MultiProgress,
    state: Mutex<State>,
    terminal: bool,
    quiet: bool,
}

#[derive(Default)]
struct State {
    running: BTreeMap<String, ProgressBar>,
    planned: usize,
    done: usize,
}

impl Steps {
    /// Shows nothing yet; `quiet`: nothing ever.
    pub(super) fn new(quiet: bool) -> Steps {
        let terminal = std::io::stderr().is_terminal();
        Steps { bars: MultiProgress::new(), state: Mutex::default(), terminal, quiet }
    }

    /// Shows an event.
    pub(super) fn show(&self, event: Event) {
        if self.quiet {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Planned(count) => (state.planned, state.done) = (count, 0),
            Event::Started(name) if self.terminal => drop(state.running.insert(name.clone(), self.bar(&name))),
            Event::Started(_) => {}
            Event::Finished(name, time) => {
                if let Some(bar) = state.running.remove(&name) {
                    bar.finish_and_clear();
                }
                state.done += 1;
                let line = finished(&name, time, state.done, state.planned);
                if self.terminal { drop(self.bars.println(line)) } else { say::note(&line) }
            }
        }
    }

    /// Takes away what is still shown.
    pub(super) fn finish(&self) {
        drop(self.bars.clear());
    }

    fn bar(&self, name: &str) -> ProgressBar {
        let bar = self.bars.add(ProgressBar::new_spinner());
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_message(name.to_owned());
        bar.enable_steady_tick(TICK);
        bar
    }
}

fn finished(name: &str, time: Duration, done: usize, planned: usize) -> String {
    let count = if done <= planned { format!(" [{done}/{planned}]") } else { String::new() };
    format!("toolchain: {name} {:.1} s{count}", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_the_planned_steps_only() {
        let time = Duration::from_millis(73_450);
        assert_eq!(finished("linux-amd64.openssl", time, 2, 12), "toolchain: linux-amd64.openssl 73.5 s [2/12]");
        assert_eq!(finished("permafreeze-link", time, 1, 0), "toolchain: permafreeze-link 73.5 s");
    }
}
