//! poetry.lock of lock-version 1.1 (Poetry 1.1 to 1.4): files by name, neither groups nor markers of packages.
use crate::support::{MODULE, hash_of, plan, requires};
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::{Package, Plan};
use permafreeze_resolve::Error;

const PYPROJECT: &str = "[tool.poetry]\nname = \"app\"\nversion = \"1.0\"\ndescription = \"\"\nauthors = []\n\
    [tool.poetry.dependencies]\npython = \">=3.8\"\nroot = \"^1.0\"\nextra-tool = { version = \"*\", optional = true }\n\
    [tool.poetry.dev-dependencies]\nlinter = \"*\"\n[tool.poetry.extras]\ntool = [\"extra-tool\"]\n\
    [tool.poetry.scripts]\napp = \"app:main\"\n";

/// A package as Poetry 1.1 writes it.
fn package(name: &str, version: &str, category: &str, more: &str) -> String {
    format!(
        "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\ndescription = \"\"\ncategory = \"{category}\"\n\
         optional = false\npython-versions = \">=3.6\"\n{more}\n"
    )
}

/// A lock file of these packages and their files.
fn lock(pyproject: &str, packages: &[String], files: &[(&str, &[&str])], version: &str) -> String {
    let file = |file: &&str| {
        format!("    {{file = \"{file}\", hash = \"sha256:{}\"}},\n", hash_of(&format!("# {file}"), true))
    };
    let files: String = files
        .iter()
        .map(|(name, files)| format!("\"{name}\" = [\n{}]\n", files.iter().map(file).collect::<String>()))
        .collect();
    format!(
        "{}[extras]\ntool = [\"extra-tool\"]\n\n[metadata]\nlock-version = \"{version}\"\npython-versions = \">=3.8\"\n\
         content-hash = \"{}\"\n\n[metadata.files]\n{files}",
        packages.concat(),
        hash_of(pyproject, true)
    )
}

fn packages() -> Vec<String> {
    vec![
        package("extra-tool", "2.0", "main", ""),
        package("helper", "1.0", "main", ""),
        package("helper", "2.0", "main", ""),
        package("linter", "3.0", "dev", "[package.dependencies]\nonly-dev = \"*\"\n"),
        package("old-python", "1.0", "main", ""),
        package("only-dev", "1.0", "dev", ""),
        package(
            "root",
            "1.5",
            "main",
            "[package.dependencies]\n\
             helper = [\n    {version = \"<2\", markers = \"python_version < \\\"3.9\\\"\"},\n    \
             {version = \">=2\", markers = \"python_version >= \\\"3.9\\\"\"},\n]\n\
             old-python = {version = \"*\", markers = \"python_version < \\\"3.9\\\"\"}\n\
             speed = {version = \">=1\", optional = true, markers = \"extra == \\\"fast\\\"\"}\n\
             zipped = {version = \"*\", optional = true}\n\n\
             [package.extras]\nfast = [\"speed (>=1)\"]\nzip = [\"zipped (>=1.0,!=1.2)\"]\n",
        ),
        package("speed", "1.0", "main", ""),
        package("zipped", "1.0", "main", ""),
    ]
}

const FILES: [(&str, &[&str]); 8] = [
    ("extra-tool", &["extra_tool-2.0-py3-none-any.whl"]),
    (
        "helper",
        &["helper-1.0-py3-none-any.whl", "helper-1.0.tar.gz", "helper-2.0-py3-none-any.whl", "helper-2.0.tar.gz"],
    ),
    ("linter", &["linter-3.0-py3-none-any.whl"]),
    ("old-python", &["old_python-1.0-py3-none-any.whl"]),
    ("only-dev", &["only_dev-1.0-py3-none-any.whl"]),
    ("Root", &["root-1.5-py3-none-any.whl"]),
    ("speed", &["speed-1.0-py3-none-any.whl"]),
    ("zipped", &["zipped-1.0-py3-none-any.whl"]),
];

fn of(pyproject: &str, version: &str) -> Result<Plan, Error> {
    plan(pyproject, "", &[MODULE, ("poetry.lock", &lock(pyproject, &packages(), &FILES, version))])
}

fn installed(plan: &Plan) -> Vec<String> {
    let wheels = plan.targets.values().next().expect("a target").packages.iter().filter_map(|package| match package {
        Package::Wheel { file } => file.split('-').next().map(str::to_owned),
        _ => None,
    });
    wheels.collect()
}

#[test]
fn requirements_are_followed_from_the_chosen_groups() {
    let plan = of(PYPROJECT, "1.1").unwrap();
    assert_eq!(installed(&plan), ["helper", "root"]);
    assert!(plan.files.contains_key("helper-2.0-py3-none-any.whl"), "the version for this Python");
    assert_eq!(plan.files.len(), 2);

    let with = |options: &str| installed(&of(&format!("{PYPROJECT}[tool.permafreeze]\n{options}\n"), "1.1").unwrap());
    assert_eq!(with("groups = [\"main\", \"dev\"]"), ["helper", "linter", "only_dev", "root"]);
    assert_eq!(with("extras = [\"tool\"]"), ["extra_tool", "helper", "root"]);
}

#[test]
fn extras_of_a_requirement_bring_what_they_name() {
    let of_root = |extra: &str| {
        let wanted = format!("root = {{ version = \"^1.0\", extras = [\"{extra}\"] }}");
        installed(&of(&PYPROJECT.replace("root = \"^1.0\"", &wanted), "1.1").unwrap())
    };
    assert_eq!(of_root("fast"), ["helper", "root", "speed"]);
    assert_eq!(of_root("zip"), ["helper", "root", "zipped"]);
}

#[test]
fn what_requires_what_is_what_was_followed() {
    let of = |pyproject: &str| {
        let files = [MODULE, ("poetry.lock", &lock(pyproject, &packages(), &FILES, "1.1"))];
        requires(pyproject, "", &files, Target::LinuxAmd64)
    };
    assert_eq!(of(PYPROJECT), "app>root root>helper");
    let fast = PYPROJECT.replace("root = \"^1.0\"", "root = { version = \"^1.0\", extras = [\"fast\"] }");
    assert_eq!(of(&fast), "app>root[fast] root>helper root>speed");
    let more = format!("{PYPROJECT}[tool.permafreeze]\ngroups = [\"main\", \"dev\"]\nextras = [\"tool\"]\n");
    assert_eq!(of(&more), "app>extra-tool app>linter app>root linter>only-dev root>helper");
}

#[test]
fn a_stale_lock_and_an_older_one_are_refused() {
    let other = PYPROJECT.replace("^1.0", "^1.1");
    let files = [MODULE, ("poetry.lock", &lock(PYPROJECT, &packages(), &FILES, "1.1"))];
    assert!(matches!(plan(&other, "", &files).unwrap_err(), Error::StaleLock { .. }));

    let error = of(PYPROJECT, "1.0").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`poetry.lock` has lock-version `1.0`: permafreeze reads lock-versions 1.1, 2.0 and 2.1"
    );
    assert!(error.hint().unwrap().contains("run `poetry lock`"), "{error}");
}
