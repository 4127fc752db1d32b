//! `permafreeze fetch` with the real command, a real Nix store (an own, empty one each) and a server that misbehaves.

use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::fetching::{Case, DEMO, Wheel, bytes, demo, hex, index_of, pinned};
use crate::server::{Reply, Server, closed_port};
use permafreeze_nix::StorePath;
use serde_json::{Value, json};

fn good_index(wheels: &[Wheel]) -> Server {
    index_of(wheels, Reply::file)
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn brings_what_is_missing_and_nothing_twice() {
    let wheels =
        [demo(), ("Other_Thing-1.0+local-py3-none-any.whl", bytes(2, 10)), ("a-1!2.0-py3-none-any.whl", bytes(3, 10))];
    let server = good_index(&wheels);
    let case = Case::new(&wheels).index(&server);
    let first = case.fetch(&["--json"]).success();
    assert!(first.stderr.starts_with("fetched 3 files (390.64 KiB) in "), "{}", first.stderr);
    assert!(first.stderr.ends_with(" s; 0 were in the store\n"), "{}", first.stderr);
    let report: Value = serde_json::from_str(&first.stdout).expect("JSON");
    assert_eq!((&report["fetched"], &report["bytes"]), (&json!(3), &json!(400_020)));
    for wheel in &wheels {
        assert!(case.stored(wheel).as_ref() == Some(&wheel.1), "{}", wheel.0);
    }
    assert_eq!(case.cached(), [""; 0], "nothing is left in the cache");

    let count = server.requests().len();
    let second = case.fetch(&[]).success();
    assert_eq!((second.stderr.as_str(), second.stdout.as_str()), ("all 3 files are in the store\n", ""));
    assert_eq!(server.requests().len(), count);
    assert_eq!(case.fetch(&["-q"]).success().stderr, "");
    assert_eq!(case.fetch(&["--offline"]).success().stderr, "all 3 files are in the store\n");
}

/// An index that has the packages of a project need not have what only the toolchain is made of.
#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn of_the_pins_only_what_a_build_of_the_plan_needs() {
    let hooks = ("hooks-1.0-py3-none-any.whl", bytes(4, 10));
    let server = good_index(&[demo(), hooks.clone()]);
    let case = Case::new(&[demo()]).index(&server);
    let wheel = |file: &str, data: &[u8]| {
        let mut wheel = pinned(file, data);
        wheel["file"] = file.into();
        wheel["size"] = data.len().into();
        wheel
    };
    let of_toolchain = ["binaries-3.13-windows-amd64", "pip", "zig-x86_64-linux", "pyinstaller-windows-amd64"];
    let mut pins = json!({"hooks-contrib": wheel(hooks.0, &hooks.1)});
    for (seed, name) in (0..).zip(of_toolchain) {
        let file = format!("{}-1.0-py3-none-any.whl", name.replace(['-', '.'], "_"));
        pins[name] = wheel(&file, &bytes(10 + seed, 10));
    }
    case.pins(&pins);
    assert!(case.fetch(&[]).success().stderr.starts_with("fetched 2 files "));
    assert!(case.stored(&hooks).is_some());
    assert!(case.fetch(&["--all"]).failure(1).contains("is not on `"));
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn what_is_fetched_is_kept_from_the_garbage_collector() {
    let server = good_index(&[demo()]);
    let case = Case::new(&[demo()]).index(&server);
    case.fetch(&[]).success();
    case.nix_store(&["--gc"]).success();
    assert!(case.stored(&demo()).is_some());
    assert_eq!(std::fs::read_to_string(case.path("project/.permafreeze/.gitignore")).expect("is there"), "*\n");
    std::fs::remove_file(case.path("project/.permafreeze/fetched")).expect("is there");
    case.nix_store(&["--gc"]).success();
    assert!(case.stored(&demo()).is_none());
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn killed_in_the_middle_it_goes_on_from_there() {
    let slow = Arc::new(AtomicBool::new(true));
    let server = index_of(&[demo()], {
        let slow = slow.clone();
        move |request, bytes| match slow.load(Ordering::SeqCst) {
            true => Reply::file(request, bytes).pace(20_000, Duration::from_millis(50)),
            false => Reply::file(request, bytes),
        }
    });
    let case = Case::new(&[demo()]).index(&server);
    let mut child = case.fetch_command(&[]).stderr(Stdio::null()).spawn().expect("runs");
    let part = wait_for_part(&case, &mut child);
    child.kill().expect("is running");
    child.wait().expect("ends");
    assert!(case.stored(&demo()).is_none());
    let there = std::fs::metadata(&part).expect("the part stays").len();
    assert!(there > 0 && there < 400_000, "{there}");

    slow.store(false, Ordering::SeqCst);
    case.fetch(&[]).success();
    assert!(case.stored(&demo()) == Some(demo().1));
    let last = server.requests_for(&format!("/files/{DEMO}")).pop().expect("a request");
    assert_eq!(last.header("range"), format!("bytes={there}-"));
}

fn wait_for_part(case: &Case, child: &mut Child) -> String {
    let part = case.path(&format!("home/.cache/permafreeze/fetch-v1/{}.part", hex(&demo().1)));
    let begin = Instant::now();
    while std::fs::metadata(&part).map_or(0, |part| part.len()) < 50_000 {
        assert!(begin.elapsed() < Duration::from_secs(30), "no part of the file comes");
        assert!(child.try_wait().expect("a child").is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(10));
    }
    part
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn two_at_once_share_the_work() {
    let server =
        index_of(&[demo()], |request, bytes| Reply::file(request, bytes).pace(100_000, Duration::from_millis(50)));
    let case = Case::new(&[demo()]).index(&server);
    // Nix itself fails where two make a new store at once.
    case.nix_store(&["--query", "--outputs", "/nonexistent"]);
    let first = case.fetch_command(&[]).stderr(Stdio::piped()).spawn().expect("runs");
    case.fetch(&[]).success();
    let first = first.wait_with_output().expect("ends");
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    assert_eq!(server.requests_for(&format!("/files/{DEMO}")).len(), 1);
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn another_file_than_the_locked_one() {
    let server = index_of(&[demo()], |_, _| Reply::new(200, "something else"));
    let case = Case::new(&[demo()]).index(&server);
    let stderr = case.fetch(&[]).failure(1);
    let (expected, got) = (hex(&demo().1), hex(b"something else"));
    let from = server.url(&format!("/files/{DEMO}"));
    let error = format!("error: wrong sha256 of `{DEMO}` from `{from}`: expected `{expected}`, got `{got}`\nhint: ");
    assert!(stderr.starts_with(&error), "{stderr}");
    assert!(case.stored(&demo()).is_none());
    assert_eq!(case.cached(), [""; 0]);
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_truncated_file() {
    let server = index_of(&[demo()], |request, bytes| match request.range() {
        None => Reply::file(request, bytes).cut(1000),
        Some(_) => Reply::file(request, bytes).cut(0),
    });
    let case = Case::new(&[demo()]).index(&server);
    let stderr = case.fetch(&[]).failure(3);
    assert!(stderr.starts_with(&format!("error: truncated download of `{DEMO}` from `")), "{stderr}");
    assert!(stderr.ends_with("hint: run it again: it goes on where it stopped\n"), "{stderr}");
    assert!(case.stored(&demo()).is_none());
    assert_eq!(case.cached(), [format!("{}.part", hex(&demo().1))]);
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn an_index_that_cannot_be_reached() {
    let index = format!("{}/simple", closed_port());
    let case = Case::new(&[demo()]).set("PIP_INDEX_URL", &index);
    let stderr = case.fetch(&[]).failure(3);
    assert!(stderr.starts_with(&format!("error: cannot reach `{index}/demo/` (tried 2 times)\n")), "{stderr}");
    assert!(stderr.contains("\nhint: the index is the one that pip is configured with"), "{stderr}");
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_file_of_an_index_of_the_lock_is_told_with_that_index() {
    let pips = good_index(&[demo()]);
    let ask = |index: &str| {
        let case = Case::new(&[demo()]).index(&pips);
        let sha256 = hex(&demo().1);
        case.plan(&json!({ DEMO: { "package": "demo", "version": "1.0", "sha256": sha256, "index": index } }));
        case
    };
    let says = |stderr: &str, words: &[&str]| {
        for word in words {
            assert!(stderr.contains(word), "{stderr:?} lacks {word:?}");
        }
        assert!(!stderr.contains("that pip is configured with"), "{stderr}");
        assert!(!stderr.contains(&pips.url("/simple")) && !stderr.contains("secret"), "{stderr}");
    };
    let closed = format!("{}/own", closed_port());
    let hint =
        format!("hint: `poetry.lock` has it on the index `{closed}` (`[[tool.poetry.source]]`): check the network");
    let cause = "caused by: ";
    says(&ask(&closed).fetch(&[]).failure(3), &[&format!("error: cannot reach `{closed}/demo/`"), cause, &hint]);

    let empty = Server::start(|_| Reply::new(404, ""));
    let own = empty.url("/own");
    let words = [format!("error: project `demo` is not on `{own}`\nhint: `poetry.lock` has it on the index `{own}`")];
    let with_login = own.replace("//", "//user:secret@");
    says(&ask(&with_login).fetch(&[]).failure(1), &[&words[0], "run `poetry lock`"]);

    let guarded = Server::start(|_| Reply::new(401, ""));
    let words = ["refuses access with status 401", &guarded.url("/own"), "POETRY_HTTP_BASIC_NAME_USERNAME"];
    says(&ask(&guarded.url("/own")).fetch(&[]).failure(3), &words);
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_file_that_is_on_no_index() {
    let server = good_index(&[("other-1.0-py3-none-any.whl", bytes(1, 1))]);
    let stderr = Case::new(&[demo()]).index(&server).fetch(&[]).failure(1);
    assert!(stderr.starts_with(&format!("error: project `demo` is not on `{}`\n", server.url("/simple"))), "{stderr}");
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn no_plan_and_bad_plans() {
    let case = Case::new(&[]);
    std::fs::remove_file(case.path("project/permafreeze.lock")).expect("is there");
    let stderr = case.fetch(&[]).failure(1);
    assert!(stderr.contains("permafreeze.lock`\n") && stderr.contains("hint: run `permafreeze lock`"), "{stderr}");
    case.write("project/permafreeze.lock", "{");
    assert!(case.fetch(&[]).failure(1).contains("hint: run `permafreeze lock`"));
    case.plan(&json!({ DEMO: { "package": "demo", "version": "1.0", "sha256": "abc" } }));
    let stderr = case.fetch(&[]).failure(1);
    assert!(stderr.starts_with(&format!("error: bad sha256 `abc` of `{DEMO}`: ")), "{stderr}");
    case.plan(&json!({ DEMO: { "package": "demo", "version": "1", "sha256": hex(b""), "url": "nonsense" } }));
    let stderr = case.fetch(&[]).failure(1);
    assert!(stderr.starts_with(&format!("error: bad URL of `{DEMO}`: ")), "{stderr}");
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn offline() {
    let names = ["a-1.whl", "b-1.whl", "c-1.whl", "d-1.whl"];
    let wheels: Vec<Wheel> = names.iter().map(|name| (*name, name.as_bytes().to_vec())).collect();
    let stderr = Case::new(&wheels).fetch(&["--offline"]).failure(3);
    assert!(stderr.starts_with("error: 4 files of the plan are not in the store: `"), "{stderr}");
    assert!(stderr.ends_with("`, …\nhint: run `permafreeze fetch` once with network\n"), "{stderr}");
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn no_nix() {
    let case = Case::new(&[demo()]).set("PATH", "/nowhere");
    let stderr = case.fetch(&[]).failure(3);
    assert!(stderr.starts_with("error: `nix-store` is not on the PATH\nhint: install Nix: "), "{stderr}");
    assert!(stderr.contains("apt-get install nix-bin"), "{stderr}");
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_malformed_pip_configuration() {
    let case = Case::new(&[demo()]);
    case.write("home/pip.conf", "[global]\nindex-url\n");
    let file = case.path("home/pip.conf");
    let case = case.set("PIP_CONFIG_FILE", &file);
    let error =
        format!("error: malformed pip configuration `{file}`, line 2: expected `key = value`, found `index-url`\n");
    assert_eq!(case.fetch(&[]).failure(1), error);
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_file_with_a_url_needs_no_index() {
    let server = good_index(&[demo()]);
    let case = Case::new(&[]);
    let mut file = pinned(DEMO, &demo().1);
    file["url"] = json!(server.url(&format!("/files/{DEMO}")));
    case.plan(&json!({ DEMO: file }));
    case.fetch(&[]).success();
    assert!(case.stored(&demo()).is_some());
    assert_eq!(server.requests().len(), 1);
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn without_a_configuration_pip_says_the_index() {
    let server = good_index(&[demo()]);
    let case = Case::new(&[demo()]);
    let pip = case.path("home/site-packages/pip/_internal/models");
    std::fs::create_dir_all(&pip).expect("made");
    let source = format!("class PackageIndex: ...\n\n\nPyPI = PackageIndex(\"{}\", \"x\")\n", server.url("/"));
    std::fs::write(format!("{pip}/index.py"), source).expect("written");
    // A Python whose pip that is.
    let python = case.path("home/python3");
    case.write("home/python3", &format!("#!/bin/sh\necho '{}'\n", case.path("home/site-packages")));
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).expect("is ours");
    let path = format!("{}:{}", case.path("home"), std::env::var("PATH").expect("a PATH"));
    let case = case.set("PATH", &path);
    case.fetch(&[]).success();
    assert!(case.stored(&demo()).is_some());
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn no_secret_is_printed() {
    let server = index_of(&[demo()], |_, _| Reply::new(403, ""));
    let index = server.url("/simple").replacen("http://", "http://user:hunter2@", 1);
    let case = Case::new(&[demo()]).set("PIP_INDEX_URL", &index);
    let stderr = case.fetch(&["-vv"]).failure(3);
    assert!(server.requests()[0].header("authorization").starts_with("Basic "));
    for secret in ["hunter2", server.requests()[0].header("authorization").trim_start_matches("Basic ")] {
        assert!(!stderr.contains(secret), "{stderr}");
    }
}

/// A table of pyproject.toml names an index, and two variables that begin so have its user and password: they are sent.
#[track_caller]
fn credentials_are_sent(table: &str, variables: &str) {
    let server = index_of(&[demo()], Reply::file);
    let case = Case::new(&[]);
    let mut file = pinned(DEMO, &demo().1);
    file["index"] = json!(server.url("/simple"));
    case.plan(&json!({ DEMO: file }));
    let named = format!("[[{table}]]\nname = \"my-corp\"\nurl = \"{}\"\n", server.url("/simple"));
    case.write("project/pyproject.toml", &named);
    let case = case.set(&format!("{variables}_USERNAME"), "user");
    case.set(&format!("{variables}_PASSWORD"), "secret").fetch(&[]).success();
    assert!(server.requests().iter().all(|request| request.header("authorization") == "Basic dXNlcjpzZWNyZXQ="));
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn credentials_of_a_source_of_poetry() {
    credentials_are_sent("tool.poetry.source", "POETRY_HTTP_BASIC_MY_CORP");
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn credentials_of_an_index_of_uv() {
    credentials_are_sent("tool.uv.index", "UV_INDEX_MY_CORP");
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn store_paths_are_nixs_own() {
    let case = Case::new(&[]);
    for name in [DEMO, "Other_Thing-1.0+local-py3-none-any.whl", "a?b=c.whl", "x"] {
        for bytes in [&b""[..], b"abc"] {
            let hash = hex(bytes);
            let flat = case.nix_store(&["--print-fixed-path", "sha256", &hash, name]).success();
            assert_eq!(StorePath::flat(name, &hash).expect("good").as_str(), flat.stdout.trim());
            let arguments = ["--print-fixed-path", "--recursive", "sha256", &hash, name];
            let recursive = case.nix_store(&arguments).success();
            assert_eq!(StorePath::recursive(name, &hash).expect("good").as_str(), recursive.stdout.trim());
        }
    }
}
