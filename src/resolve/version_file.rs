//! The files that build backends write with the version in them, which no checkout has: those of setuptools-scm and
//! hatch-vcs (`vcs_versioning/_dump_version.py`), hatchling (`hatchling/builders/hooks/version.py`), pdm-backend
//! (`pdm/backend/hooks/version`) and versioningit (`versioningit/basics.py`).
use std::collections::BTreeMap;
use std::str::FromStr;

use permafreeze_base::path::join;
use permafreeze_packaging::Version;
use permafreeze_plan::plan::SourceContent;
use permafreeze_plan::version_text::{parts, says_version};
use toml_edit::{Item, TableLike};

use crate::contents::placed;
use crate::document::TomlFile;
use crate::error::Error;
use crate::tree::{Tree, inside};

/// What setuptools-scm writes into a module: these names, and no commit.
const SCM_MODULE: &str = "\
__all__ = [\"__version__\", \"__version_tuple__\", \"version\", \"version_tuple\", \"__commit_id__\", \"commit_id\"]

__version__ = version = {version!r}
__version_tuple__ = version_tuple = {version_tuple!r}
__commit_id__ = commit_id = None
";
/// What hatchling writes.
const HATCHLING: &str = "__version__ = VERSION = {version!r}\n";
/// What versioningit writes into a module.
const VERSIONINGIT: &str = "__version__ = \"{version}\"";
/// What is written into a text.
const TEXT: &str = "{version}";
/// What pdm-backend writes.
const PDM: &str = "{}\n";

/// One of a backend's ways to have a file written.
struct Writer {
    /// The table that asks for it.
    table: &'static [&'static str],
    /// The key of the file's path.
    path: &'static str,
    /// The key of its template (`str.format` of Python).
    template: &'static str,
    /// The templates where none is said: of a `.py` file, of a `.txt` file, of another; `None`: the backend refuses it.
    defaults: [Option<&'static str>; 3],
    /// What ends the text.
    end: &'static str,
    /// What the path is relative to.
    base: Base,
    /// The fields that templates may have.
    fields: &'static [&'static str],
}

/// What a path of a version file is relative to.
enum Base {
    /// The folder of pyproject.toml.
    Project,
    /// `root` of the table, a folder relative to that of pyproject.toml.
    Root,
    /// Site-packages.
    Packages,
}

/// The fields of setuptools-scm that no repository decides.
const SCM_FIELDS: &[&str] = &["version", "version_tuple"];
const SCM_DEFAULTS: [Option<&str>; 3] = [Some(SCM_MODULE), Some(TEXT), None];

impl Writer {
    const fn scm(table: &'static [&'static str], [path, template]: [&'static str; 2], base: Base) -> Writer {
        Writer { table, path, template, defaults: SCM_DEFAULTS, end: "", base, fields: SCM_FIELDS }
    }

    const fn hatchling(table: &'static [&'static str]) -> Writer {
        let (base, fields) = (Base::Project, &["version"] as &[&str]);
        Writer { table, path: "path", template: "template", defaults: [Some(HATCHLING); 3], end: "", base, fields }
    }
}

const SCM_FILE: [&str; 2] = ["version_file", "version_file_template"];
const SCM_WRITE: [&str; 2] = ["write_to", "write_to_template"];
const HATCH_VCS: [&str; 2] = ["version-file", "template"];

/// Every writer that is known.
const WRITERS: [Writer; 8] = [
    Writer::scm(&["tool", "hatch", "build", "hooks", "vcs"], HATCH_VCS, Base::Project),
    Writer::scm(&["tool", "hatch", "build", "targets", "wheel", "hooks", "vcs"], HATCH_VCS, Base::Project),
    Writer::scm(&["tool", "setuptools_scm"], SCM_FILE, Base::Project),
    Writer::scm(&["tool", "setuptools_scm"], SCM_WRITE, Base::Root),
    Writer::hatchling(&["tool", "hatch", "build", "hooks", "version"]),
    Writer::hatchling(&["tool", "hatch", "build", "targets", "wheel", "hooks", "version"]),
    Writer {
        table: &["tool", "pdm", "version"],
        path: "write_to",
        template: "write_template",
        defaults: [Some(PDM); 3],
        end: "",
        base: Base::Packages,
        fields: &["", "0"],
    },
    Writer {
        table: &["tool", "versioningit", "write"],
        path: "file",
        template: "template",
        defaults: [Some(VERSIONINGIT), Some(TEXT), Some(TEXT)],
        end: "\n",
        base: Base::Project,
        fields: &["version"],
    },
];

/// Returns the version files of the project in `folder`, whose distribution has `contents` and `version`: the texts, by
/// path below site-packages. A file that is not part of the distribution is left out.
///
/// # Errors
/// If the version is none; if a template has a field that a repository decides, or code, and the project has no such file.
pub fn version_files(
    tree: &dyn Tree,
    folder: &str,
    file: &TomlFile,
    contents: &[SourceContent],
    version: &str,
) -> Result<BTreeMap<String, String>, Error> {
    let version = Version::from_str(version).map_err(|error| file.wrong("version", version, error.to_string()))?;
    let project = Project { tree, folder, file, contents, version };
    let found = WRITERS.iter().filter_map(|writer| project.written(writer).transpose());
    found.collect()
}

struct Project<'a> {
    tree: &'a dyn Tree,
    folder: &'a str,
    file: &'a TomlFile,
    contents: &'a [SourceContent],
    version: Version,
}

impl Project<'_> {
    fn written(&self, writer: &Writer) -> Result<Option<(String, String)>, Error> {
        let Some(table) = self.file.get(writer.table).and_then(Item::as_table_like) else { return Ok(None) };
        let text = |key: &str| table.get(key).and_then(Item::as_str).filter(|text| !text.is_empty());
        // With a pattern, hatchling changes a file that is there.
        let is_changed = table.get("pattern").is_some_and(|pattern| pattern.as_bool() != Some(false));
        let Some((from, to)) =
            text(writer.path).filter(|_| !is_changed).and_then(|path| self.place(writer, table, path))
        else {
            return Ok(None);
        };
        let Some(template) = text(writer.template).or_else(|| writer.default_of(&to)) else { return Ok(None) };
        let text = filled(template, writer.fields, &self.version).map(|text| text + writer.end);
        match text.filter(|text| says_version(&to, text, &self.version)) {
            Some(text) => Ok(Some((to, text))),
            None if self.tree.kind(&join(self.folder, &from)).is_some() => Ok(None),
            None => Err(self.refused(writer, template, &from)),
        }
    }

    fn refused(&self, writer: &Writer, template: &str, path: &str) -> Error {
        let key = [writer.table.join("."), writer.template.to_owned()].join(".");
        let fields: Vec<String> = writer.fields.iter().map(|field| format!("`{{{field}}}`")).collect();
        let problem = format!(
            "the file that it makes is part of the executable: expected one that assigns {} and nothing else, or `{path}` \
             in the project",
            fields.join(" and ")
        );
        self.file.wrong(key, template, problem)
    }

    /// Returns the path of a file in the project, and below site-packages.
    fn place(&self, writer: &Writer, table: &dyn TableLike, path: &str) -> Option<(String, String)> {
        let root = match writer.base {
            Base::Packages => return inside(path).map(|to| (to.clone(), to)),
            Base::Root => table.get("root").and_then(Item::as_str).unwrap_or("."),
            Base::Project => ".",
        };
        let from = inside(&join(root, path)).filter(|_| !path.starts_with('/'))?;
        let to = placed(self.contents, &from)?;
        Some((from, to))
    }
}

impl Writer {
    fn default_of(&self, path: &str) -> Option<&'static str> {
        let suffix = [".py", ".txt"].iter().position(|suffix| path.ends_with(suffix));
        self.defaults[suffix.unwrap_or(2)]
    }
}

/// Fills a template in, as `str.format` of Python does; `None` if it has a field that is not one of `fields`, or is none.
fn filled(template: &str, fields: &[&str], version: &Version) -> Option<String> {
    let (mut text, mut rest) = (String::new(), template);
    while let Some(at) = rest.find(['{', '}']) {
        let (plain, from) = rest.split_at(at);
        text.push_str(plain);
        if let Some(after) = from.strip_prefix("{{") {
            text.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            text.push('}');
            rest = after;
        } else {
            let (field, after) = from.strip_prefix('{')?.split_once('}')?;
            text.push_str(&value(field, fields, version)?);
            rest = after;
        }
    }
    Some(text + rest)
}

/// Returns the text of a field, `name`, `name!s` or `name!r`.
fn value(field: &str, fields: &[&str], version: &Version) -> Option<String> {
    let (name, conversion) = field.split_once('!').map_or((field, "s"), |(name, conversion)| (name, conversion));
    if !fields.contains(&name) || !["s", "r"].contains(&conversion) {
        return None;
    }
    Some(match (name, conversion) {
        ("version_tuple", _) => tuple(version),
        (_, "r") => format!("'{version}'"),
        _ => version.to_string(),
    })
}

/// Returns a version as the tuple that setuptools-scm makes of it, in Python.
fn tuple(version: &Version) -> String {
    match &parts(version)[..] {
        [one] => format!("({one},)"),
        all => format!("({})", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::from_str(text).expect("a version")
    }

    #[test]
    fn a_template_is_filled_in_as_python_does() {
        let of = |template: &str| filled(template, &["version", "version_tuple", ""], &version("1.2"));
        for (template, expected) in [
            ("v = \"{version}\"", Some("v = \"1.2\"")),
            ("{version!r} {version!s} {}", Some("'1.2' 1.2 1.2")),
            ("{version_tuple}, {version_tuple!r}", Some("(1, 2), (1, 2)")),
            ("{{version}} {{{version}}}", Some("{version} {1.2}")),
            ("no field", Some("no field")),
            ("", Some("")),
            ("{scm_version.node}", None),
            ("{version:>9}", None),
            ("{version!a}", None),
            ("{version", None),
            ("version}", None),
            ("{", None),
        ] {
            assert_eq!(of(template).as_deref(), expected, "{template}");
        }
    }
}
