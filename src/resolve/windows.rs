//! `[tool.permafreeze.windows]`: what an executable shows of itself on Windows.
use std::collections::BTreeMap;
use std::str::FromStr;

use permafreeze_packaging::Version;
use permafreeze_plan::windows::{self, Windows};
use serde::Deserialize;

use crate::document::TomlFile;
use crate::error::Error;

/// Every option, with `_` for `-`.
pub const OPTIONS: &[&str] = &["icon", "manifest", "version", "uac_admin", "console"];
/// Every option of `version`, with `_` for `-`.
pub const VERSION_OPTIONS: [&str; 12] = [
    "comments",
    "company_name",
    "file_description",
    "file_version",
    "internal_name",
    "legal_copyright",
    "legal_trademarks",
    "original_filename",
    "private_build",
    "product_name",
    "product_version",
    "special_build",
];
/// The longest text of a version, in UTF-16 units: the whole resource has 64 KiB at most.
const LONGEST_TEXT: usize = 1024;

/// The options as they are written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct WindowsSettings {
    /// An `.ico` file of the project.
    pub icon: Option<String>,
    /// A manifest of the project.
    pub manifest: Option<String>,
    /// The texts of the version.
    pub version: Option<BTreeMap<String, String>>,
    /// Whether Windows asks for an administrator's rights.
    pub uac_admin: Option<bool>,
    /// Whether it has a console.
    pub console: Option<bool>,
}

/// What of the project a version says that has no other words for it.
#[derive(Debug, Clone, Copy)]
pub struct Project<'p> {
    /// The executable's name.
    pub executable: &'p str,
    /// The project's name.
    pub name: &'p str,
    /// The project's version.
    pub version: Option<&'p str>,
}

impl WindowsSettings {
    /// Puts options together: those of `later` win.
    pub fn merged(self, later: WindowsSettings) -> WindowsSettings {
        WindowsSettings {
            icon: later.icon.or(self.icon),
            manifest: later.manifest.or(self.manifest),
            version: match (self.version, later.version) {
                (Some(version), Some(later)) => Some(version.into_iter().chain(later).collect()),
                (version, later) => later.or(version),
            },
            uac_admin: later.uac_admin.or(self.uac_admin),
            console: later.console.or(self.console),
        }
    }

    /// Returns the options as the plan has them, without their files; `None` if nothing is said. `key` is the table's.
    ///
    /// # Errors
    /// If options contradict each other, or the version is none.
    pub fn planned(&self, file: &TomlFile, key: &str, project: Project<'_>) -> Result<Option<Windows>, Error> {
        let uac_admin = self.uac_admin.unwrap_or_default();
        if let (true, Some(manifest)) = (uac_admin, &self.manifest) {
            let problem =
                "`uac-admin` changes permafreeze's own manifest: write `level=\"requireAdministrator\"` into this one";
            return Err(file.wrong(format!("{key}.manifest"), manifest, problem));
        }
        if let Some(icon) = self.icon.as_ref().filter(|icon| !icon.to_ascii_lowercase().ends_with(".ico")) {
            return Err(file.wrong(format!("{key}.icon"), icon, "expected an `.ico` file"));
        }
        let version = self.version.as_ref().map(|given| version(file, &format!("{key}.version"), given, project));
        let plan = Windows {
            version: version.transpose()?,
            uac_admin,
            console: self.console.unwrap_or(true),
            ..Windows::default()
        };
        let says_files = self.icon.is_some() || self.manifest.is_some();
        Ok((says_files || plan != Windows::default()).then_some(plan))
    }
}

/// Returns the version: the texts that are given, and what Windows asks for besides.
fn version(
    file: &TomlFile,
    key: &str,
    given: &BTreeMap<String, String>,
    project: Project<'_>,
) -> Result<windows::Version, Error> {
    for (name, text) in given {
        if text.encode_utf16().count() > LONGEST_TEXT || text.contains('\0') {
            let problem = format!("expected at most {LONGEST_TEXT} characters, and no NUL");
            return Err(file.wrong(format!("{key}.{name}"), text, problem));
        }
    }
    let (said, text) = match (given.get("file-version"), project.version) {
        (Some(text), _) => (format!("{key}.file-version"), text.as_str()),
        (None, Some(text)) => ("project.version".to_owned(), text),
        (None, None) => {
            let problem = "the project has no version: say `file-version`";
            return Err(file.wrong(key, "version", problem));
        }
    };
    let number = number(text).ok_or_else(|| {
        file.wrong(said, text, "expected a version of at most four numbers up to 65535, as `1.2.3.4`")
    })?;
    let executable = project.executable;
    let original = format!("{executable}.exe");
    let defaults = [
        ("file-description", executable),
        ("file-version", text),
        ("internal-name", executable),
        ("original-filename", original.as_str()),
        ("product-name", project.name),
        ("product-version", text),
    ];
    let given = given.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let texts: BTreeMap<&str, &str> = defaults.into_iter().chain(given).collect();
    let texts = texts.into_iter().map(|(name, text)| (windows_name(name), text.to_owned())).collect();
    Ok(windows::Version { number, texts })
}

/// Returns the four numbers of a version (PEP 440): those of its release, filled up with zeros.
fn number(version: &str) -> Option<[u16; 4]> {
    let version = Version::from_str(version).ok()?;
    let release = version.release();
    let mut number = [0; 4];
    for (index, part) in release.iter().enumerate() {
        *number.get_mut(index)? = u16::try_from(*part).ok()?;
    }
    Some(number)
}

/// Returns Windows' name of a text: `CompanyName` for `company-name`.
fn windows_name(option: &str) -> String {
    let words = option.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_versions() {
        assert_eq!(number("1.2"), Some([1, 2, 0, 0]));
        assert_eq!(number("1.2.3.4"), Some([1, 2, 3, 4]));
        assert_eq!(number("2.0rc1"), Some([2, 0, 0, 0]));
        for bad in ["1.2.3.4.5", "65536", "one", ""] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_of_texts() {
        let names: Vec<String> = VERSION_OPTIONS.iter().map(|name| windows_name(&name.replace('_', "-"))).collect();
        assert_eq!(names[..4], ["Comments", "CompanyName", "FileDescription", "FileVersion"]);
    }

    #[test]
    fn a_later_table_wins() {
        let texts = |texts: &[(&str, &str)]| {
            Some(texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
        };
        let first = WindowsSettings {
            icon: Some("a.ico".to_owned()),
            console: Some(false),
            version: texts(&[("comments", "a"), ("company-name", "b")]),
            ..WindowsSettings::default()
        };
        let later = WindowsSettings { console: Some(true), version: texts(&[("comments", "c")]), ..Default::default() };
        let merged = first.merged(later);
        assert_eq!((merged.icon.as_deref(), merged.console), (Some("a.ico"), Some(true)));
        assert_eq!(merged.version, texts(&[("comments", "c"), ("company-name", "b")]));
    }
}
