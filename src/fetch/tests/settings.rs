//! Which files and variables of pip's configuration count, and which of them wins.
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::environment::Environment;
use crate::error::Error;
use crate::settings::Settings;

/// A home with configuration files.
pub(super) struct Home {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Home {
    pub(super) fn new() -> Home {
        let home = Home { folder: tempfile::tempdir().expect("a folder"), variables: Vec::new() };
        let at = home.path("");
        home.set("HOME", &at)
    }

    pub(super) fn path(&self, below: &str) -> String {
        self.folder.path().join(below).to_str().expect("UTF-8").to_owned()
    }

    /// Writes a file.
    pub(super) fn file(self, below: &str, text: &str) -> Home {
        let path = self.path(below);
        std::fs::create_dir_all(Path::new(&path).parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
        self
    }

    /// Sets a variable; `~` in it is the home.
    pub(super) fn set(mut self, name: &str, value: &str) -> Home {
        let value = value.replace('~', &self.path(""));
        self.variables.push((name.to_owned(), value));
        self
    }

    pub(super) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    pub(super) fn environment(&self) -> Environment {
        Environment::new(self.variables.iter().cloned())
    }

    /// Loads the settings on a machine whose `/etc` is in the home.
    fn load(&self) -> Result<Settings, Error> {
        Settings::load(&self.environment().with_etc(self.path("etc")))
    }

    fn indexes(&self) -> Vec<String> {
        let settings = self.load().unwrap_or_else(|error| panic!("{error}"));
        settings.indexes().iter().map(|url| url.as_str().trim_end_matches('/').to_owned()).collect()
    }
}

fn global(index: &str) -> String {
    format!("[global]\nindex-url = https://{index}/\n")
}

#[test]
fn a_later_file_wins() {
    let home = Home::new().file("etc/xdg/pip/pip.conf", &global("xdg"));
    assert_eq!(home.indexes(), ["https://xdg"]);
    let home = home.file("etc/pip.conf", &global("etc"));
    assert_eq!(home.indexes(), ["https://etc"]);
    let home = home.file(".pip/pip.conf", &global("legacy"));
    assert_eq!(home.indexes(), ["https://legacy"]);
    let home = home.file(".config/pip/pip.conf", &global("user"));
    assert_eq!(home.indexes(), ["https://user"]);
    let home = home.file("venv/pip.conf", &global("site")).set("VIRTUAL_ENV", "~/venv");
    assert_eq!(home.indexes(), ["https://site"]);
    let home = home.file("named.conf", &global("named")).set("PIP_CONFIG_FILE", "~/named.conf");
    assert_eq!(home.indexes(), ["https://named"]);
    let home = home.set("PIP_INDEX_URL", "https://variable/");
    assert_eq!(home.indexes(), ["https://variable"]);
}

#[test]
fn a_named_file_replaces_the_users() {
    let home = Home::new().file(".config/pip/pip.conf", "[global]\nextra-index-url = https://user/\n");
    let home = home.file("named.conf", &global("named")).set("PIP_CONFIG_FILE", "~/named.conf");
    assert_eq!(home.indexes(), ["https://named"]);
    let missing = Home::new().file(".config/pip/pip.conf", &global("user")).set("PIP_CONFIG_FILE", "~/none.conf");
    assert_eq!(missing.indexes(), ["https://user"]);
    let none = Home::new().file(".config/pip/pip.conf", &global("user")).set("PIP_CONFIG_FILE", "/dev/null");
    assert!(none.indexes().is_empty());
}

#[test]
fn the_users_folder_may_be_elsewhere() {
    let home = Home::new().file(".config/pip/pip.conf", &global("usual")).file("x/pip/pip.conf", &global("moved"));
    assert_eq!(home.set("XDG_CONFIG_HOME", "~/x").indexes(), ["https://moved"]);
}

#[test]
fn a_stronger_section_wins_also_from_a_weaker_file() {
    let home = Home::new().file("etc/xdg/pip/pip.conf", "[download]\nindex-url = https://download/\n").file(
        ".config/pip/pip.conf",
        "[install]\nindex-url = https://install/\n[global]\nindex-url = https://global/\n",
    );
    assert_eq!(home.indexes(), ["https://download"]);
    let other = Home::new().file(".config/pip/pip.conf", "[list]\nindex-url = https://list/\n");
    assert!(other.indexes().is_empty());
}

#[test]
fn spellings_and_empty_values() {
    let home =
        Home::new().file(".config/pip/pip.conf", "[global]\nINDEX_URL: https://a/\n--extra-index-url=https://b/\n");
    assert_eq!(home.indexes(), ["https://a", "https://b"]);
    assert_eq!(home.set("PIP_INDEX_URL", "").indexes(), ["https://a", "https://b"]);
}

#[test]
fn lists() {
    let home = Home::new().file(
        ".config/pip/pip.conf",
        "[global]\nindex-url = https://a/\nextra-index-url =\n    https://b/\n    https://c/\nfind-links = /w ~/x\n\
         trusted-host = h h:8443\n",
    );
    assert_eq!(home.indexes(), ["https://a", "https://b", "https://c"]);
    let settings = home.load().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(settings.find_links, ["/w", &home.path("x")]);
    assert_eq!(settings.trusted_hosts, ["h", "h:8443"]);
    let replaced = home.set("PIP_EXTRA_INDEX_URL", "https://d/ https://e/");
    assert_eq!(replaced.indexes(), ["https://a", "https://d", "https://e"]);
}

#[test]
fn numbers_flags_and_files() {
    let home = Home::new().file(".config/pip/pip.conf", "[global]\nretries = 2\nno-index = on\ncert = ~/ca.pem\n");
    let settings = home.set("PIP_DEFAULT_TIMEOUT", "2.5").load().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((settings.retries, settings.timeout), (2, Duration::from_millis(2500)));
    assert_eq!(settings.connect_timeout, Duration::from_millis(2500));
    assert!(settings.no_index && settings.indexes().is_empty());
    assert!(settings.ca_bundle.is_some_and(|file| file.is_absolute() && file.ends_with("ca.pem")));
    let defaults = Home::new().load().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((defaults.retries, defaults.timeout), (5, Duration::from_secs(15)));
}

#[test]
fn certificates_of_the_environment() {
    let bundle = |home: Home| home.load().unwrap_or_else(|error| panic!("{error}")).ca_bundle.map(|f| f.into_string());
    let home = || Home::new().set("SSL_CERT_FILE", "/ssl").set("CURL_CA_BUNDLE", "/curl");
    assert_eq!(bundle(home()).as_deref(), Some("/curl"));
    assert_eq!(bundle(home().set("REQUESTS_CA_BUNDLE", "/requests")).as_deref(), Some("/requests"));
    assert_eq!(bundle(home().set("REQUESTS_CA_BUNDLE", "/requests").set("PIP_CERT", "/pip")).as_deref(), Some("/pip"));
}

#[test]
fn bad_values_name_their_place() {
    let refused = |home: &Home| home.load().err().expect("is refused").to_string().replace(&home.path(""), "~/");
    let conf = |text: &str| Home::new().file(".config/pip/pip.conf", text);
    assert_eq!(
        refused(&conf("[global]\nretries = many\n")),
        "bad value of `retries` from ~/.config/pip/pip.conf: expected a number of tries from 0"
    );
    assert_eq!(
        refused(&Home::new().set("PIP_TIMEOUT", "-1")),
        "bad value of `timeout` from PIP_TIMEOUT: expected a number of seconds above 0"
    );
    assert_eq!(
        refused(&Home::new().set("PIP_NO_INDEX", "perhaps")),
        "bad value of `no-index` from PIP_NO_INDEX: expected yes or no"
    );
    assert_eq!(
        refused(&Home::new().set("PIP_INDEX_URL", "example")),
        "bad value of `index-url` from PIP_INDEX_URL: expected a URL of scheme `https`, `http` or `file`"
    );
    assert_eq!(
        refused(&conf("index-url = https://a/\n")),
        "malformed pip configuration `~/.config/pip/pip.conf`, line 1: expected a section like `[global]` before \
         `index-url`"
    );
}
