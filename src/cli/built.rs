//! What `permafreeze build` has left in `dist/`: the executable, and beside it a link to the build's other files.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_executable::report::Report;
use permafreeze_plan::artifact::{ARCHIVE_SUFFIX, Artifact};
use permafreeze_plan::expected::FileDigest;
use permafreeze_plan::plan::{FILE_NAME, Plan};
use permafreeze_plan::reader;
use serde::de::DeserializeOwned;

use crate::failure::{Failure, Kind};
use crate::options::GlobalOptions;
use crate::{files, hashes, pinned};

/// The folder of a build's report, bill of materials and provenance, below its output.
pub(crate) const SHARE: &str = "share/permafreeze";
/// The link's report, in [`SHARE`].
const REPORT: &str = "report.json";

/// Returns the path of the report of a build's output: a store path, or the link to it beside an executable.
pub(crate) fn report_file(output: &Utf8Path) -> Utf8PathBuf {
    output.join(SHARE).join(REPORT)
}

/// Reads a report.
///
/// # Errors
/// Kind `Input` if there is none, or it is something else.
pub(crate) fn read_report(path: &Utf8Path) -> Result<Report, Failure> {
    let text = files::read(path)?;
    let malformed = |error| format!("`{path}` is not the report of an executable: {error}");
    serde_json::from_str(&text).map_err(|error| Failure::new(Kind::Input, malformed(error)))
}

/// Returns the report beside an executable if there is one, and it is of this executable.
///
/// # Errors
/// As [`read_report`].
pub(crate) fn report_beside(executable: &Utf8Path) -> Result<Option<Report>, Failure> {
    for path in beside(executable).into_iter().filter(|path| path.is_file()) {
        let report = read_report(&path)?;
        if is_of(&report, executable) {
            return Ok(Some(report));
        }
        tracing::warn!("`{path}` is the report of another executable, it is not used");
    }
    Ok(None)
}

fn beside(executable: &Utf8Path) -> Vec<Utf8PathBuf> {
    let folder = executable.parent().unwrap_or(Utf8Path::new(""));
    let name = executable
        .file_name()
        .map(|name| [".exe", ARCHIVE_SUFFIX].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name));
    let linked = name.map(|name| report_file(&folder.join(format!(".{name}"))));
    linked.into_iter().chain([report_file(&folder.join(".."))]).collect()
}

/// Tells whether a report is that of an executable.
pub(crate) fn is_of(report: &Report, executable: &Utf8Path) -> bool {
    hashes::is(executable, report.executable.size, &report.executable.blake3)
}

/// An executable that was built.
#[derive(Debug)]
pub struct Built {
    /// Its name and target.
    pub artifact: Artifact,
    /// The executable, or the archive of its folder.
    pub path: Utf8PathBuf,
    /// The folder of the report, the bill of materials and the provenance.
    pub share: Utf8PathBuf,
}

impl Built {
    /// Finds what was built of the plan below `dist`.
    ///
    /// # Errors
    /// Kind `Input` if it was not.
    pub fn find(dist: &Utf8Path, plan: &Plan, artifact: Artifact) -> Result<Built, Failure> {
        let path = dist.join(artifact.file_name(plan.form(&artifact)));
        let share = dist.join(format!(".{artifact}")).join(SHARE);
        for file in [&path, &share.join(REPORT)] {
            if !file.is_file() {
                return Err(Failure::new(Kind::Input, format!("`{artifact}` has not been built: no `{file}`"))
                    .hint(format!("run `permafreeze build {artifact}`")));
            }
        }
        Ok(Built { artifact, path, share })
    }

    /// Reads the link's report.
    ///
    /// # Errors
    /// As [`read_report`].
    pub fn report(&self) -> Result<Report, Failure> {
        read_report(&self.share.join(REPORT))
    }

    /// Returns the text of a file beside the report.
    ///
    /// # Errors
    /// Kind `Input` if there is none: another permafreeze has built it.
    pub fn text(&self, name: &str) -> Result<String, Failure> {
        let hint = format!("run `permafreeze build {}` with this permafreeze", self.artifact);
        files::read(&self.share.join(name)).map_err(|failure| failure.hint(hint))
    }

    /// Reads a JSON file beside the report.
    ///
    /// # Errors
    /// As [`Built::text`]; kind `Bug` if it has not the form of a `T`.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<T, Failure> {
        let malformed = |error| format!("`{}` has not the form that was expected: {error}", self.share.join(name));
        serde_json::from_str(&self.text(name)?).map_err(|error| Failure::new(Kind::Bug, malformed(error)))
    }

    /// Checks that the executable is the one of which the files beside it speak; `expected` is its sha256.
    ///
    /// # Errors
    /// Kind `Input` if it is not.
    pub fn check(&self, expected: &str) -> Result<FileDigest, Failure> {
        let found = pinned::hash(&self.path)?;
        if found.sha256 == expected {
            return Ok(found);
        }
        let text = format!(
            "`{}` is not what was built: sha256 `{}`, the build's report says `{expected}`",
            self.path, found.sha256
        );
        Err(Failure::new(Kind::Input, text).hint(format!("run `permafreeze build {}`", self.artifact)))
    }
}

/// Reads the project's plan as it is; returns also its text.
///
/// # Errors
/// Kind `Input` if there is none, or it is malformed.
pub fn read_plan(options: &GlobalOptions) -> Result<(Plan, String), Failure> {
    let file = options.project_file(FILE_NAME);
    let text = files::read(&file).map_err(|failure| {
        failure.hint("run `permafreeze lock`: it makes the plan from pyproject.toml and the lock file")
    })?;
    let plan = reader::read(file.as_str(), &text).map_err(|error| {
        let hint = error.hint();
        Failure::new(Kind::Input, error).hint(hint)
    })?;
    Ok((plan, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_lie_beside_builds_and_in_store_paths() {
        let found = |executable: &str| beside(Utf8Path::new(executable));
        assert_eq!(
            found("dist/app-linux-amd64"),
            ["dist/.app-linux-amd64/share/permafreeze/report.json", "dist/../share/permafreeze/report.json"]
        );
        let windows = "dist/.app-windows-amd64/share/permafreeze/report.json";
        assert_eq!(found("dist/app-windows-amd64.exe")[0], windows);
        assert_eq!(found("dist/app-windows-amd64.tar.zst")[0], windows);
    }
}
