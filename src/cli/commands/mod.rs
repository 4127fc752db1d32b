//! The subcommands: `XArgs` and `run` each; `prepare` is what those that build share, `unfrozen`
//! what those share that run an application without freezing it.
use clap::Subcommand;

use crate::failure::Outcome;
use crate::options::GlobalOptions;

pub mod add_target;
pub mod build;
pub mod cache;
pub mod completions;
pub mod diff;
pub mod doctor;
pub mod explain;
pub mod fetch;
pub mod init;
pub mod inspect;
pub mod lock;
pub mod man;
pub mod prepare;
pub mod report;
pub mod run;
pub mod sbom;
pub mod shell;
pub mod toolchain;
pub mod tree;
pub mod unfrozen;
pub mod verify;

/// A subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write `[tool.permafreeze]` into pyproject.toml, of a PyInstaller spec if there is one
    Init(init::InitArgs),
    /// Add targets to `[tool.permafreeze]` of pyproject.toml
    AddTarget(add_target::AddTargetArgs),
    /// Make the plan (permafreeze.lock) from pyproject.toml and poetry.lock, uv.lock or pylock.toml
    Lock(lock::LockArgs),
    /// Bring the plan's files into the Nix store
    Fetch(fetch::FetchArgs),
    /// Build the plan's executables
    Build(build::BuildArgs),
    /// Run the application unfrozen: the Python and the packages of the plan, the sources as they are on the disk
    Run(run::RunArgs),
    /// Start a shell that has the application's Python, its packages and its scripts
    Shell(shell::ShellArgs),
    /// Build executables and write their hashes into `permafreeze.expected.json`
    Pin(build::PinArgs),
    /// Show what an executable holds, whose it is and what it needs
    Inspect(inspect::InspectArgs),
    /// Say why a module is in an executable, or what would bring it
    Explain(explain::ExplainArgs),
    /// Show the packages of the plan as a tree: what requires what
    Tree(tree::TreeArgs),
    /// Compare two executables: what differs, by how much, and why
    Diff(diff::DiffArgs),
    /// Write the validation report: what was built, tested and not tested
    Report(report::ReportArgs),
    /// Give the bill of materials (CycloneDX) or the provenance (SLSA) of what was built
    Sbom(sbom::SbomArgs),
    /// Prove executables: built again the same, portable, running, accounted for
    Verify(verify::VerifyArgs),
    /// Make, list or pin what builds are made with
    Toolchain(toolchain::ToolchainArgs),
    /// Show what is kept on this machine
    Cache(cache::CacheArgs),
    /// Free what is kept for this project; executables stay
    Clean(cache::CleanArgs),
    /// Check this machine
    Doctor(doctor::DoctorArgs),
    /// Print the script with which a shell completes this command line
    Completions(completions::CompletionsArgs),
    /// Write man pages of the command and of each subcommand
    Man(man::ManArgs),
}

impl Command {
    /// Runs the subcommand; `grammar` gives the whole command line, for those that describe it.
    ///
    /// # Errors
    /// What the subcommand says.
    pub fn run(&self, options: &GlobalOptions, grammar: fn() -> clap::Command) -> Outcome {
        let found = options.clone();
        // A new project is made where the user is.
        let options = &if matches!(self, Command::Init(_)) { found } else { found.in_project() };
        match self {
            Command::Init(args) => init::run(args, options),
            Command::AddTarget(args) => add_target::run(args, options),
            Command::Lock(args) => lock::run(args, options),
            Command::Fetch(args) => fetch::run(args, options),
            Command::Build(args) => build::run(args, options),
            Command::Run(args) => run::run(args, options),
            Command::Shell(args) => shell::run(args, options),
            Command::Pin(args) => build::pin(args, options),
            Command::Inspect(args) => inspect::run(args, options),
            Command::Explain(args) => explain::run(args, options),
            Command::Tree(args) => tree::run(args, options),
            Command::Diff(args) => diff::run(args, options),
            Command::Report(args) => report::run(args, options),
            Command::Sbom(args) => sbom::run(args, options),
            Command::Verify(args) => verify::run(args, options),
            Command::Toolchain(args) => toolchain::run(args, options),
            Command::Cache(args) => cache::run(args, options),
            Command::Clean(args) => cache::clean(args, options),
            Command::Doctor(args) => doctor::run(args, options),
            Command::Completions(args) => completions::run(args, grammar()),
            Command::Man(args) => man::run(args, grammar(), options),
        }
    }
}
