//! `permafreeze diff`: which entries, modules, functions or bytes of two executables differ, and why.
use camino::Utf8PathBuf;
use clap::Args;
use permafreeze_inspect::diff::{self, Named};

use crate::commands::inspect;
use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::say;

/// Arguments of `permafreeze diff`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes, as of diff(1): 0 the same, 1 they differ, 2 a file cannot be read")]
pub struct DiffArgs {
    /// An executable of PyInstaller 6, a file or a folder
    #[arg(value_name = "A")]
    a: Utf8PathBuf,
    /// The one to compare with
    #[arg(value_name = "B")]
    b: Utf8PathBuf,
    /// How many differing entries are shown; 0 for all
    #[arg(long, value_name = "N", default_value_t = 40)]
    limit: usize,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `permafreeze diff`.
///
/// # Errors
/// Kind `Input` if they differ, kind `Usage` if one cannot be read.
pub fn run(args: &DiffArgs, options: &GlobalOptions) -> Outcome {
    let open = |path| inspect::open(path).map_err(|failure| Failure { kind: Kind::Usage, ..failure });
    let (a, b) = (open(&args.a)?, open(&args.b)?);
    let named = |path: &'_ Utf8PathBuf| path.as_str().to_owned();
    let (name_a, name_b) = (named(&args.a), named(&args.b));
    let difference = diff::diff(Named { name: &name_a, executable: &a }, Named { name: &name_b, executable: &b });
    if args.json {
        say::json(&difference)?;
    } else if !options.quiet {
        let limit = if args.limit == 0 { usize::MAX } else { args.limit };
        say::text(&diff::text::render(&difference, limit))?;
    }
    match difference.equal {
        true => Ok(()),
        false => Err(Failure::new(Kind::Input, format!("`{}` and `{}` differ", args.a, args.b))),
    }
}
