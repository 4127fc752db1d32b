//! What a poetry.lock may not say: names that are paths, control characters, files of the machine, credentials.
use crate::support::{MODULE, PROJECT, package, plan};
use permafreeze_resolve::Error;

const WHEEL: &str = "a-1-py3-none-any.whl";

fn refused(packages: &str) -> String {
    let error = plan(PROJECT, packages, &[MODULE]).expect_err("is refused");
    assert!(matches!(error, Error::Malformed { .. }), "{error}");
    error.to_string()
}

fn source(kind: &str, url: &str) -> String {
    let source = format!("[package.source]\ntype = \"{kind}\"\nurl = \"{url}\"\nreference = \"x\"\n");
    package("a", "1", "main", &[WHEEL], &source)
}

#[test]
fn a_file_name_that_is_a_path() {
    for (written, shown) in [
        ("../../etc/x-1-py3-none-any.whl", "../../etc/x-1-py3-none-any.whl"),
        ("/etc/x-1-py3-none-any.whl", "/etc/x-1-py3-none-any.whl"),
        (r"a\\b-1-py3-none-any.whl", r"a\b-1-py3-none-any.whl"),
        ("", ""),
        (".", "."),
        ("..", ".."),
        ("x/../a-1.tar.gz", "x/../a-1.tar.gz"),
    ] {
        let error = refused(&package("a", "1", "main", &[WHEEL, written], ""));
        assert!(error.starts_with("`poetry.lock`: line 9, column "), "{error}");
        assert!(error.contains(&format!(": `{shown}` is not one part of a path")), "{error}");
    }
}

#[test]
fn a_name_or_version_that_is_a_path() {
    assert!(refused(&package("../a", "1", "main", &[WHEEL], "")).contains("line 4, column 8: `../a` is not one part"));
    assert!(
        refused(&package("a", "1/../../x", "main", &[WHEEL], "")).contains("line 5, column 11: `1/../../x` is not")
    );
}

#[test]
fn control_characters() {
    for (name, version, file) in
        [("a\\u001b[2J", "1", WHEEL), ("a", "1\\nhint: x", WHEEL), ("a", "1", "a-1\\u009b-py3-none-any.whl")]
    {
        let error = refused(&package(name, version, "main", &[file], ""));
        assert!(error.contains("control character `\\"), "{error}");
        assert!(!error.chars().any(|c| c.is_control() && c != '\n'), "{error:?}");
    }
    assert!(refused(&source("url", "https://h/\\u0007a.whl")).contains("control character"));
}

#[test]
fn a_url_is_one_of_a_server() {
    for url in ["file:///etc/shadow", "/etc/shadow", "ftp://h/a.whl"] {
        let error = refused(&source("url", url));
        assert!(error.contains("must begin with `https://` or `http://`"), "{error}");
    }
}

#[test]
fn credentials_get_into_no_plan() {
    let made = plan(PROJECT, &source("legacy", "https://me:secret@h/simple"), &[MODULE]).expect("a plan");
    assert_eq!(made.files[WHEEL].index.as_deref(), Some("https://h/simple"));
    let made = plan(PROJECT, &source("url", "https://me:secret@h/a-1-py3-none-any.whl?token=secret"), &[MODULE]);
    assert_eq!(made.expect("a plan").files[WHEEL].url.as_deref(), Some("https://h/a-1-py3-none-any.whl"));
}

#[test]
fn credentials_get_into_no_error() {
    for kind in ["git", "hg"] {
        let error = plan(PROJECT, &source(kind, "https://me:secret@h/r.git"), &[MODULE]).expect_err("is refused");
        assert!(error.to_string().contains("`https://h/r.git`") && !error.to_string().contains("secret"), "{error}");
    }
    let error = refused(&source("url", "https://me:secret@h/\\u0007"));
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn a_wheel_of_the_project_has_no_credentials_either() {
    let with = |url: &str| {
        let wheel = format!("wheels = [{{ url = \"{url}\", sha256 = \"{}\" }}]\n", "0".repeat(64));
        plan(
            &format!("{PROJECT}[tool.permafreeze]\n{wheel}"),
            &package("a", "1", "main", &["a-1.tar.gz"], ""),
            &[MODULE],
        )
    };
    let made = with("https://me:secret@h/a-1-py3-none-any.whl?x=secret").expect("a plan");
    assert_eq!(made.files[WHEEL].url.as_deref(), Some("https://h/a-1-py3-none-any.whl"));
    let error = with("ftp://me:secret@h/a-1-py3-none-any.whl").expect_err("is refused").to_string();
    assert!(error.contains("must begin with") && !error.contains("secret"), "{error}");
}
