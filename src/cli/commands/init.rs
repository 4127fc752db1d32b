//! `permafreeze init`: writes `[tool.permafreeze]`, of a PyInstaller spec if there is one.
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use permafreeze_packaging::target::Target;
use permafreeze_resolve::document::TomlFile;
use permafreeze_resolve::entry::USUAL_FILES;
use permafreeze_resolve::pyproject::PyProject;
use permafreeze_resolve::scripts::Scripts;
use permafreeze_spec::finding::{Findings, Kind as FindingKind};
use permafreeze_spec::project::{Files, Kind as FileKind, Project};
use permafreeze_spec::settings::{Executable, Setting};
use permafreeze_spec::{Imported, import, table};

use crate::failure::{Failure, Kind, Outcome};
use crate::options::{GlobalOptions, PYPROJECT};
use crate::{files, place, say, upwards};

mod evaluate;

/// What git leaves out: the executables, and what keeps files from the garbage collector.
const IGNORED: [&str; 2] = ["/.permafreeze/", "/dist/"];

/// Arguments of `permafreeze init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// A PyInstaller spec of the project, whose options are taken over; what no option says is listed with its line. The
    /// spec is evaluated in Nix's sandbox, without network, once for each target
    #[arg(long, value_name = "SPEC")]
    from: Option<Utf8PathBuf>,
    /// The folder of the project that the spec takes its paths from [default: the spec's own, or the project's if its
    /// scripts are there]
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, requires = "from")]
    spec_folder: Option<Utf8PathBuf>,
    /// A variable of the environment that the spec sees; may be given again. It sees no other of this machine. No secret:
    /// everybody can read the Nix store
    #[arg(long = "env", value_name = "NAME=VALUE", requires = "from", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// What executables are made for; may be given again [default: linux-amd64]
    #[arg(long = "target", value_name = "TARGET", value_parser = crate::options::target())]
    targets: Vec<Target>,
    /// Print the table and write nothing
    #[arg(long)]
    print: bool,
    /// Replace the table that is there
    #[arg(long)]
    force: bool,
    /// Write a flake.nix, too, that takes permafreeze from this flake: for `nix build` and `nix flake check`; permafreeze
    /// itself needs none
    #[arg(long, value_name = "URL")]
    flake: Option<String>,
}

fn variable(given: &str) -> Result<(String, String), String> {
    let pair = given.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| "expected NAME=VALUE".to_owned())
}

/// The project's files on the disk.
struct Disk<'a> {
    options: &'a GlobalOptions,
}

impl Files for Disk<'_> {
    fn kind(&self, path: &str) -> Option<FileKind> {
        let metadata = fs::metadata(self.options.project_file(path)).ok()?;
        Some(if metadata.is_dir() { FileKind::Folder } else { FileKind::File })
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.options.project_file(path)).ok()
    }
}

/// Runs `permafreeze init`.
///
/// # Errors
/// Kind `Input` if there is no pyproject.toml, it has the table, or the spec cannot be evaluated; what Nix says.
pub fn run(args: &InitArgs, options: &GlobalOptions) -> Outcome {
    let file = options.project_file(PYPROJECT);
    let before = files::read(&file)?;
    let targets = if args.targets.is_empty() { vec![Target::LinuxAmd64] } else { args.targets.clone() };
    // What is in the way is said before anything is evaluated.
    let added = |text: &str| table::add(&before, text, args.force).map_err(|error| refused(&file, &error));
    if !args.print {
        added("[tool.permafreeze]\n")?;
    }
    let imported = match &args.from {
        Some(spec) => from_spec(spec, args, &targets, options)?,
        None => {
            Imported { executables: vec![plain((&file, &before), &targets, options)?], findings: Findings::default() }
        }
    };
    let text = table::text(&imported.executables, &targets);
    if args.print {
        say::verbatim(&text)?;
    } else {
        files::write(&file, &added(&text)?)?;
        ignore(options)?;
        flake(args.flake.as_deref(), options)?;
    }
    if !options.quiet {
        if let Some(spec) = &args.from {
            say_findings(spec, &imported.findings, &targets);
        }
        if !args.print {
            say::note(&format!("{file}: wrote `[tool.permafreeze]`; `permafreeze build` makes the executable"));
        }
    }
    Ok(())
}

fn refused(file: &Utf8Path, error: &table::Error) -> Failure {
    let failure = Failure::new(Kind::Input, format!("`{file}`: {error}"));
    match error {
        table::Error::There => failure.hint("`--force` replaces it, `--print` prints what would be written"),
        table::Error::Closed => failure.hint("`--print` prints the table: add it by hand"),
        table::Error::Malformed(_) => failure,
    }
}

fn from_spec(
    spec: &Utf8Path,
    args: &InitArgs,
    targets: &[Target],
    options: &GlobalOptions,
) -> Result<Imported, Failure> {
    let folder = place::absolute(&options.project)?;
    let none = |path: &Utf8Path, error| Failure::new(Kind::Input, format!("there is no `{path}`: {error}"));
    let below = |path: &Utf8Path| -> Result<Utf8PathBuf, Failure> {
        let found = path.canonicalize_utf8().map_err(|error| none(path, error))?;
        found.strip_prefix(&folder).map(Utf8Path::to_owned).map_err(|_| {
            let text =
                format!("`{path}` lies outside of the project's folder `{folder}`, and a spec sees nothing else");
            Failure::new(Kind::Input, text).hint("name the project's folder with `--project DIR`, or move the spec")
        })
    };
    let job = evaluate::Job {
        project: &folder,
        spec: below(spec)?,
        folder: args.spec_folder.as_deref().map(below).transpose()?,
        environment: args.variables.iter().cloned().collect(),
        targets,
    };
    let recorded = evaluate::evaluate(&job, options)?;
    let disk = Disk { options };
    import(&recorded, &Project::new(&disk, job.spec.as_str()), targets).map_err(|error| {
        let hint = error.hint();
        Failure::new(Kind::Input, error).maybe_hint(hint)
    })
}

/// Returns the options of a project without a spec: what is run, where no script says it; executables for Linux are
/// unpacked once.
fn plain((file, text): (&Utf8Path, &str), targets: &[Target], options: &GlobalOptions) -> Result<Executable, Failure> {
    let parsed = TomlFile::parse(file.to_string(), text.to_owned());
    let pyproject: PyProject = parsed.and_then(|file| file.convert()).map_err(|error| {
        let hint = error.hint();
        Failure::new(Kind::Input, error).maybe_hint(hint)
    })?;
    let mut executable = Executable::default();
    if targets.iter().any(|target| target.is_linux()) {
        executable.set("unpack", Setting::Text("cache".to_owned()));
    }
    if pyproject.is_package() || Scripts::of(&pyproject).all().next().is_some() {
        return Ok(executable);
    }
    let mut found = USUAL_FILES.iter().filter(|path| options.project_file(path).is_file());
    if let (Some(path), None) = (found.next(), found.next()) {
        executable.set("entry", Setting::Text((*path).to_owned()));
    }
    Ok(executable)
}

/// Adds to .gitignore what is not in it.
fn ignore(options: &GlobalOptions) -> Outcome {
    let file = options.project_file(".gitignore");
    let before = fs::read_to_string(&file).unwrap_or_default();
    let has = |line: &&str| before.lines().any(|known| known.trim().trim_matches('/') == line.trim_matches('/'));
    let missing: String = IGNORED.iter().filter(|line| !has(line)).map(|line| format!("{line}\n")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    files::write(&file, &format!("{before}{end}{missing}"))
}

/// Writes a flake.nix, if one is wanted and there is none that has the project.
fn flake(url: Option<&str>, options: &GlobalOptions) -> Outcome {
    let Some(url) = url else { return Ok(()) };
    if let Some(there) = upwards::find(&place::absolute(&options.project)?, place::FLAKE) {
        if !options.quiet {
            say::warning(&format!("`{there}` is there: no {} is written", place::FLAKE));
        }
        return Ok(());
    }
    let url = url.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${");
    let text = format!(
        "{{\n  inputs.permafreeze.url = \"{url}\";\n  outputs = {{ permafreeze, ... }}: permafreeze.lib.mkFlake {{ root = ./.; }};\n}}\n"
    );
    files::write(&options.project_file(place::FLAKE), &text)
}

/// Says what no option says, and what is said otherwise, in the order of the spec.
fn say_findings(spec: &Utf8Path, findings: &Findings, targets: &[Target]) {
    for (finding, seen) in findings.listed(targets) {
        let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
        let names = seen.iter().map(|target| target.name()).collect::<Vec<_>>().join(", ");
        let only = if names.is_empty() { String::new() } else { format!(" ({names})") };
        let text = format!("{spec}{line}: {}{only}: {}", finding.what, finding.why);
        match finding.kind {
            FindingKind::Lost => say::warning(&text),
            FindingKind::Note => say::note(&text),
        }
    }
}
