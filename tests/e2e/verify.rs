//! `permafreeze verify` on executables that are really built: four planted faults, each reported by its part alone, and
//! what the plan accepts. Runs after `make build-binary`, which brings the toolchain into the store.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::{Outcome, Project, Wheel};
use serde_json::Value;

const OUTPUT: &str = "hello-linux-amd64";
const HELLO: &str = "import greeting\n\nprint(greeting.text())\n";
const PARTS: [&str; 4] = ["reproduce", "audit", "smoke", "origin"];

fn text_wheel() -> Wheel {
    // Its data comes with a package whose code mentions `__file__`: not with this one.
    let init = "import os\n\nwith open(os.path.join(os.path.dirname(__spec__.origin), 'words.txt')) as file:\n    \
                words = file.read()\n\n\ndef text():\n    return words\n";
    Wheel::new("greeting", "1.0", &[("greeting/__init__.py", init), ("greeting/words.txt", "planted")])
}

/// A project whose stdlib modules that cannot be imported here are accepted: from then on all passes.
fn accepted(files: crate::project::Files, wheels: &[Wheel], options: &str) -> Project {
    let project = Project::with_options(files, wheels, options);
    project.permafreeze(&["build"]).success();
    project.permafreeze(&["verify", "smoke", "--accept"]).success();
    project
}

/// Runs `verify`; returns what it did, and its JSON.
fn verify(project: &Project, words: &[&str]) -> (Outcome, Value) {
    let outcome = project.permafreeze(&[&["verify", "--json"], words].concat());
    let json: Value = serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|error| panic!("{error}: stdout:\n{}\nstderr:\n{}", outcome.stdout, outcome.stderr));
    let verification = json[0].clone();
    (outcome, verification)
}

/// Fails the test unless `failing` failed and every other part passed.
#[track_caller]
fn only(verification: &Value, failing: &[&str]) {
    for part in PARTS {
        let expected = if failing.contains(&part) { "failed" } else { "passed" };
        let result = &verification["parts"][part];
        assert_eq!(result["verdict"], expected, "{part}: {result:#}");
    }
}

#[track_caller]
fn finds(verification: &Value, part: &str, words: &[&str]) {
    let failures = verification["parts"][part]["failures"].as_array().expect("failures");
    let found = failures.iter().any(|failure| {
        let text = failure.to_string();
        words.iter().all(|word| text.contains(word))
    });
    assert!(found, "{part}: {words:?} is not among {failures:#?}");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_wheel_that_needs_a_file_that_is_not_collected_fails_smoke_alone() {
    let options = "collect-data = [\"greeting\"]\n";
    let project = accepted(&[("main.py", HELLO)], &[text_wheel()], options);
    project.permafreeze(&["pin"]).success();
    let (outcome, verification) = verify(&project, &[]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    only(&verification, &[]);
    let glibc = verification["parts"]["audit"]["facts"]["glibc"].as_str().expect("the glibc floor");
    assert!(glibc.starts_with("2."), "{glibc}");

    let pyproject = fs::read_to_string(project.path().join("pyproject.toml")).expect("a project");
    project.write("pyproject.toml", &pyproject.replace(options, ""));
    project.permafreeze(&["build"]).success();
    let (outcome, verification) = verify(&project, &[]);
    outcome.failure(12, &["`hello-linux-amd64` does not run"]);
    only(&verification, &["smoke"]);
    finds(&verification, "smoke", &["\"greeting\"", "FileNotFoundError", "…/greeting/words.txt"]);
    assert_eq!(verification["parts"]["smoke"]["failures"].as_array().map(Vec::len), Some(1), "{verification:#}");
    let saved = fs::read_to_string(project.path().join("dist/.hello-linux-amd64.verify.json")).expect("the result");
    assert_eq!(serde_json::from_str::<Value>(&saved).expect("JSON"), verification);
}

/// Stands in for compile.nix: objects of source trees are built by [`RANDOM_BUILDER`], which runs their real builder.
const RANDOM_COMPILE: &str = r#"
arguments@{ toolchain, ... }:
let
  deterministic = import ./deterministic.nix arguments;
  random =
    object:
    derivation (
      object.drvAttrs
      // {
        builder = toolchain.hostPython;
        PYTHONHOME = dirOf (dirOf toolchain.hostPython);
        args = [ "-s" "-S" "${./random.py}" object.drvAttrs.builder ] ++ object.drvAttrs.args;
      }
    );
in
deterministic // { source = given: random (deterministic.source given); }
"#;

/// A builder that puts random bytes into the source before it is compiled.
const RANDOM_BUILDER: &str = r#"
import json, os, shutil, sys

with open(os.environ["jobPath"]) as file:
    job = json.load(file)
tree = os.path.abspath("tree")
shutil.copytree(job["tree"], tree)
main = os.path.join(tree, "main.py")
os.chmod(tree, 0o755)
os.chmod(main, 0o644)
with open(main, "a") as file:
    file.write(f"\nplanted = {os.urandom(8).hex()!r}\n")
with open("job.json", "w") as file:
    json.dump({**job, "tree": tree}, file)
os.environ["jobPath"] = os.path.abspath("job.json")
del os.environ["PYTHONHOME"]
os.execv(sys.argv[1], sys.argv[1:])
"#;

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_build_step_that_is_not_deterministic_fails_reproduce_alone() {
    let project = Project::new(&[("main.py", "print('random')\n")], &[]);
    let compile = project.path().join("permafreeze-nix/compile.nix");
    fs::rename(&compile, compile.with_file_name("deterministic.nix")).expect("compile.nix");
    project.write("permafreeze-nix/compile.nix", RANDOM_COMPILE);
    project.write("permafreeze-nix/random.py", RANDOM_BUILDER);
    project.permafreeze(&["build"]).success();
    project.permafreeze(&["verify", "smoke", "--accept"]).success();
    let (outcome, verification) = verify(&project, &[]);
    outcome.failure(10, &["`hello-linux-amd64` differs"]);
    only(&verification, &["reproduce"]);
    finds(&verification, "reproduce", &["object-hello", ".drv", ".check", "first at byte"]);
    assert_eq!(verification["parts"]["reproduce"]["failures"].as_array().map(Vec::len), Some(1), "{verification:#}");
}

fn cc(folder: &Path, arguments: &[&str]) {
    let output =
        Command::new("cc").args(["-shared", "-fPIC", "-nostdlib"]).args(arguments).current_dir(folder).output();
    let output = output.expect("cc");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A library that needs `planted` of version GLIBC_2.36 of libc.
fn needs_a_new_glibc() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    write("libc.c", "void planted(void) {}\n");
    write("libc.map", "GLIBC_2.36 { global: planted; };\n");
    write("new.c", "void planted(void);\nvoid use(void) { planted(); }\n");
    cc(folder.path(), &["libc.c", "-Wl,--version-script=libc.map", "-Wl,-soname,libc.so.6", "-o", "libc.so.6"]);
    cc(folder.path(), &["new.c", "libc.so.6", "-o", "libnew.so"]);
    fs::read(folder.path().join("libnew.so")).expect("the library")
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_library_that_needs_a_newer_glibc_fails_audit_alone() {
    let files = BTreeMap::from([
        ("greeting/__init__.py".to_owned(), b"def text():\n    return 'old'\n".to_vec()),
        ("greeting/libnew.so".to_owned(), needs_a_new_glibc()),
    ]);
    let wheel = Wheel::of_bytes("greeting", "2.36", files).for_platform("manylinux_2_17_x86_64");
    let project = accepted(&[("main.py", HELLO)], &[wheel], "collect-binaries = [\"greeting\"]\n");
    let (outcome, verification) = verify(&project, &[]);
    outcome.failure(11, &["`hello-linux-amd64` is not portable"]);
    only(&verification, &["audit"]);
    finds(&verification, "audit", &["greeting/libnew.so", "GLIBC_2.36", "2.28", "greeting-2.36-py3-none-manylinux"]);
    assert_eq!(verification["parts"]["audit"]["facts"]["glibc"], "2.36");

    let pyproject = fs::read_to_string(project.path().join("pyproject.toml")).expect("a project");
    project.write("pyproject.toml", &format!("{pyproject}policy = {{ glibc = \"2.36\" }}\n"));
    project.permafreeze(&["verify", "audit"]).failure(1, &["is stale"]);
    project.permafreeze(&["lock"]).success();
    project.permafreeze(&["verify", "audit"]).success();
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_changed_byte_fails_origin_and_the_hash_alone() {
    let project = accepted(&[("main.py", "print('whole')\n")], &[], "");
    let pin = project.permafreeze(&["pin"]).success();
    let path = project.path().join("dist").join(OUTPUT);
    let mut bytes = fs::read(&path).expect("the executable");
    // In a message of the bootloader: nothing runs or is laid out otherwise.
    let at = bytes.windows(17).position(|window| window == b"Failed to extract").expect("a message");
    bytes[at] ^= 1;
    fs::write(&path, &bytes).expect("written");
    let (outcome, verification) = verify(&project, &[]);
    outcome.failure(10, &["`hello-linux-amd64` differs"]);
    only(&verification, &["reproduce", "origin"]);
    let pinned = pin.stderr.rsplit("sha256 ").next().and_then(|rest| rest.lines().next()).expect("the pinned hash");
    finds(&verification, "reproduce", &[pinned, verification["executable"]["sha256"].as_str().expect("a hash")]);
    finds(&verification, "reproduce", &["permafreeze diff"]);
    let (outcome, _) = verify(&project, &["contents"]);
    outcome.failure(13, &["`hello-linux-amd64` has bytes that are not traced"]);
    let (outcome, _) = verify(&project, &["audit", "smoke", OUTPUT]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_a_binary_cache_holds_is_compared() {
    let project = Project::new(&[("main.py", "print('cached')\n")], &[]);
    project.permafreeze(&["pin"]).success();
    let link = fs::read_link(project.path().join("dist/.hello-linux-amd64")).expect("a link into the store");
    let store_path = link.to_str().expect("UTF-8");
    // Not in the project's folder, whose files are the source.
    let folder = tempfile::tempdir().expect("a folder");
    let cache = format!("file://{}/cache", folder.path().display());
    let copy = Command::new("nix")
        .args(["--extra-experimental-features", "nix-command", "copy", "--to", &cache, store_path])
        .output()
        .expect("nix");
    assert!(copy.status.success(), "{}", String::from_utf8_lossy(&copy.stderr));
    let reproduce = |substituters: &str| -> Outcome {
        let mut command = project.command(&["verify", "reproduce"]);
        command.env("NIX_CONFIG", format!("substituters = {substituters}")).output().expect("permafreeze runs").into()
    };
    let same = reproduce(&cache).success();
    assert!(same.stdout.contains("compared with 1 paths in caches"), "{}", same.stdout);
    let nowhere = reproduce("http://127.0.0.1:9").success();
    assert!(nowhere.stdout.contains("note: http://127.0.0.1:9: not compared"), "{}", nowhere.stdout);

    let hash = store_path.trim_start_matches("/nix/store/").split('-').next().expect("a hash");
    let info = format!("cache/{hash}.narinfo");
    let text = fs::read_to_string(folder.path().join(&info)).expect("a narinfo");
    let line = text.lines().find(|line| line.starts_with("NarHash: ")).expect("a hash");
    let other = format!("NarHash: sha256:{}", "0".repeat(52));
    // Nix remembers what a cache has said, so the changed one has another place.
    let changed = folder.path().join("changed");
    let copied = Command::new("cp").arg("-r").arg(folder.path().join("cache")).arg(&changed).status().expect("cp");
    assert!(copied.success());
    fs::write(changed.join(format!("{hash}.narinfo")), text.replace(line, &other)).expect("written");
    let differs = reproduce(&format!("file://{}", changed.display())).failure(10, &["differs"]);
    assert!(
        differs.stdout.contains(store_path) && differs.stdout.contains("in the cache file://"),
        "{}",
        differs.stdout
    );
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn modules_that_fail_crash_or_hang_when_they_are_frozen_are_accepted_once_with_their_reason() {
    let wheel = Wheel::new(
        "greeting",
        "1.0",
        &[
            ("greeting/__init__.py", "def text():\n    return 'hello'\n"),
            ("greeting/after.py", ""),
            // These fail only where the program is frozen.
            ("greeting/crash.py", "import os, sys\nhasattr(sys, 'frozen') and os.kill(os.getpid(), 11)\n"),
            ("greeting/hang.py", "import sys, time\nhasattr(sys, 'frozen') and time.sleep(10000)\n"),
            ("greeting/frozen.py", "import sys\nif hasattr(sys, 'frozen'):\n    import nothing_of_the_kind\n"),
            // This one fails in any case, and in the same way.
            ("greeting/optional.py", "import nothing_of_the_kind\n"),
            ("greeting/__main__.py", "import os\nos._exit(9)\n"),
        ],
    );
    let main = "import sys, greeting\n\nprint(greeting.text())\nsys.exit(len(sys.argv) - 2)\n";
    let options = "collect-submodules = [\"greeting\"]\nsmoke = [[\"one\"]]\n";
    let project = Project::with_options(&[("main.py", main)], &[wheel], options);
    project.permafreeze(&["build"]).success();
    let smoke = ["verify", "smoke", "--time-limit", "8"];
    let first = project.permafreeze(&smoke).failure(12, &[]);
    assert!(first.stdout.contains("permafreeze verify smoke --accept hello-linux-amd64"), "{}", first.stdout);
    project.permafreeze(&[&smoke[..], &["--accept"]].concat()).success();
    project.permafreeze(&smoke).success();

    let file = project.path().join("permafreeze.expected.json");
    let expected = fs::read_to_string(&file).expect("accepted modules");
    let mut expected: Value = serde_json::from_str(&expected).expect("JSON");
    let modules = expected["accepted"][OUTPUT].clone();
    assert_eq!(modules["greeting.crash"], "died of signal 11");
    assert_eq!(modules["greeting.hang"], "takes too long");
    assert_eq!(modules["greeting.frozen"], "ModuleNotFoundError: No module named 'nothing_of_the_kind'");
    for good in ["greeting", "greeting.after", "greeting.optional", "greeting.__main__", "encodings.mbcs"] {
        assert!(modules[good].is_null(), "{good}: {}", modules[good]);
    }

    expected["accepted"][OUTPUT]["greeting.frozen"] = "ImportError: another".into();
    expected["accepted"][OUTPUT]["greeting.after"] = "ImportError: mended".into();
    let pyproject = fs::read_to_string(project.path().join("pyproject.toml")).expect("a project");
    project.write("pyproject.toml", &pyproject.replace("smoke = [[\"one\"]]", "smoke = [[\"one\", \"two\"]]"));
    project.write("permafreeze.expected.json", &serde_json::to_string(&expected).expect("JSON"));
    project.permafreeze(&["lock"]).success();
    let (outcome, verification) = verify(&project, &smoke[1..]);
    outcome.failure(12, &[]);
    finds(&verification, "smoke", &["greeting.frozen", "another reason", "without PyInstaller it can be imported"]);
    finds(&verification, "smoke", &["hello-linux-amd64 one two", "exit status: 1", "hello"]);
    let result = &verification["parts"]["smoke"];
    assert_eq!(result["failures"].as_array().map(Vec::len), Some(2), "{result:#}");
    assert_eq!(result["notes"][0]["subject"], "greeting.after", "{result:#}");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn an_arm64_executable_that_this_machine_cannot_run_has_not_passed() {
    let options = "targets = [\"linux-arm64\"]\n";
    let project = Project::with_options(&[("main.py", "print('far')\n")], &[], options);
    project.permafreeze(&["build"]).success();
    let nix = Command::new("sh").args(["-c", "command -v nix"]).output().expect("sh").stdout;
    let nix = String::from_utf8(nix).expect("a path");
    let folder = Path::new(nix.trim()).parent().expect("a folder");
    let path = tempfile::tempdir().expect("a folder");
    for program in ["nix", "nix-store"] {
        std::os::unix::fs::symlink(folder.join(program), path.path().join(program)).expect("a link");
    }
    let run = |arguments: &[&str]| -> Outcome {
        let mut command = project.command(arguments);
        command.env("PATH", path.path()).output().expect("permafreeze runs").into()
    };
    let outcome = run(&["verify", "smoke"]).success();
    assert!(outcome.stdout.contains("smoke      not run"), "{}", outcome.stdout);
    run(&["verify", "smoke", "--require-smoke"]).failure(12, &["hello-linux-arm64"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn accept_without_smoke_is_wrong_usage() {
    let project = Project::new(&[("main.py", "")], &[]);
    project.permafreeze(&["lock"]).success();
    project.permafreeze(&["verify", "audit", "--accept"]).failure(2, &["--accept"]);
    project.permafreeze(&["verify", "linux-mips"]).failure(2, &["linux-mips"]);
}
