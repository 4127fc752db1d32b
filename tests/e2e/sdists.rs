//! Packages without a wheel, with real Nix: built of their source distributions, or brought by the project.
#[path = "../support/project.rs"]
mod project;

use std::fs;
use std::path::Path;

use project::{Files, Outcome, Project, Wheel};

const MAIN: Files = &[("main.py", "import greeting\n\nprint(greeting.text)\n")];

const PYPROJECT: &str =
    "[build-system]\nrequires = [\"tailor>=2\"]\nbuild-backend = \"own\"\nbackend-path = [\"tools\"]\n";

/// A backend that lets `tailor`, a wheel of its build environment, say what the module is.
const BACKEND: &str = r#"
import os, zipfile
import tailor

def build_wheel(folder, config_settings=None, metadata_directory=None):
    info = "greeting-7.0.dist-info"
    members = {
        "greeting.py": tailor.module("hello"),
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: greeting\nVersion: 7.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(os.path.join(folder, "greeting-7.0-py3-none-any.whl"), "w") as wheel:
        for member, text in members.items():
            wheel.writestr(member, text)
    return "greeting-7.0-py3-none-any.whl"
"#;

fn greeting(backend: &str) -> Wheel {
    Wheel::sdist("greeting", "7.0", &[("pyproject.toml", PYPROJECT), ("tools/own.py", backend)])
}

/// Makes an index of folders that has `wheels`, as `pip` reads one.
fn index(folder: &Path, wheels: &[Wheel]) -> String {
    for wheel in wheels {
        let project = folder.join(&wheel.name);
        fs::create_dir_all(&project).expect("a folder");
        fs::write(project.join(&wheel.file), &wheel.bytes).expect("a wheel");
        let page = project.join("index.html");
        let old = fs::read_to_string(&page).unwrap_or_default();
        fs::write(page, format!("{old}<a href=\"{0}#sha256={1}\">{0}</a>\n", wheel.file, wheel.sha256()))
            .expect("a page");
    }
    format!("file://{}", folder.display())
}

fn tailor(version: &str) -> Wheel {
    let source = format!("def module(text):\n    return f'text = \"{{text}} {version}\"\\n'\n");
    Wheel::new("tailor", version, &[("tailor.py", &source)])
}

struct Case {
    project: Project,
    index: String,
    _folder: tempfile::TempDir,
}

impl Case {
    fn new(backend: &str, options: &str) -> Case {
        let folder = tempfile::tempdir().expect("a folder");
        let index = index(folder.path(), &[tailor("1.0"), tailor("2.0"), tailor("2.1")]);
        let project = Project::with_options(MAIN, &[greeting(backend)], options);
        Case { project, index, _folder: folder }
    }

    fn permafreeze(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.project.command(arguments);
        command.env("PIP_INDEX_URL", &self.index).env("PIP_CONFIG_FILE", "/dev/null");
        command.output().expect("permafreeze runs").into()
    }

    fn plan(&self) -> serde_json::Value {
        let text = fs::read_to_string(self.project.path().join("permafreeze.lock")).expect("a plan");
        serde_json::from_str(&text).expect("JSON")
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_source_distribution_becomes_a_wheel_whose_origin_is_told() {
    let case = Case::new(BACKEND, "");
    case.permafreeze(&["lock"]).success();
    let build = &case.plan()["builds"]["greeting-7.0.zip"];
    assert_eq!(build["environment"], serde_json::json!(["tailor-2.1-py3-none-any.whl"]));
    assert_eq!(build["wheel"], "greeting-7.0-py3-none-any.whl");

    let built = case.permafreeze(&["build"]).success();
    assert!(built.stderr.contains("whose own code runs in the sandbox: greeting-7.0.zip"), "{}", built.stderr);
    assert_eq!(case.project.run(&[]).success().stdout, "hello 2.1\n");

    // What was chosen stays, and asks no index.
    case.permafreeze(&["lock", "--check", "--offline"]).success();
    let bill = case.permafreeze(&["sbom"]).success().stdout;
    for words in ["built-from", "greeting-7.0.zip", "built-with", "tailor-2.1-py3-none-any.whl"] {
        assert!(bill.contains(words), "the bill lacks {words}:\n{bill}");
    }
    let reproduced = case.permafreeze(&["verify", "reproduce", "-v"]).success();
    assert!(reproduced.stderr.contains("greeting-7.0-py3-none-any.whl"), "{}", reproduced.stderr);
    case.permafreeze(&["verify", "origin"]).success();
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_new_choice_is_made_only_when_it_is_asked_for() {
    let case = Case::new(BACKEND, "extra-build-dependencies = { greeting = [\"tailor<2.1\"] }\n");
    case.permafreeze(&["lock"]).success();
    assert_eq!(case.plan()["builds"]["greeting-7.0.zip"]["environment"][0], "tailor-2.0-py3-none-any.whl");
    index(case._folder.path(), &[tailor("2.0.5")]);
    case.permafreeze(&["lock"]).success();
    assert_eq!(case.plan()["builds"]["greeting-7.0.zip"]["environment"][0], "tailor-2.0-py3-none-any.whl");
    case.permafreeze(&["lock", "--sdists"]).success();
    assert_eq!(case.plan()["builds"]["greeting-7.0.zip"]["environment"][0], "tailor-2.0.5-py3-none-any.whl");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_source_distribution_that_cannot_be_built_is_told_with_the_ways_out() {
    let case = Case::new("raise Exception(\"command 'gcc' failed\")\n", "");
    let words = ["`greeting-7.0.zip` cannot be built", "it wants `gcc`", "wheels = [{ file = "];
    case.permafreeze(&["build"]).failure(1, &words);

    let case = Case::new(BACKEND, "extra-build-dependencies = { greeting = [\"tailor<2\"] }\n");
    let words = ["`greeting-7.0.zip` cannot be built: no pure wheel of `tailor` meets `>=2,<2`"];
    case.permafreeze(&["lock"]).failure(1, &words);
    assert!(!case.project.path().join("permafreeze.lock").exists(), "half a plan");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_wheel_of_the_project_stands_for_one_that_is_not_there() {
    let own = Wheel::new("greeting", "7.0", &[("greeting.py", "text = 'brought'\n")]);
    let options = format!(
        "build-sdists = false\nwheels = [{{ file = \"vendor/{}\", sha256 = \"{}\" }}]\n",
        own.file,
        own.sha256()
    );
    let case = Case::new("raise Exception\n", &options);
    let vendor = case.project.path().join("vendor");
    fs::create_dir_all(&vendor).expect("a folder");
    fs::write(vendor.join(&own.file), &own.bytes).expect("a wheel");
    case.permafreeze(&["build", "--offline"]).success();
    assert_eq!(case.project.run(&[]).success().stdout, "brought\n");

    fs::write(vendor.join(&own.file), "another").expect("a file");
    let other = options.replace(&own.sha256(), &"0".repeat(64));
    let pyproject = fs::read_to_string(case.project.path().join("pyproject.toml")).expect("is there");
    case.project.write("pyproject.toml", &pyproject.replace(&options, &other));
    case.permafreeze(&["build"]).failure(1, &["greeting-7.0-py3-none-any.whl", "sha256"]);
}
