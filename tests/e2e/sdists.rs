//! Packages without a wheel, with real Nix: built of their source distributions, or brought by the project.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::{Files, Outcome, Project, Wheel};

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
    folder: tempfile::TempDir,
}

impl Case {
    fn new(backend: &str, options: &str) -> Case {
        let folder = tempfile::tempdir().expect("a folder");
        let index = index(folder.path(), &[tailor("1.0"), tailor("2.0"), tailor("2.1")]);
        let project = Project::with_options(MAIN, &[greeting(backend)], options);
        Case { project, index, folder }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(arguments);
        command.env("PIP_INDEX_URL", &self.index).env("PIP_CONFIG_FILE", "/dev/null");
        command
    }

    fn permafreeze(&self, arguments: &[&str]) -> Outcome {
        self.command(arguments).output().expect("permafreeze runs").into()
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
    index(case.folder.path(), &[tailor("2.0.5")]);
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

/// A source distribution of one module, built by its own backend; what `body` does to the module's text is done first.
fn of_own_backend(name: &str, body: &str) -> Wheel {
    let backend = BACKEND
        .replace("greeting", name)
        .replace("tailor.module(\"hello\")", "text")
        .replace("info =", &format!("text = \"text = 'hello'\"\n    {body}\n    info ="));
    Wheel::sdist(name, "7.0", &[("pyproject.toml", PYPROJECT), ("tools/own.py", &backend)])
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn all_that_cannot_be_built_is_told_at_once_and_nothing_is_written() {
    const TABLE: &str = "name = \"hello\"\nentry = \"main.py\"\n";
    let case = Case::new(BACKEND, "");
    case.permafreeze(&["lock"]).success();
    let plan = case.plan();
    let native = "raise Exception(\"command 'gcc' failed\")";
    let (one, two) = (of_own_backend("one", native), of_own_backend("two", native));
    let three = of_own_backend("three", "text += repr(os.urandom(9))");
    let good = of_own_backend("good", "pass");
    let mut locked = vec![greeting(BACKEND), one.clone(), two.clone(), three, good.clone()];
    case.project.lock(&locked, TABLE);

    let words = [
        "error: 3 things are in the way:\n  1. `poetry.lock`: `one 7.0` has no wheel, and `one-7.0.zip` cannot be built",
        "it wants `gcc`, and no compiler is in the sandbox\n  2. `poetry.lock`: `three 7.0`",
        "two builds of it differ: `three.py` is not the same\n  3. `poetry.lock`: `two 7.0`",
        "whose own code runs in the sandbox: good-7.0.zip, one-7.0.zip, three-7.0.zip, two-7.0.zip\n",
    ];
    let refused = case.permafreeze(&["lock"]).failure(1, &words);
    assert_eq!(refused.stderr.matches("has a wheel (`poetry add").count(), 1, "{}", refused.stderr);
    assert_eq!(case.plan(), plan, "the plan was replaced by a refused one");

    // Two are provided as wheels, one is taken out.
    let mut wheels = String::new();
    for sdist in [&one, &two] {
        let own = Wheel::new(&sdist.name, "7.0", &[("own.py", "")]);
        let vendor = case.project.path().join("vendor");
        fs::create_dir_all(&vendor).expect("a folder");
        fs::write(vendor.join(&own.file), &own.bytes).expect("a wheel");
        wheels.push_str(&format!("{{ file = \"vendor/{}\", sha256 = \"{}\" }},", own.file, own.sha256()));
    }
    locked.remove(3);
    case.project.lock(&locked, &format!("{TABLE}wheels = [{wheels}]\n"));
    let tried = case.permafreeze(&["lock"]).success().stderr;
    assert!(tried.contains("runs in the sandbox: good-7.0.zip\n"), "{tried}");
    // What was built by the trial is not built again, and what is planned is not tried again.
    assert!(!tried.contains("trying good-7.0"), "{tried}");
    let again = case.permafreeze(&["lock", "--offline"]).success().stderr;
    assert!(!again.contains("trying"), "{again}");
    case.permafreeze(&["lock", "--check"]).success();
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_a_build_lacks_is_told_at_lock() {
    let case = Case::new("import pbr\n", "");
    let words = [
        "its build requires more than it says\n  the last lines of its build:\n",
        "ModuleNotFoundError: No module named 'pbr'\nhint: add to `[tool.permafreeze.extra-build-dependencies]`",
        "`NAME = [\"pbr\"]`, and run `permafreeze lock`; or choose a version of `greeting`",
    ];
    case.permafreeze(&["lock"]).failure(1, &words);

    let case = Case::new(BACKEND, "");
    let spoilt = Wheel::with_zip("tailor", "3.0", &[("tailor.py", "")], |zip| {
        zip.start_file("../outside.py", zip::write::SimpleFileOptions::default()).expect("a member");
    });
    index(case.folder.path(), &[spoilt]);
    case.permafreeze(&["lock"]).failure(1, &["its build environment cannot be installed: ", "../outside.py"]);
    assert!(!case.project.path().join("permafreeze.lock").exists(), "half a plan");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_project_without_a_flake_is_tried_and_built() {
    let without_flake = |case: &Case| fs::remove_file(case.project.path().join("flake.nix")).expect("a flake");
    let case = Case::new("raise ValueError('no')\n", "");
    without_flake(&case);
    case.permafreeze(&["lock"]).failure(1, &["`greeting-7.0.zip`", "ValueError: no"]);

    let case = Case::new(BACKEND, "");
    without_flake(&case);
    case.permafreeze(&["build"]).success();
    assert_eq!(case.project.run(&[]).success().stdout, "hello 2.1\n");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn where_nothing_can_be_tried_lock_warns_and_goes_on() {
    let warned = |spoil: &dyn Fn(&Path), path: Option<&Path>, words: &[&str]| {
        let case = Case::new("raise Exception(\"command 'gcc' failed\")\n", "");
        spoil(case.project.path());
        let mut command = case.command(&["lock"]);
        if let Some(path) = path {
            command.env("PATH", path);
        }
        let locked = Outcome::from(command.output().expect("permafreeze runs")).success();
        let warnings: Vec<&str> = locked.stderr.lines().filter(|line| line.starts_with("warning: ")).collect();
        let [warning] = warnings[..] else { panic!("{}", locked.stderr) };
        for word in ["not tried, `permafreeze build` will: greeting-7.0.zip: "].iter().chain(words) {
            assert!(warning.contains(word), "{warning:?} lacks {word:?}");
        }
        case.plan();
    };
    let nothing = |_: &Path| {};
    let foreign = |folder: &Path| {
        fs::write(folder.join("flake.nix"), "{ outputs = _: { lib.permafreeze = { }; }; }").expect("a flake")
    };
    warned(&foreign, None, &["has no `lib.wheelsOf` for ", "expected the `lib` of `mkFlake` in its outputs"]);

    let other_python = |folder: &Path| {
        let pins = folder.join("permafreeze-nix/toolchain.json");
        let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&pins).expect("pins")).expect("JSON");
        let host = format!("host-python-3.13-{}-linux", std::env::consts::ARCH);
        json["made"][host]["sha256"] = "0".repeat(64).into();
        fs::write(pins, json.to_string()).expect("pins");
    };
    warned(&other_python, None, &["host-python-", "is not in the Nix store: run `permafreeze toolchain build`"]);

    let programs = tempfile::tempdir().expect("a folder");
    for program in ["nix-store", "nix-instantiate"] {
        let path = std::env::var_os("PATH").expect("PATH");
        let real = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
        std::os::unix::fs::symlink(real.expect("Nix"), programs.path().join(program)).expect("a link");
    }
    warned(&nothing, Some(programs.path()), &["`nix` is not on the PATH"]);
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
