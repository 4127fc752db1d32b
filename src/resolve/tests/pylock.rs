//! pylock.toml (PEP 751): markers with extras and groups, and the places of files.
use crate::support::{MODULE, PROJECT, installed, plan, requires};
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::Plan;
use permafreeze_resolve::Error;

/// A package with these lines and a wheel.
fn package(name: &str, more: &str) -> String {
    format!(
        "[[packages]]\nname = \"{name}\"\nversion = \"1\"\n{more}\nwheels = [{{ url = \"https://files.example/{name}-1-py3-none-any.whl\", \
         size = 7, upload-time = 2026-01-02T03:04:05Z, hashes = {{ sha256 = \"{}\" }} }}]\n",
        "0".repeat(64)
    )
}

const HEAD: &str = "lock-version = \"1.0\"\ncreated-by = \"x\"\nextras = [\"fast\"]\ndependency-groups = [\"dev\", \"default\"]\n\
                    default-groups = [\"default\"]\n";

fn made(pyproject: &str, lock: &str) -> Result<Plan, Error> {
    let files = [MODULE, ("pylock.toml", lock)];
    plan(pyproject, "", &files)
}

fn project(requirements: &str) -> String {
    PROJECT.replace(
        "[project.scripts]",
        &format!(
            "dependencies = {requirements}\n[project.optional-dependencies]\nfast = [\"f\"]\n[dependency-groups]\n\
             dev = [\"d\"]\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n[project.scripts]"
        ),
    )
}

fn all() -> String {
    let marked = |name: &str, marker: &str| package(name, &format!("marker = \"{marker}\""));
    let packages = [
        package("always", "index = \"https://index.example/simple\""),
        marked("d", "'dev' in dependency_groups"),
        marked("f", "'fast' in extras and sys_platform == 'linux'"),
        marked("main", "'default' in dependency_groups"),
        package("old", "requires-python = \"<3.12\""),
        marked("w", "sys_platform == 'win32'"),
    ];
    format!("{HEAD}{}", packages.concat())
}

#[test]
fn it_does_not_say_what_packages_require() {
    let pyproject = project("[\"always\", \"w; sys_platform == 'win32'\"]");
    let files = [MODULE, ("pylock.toml", &all())];
    assert_eq!(requires(&pyproject, "", &files, Target::LinuxAmd64), "app>always …");
    let extras = format!("{pyproject}[tool.permafreeze]\nextras = [\"fast\"]\n");
    assert_eq!(requires(&extras, "", &files, Target::LinuxAmd64), "app>always app>f …");
}

#[test]
fn markers_ask_for_extras_groups_and_the_target() {
    let with = |options: &str| {
        let pyproject = format!("{}[tool.permafreeze]\n{options}\n", project("[\"always\"]"));
        installed(&made(&pyproject, &all()).unwrap_or_else(|error| panic!("{error}")))
    };
    assert_eq!(with(""), [".", "always", "main"]);
    assert_eq!(with("extras = [\"fast\"]"), [".", "always", "f", "main"]);
    assert_eq!(with("groups = [\"main\", \"dev\"]"), [".", "always", "d", "main"]);
    assert_eq!(with("groups = [\"dev\"]"), [".", "always", "d"], "`main` is the file's default groups");
    assert_eq!(with("targets = [\"windows-amd64\"]"), [".", "always", "main", "w"]);
}

#[test]
fn a_file_comes_from_the_index_that_its_package_names_else_from_its_url() {
    let plan = made(&project("[]"), &all()).unwrap();
    let file = |name: &str| &plan.files[&format!("{name}-1-py3-none-any.whl")];
    assert_eq!((file("always").url.as_deref(), file("always").size), (None, Some(7)));
    assert_eq!(file("main").url.as_deref(), Some("https://files.example/main-1-py3-none-any.whl"));
    assert_eq!(plan.lock.as_deref(), Some("pylock.toml"));
}

#[test]
fn a_requirement_that_is_not_met_shows_that_the_file_is_stale() {
    for (requirements, constraint) in [("[\"always>1\"]", ">1"), ("[\"z\"]", "*"), ("[\"w\"]", "*")] {
        let error = made(&project(requirements), &all()).expect_err("is stale");
        assert!(matches!(error, Error::NotLocked { .. }), "{error}");
        assert!(
            error.to_string().contains(&format!("meets `{constraint}`, which `pyproject.toml` requires")),
            "{error}"
        );
        assert!(error.hint().unwrap_or_default().contains("uv export --format pylock.toml"));
    }
    assert!(made(&project("[\"always>=1\", \"app[fast]\", \"z; sys_platform == 'win32'\"]"), &all()).is_ok());
}

#[test]
fn environments_that_it_was_not_locked_for_are_refused() {
    let lock = format!("environments = [\"sys_platform == 'darwin'\", \"sys_platform == 'win32'\"]\n{}", all());
    let error = made(&project("[]"), &lock).expect_err("no Linux").to_string();
    assert!(
        error.contains("`environments` is `sys_platform")
            && error.contains("not locked for Python 3.13 on `linux`, `x86_64`"),
        "{error}"
    );
}

#[test]
fn the_project_itself_folders_archives_and_repositories() {
    let hash = "1".repeat(64);
    let lock = format!(
        "{HEAD}[[packages]]\nname = \"app\"\ndirectory = {{ path = \".\", editable = true }}\n\
         [[packages]]\nname = \"lib\"\ndirectory = {{ path = \"libs/lib\" }}\n\
         [[packages]]\nname = \"arc\"\nversion = \"1\"\narchive = {{ url = \"https://h/arc-1-py3-none-any.whl\", hashes = {{ sha256 = \"{hash}\" }} }}\n"
    );
    let files = [
        MODULE,
        ("pylock.toml", lock.as_str()),
        ("libs/lib/pyproject.toml", "[project]\nname = \"lib\"\nversion = \"1\"\n"),
        ("libs/lib/lib.py", ""),
    ];
    let made = plan(&project("[\"lib\"]"), "", &files).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(installed(&made), [".", "libs/lib", "arc"]);
    assert_eq!(made.files["arc-1-py3-none-any.whl"].url.as_deref(), Some("https://h/arc-1-py3-none-any.whl"));
    let vcs = format!(
        "{HEAD}[[packages]]\nname = \"g\"\nversion = \"1\"\nvcs = {{ type = \"git\", url = \"https://h/g\", commit-id = \"{}\" }}\n",
        "a".repeat(40)
    );
    assert!(matches!(plan(&project("[]"), "", &[MODULE, ("pylock.toml", &vcs)]), Err(Error::Trees(_))));
    let hg = vcs.replace("\"git\"", "\"hg\"");
    let refused = plan(&project("[]"), "", &[MODULE, ("pylock.toml", &hg)]).expect_err("no hg").to_string();
    assert!(refused.contains("(source type `hg`)"), "{refused}");
}

#[test]
fn another_version_and_a_malformed_file_are_refused() {
    let with = |from: &str, to: &str| {
        let error = made(&project("[]"), &all().replacen(from, to, 1)).expect_err("is refused");
        format!("{error}\nhint: {}", error.hint().unwrap_or_default())
    };
    let newer = with("\"1.0\"", "\"2.0\"");
    assert!(
        newer.starts_with("`pylock.toml` has lock-version `2.0`: permafreeze reads lock-version 1.0\nhint: "),
        "{newer}"
    );
    assert!(with("lock-version = \"1.0\"\n", "").contains("has no lock-version"));
    assert!(
        made(&project("[]"), &all().replacen("\"1.0\"", "\"1.1\"", 1)).is_ok(),
        "a minor version may be passed over"
    );
    assert!(
        with("index = \"https://index.example/simple\"\nwheels = [{ url = \"https://", "wheels = [{ url = \"file://")
            .contains("must begin with")
    );
    assert!(with("sha256 = \"", "sha512 = \"").contains("only `sha256:` is taken"));
    assert!(
        with("'dev' in dependency_groups", "'dev' == dependency_groups").contains("cannot read the marker of `d 1`")
    );
    assert!(with("[[packages]]", "[[packages").contains("hint: a tool writes this file"));
}

#[test]
fn the_option_names_the_file() {
    let named = |name: &str| {
        let pyproject = format!("{}[tool.permafreeze]\nlock = \"{name}\"\n", project("[]"));
        let lock = all();
        let files = [MODULE, ("uv.lock", "not read"), ("pylock.deploy.toml", lock.as_str())];
        plan(&pyproject, "", &files).map_err(|error| format!("{error}\nhint: {}", error.hint().unwrap_or_default()))
    };
    assert_eq!(named("pylock.deploy.toml").expect("a plan").lock.as_deref(), Some("pylock.deploy.toml"));
    let missing = named("pylock.toml").expect_err("is not there");
    assert!(missing.starts_with("`pylock.toml` does not exist\nhint: write it again with"), "{missing}");
    let unknown = named("uv.locks").expect_err("is no lock");
    assert!(
        unknown.contains("`tool.permafreeze.lock` is `uv.locks`: expected `poetry.lock`, `uv.lock`")
            && unknown.contains("did you mean `uv.lock`?"),
        "{unknown}"
    );
    assert!(named("../pylock.toml").expect_err("no path").contains("expected `poetry.lock`"));
}

#[test]
fn which_file_is_used_is_the_projects_matter_where_two_tools_lock() {
    let lock = all();
    let both = plan(&project("[]"), "", &[MODULE, ("uv.lock", ""), ("poetry.lock", ""), ("pylock.toml", &lock)]);
    let error = both.expect_err("two tools");
    let text =
        "`pyproject.toml`: both `poetry.lock` and `uv.lock` lie beside it, and nothing in it tells which one is used";
    assert_eq!(error.to_string(), text);
    assert!(error.hint().unwrap_or_default().contains("`lock = \"poetry.lock\"` or `lock = \"uv.lock\"`"));
    let exported = plan(&project("[]"), "", &[MODULE, ("uv.lock", "version = 9"), ("pylock.toml", &lock)]);
    assert!(exported.expect_err("uv.lock is read").to_string().starts_with("`uv.lock` has version `9`"), "an export");
}

#[test]
fn of_two_tools_locks_the_one_is_used_that_pyproject_toml_has_a_table_for() {
    let error = |pyproject: &str| {
        let both = plan(pyproject, "", &[MODULE, ("uv.lock", "version = 9"), ("poetry.lock", "[metadata]")]);
        both.expect_err("neither is a lock").to_string()
    };
    let poetrys = "[tool.poetry]\nname = \"app\"\nversion = \"1\"\n[tool.poetry.dependencies]\npython = \"^3.13\"\n";
    assert!(error(poetrys).starts_with("`poetry.lock`"), "{}", error(poetrys));
    let uvs = project("[]") + "[tool.uv]\npackage = true\n";
    assert!(error(&uvs).starts_with("`uv.lock` has version `9`"), "{}", error(&uvs));
    // Of a project with the tables of both nobody can tell.
    let both = uvs + "[tool.poetry]\npackage-mode = false\n";
    assert!(error(&both).contains("nothing in it tells which one is used"), "{}", error(&both));
}
