//! Source trees become objects.

use crate::support::{Scratch, chain, contents, host_python};
use camino::Utf8PathBuf;
use permafreeze_compile::{Error, Form, compile_source};
use permafreeze_object::format::Origin;
use permafreeze_object::reader::Reader;
use serde_json::{Value, json};

/// A source tree in a scratch folder: `tree/…`.
fn tree(files: &[&str]) -> Scratch {
    let scratch = Scratch::new();
    scratch.write("tree/.keep", "");
    for file in files {
        scratch.write(&format!("tree/{file}"), format!("# {file}\n"));
    }
    scratch
}

fn compile(scratch: &Scratch, contents: Value, distribution: Value) -> Result<Reader, Error> {
    compile_with(scratch, contents, distribution, json!({}))
}

fn compile_with(scratch: &Scratch, contents: Value, distribution: Value, entries: Value) -> Result<Reader, Error> {
    compile_job(scratch, json!({"contents": contents, "distribution": distribution, "entries": entries}))
}

/// Compiles the tree of the source `app`; `job` says the rest.
fn compile_job(scratch: &Scratch, mut job: Value) -> Result<Reader, Error> {
    job["name"] = json!("app");
    job["tree"] = json!(scratch.path.join("tree"));
    let job = scratch.write("job.json", job.to_string());
    let out = scratch.path.join("out");
    let compiled = compile_source(&job, &host_python(), 2, Form::default(), &out);
    assert!(!scratch.path.join("out.tmp").exists());
    compiled.map(|()| Reader::open(&out).unwrap())
}

fn paths(reader: &Reader) -> Vec<&str> {
    reader.index().files.keys().map(String::as_str).collect()
}

fn error(scratch: &Scratch, contents: Value) -> String {
    let error = compile(scratch, contents, Value::Null).map(|_| ()).unwrap_err();
    assert!(!scratch.path.join("out").exists());
    chain(&error).replace(scratch.path.as_str(), "")
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn a_package_becomes_an_object_with_metadata() {
    let left_out = ["src/app/__pycache__/x.pyc", "src/app/p/.mypy_cache/x.json", "src/app/.DS_Store"];
    let files = ["src/app/__init__.py", "src/app/p/prompt.txt", "src/app/p/.github/x.yml", "src/app/.x.py"];
    let files = [&files[..], &left_out].concat();
    let scratch = tree(&files);
    let distribution = json!({
        "name": "My-App", "version": "1.2", "metadata": "Name: My-App\n", "entry-points": "[console_scripts]\n",
    });
    let reader = compile(&scratch, json!([{"from": "src/app", "to": "app"}]), distribution).unwrap();
    let info = ["METADATA", "RECORD", "WHEEL", "entry_points.txt"].map(|file| format!("my_app-1.2.dist-info/{file}"));
    let own = ["app/.x.py", "app/__init__.py", "app/p/.github/x.yml", "app/p/prompt.txt"];
    let expected = [own.map(str::to_owned).as_slice(), &info].concat();
    assert_eq!(paths(&reader), expected);
    let Origin::Source { name, version, dist_info } = &reader.index().origin else { panic!() };
    let all = [name, version, dist_info].map(|text| text.as_deref().unwrap());
    assert_eq!(all, ["My-App", "1.2", "my_app-1.2.dist-info"]);
    let record = String::from_utf8(contents(&reader, "my_app-1.2.dist-info/RECORD")).unwrap();
    let lines: Vec<&str> = record.lines().map(|line| line.split_once(',').unwrap().0).collect();
    let listed = [&expected[..5], &expected[6..], &expected[5..6]].concat();
    assert_eq!(lines, listed);
    assert!(record.contains("my_app-1.2.dist-info/METADATA,sha256=") && record.ends_with("/RECORD,,\n"));
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn texts_of_the_plan_are_files_before_those_of_the_tree() {
    let scratch = tree(&["app/__init__.py", "app/_version.py"]);
    let distribution = json!({"name": "app", "version": "1.2", "metadata": "Name: app\n", "entry-points": ""});
    let with = |generated: Value| {
        let job =
            json!({"contents": [{"from": "app", "to": "app"}], "distribution": distribution, "generated": generated});
        compile_job(&scratch, job)
    };
    let reader = with(json!({"app/_version.py": "version = '1.2'\n", "app/VERSION": "1.2"})).unwrap();
    let package: Vec<&str> = paths(&reader).into_iter().filter(|path| path.starts_with("app/")).collect();
    assert_eq!(package, ["app/VERSION", "app/__init__.py", "app/_version.py"]);
    assert_eq!(contents(&reader, "app/_version.py"), b"version = '1.2'\n");
    let record = String::from_utf8(contents(&reader, "app-1.2.dist-info/RECORD")).unwrap();
    assert!(record.contains("app/VERSION,sha256=") && record.contains("app/_version.py,sha256="), "{record}");
    let error = with(json!({"app/_version.py": "version = '1.2'\nimport os\n"})).map(|_| ()).unwrap_err();
    let text = "source `app`: the plan has the text of `app/_version.py`, which is to say the version and does more";
    assert_eq!(chain(&error), text);
    let error = with(json!({"../_version.py": ""})).map(|_| ()).unwrap_err();
    assert_eq!(chain(&error), "source `app`: bad path `../_version.py`: it has a `..` part");
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn scripts_and_globs() {
    let scratch = tree(&["main.py", "lib/a.py", "lib/a.txt", "lib/deep/b.py", "lib/test/c.py"]);
    let contents = json!([
        {"from": "main.py", "to": "main.py"},
        {"from": "lib", "to": ".", "include": ["**/*.py"], "exclude": ["test/**"]},
    ]);
    let reader = compile(&scratch, contents, Value::Null).unwrap();
    assert_eq!(paths(&reader), ["a.py", "deep/b.py", "main.py"]);
    assert_eq!(reader.index().origin, Origin::Source { name: None, version: None, dist_info: None });
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn beside_scripts_what_is_hidden_is_left_out_at_the_top_alone() {
    let scratch = tree(&["main.py", ".env", ".tools/x.py", "p/.gitignore", "p/.venv/y.py"]);
    let reader = compile(&scratch, json!([{"from": ".", "to": "."}]), Value::Null).unwrap();
    assert_eq!(paths(&reader), ["main.py", "p/.gitignore"]);
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn the_same_tree_elsewhere_gives_the_same_object() {
    let both = [1, 2].map(|_| {
        let scratch = tree(&["app/__init__.py", "app/b.py", "app/a.txt"]);
        let reader = compile(&scratch, json!([{"from": ".", "to": "."}]), Value::Null).unwrap();
        let blobs = std::fs::read(reader.blobs_path()).unwrap();
        (reader.index().clone(), blobs)
    });
    assert!(both[0] == both[1]);
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn links_within_the_tree_are_followed() {
    let scratch = tree(&["real/a.py"]);
    let tree: Utf8PathBuf = scratch.path.join("tree");
    std::os::unix::fs::symlink("real", tree.join("app")).unwrap();
    std::os::unix::fs::symlink("..", tree.join("real/round")).unwrap();
    let reader = compile(&scratch, json!([{"from": "app", "to": "app"}]), Value::Null).unwrap();
    assert!(paths(&reader).contains(&"app/a.py"));
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn refused_sources() {
    let scratch = tree(&["a.py", "b.py"]);
    assert_eq!(
        error(&scratch, json!([{"from": "src/app", "to": "app"}])),
        "source `app`: `src/app` is not in the source tree"
    );
    assert_eq!(
        error(&scratch, json!([{"from": "../x", "to": "x"}])),
        "source `app`: bad path `../x`: it has a `..` part"
    );
    assert_eq!(
        error(&scratch, json!([{"from": "a.py", "to": "/x.py"}])),
        "source `app`: bad path `/x.py`: it is absolute"
    );
    assert_eq!(
        error(&scratch, json!([{"from": "a.py", "to": "x.py"}, {"from": "b.py", "to": "x.py"}])),
        "`/tree/a.py` and `/tree/b.py` both go to `x.py`"
    );
    std::os::unix::fs::symlink("../../x", scratch.path.join("tree/out")).unwrap();
    assert_eq!(
        error(&scratch, json!([{"from": ".", "to": "."}])),
        "source `app`: the symbolic link `out` leads out of the source tree, to `../../x`"
    );
    let unknown = error(&scratch, json!([{"from": "a.py", "to": "a.py", "colour": 1}]));
    assert!(unknown.starts_with("bad job `/job.json`: unknown field `colour`"), "{unknown}");
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn an_entry_point_becomes_a_module_that_is_no_file_of_site_packages() {
    let scratch = tree(&["app/__init__.py"]);
    let distribution = json!({"name": "app", "version": "1", "metadata": "Name: app\n"});
    let entries = json!({"app-cli": {"module": "app.cli", "function": "App.run"}});
    let contents_of = json!([{"from": "app", "to": "app"}]);
    let reader = compile_with(&scratch, contents_of, distribution, entries).unwrap();
    let text = String::from_utf8(contents(&reader, ".entries/app-cli.py")).unwrap();
    let expected = "import sys\nfrom app.cli import App\nif __name__ == \"__main__\":\n    sys.exit(App.run())\n";
    assert_eq!(text, expected);
    let module = reader.index().files[".entries/app-cli.py"].module.clone().unwrap();
    assert_eq!(module.error, None);
    let imports: Vec<&str> = module.imports.iter().map(|import| import.name.as_str()).collect();
    assert_eq!(imports, ["sys", "app.cli"]);
    let record = String::from_utf8(contents(&reader, "app-1.dist-info/RECORD")).unwrap();
    assert!(!record.contains("entries"), "{record}");
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn an_entry_script_stays_in_its_folder() {
    let scratch = tree(&["app/__init__.py"]);
    let entries = json!({"../x": {"module": "app", "function": "run"}});
    let error = compile_with(&scratch, json!([]), Value::Null, entries).map(|_| ()).unwrap_err();
    assert!(chain(&error).contains(".entries/../x.py"), "{}", chain(&error));
}
