//! What a build has put into the store: its executable and what was built beside it, by their bytes. Nothing is taken from
//! the report: a binary cache may have brought both.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::{FileError, sha256};
use permafreeze_executable::report::{self, Report};
use permafreeze_nix::{Nix, Substitute};
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::expected::{FileDigest, Pin};
use permafreeze_plan::form::Form;
use permafreeze_sbom::PROVENANCE;

use crate::built::{SHARE, read_report, report_file};
use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::{files, hashes, pinned};

/// Paths of which binary caches are asked, at most.
const PATHS_ASKED: usize = 5;

/// The output of an executable's derivation.
#[derive(Debug)]
pub struct Output {
    /// Its name and target.
    pub artifact: Artifact,
    /// Its form.
    pub form: Form,
    /// The derivation.
    pub derivation: Utf8PathBuf,
    /// The output's path.
    pub store_path: Utf8PathBuf,
    /// The hashes of the executable.
    pub executable: FileDigest,
    /// What was built beside it: sha256, lower-case hex, by file name; by `NAME@HOST` what names the tools of the host.
    pub evidence: BTreeMap<String, String>,
    /// The link's report, as it is.
    pub report: Report,
}

impl Output {
    /// Reads and hashes an output; where the executable has the blake3 of its `pin`, it has its sha256, too.
    ///
    /// # Errors
    /// Kind `Input` or `Outside` if a file of it cannot be read, or is no report.
    pub fn read(
        (artifact, form): (Artifact, Form),
        (derivation, store_path): (Utf8PathBuf, Utf8PathBuf),
        pin: Option<&Pin>,
    ) -> Result<Output, Failure> {
        let path = store_path.join(artifact.output(form));
        let executable = match pin.map(|pin| &pin.executable) {
            Some(pinned) if hashes::is(&path, pinned.size, &pinned.blake3) => pinned.clone(),
            _ => pinned::hash(&path)?,
        };
        let evidence = evidence(&store_path.join(SHARE))?;
        let report = read_report(&report_file(&store_path))?;
        Ok(Output { artifact, form, derivation, store_path, executable, evidence, report })
    }

    /// Where the executable, or the archive of its folder, lies in the store.
    pub fn path(&self) -> Utf8PathBuf {
        self.store_path.join(self.artifact.output(self.form))
    }

    /// Returns the pin of this output; `digest` is the plan's of what decides it. What the `former` pin has of other hosts
    /// stays if all else is the same.
    pub fn pin(&self, digest: String, former: Option<&Pin>) -> Pin {
        let common = |(key, _): &(&String, &String)| !key.contains('@');
        let is_same = |former: &&Pin| {
            let theirs = former.evidence.iter().filter(common);
            former.executable == self.executable && theirs.eq(self.evidence.iter().filter(common))
        };
        let mut evidence = former.filter(is_same).map(|former| former.evidence.clone()).unwrap_or_default();
        evidence.extend(self.evidence.clone());
        Pin { digest, executable: self.executable.clone(), evidence }
    }

    /// Compares the output with its own report and with its pin; `place` is where the executable is delivered.
    ///
    /// # Errors
    /// Kind `Differs`; the error names what a binary cache has brought.
    pub fn check(&self, pin: Option<&Pin>, place: &Utf8Path, nix: &Nix, options: &GlobalOptions) -> Outcome {
        let differs = match pin {
            Some(pin) if pin.executable != self.executable => {
                pinned::differs(&self.artifact, (place, &self.path()), &pin.executable, &self.executable)
            }
            _ if !self.is_reported() => self.misreported(),
            // The provenance of a build without a sandbox says so.
            Some(pin) if !options.allow_unsandboxed => match self.other_evidence(pin) {
                Some(failure) => failure,
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        let copied = copied(self, nix, options);
        let lines: String = copied.iter().map(|line| format!("\n  {line}")).collect();
        Err(Failure::new(differs.kind, format!("{}{lines}", differs.error)).maybe_hint(differs.hint))
    }

    fn is_reported(&self) -> bool {
        let report::Executable { size, sha256, blake3 } = &self.report.executable;
        (*size, sha256, blake3) == (self.executable.size, &self.executable.sha256, &self.executable.blake3)
    }

    fn misreported(&self) -> Failure {
        let Output { store_path, executable, report, .. } = self;
        let (path, file) = (self.path(), report_file(store_path));
        let text = format!(
            "`{path}` has sha256 `{}`, its report says `{}`: `{file}`",
            executable.sha256, report.executable.sha256
        );
        Failure::new(Kind::Differs, text).hint(rebuild(&self.derivation))
    }

    /// Returns the failure that a file beside the executable is not the pinned one.
    fn other_evidence(&self, pin: &Pin) -> Option<Failure> {
        // Of another host other evidence is pinned.
        let concerns = |key: &str| key.split_once('@').is_none_or(|(_, host)| host == files::build_system());
        let differs = |(key, pinned): &(&String, &String)| concerns(key) && self.evidence.get(*key) != Some(*pinned);
        let (key, pinned) = pin.evidence.iter().find(differs)?;
        let path = self.store_path.join(SHARE).join(key.split('@').next().unwrap_or(key));
        let found = self.evidence.get(key).map_or("there is none", String::as_str);
        let text = format!("`{path}` is not the pinned one: sha256 `{found}`, pinned `{pinned}`");
        let updated = format!(
            "if permafreeze was updated since it was pinned, `permafreeze pin {}` pins it again; {}",
            self.artifact,
            rebuild(&self.derivation)
        );
        Some(Failure::new(Kind::Differs, text).hint(updated))
    }
}

fn rebuild(derivation: &Utf8Path) -> String {
    format!("`nix-store --realise --check {derivation}` builds it here and compares")
}

/// Hashes the files of a folder.
fn evidence(folder: &Utf8Path) -> Result<BTreeMap<String, String>, Failure> {
    let entries = folder.read_dir_utf8().map_err(FileError::of("read", folder))?;
    let mut hashes = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(FileError::of("read", folder))?.into_path();
        let bytes = std::fs::read(&path).map_err(FileError::of("read", &path))?;
        let name = path.file_name().unwrap_or_default();
        // The provenance names the tools, which each host has of its own.
        let key = if name == PROVENANCE { format!("{name}@{}", files::build_system()) } else { name.to_owned() };
        hashes.insert(key, sha256::of(&bytes));
    }
    Ok(hashes)
}

/// Says what of a build was not built here, and which binary cache has it; nothing if all was built here.
fn copied(output: &Output, nix: &Nix, options: &GlobalOptions) -> Vec<String> {
    let Ok(closure) = nix.store.closure(&output.derivation) else { return Vec::new() };
    let outputs = closure.iter().filter_map(|(_, derivation)| derivation.out());
    let there = outputs.filter(|path| Utf8Path::new(path).exists());
    let copied = nix.store.copied(there).unwrap_or_default();
    let caches = if options.offline { Vec::new() } else { nix.caches() };
    let mut lines: Vec<String> = Vec::new();
    for path in copied.iter().take(PATHS_ASKED) {
        let ours = nix.store.hash(&path.path).ok().map(Substitute::Hash);
        let has = |cache: &&str| ours.is_some() && nix.store.substitute(cache, &path.path).ok() == ours;
        let cache = caches.iter().find(|cache| has(cache)).map_or("another store", |cache| *cache);
        let keys = if path.keys.is_empty() { "nobody".to_owned() } else { path.keys.join(", ") };
        lines.push(format!("not built here: `{}` comes from {cache}, signed by {keys}", path.path));
    }
    if copied.len() > PATHS_ASKED {
        lines.push(format!("not built here: {} more paths", copied.len() - PATHS_ASKED));
    }
    lines
}
