//! The same configuration, read by pip itself: the settings must be equal. Needs a `python3` with pip.
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use url::Url;

use super::settings::Home;
use crate::default_index::DefaultIndex;
use crate::settings::Settings;

/// Prints what pip would use in each environment that it reads. A virtual environment is played by its prefix.
const ASK: &str = "
import json, os, sys
from pip._internal.commands import create_command
for line in sys.stdin:
    os.environ.clear()
    os.environ.update(json.loads(line))
    sys.prefix = os.environ.get('VIRTUAL_ENV', '/none')
    options, _ = create_command(sys.argv[1]).parser.parse_args(['x'])
    indexes = [] if options.no_index else [options.index_url] + options.extra_index_urls
    print(json.dumps(dict(indexes=indexes, find_links=options.find_links, trusted=options.trusted_hosts,
        timeout=float(options.timeout), retries=options.retries, cert=options.cert)))
";

fn ask_pip(homes: &[Home], command: &str) -> Vec<Value> {
    let mut python = Command::new("python3");
    python.args(["-c", ASK, command]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().expect("tests of fetch need `python3`");
    let mut stdin = python.stdin.take().expect("a pipe");
    for home in homes {
        let variables: BTreeMap<_, _> = home.variables().iter().cloned().collect();
        writeln!(stdin, "{}", json!(variables)).expect("tests of fetch need a `python3` with pip");
    }
    drop(stdin);
    let output = python.wait_with_output().expect("runs");
    assert!(output.status.success(), "tests of fetch need a `python3` with pip");
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(pips_answer).collect()
}

fn pips_answer(line: &str) -> Value {
    let mut answer: Value = serde_json::from_str(line).expect("JSON");
    for index in answer["indexes"].as_array_mut().expect("a list") {
        // pip keeps the text, we keep the URL: `https://a` is `https://a/`.
        *index = Url::parse(index.as_str().expect("text")).expect("a URL").as_str().into();
    }
    answer
}

fn our_answer(home: &Home) -> Value {
    let mut settings = Settings::load(&home.environment()).unwrap_or_else(|error| panic!("{error}"));
    if settings.index.is_none() {
        settings.index = Some(DefaultIndex::default().find().unwrap_or_else(|error| panic!("{error}")));
    }
    let indexes: Vec<_> = settings.indexes().iter().map(Url::to_string).collect();
    json!({
        "indexes": indexes, "find_links": settings.find_links, "trusted": settings.trusted_hosts,
        "timeout": settings.timeout.as_secs_f64(), "retries": settings.retries, "cert": settings.ca_bundle,
    })
}

fn same(command: &str, homes: &[Home]) {
    let pips = ask_pip(homes, command);
    assert_eq!(pips.len(), homes.len());
    for (home, pips) in homes.iter().zip(pips) {
        assert_eq!(our_answer(home), pips, "with {:?}", home.variables());
    }
}

const USER: &str = ".config/pip/pip.conf";

#[test]
#[ignore = "needs a `python3` with pip: `make test STEP=integration`"]
fn pips_own_default() {
    same(
        "download",
        &[
            Home::new(),
            Home::new().set("PIP_EXTRA_INDEX_URL", "https://extra.example/simple"),
            Home::new().set("PIP_INDEX_URL", ""),
        ],
    );
}

#[test]
#[ignore = "needs a `python3` with pip: `make test STEP=integration`"]
fn files() {
    let all = || {
        Home::new()
            .file("xdg/pip/pip.conf", "[global]\nindex-url = https://xdg/\nretries = 1\ntimeout = 11\n")
            .set("XDG_CONFIG_DIRS", "~/none:~/xdg")
            .file(
                ".pip/pip.conf",
                "[global]\nindex-url = https://legacy/\nretries = 2\nextra-index-url = https://l2/\n",
            )
            .file(USER, "[global]\nindex-url = https://user/\n")
            .file("venv/pip.conf", "[global]\ntimeout = 44\n[download]\nretries = 4\n")
            .file("named.conf", "[global]\nindex-url = https://named/\nretries = 5\n")
    };
    same(
        "download",
        &[
            all(),
            all().set("VIRTUAL_ENV", "~/venv"),
            all().set("PIP_CONFIG_FILE", "~/named.conf"),
            all().set("PIP_CONFIG_FILE", "~/none.conf"),
            all().set("PIP_CONFIG_FILE", "/dev/null"),
            all().set("XDG_CONFIG_HOME", "~/nowhere"),
            all().set("VIRTUAL_ENV", "~/venv").set("PIP_CONFIG_FILE", "~/named.conf").set("PIP_RETRIES", "9"),
        ],
    );
}

#[test]
#[ignore = "needs a `python3` with pip: `make test STEP=integration`"]
fn sections() {
    same(
        "download",
        &[
            Home::new().file(USER, "[global]\nindex-url = https://g/\n[download]\nindex-url = https://d/\n"),
            Home::new().file(USER, "[global]\nindex-url = https://g/\n[download]\nindex-url =\n"),
            Home::new().file(USER, "[list]\nindex-url = https://l/\n[DEFAULT]\nretries = 7\n[global]\ntimeout = 3\n"),
        ],
    );
    same("install", &[Home::new().file(USER, "[global]\nindex-url = https://g/\n[install]\nindex-url = https://i/\n")]);
}

#[test]
#[ignore = "needs a `python3` with pip: `make test STEP=integration`"]
fn syntax() {
    let texts = [
        "# c\n; c\n[global]\nindex-url=https://a/\nextra-index-url:\n  https://b/\n\n  # c\n  https://c/\nretries : 3\n",
        "[global]\nINDEX_URL = https://a/\nExtra-Index_Url = https://b/ https://c/\n",
        "[global]\n--index-url = https://a/\n",
        "[global]\n  index-url = https://a/\n  timeout = 6\n",
        "[global]\nindex-url = https://a/simple?x=1&y=2 \n",
        "[global]\npypi-url = https://old/\n",
        "[global]\ndefault-timeout = 8\n",
        "[global]\r\nindex-url = https://a/\r\nretries = 3\r\n",
    ];
    same("download", &texts.map(|text| Home::new().file(USER, text)));
}

#[test]
#[ignore = "needs a `python3` with pip: `make test STEP=integration`"]
fn variables_and_other_options() {
    let text = "[global]\nextra-index-url = https://a/\nfind-links = /w\ntrusted-host = h i\n";
    let home = || Home::new().file(USER, text);
    same(
        "download",
        &[
            home(),
            home().set("PIP_EXTRA_INDEX_URL", "https://b/\nhttps://c/"),
            home().set("PIP_FIND_LINKS", "/x https://pages.example/wheels").set("PIP_TRUSTED_HOST", "j:8443"),
            home().set("PIP_NO_INDEX", "true"),
            home().set("PIP_NO_INDEX", "0"),
            home().set("PIP_TIMEOUT", "60"),
            home().set("PIP_DEFAULT_TIMEOUT", "61").set("PIP_RETRIES", "0"),
            home().set("PIP_CERT", "/etc/own.pem"),
        ],
    );
}
