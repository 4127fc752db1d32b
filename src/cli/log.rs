//! What the packages trace (`tracing`) → lines on stderr, as the command's own: `warning: …`, with `-v` `info: …`.
use std::fmt::{self, Debug, Write as _};
use std::io::stderr;

use anstream::{AutoStream, ColorChoice};
use permafreeze_terminal::message;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::options::GlobalOptions;

/// How a line looks.
struct Lines;

/// Begins to show what is traced, as much as the options want.
pub fn begin(options: &GlobalOptions) {
    let level = match (options.quiet, options.verbose) {
        (true, _) => LevelFilter::ERROR,
        (_, 0) => LevelFilter::WARN,
        (_, 1) => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    tracing_subscriber::fmt()
        .with_ansi(AutoStream::choice(&stderr()) != ColorChoice::Never)
        // A closed stderr is nobody who listens, and no reason to panic.
        .log_internal_errors(false)
        .event_format(Lines)
        .with_max_level(level)
        .with_writer(stderr)
        .init();
}

impl<S: Subscriber + for<'a> LookupSpan<'a>, N: for<'a> FormatFields<'a> + 'static> FormatEvent<S, N> for Lines {
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let (word, colour) = match *event.metadata().level() {
            Level::ERROR => ("error", 31),
            Level::WARN => ("warning", 33),
            Level::INFO => ("info", 32),
            Level::DEBUG | Level::TRACE => ("debug", 34),
        };
        let mut text = Text(String::new());
        event.record(&mut text);
        match writer.has_ansi_escapes() {
            true => writeln!(writer, "\u{1b}[{colour}m{word}\u{1b}[0m: {}", message(&text.0)),
            false => writeln!(writer, "{word}: {}", message(&text.0)),
        }
    }
}

/// The text of an event, and its fields.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
