//! Which executables a project has and what they run: small projects that are made up in memory.
use crate::support::{MODULE, PROJECT, chosen, package, plan};
use permafreeze_plan::plan::{Entry, Plan};
use permafreeze_resolve::{Choice, Error};

const NAMELESS: &str = "[project]\nname = \"app\"\nversion = \"1.0\"\n";
const PROGRAM: (&str, &str) = ("app/__main__.py", "");

fn entry(pyproject: &str, files: &[(&str, &str)]) -> Entry {
    let plan = plan(pyproject, "", files).unwrap();
    let mut entries = plan.executables.values().map(|executable| executable.entry.clone());
    entries.next().filter(|_| plan.executables.len() == 1).expect("one executable")
}

fn module(module: &str) -> Entry {
    Entry::Module { module: module.to_owned() }
}

fn function(module: &str, function: &str) -> Entry {
    Entry::Function { module: module.to_owned(), function: function.to_owned() }
}

fn script(script: &str) -> Entry {
    Entry::Script { script: script.to_owned() }
}

#[track_caller]
fn refused(pyproject: &str, files: &[(&str, &str)], problem: &str, hint: &str) {
    let error = plan(pyproject, "", files).unwrap_err();
    told(&error, problem, hint);
}

#[track_caller]
fn told(error: &Error, problem: &str, hint: &str) {
    assert!(error.to_string().contains(problem), "{error}");
    assert!(error.hint().unwrap_or_default().contains(hint), "{:?}", error.hint());
}

#[test]
fn the_script_with_the_projects_name_is_run() {
    let pyproject = format!("{PROJECT}app-admin = \"app:admin\"\nzap = \"app:zap\"\n");
    assert_eq!(entry(&pyproject, &[MODULE]), function("app", "main"));
}

#[test]
fn scripts_with_one_target_are_one() {
    let pyproject = format!("{NAMELESS}[project.scripts]\na = \"app:main\"\nb = \"app:main\"\n");
    assert_eq!(entry(&pyproject, &[MODULE]), function("app", "main"));
}

#[test]
fn a_script_of_a_dependency_is_none_of_the_project() {
    let pyproject = format!("{NAMELESS}dependencies = [\"x\"]\n[tool.poetry.dependencies]\nx = {{ path = \"x\" }}\n");
    let packages = package("x", "1", "main", &[], "[package.source]\ntype = \"directory\"\nurl = \"x\"\n");
    let x = ("x/pyproject.toml", "[project]\nname = \"x\"\nversion = \"1\"\n[project.scripts]\napp = \"x:main\"\n");
    let error = plan(&pyproject, &packages, &[MODULE, x, ("x/x.py", "")]).unwrap_err();
    told(&error, "has no script to run, and no package with `__main__.py`", "permafreeze lock --entry WHAT");
}

#[test]
fn plugins_are_no_scripts() {
    let plugins =
        "[project.entry-points.\"app.plugins\"]\napp = \"app:plugin\"\n[tool.poetry.plugins.x]\ny = \"app:y\"\n";
    refused(&format!("{NAMELESS}{plugins}"), &[MODULE], "has no script to run", "add a script to `[project.scripts]`");
}

#[test]
fn the_only_package_is_run_if_it_is_a_program() {
    assert_eq!(entry(NAMELESS, &[MODULE, PROGRAM]), module("app"));
    // Of several it is the one of the project's name; a script comes before both.
    let packages = "[tool.poetry]\npackages = [{ include = \"app\" }, { include = \"lib\" }]\n";
    let lib = [("lib/__init__.py", ""), ("lib/__main__.py", "")];
    assert_eq!(entry(&format!("{NAMELESS}{packages}"), &[MODULE, PROGRAM, lib[0], lib[1]]), module("app"));
    refused(&format!("{NAMELESS}{packages}"), &[MODULE, lib[0], lib[1]], "has no script to run", "--entry");
    assert_eq!(entry(PROJECT, &[MODULE, PROGRAM]), function("app", "main"));
}

#[test]
fn a_project_without_a_distribution_may_be_a_program_too() {
    let scripts = "[tool.poetry]\nname = \"my-app\"\npackage-mode = false\n";
    for folder in ["", "src/"] {
        let main = format!("{folder}my_app/__main__.py");
        let plan = plan(scripts, "", &[(&main, "")]).unwrap();
        assert_eq!(plan.executables["my-app"].entry, module("my_app"));
        let from = &plan.sources["."].contents[0].from;
        assert_eq!(from, if folder.is_empty() { "." } else { "src" });
    }
    refused(scripts, &[("main.py", "")], "has no script to run", "`permafreeze lock --entry main.py`");
}

fn with_entry(entry: &str) -> String {
    format!("{NAMELESS}[project.scripts]\nserve = \"app:serve\"\n[tool.permafreeze]\nentry = \"{entry}\"\n")
}

#[test]
fn an_entry_is_written_in_one_of_six_ways() {
    let files =
        [MODULE, PROGRAM, ("app/cli.py", "from .all import *\n"), ("run.py", ""), ("bin/tool", ""), ("w.pyw", "")];
    for (written, expected) in [
        ("serve", function("app", "serve")),
        ("app.cli:App.run", function("app.cli", "App.run")),
        ("./run.py", script("run.py")),
        ("app/cli.py", script("app/cli.py")),
        // No import finds a script of another name, and there may be a package of its name.
        ("bin/tool", script("tool.script.py")),
        ("w.pyw", script("w.script.py")),
        ("-m app", module("app")),
        ("-mapp", module("app")),
        ("-m app.cli", module("app.cli")),
        ("app", module("app")),
        // What no content has may be a dependency's: link sees it.
        ("-m uvicorn", module("uvicorn")),
    ] {
        assert_eq!(entry(&with_entry(written), &files), expected, "{written}");
    }
}

#[test]
fn an_entry_that_does_not_exist_is_told() {
    let files = [MODULE, ("app/cli.py", "from .all import *\n")];
    let refused = |written: &str, problem: &str, hint: &str| refused(&with_entry(written), &files, problem, hint);
    refused("-m app", "(looked for `app/__main__.py`, `app.py`)", "`__main__.py`");
    refused("-m app.x", "(looked for `app/x/__main__.py`, `app/x.py`)", "`__main__.py`");
    refused("-m", "it names no module", "after `-m`");
    refused("-m app/cli", "it names no module", "after `-m`");
    refused("app", "nor a package of the project with `__main__.py`", "");
    refused("app.cli", "neither one of the project's scripts (`serve`)", "`-m app.cli` runs the module");
    refused("serv", "neither one of the project's scripts (`serve`)", "did you mean `serve`?");
    refused("", "neither one of the project's scripts (`serve`)", "");
    refused("app:main()", "it is no object reference", "`app.cli:main`");
    refused("app.x:main", "runs a module that does not exist: `app.x`", "correct");
    refused("no.py", "there is no such file", "relative to the folder");
    refused("../x.py", "it is not below the project's folder", "");
    refused("/app/cli.py", "it is not below the project's folder", "");
}

#[test]
fn a_chosen_entry_is_in_the_plan_unless_pyproject_has_one() {
    let files = [MODULE, PROGRAM];
    let plan_of = |pyproject: &str, choice: Choice| chosen(pyproject, "", &files, Some(&choice));
    let pyproject = format!("{NAMELESS}[project.scripts]\na = \"app:a\"\nb = \"app:b\"\n");
    for choice in [Choice::Given("b".to_owned()), Choice::Recorded("b".to_owned())] {
        let plan = plan_of(&pyproject, choice).unwrap();
        assert_eq!((plan.entry.as_deref(), &plan.executables["app"].entry), (Some("b"), &function("app", "b")));
    }
    let own = format!("{pyproject}[tool.permafreeze]\nentry = \"a\"\n");
    let plan = plan_of(&own, Choice::Recorded("b".to_owned())).unwrap();
    assert_eq!((plan.entry, &plan.executables["app"].entry), (None, &function("app", "a")));
    let error = plan_of(&own, Choice::Given("b".to_owned())).unwrap_err();
    told(&error, "`--entry` is `b`: `pyproject.toml` has the last word", "change `entry` in `pyproject.toml`");
    let tables = format!("{pyproject}[[tool.permafreeze.executable]]\nname = \"a\"\n");
    assert_eq!(plan_of(&tables, Choice::Recorded("b".to_owned())).unwrap().entry, None);
    told(&plan_of(&tables, Choice::Given("b".to_owned())).unwrap_err(), "says what is run", "leave out `--entry`");
}

fn with_tables(tables: &str) -> String {
    format!("{NAMELESS}[project.scripts]\nserve = \"app:serve\"\nwork-er = \"app:work\"\n{tables}")
}

fn executables(plan: &Plan) -> Vec<(&str, &Entry)> {
    plan.executables.iter().map(|(name, executable)| (name.as_str(), &executable.entry)).collect()
}

#[test]
fn several_executables_share_objects_and_options() {
    let tables = "[tool.permafreeze]\nhidden-imports = [\"a\", \"b\"]\ncollect-all = [\"c\"]\nsmoke = [[\"x\"]]\n\
                  module-collection-mode = { a = \"py\", b = \"pyc\" }\n\
                  [[tool.permafreeze.executable]]\nname = \"serve\"\n\
                  [[tool.permafreeze.executable]]\nname = \"work.er\"\nhidden-imports = [\"b\", \"d\"]\n\
                  collect-all = [\"e\"]\nmodule-collection-mode = { b = \"pyz\" }\nsmoke = [[\"y\"]]\n";
    let plan = plan(&with_tables(tables), "", &[MODULE]).unwrap();
    assert_eq!(executables(&plan), [("serve", &function("app", "serve")), ("work.er", &function("app", "work"))]);
    let (serve, worker) = (&plan.executables["serve"], &plan.executables["work.er"]);
    assert_eq!(serve.hidden_imports, ["a", "b"]);
    assert_eq!(worker.hidden_imports, ["a", "b", "d"]);
    assert_eq!(worker.collect_data, ["app", "c", "e"]);
    assert_eq!(serve.module_collection_mode["b"], "pyc");
    assert_eq!(
        (worker.module_collection_mode["a"].as_str(), worker.module_collection_mode["b"].as_str()),
        ("py", "pyz")
    );
    assert_eq!(plan.commands("serve"), [["x"]]);
    assert_eq!(plan.commands("work.er"), [["x"], ["y"]]);
    assert_eq!(plan.digests.len(), 2);
    assert_eq!(plan.sources.len(), 1);
}

#[test]
fn scripts_of_two_folders_find_what_lies_beside_them() {
    let tables = "[tool.poetry]\nname = \"app\"\npackage-mode = false\n\
                  [[tool.permafreeze.executable]]\nname = \"run\"\nentry = \"run.py\"\n\
                  [[tool.permafreeze.executable]]\nname = \"job\"\nentry = \"jobs/job.py\"\n\
                  [[tool.permafreeze.executable]]\nname = \"other\"\nentry = \"other.py\"\n";
    let plan =
        plan(tables, "", &[("run.py", ""), ("other.py", ""), ("jobs/job.py", ""), ("jobs/help.py", "")]).unwrap();
    assert_eq!(
        executables(&plan),
        [("job", &script("job.py")), ("other", &script("other.py")), ("run", &script("run.py"))]
    );
    let from: Vec<&str> = plan.sources["."].contents.iter().map(|content| content.from.as_str()).collect();
    assert_eq!(from, [".", "jobs"]);
}

#[test]
fn a_script_that_is_no_module_is_placed_as_code_and_beside_it_what_lies_beside_it() {
    let tables = "[tool.poetry]\nname = \"app\"\npackage-mode = false\n[tool.permafreeze]\nentry = \"bin/run\"\n";
    let plan = plan(tables, "", &[("bin/run", ""), ("bin/help.py", "")]).unwrap();
    let contents = plan.sources["."].contents.iter().map(|content| (content.from.as_str(), content.to.as_str()));
    assert_eq!(contents.collect::<Vec<_>>(), [("bin", "."), ("bin/run", "run.script.py")]);
}

#[test]
fn a_table_needs_a_name_and_something_to_run() {
    let table = |lines: &str| with_tables(&format!("[[tool.permafreeze.executable]]\n{lines}\n"));
    let of = |lines: &str| plan(&table(lines), "", &[MODULE, PROGRAM]).unwrap();
    assert_eq!(executables(&of("entry = \"work-er\"")), [("work-er", &function("app", "work"))]);
    assert_eq!(executables(&of("name = \"x\"\nentry = \"-m app\"")), [("x", &module("app"))]);
    let refused = |lines: &str, problem: &str, hint: &str| refused(&table(lines), &[MODULE, PROGRAM], problem, hint);
    refused("", "`tool.permafreeze.executable[0]` has no `name`", "write one");
    refused("entry = \"-m app\"", "`tool.permafreeze.executable[0]` has no `name`", "`name = \"app\"`");
    refused("name = \"x\"", "has its name (the project's scripts: `serve`, `work-er`)", "`entry = \"…\"`");
    refused("name = \"x\"\nentry = \"y\"", "`tool.permafreeze.executable[0].entry` is `y`", "");
    refused("name = \"a/b\"\nentry = \"serve\"", "`tool.permafreeze.executable[0].name` is `a/b`", "another name");
    refused("name = \"serve\"\ndatas = [{ from = \"no\", to = \".\" }]", "`tool.permafreeze.executable[0].datas`", "");
    refused("name = \"serve\"\nprecedence = { x = \"y\" }", "`tool.permafreeze.executable[0].precedence.\"x\"`", "");
    refused("name = \"serve\"\nsmoke = [[\"a\\u0000\"]]", "`tool.permafreeze.executable[0].smoke`", "");
    refused("name = \"serve\"\nglibc = \"2.28\"", "the same for all executables", "in `[tool.permafreeze]`");
    refused("name = \"serve\"\nhiddenimports = []", "in `[[tool.permafreeze.executable]]`", "`hidden-imports`");
}

#[test]
fn names_and_entries_are_said_in_one_place() {
    for (line, key) in [("name = \"x\"", "name"), ("entry = \"serve\"", "entry")] {
        let tables = format!("[tool.permafreeze]\n{line}\n[[tool.permafreeze.executable]]\nname = \"serve\"\n");
        let problem = format!("has a `{key}` for each executable");
        refused(&with_tables(&tables), &[MODULE], &problem, "move it into one of these tables");
    }
    let twice = "[[tool.permafreeze.executable]]\nname = \"serve\"\n".repeat(2);
    refused(&with_tables(&twice), &[MODULE], "another executable has the name `serve`", "");
    let inline = "[tool.permafreeze]\nexecutable = [{ name = \"serve\" }, { name = \"work-er\", targets = [] }]\n";
    refused(&with_tables(inline), &[MODULE], "`targets` is in `[[tool.permafreeze.executable]]`", "");
    let none = "[tool.permafreeze]\nentry = \"serve\"\nexecutable = []\n";
    assert_eq!(executables(&plan(&with_tables(none), "", &[MODULE]).unwrap()), [("app", &function("app", "serve"))]);
}

#[test]
fn a_function_that_its_module_does_not_have_is_refused() {
    let pyproject = format!("{NAMELESS}\n[project.scripts]\napp = \"app.cli:start_serving.now\"\n");
    let found = |text: &str| plan(&pyproject, "", &[MODULE, ("app/cli.py", text)]);
    for text in
        ["def start_serving(): ...", "from x import y as start_serving", "from x import *", "def __getattr__(n): ..."]
    {
        found(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    let text = "def start_serve(): ...\nxstart_serving = start_serving_x = 1\n";
    let problem = "runs `app.cli:start_serving.now`, and `app/cli.py` has no `start_serving`";
    refused(&pyproject, &[MODULE, ("app/cli.py", text)], problem, "did you mean `xstart_serving`?");
}
