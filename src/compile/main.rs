//! The static `permafreeze-compile` tool: arguments and environment in, an error with its causes out.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program prints; its library does not")]
use std::collections::BTreeMap;
use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_compile::{Error, Form, compile_runtime, compile_source, compile_wheel, install, unpack};
use permafreeze_object::frames::Effort;
use permafreeze_object::native::Strip;
use permafreeze_plan::form::{Compression, Word};

const USAGE: &str = "usage:
  permafreeze-compile wheel --wheel FILE --name WHEEL_FILE_NAME --python PROGRAM [FORM] --out FOLDER
  permafreeze-compile source --job FILE --python PROGRAM [FORM] --out FOLDER
  permafreeze-compile runtime --archive FILE.tar.gz [--stdlib OBJECT] --python PROGRAM [FORM] --out FOLDER
  permafreeze-compile unpack --archive FILE.tar.gz --out FOLDER
  permafreeze-compile install --python PROGRAM --out FOLDER NAME=WHEEL...
  permafreeze-compile missing --name NAME --command TEXT
FORM: [--frames fast|small] [--strip debug|symbols]
What Nix sets in the environment stands in for --out (`out`) and --job (`jobPath`).";

/// Options that may come from the environment: the name that Nix gives them.
const FROM_ENVIRONMENT: [(&str, &str); 2] = [("out", "out"), ("job", "jobPath")];

/// Exit code for wrong usage; 1 is for input that is refused.
const USAGE_ERROR: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match parse(&arguments).and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(what)) => {
            eprintln!("error: {what}\n{USAGE}");
            ExitCode::from(USAGE_ERROR)
        }
        Err(Failure::Missing { name, command }) => {
            eprintln!("error: {name} is not in the Nix store: run `{command}`");
            ExitCode::FAILURE
        }
        Err(Failure::Work(error)) => {
            eprint!("{}", permafreeze_base::report::text(&error, None));
            ExitCode::FAILURE
        }
    }
}

/// Why nothing was done.
enum Failure {
    Usage(String),
    Missing { name: String, command: String },
    Work(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Work(error)
    }
}

/// A subcommand, its `--name value` options and what stands alone.
struct Arguments<'a> {
    command: &'a str,
    options: BTreeMap<&'a str, String>,
    rest: Vec<&'a str>,
}

impl Arguments<'_> {
    fn get(&self, option: &str) -> Result<&str, Failure> {
        let missing = || Failure::Usage(format!("`{}` needs --{option}", self.command));
        self.options.get(option).map(String::as_str).ok_or_else(missing)
    }

    fn form(&self) -> Result<Form, Failure> {
        let strip = self.options.get("strip").map(|name| {
            Strip::of(name).ok_or_else(|| Failure::Usage(format!("expected --strip debug|symbols, found `{name}`")))
        });
        let frames = self.options.get("frames").map(|name| match Compression::of(name) {
            Some(Compression::Fast) => Ok(Effort::Fast),
            Some(Compression::Small) => Ok(Effort::Small),
            None => Err(Failure::Usage(format!("expected --frames fast|small, found `{name}`"))),
        });
        Ok(Form { frames: frames.transpose()?, strip: strip.transpose()? })
    }

    fn path(&self, option: &str) -> Result<&Utf8Path, Failure> {
        self.get(option).map(Utf8Path::new)
    }
}

fn parse(arguments: &[String]) -> Result<Arguments<'_>, Failure> {
    let [command, words @ ..] = arguments else { return Err(Failure::Usage("no subcommand".to_owned())) };
    let mut options = BTreeMap::new();
    for (option, variable) in FROM_ENVIRONMENT {
        if let Ok(value) = std::env::var(variable) {
            options.insert(option, value);
        }
    }
    let mut rest = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix("--") {
            Some(option) => {
                let value = words.next().ok_or_else(|| Failure::Usage(format!("`{word}` needs a value")))?;
                options.insert(option, value.clone());
            }
            None => rest.push(word.as_str()),
        }
    }
    Ok(Arguments { command, options, rest })
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    match arguments.command {
        "wheel" => {
            let (wheel, name) = (arguments.path("wheel")?, arguments.get("name")?);
            compile_wheel(wheel, name, arguments.path("python")?, cores(), arguments.form()?, arguments.path("out")?)?;
        }
        "source" => {
            let (job, python) = (arguments.path("job")?, arguments.path("python")?);
            compile_source(job, python, cores(), arguments.form()?, arguments.path("out")?)?;
        }
        "runtime" => {
            let stdlib = arguments.options.get("stdlib").map(Utf8Path::new);
            let (archive, python) = (arguments.path("archive")?, arguments.path("python")?);
            compile_runtime(archive, stdlib, python, cores(), arguments.form()?, arguments.path("out")?)?;
        }
        "unpack" => unpack(arguments.path("archive")?, arguments.path("out")?)?,
        "install" => {
            install(&wheels(&arguments.rest)?, arguments.path("python")?, cores(), arguments.path("out")?)?;
        }
        "missing" => {
            let (name, command) = (arguments.get("name")?.to_owned(), arguments.get("command")?.to_owned());
            return Err(Failure::Missing { name, command });
        }
        other => return Err(Failure::Usage(format!("no subcommand `{other}`"))),
    }
    Ok(())
}

fn wheels(words: &[&str]) -> Result<Vec<(String, Utf8PathBuf)>, Failure> {
    let pair = |word: &&str| {
        let (name, path) =
            word.split_once('=').ok_or_else(|| Failure::Usage(format!("expected NAME=WHEEL, found `{word}`")))?;
        Ok((name.to_owned(), Utf8PathBuf::from(path)))
    };
    words.iter().map(pair).collect()
}

/// Nix says how many cores a build may use; 0 means all.
fn cores() -> usize {
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    let said = std::env::var("NIX_BUILD_CORES").ok().and_then(|text| text.parse().ok());
    said.filter(|cores| *cores > 0).unwrap_or_else(all)
}
