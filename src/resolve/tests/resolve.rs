//! Plans of small projects that are made up in memory.
use crate::support::{MODULE, PROJECT, hash_of, lock_text, package, plan, requires};
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::{Entry, Package, Plan, SourceContent};
use permafreeze_resolve::Error;

fn installed(plan: &Plan, target: Target) -> Vec<String> {
    let name = |package: &Package| match package {
        Package::Wheel { file } | Package::Sdist { sdist: file } => file.clone(),
        Package::Source { source } => source.clone(),
    };
    plan.targets[&target].packages.iter().map(name).collect()
}

#[test]
fn each_target_has_its_own_wheels_and_packages() {
    let packages =
        package(
            "fast",
            "2.0",
            "main",
            &["fast-2.0-cp313-cp313-manylinux_2_28_x86_64.whl", "fast-2.0-cp313-cp313-win_amd64.whl"],
            "",
        ) + &package("wincon", "1", "main", &["wincon-1-py3-none-any.whl"], "markers = 'sys_platform == \"win32\"'");
    let pyproject = format!("{PROJECT}[tool.permafreeze]\ntargets = [\"windows-amd64\", \"linux-amd64\"]\n");
    let plan = plan(&pyproject, &packages, &[MODULE]).unwrap();
    assert_eq!(installed(&plan, Target::LinuxAmd64), [".", "fast-2.0-cp313-cp313-manylinux_2_28_x86_64.whl"]);
    assert_eq!(
        installed(&plan, Target::WindowsAmd64),
        [".", "fast-2.0-cp313-cp313-win_amd64.whl", "wincon-1-py3-none-any.whl"]
    );
    assert_eq!(plan.targets[&Target::LinuxAmd64].glibc.as_deref(), Some("2.28"));
    assert_eq!(plan.targets[&Target::WindowsAmd64].glibc, None);
    assert_eq!(plan.files.len(), 3);
}

#[test]
fn the_floor_of_glibc_chooses_the_wheel() {
    let files = ["a-1-cp313-cp313-manylinux_2_17_x86_64.whl", "a-1-cp313-cp313-manylinux_2_28_x86_64.whl"];
    let packages = package("a", "1", "main", &files, "");
    let pyproject = format!("{PROJECT}[tool.permafreeze]\nglibc = \"2.17\"\n");
    assert_eq!(installed(&plan(&pyproject, &packages, &[MODULE]).unwrap(), Target::LinuxAmd64)[1], files[0]);
    assert_eq!(installed(&plan(PROJECT, &packages, &[MODULE]).unwrap(), Target::LinuxAmd64)[1], files[1]);
}

#[test]
fn two_versions_of_one_distribution_are_refused() {
    let one = package("Foo.Bar", "1.0", "main", &["foo_bar-1.0-py3-none-any.whl"], "");
    let other = package("foo_bar", "2.0", "main", &["foo_bar-2.0-py3-none-any.whl"], "");
    let error = plan(PROJECT, &format!("{one}{other}"), &[MODULE]).unwrap_err().to_string();
    assert_eq!(error, "`poetry.lock`: `foo-bar` is `2.0`: `1.0` is locked too, and both are installed for linux-amd64");
}

#[test]
fn of_poetrys_includes_what_is_there_is_part_of_it() {
    let include = "include = [{ path = \"app/docs/**/*\", format = [\"sdist\", \"wheel\"] }]";
    let pyproject = format!("{PROJECT}[tool.poetry]\n{include}\n");
    let contents = |more: &[(&str, &str)]| {
        let files: Vec<(&str, &str)> = [MODULE].iter().chain(more).copied().collect();
        let plan = plan(&pyproject, "", &files).unwrap();
        plan.sources["."].contents.iter().map(|content| content.from.clone()).collect::<Vec<_>>()
    };
    assert_eq!(contents(&[]), ["app"], "a build makes the folder");
    assert_eq!(contents(&[("app/docs/index.html", "")]), ["app", "app/docs"]);
}

#[test]
fn an_extra_that_a_script_names_is_installed() {
    let packages = package("web", "1", "main", &["web-1-py3-none-any.whl"], "markers = 'extra == \"serve\"'");
    let with = |script: &str| {
        let pyproject = PROJECT.replace("app:main", script);
        let extras = "[project.optional-dependencies]\nserve = [\"web\"]\n";
        let extras = format!("{pyproject}{extras}[tool.permafreeze]\ntargets = [\"linux-amd64\"]\n");
        installed(&plan(&extras, &packages, &[MODULE]).unwrap(), Target::LinuxAmd64)
    };
    assert_eq!(with("app:main"), ["."]);
    assert_eq!(with("app:main [other]"), ["."]);
    assert_eq!(with("app:main [Serve]"), [".", "web-1-py3-none-any.whl"]);
}

#[test]
fn an_extra_for_the_command_line_is_installed_where_there_is_one_unless_extras_are_said() {
    let packages = package("click", "1", "main", &["click-1-py3-none-any.whl"], "markers = 'extra == \"cli\"'");
    let with = |script: &str, options: &str| {
        let extras = "[project.optional-dependencies]\ncli = [\"click\"]\nother = []\n";
        let pyproject =
            format!("[project]\nname = \"app\"\nversion = \"1.0\"\n{script}{extras}[tool.permafreeze]\n{options}\n");
        installed(&plan(&pyproject, &packages, &[MODULE]).unwrap(), Target::LinuxAmd64).len()
    };
    let script = "[project.scripts]\napp = \"app:main\"\n";
    assert_eq!(with(script, ""), 2);
    assert_eq!(with(script, "extras = []"), 1);
    assert_eq!(with(script, "extras = [\"other\"]"), 1);
    assert_eq!(with("", "entry = \"app:main\""), 1);
}

#[test]
fn the_dev_group_is_left_out_unless_it_is_asked_for() {
    let packages = package("lint", "1", "dev", &["lint-1-py3-none-any.whl"], "");
    let groups = format!("{PROJECT}[dependency-groups]\ndev = [\"lint\"]\n");
    assert_eq!(installed(&plan(&groups, &packages, &[MODULE]).unwrap(), Target::LinuxAmd64), ["."]);
    let asked = format!("{groups}[tool.permafreeze]\ngroups = [\"main\", \"dev\"]\n");
    assert_eq!(installed(&plan(&asked, &packages, &[MODULE]).unwrap(), Target::LinuxAmd64).len(), 2);
}

#[test]
fn an_index_and_a_url_are_kept() {
    let source =
        |kind: &str, url: &str| format!("[package.source]\ntype = \"{kind}\"\nurl = \"{url}\"\nreference = \"x\"\n");
    let packages =
        package("a", "1", "main", &["a-1-py3-none-any.whl"], &source("legacy", "https://index.example/simple"))
            + &package(
                "b",
                "1",
                "main",
                &["b-1-py3-none-any.whl"],
                &source("url", "https://x.example/b-1-py3-none-any.whl"),
            );
    let plan = plan(PROJECT, &packages, &[MODULE]).unwrap();
    assert_eq!(plan.files["a-1-py3-none-any.whl"].index.as_deref(), Some("https://index.example/simple"));
    assert_eq!(plan.files["b-1-py3-none-any.whl"].url.as_deref(), Some("https://x.example/b-1-py3-none-any.whl"));
}

#[test]
fn a_package_without_a_wheel_is_told_with_the_index_that_it_is_locked_from() {
    let source =
        "[package.source]\ntype = \"legacy\"\nurl = \"https://u:secret@index.example/simple\"\nreference = \"x\"\n";
    let packages = package("a", "1", "main", &["a-1-cp27-cp27m-win32.whl"], source);
    let error = plan(PROJECT, &packages, &[MODULE]).unwrap_err().to_string();
    assert!(error.ends_with("it has `cp27-cp27m-win32` on the index `https://index.example/simple`"), "{error}");
}

/// A locked PyInstaller with its hooks; `more` goes into its table.
fn pyinstaller(version: &str, more: &str) -> String {
    let file = format!("pyinstaller-{version}-py3-none-manylinux2014_x86_64.whl");
    let contrib = "pyinstaller_hooks_contrib-2026.1-py3-none-any.whl";
    package("pyinstaller", version, "dev", &[&file], more)
        + &package("pyinstaller-hooks-contrib", "2026.1", "dev", &[contrib], "")
}

#[test]
fn the_locked_pyinstaller_is_pinned() {
    for version in ["6.11.0", "6.15.0", "6.18.0", "6.22.3"] {
        let plan = plan(PROJECT, &pyinstaller(version, ""), &[MODULE]).unwrap();
        let wheel = format!("pyinstaller-{version}-py3-none-manylinux2014_x86_64.whl");
        let freezer = &plan.targets[&Target::LinuxAmd64].freezer;
        assert_eq!(freezer["pyinstaller"], wheel);
        assert_eq!(freezer["pyinstaller-hooks-contrib"], "pyinstaller_hooks_contrib-2026.1-py3-none-any.whl");
        assert_eq!(plan.files.len(), 2);
        assert_eq!(installed(&plan, Target::LinuxAmd64), ["."]);
    }
    let none = plan(PROJECT, "", &[MODULE]).unwrap();
    assert!(none.targets[&Target::LinuxAmd64].freezer.is_empty());
}

#[test]
fn another_pyinstaller_is_refused() {
    for version in ["6.10.0", "6.23.0", "5.13.2"] {
        let error = plan(PROJECT, &pyinstaller(version, ""), &[MODULE]).unwrap_err();
        let text =
            format!("`poetry.lock` locks PyInstaller {version}: permafreeze links with PyInstaller 6.11 to 6.22");
        assert_eq!(error.to_string(), text);
        assert!(error.hint().unwrap().contains("`pyinstaller = \"~6.22\"`"));
    }
}

#[test]
fn a_pyinstaller_from_where_no_wheel_comes_is_refused() {
    for (kind, said) in [("git", "the git repository `x`"), ("directory", "the folder `x`")] {
        let source =
            format!("[package.source]\ntype = \"{kind}\"\nurl = \"x\"\nresolved_reference = \"{}\"\n", "0".repeat(40));
        let error = plan(PROJECT, &pyinstaller("6.18.0", &source), &[MODULE]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`poetry.lock`: `pyinstaller 6.18.0` comes from {said}: not supported yet")
        );
    }
    let source = "[package.source]\ntype = \"legacy\"\nurl = \"https://index.example/simple\"\nreference = \"x\"\n";
    let plan = plan(PROJECT, &pyinstaller("6.18.0", source), &[MODULE]).unwrap();
    let wheel = &plan.targets[&Target::LinuxAmd64].freezer["pyinstaller"];
    assert_eq!(plan.files[wheel].index.as_deref(), Some("https://index.example/simple"));
}

#[test]
fn a_pyinstaller_for_other_machines_only_does_not_count() {
    let windows = "markers = \"sys_platform == 'win32'\"\n";
    let plan = plan(PROJECT, &pyinstaller("5.13.2", windows), &[MODULE]).unwrap();
    assert!(!plan.targets[&Target::LinuxAmd64].freezer.contains_key("pyinstaller"));
}

#[test]
fn a_path_dependency_is_a_source_of_its_own() {
    let packages = package("lib-x", "0.1", "main", &[], "[package.source]\ntype = \"directory\"\nurl = \"libs/x\"\n");
    let files = [
        MODULE,
        (
            "libs/x/pyproject.toml",
            "[project]\nname = \"Lib.X\"\ndynamic = [\"version\"]\n[build-system]\nrequires = []\n",
        ),
        ("libs/x/src/lib_x/__init__.py", ""),
    ];
    let plan = plan(PROJECT, &packages, &files).unwrap();
    assert_eq!(installed(&plan, Target::LinuxAmd64), [".", "libs/x"]);
    let source = &plan.sources["libs/x"];
    assert_eq!((source.contents[0].from.as_str(), source.contents[0].to.as_str()), ("src/lib_x", "lib_x"));
    // Its version is dynamic: the lock file has it.
    assert_eq!(source.distribution.as_ref().unwrap().version, "0.1");
}

fn contents(pyproject: &str, files: &[(&str, &str)]) -> Vec<SourceContent> {
    plan(pyproject, "", files).unwrap().sources["."].contents.clone()
}

#[test]
fn the_layout_is_poetrys() {
    let poetry = |rest: &str| format!("{PROJECT}[tool.poetry]\n{rest}\n");
    let found = contents(
        &poetry(
            "packages = [{ include = \"app\", from = \"lib\" }, { include = \"plugins/**/*.py\", to = \"app_x\" }]\nexclude = [\"lib/app/tests\"]",
        ),
        &[("lib/app/__init__.py", "def main(): ..."), ("plugins/a.py", "")],
    );
    assert_eq!((found[0].from.as_str(), found[0].to.as_str()), ("lib/app", "app"));
    assert_eq!(found[0].exclude, ["tests", "tests/**"]);
    assert_eq!((found[1].from.as_str(), found[1].to.as_str()), ("plugins", "app_x/plugins"));
    assert_eq!(found[1].include, ["**/*.py"]);
    let found = contents(PROJECT, &[("src/app.py", "def main(): ...")]);
    assert_eq!((found[0].from.as_str(), found[0].to.as_str()), ("src/app.py", "app.py"));
}

#[test]
fn a_package_that_is_the_projects_folder_is_that_folder_and_none_is_outside() {
    let from = |include: &str| {
        let packages = format!("{PROJECT}[tool.poetry]\npackages = [{{ include = \"{include}\", from = \"..\" }}]\n");
        let files = [("__init__.py", "def main(): ..."), ("../app/__init__.py", ""), ("../other/__init__.py", "")];
        plan(&packages, "", &files)
    };
    let found = &from("app").unwrap().sources["."].contents[0];
    assert_eq!((found.from.as_str(), found.to.as_str()), (".", "app"));
    let error = from("other").expect_err("is outside").to_string();
    assert_eq!(error, "`pyproject.toml`: package `other`: `../other` is outside of the project's folder");
}

#[test]
fn links_out_of_a_package_are_what_they_lead_to() {
    let poetry = format!("{PROJECT}[tool.poetry]\npackages = [{{ include = \"app\" }}]\nexclude = [\"app/out\"]\n");
    let files = [
        MODULE,
        ("app/README.md", "-> README.md"),
        ("app/web", "-> web"),
        ("app/inner", "-> app/__init__.py"),
        ("app/all", "-> ."),
        ("app/out", "-> README.md"),
        ("README.md", ""),
        ("web/x.html", ""),
        ("web/shared.css", "-> shared.css"),
    ];
    let found = contents(&poetry, &files);
    let places: Vec<(&str, &str)> = found.iter().map(|content| (content.from.as_str(), content.to.as_str())).collect();
    let expected =
        [("app", "app"), ("README.md", "app/README.md"), ("web", "app/web"), ("shared.css", "app/web/shared.css")];
    assert_eq!(places, expected);
    assert_eq!(found[0].exclude, ["out", "out/**", "README.md", "web"], "the others stay as they are");
    assert_eq!(found[2].exclude, ["shared.css"]);
}

#[test]
fn a_content_that_is_a_link_is_what_it_leads_to() {
    let poetry = format!("{PROJECT}[tool.poetry]\npackages = [{{ include = \"app\" }}, {{ include = \"skills\" }}]\n");
    let found = contents(&poetry, &[MODULE, ("skills", "-> .agents/skills"), (".agents/skills/x.md", "")]);
    assert_eq!((found[1].from.as_str(), found[1].to.as_str()), (".agents/skills", "skills"));
}

#[test]
fn packages_beside_a_script_have_all_their_files() {
    let pyproject = format!("{PROJECT}[tool.poetry]\npackage-mode = false\n[tool.permafreeze]\nentry = \"main.py\"\n");
    let files = [
        ("main.py", ""),
        ("polls/__init__.py", ""),
        ("polls/templates/x.html", ""),
        ("docs/conf.py", ""),
        (".hidden/__init__.py", ""),
        ("[a]/__init__.py", ""),
    ];
    let found = contents(&pyproject, &files);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].include, ["**/*.py", "polls/**"]);
}

#[test]
fn a_package_only_for_the_sdist_is_left_out() {
    let pyproject = format!(
        "{PROJECT}[tool.poetry]\npackages = [{{ include = \"app\" }}, {{ include = \"tests\", format = \"sdist\" }}]\n\
         include = [\"NOTES\", {{ path = \"data/x.json\", format = [\"sdist\", \"wheel\"] }}]\n"
    );
    let found = contents(&pyproject, &[MODULE, ("tests/a.py", ""), ("data/x.json", "")]);
    let paths: Vec<&str> = found.iter().map(|content| content.from.as_str()).collect();
    assert_eq!(paths, ["app", "data/x.json"]);
}

#[test]
fn a_script_of_the_package_runs_where_it_is_placed() {
    let pyproject = format!("{PROJECT}[tool.permafreeze]\nentry = \"src/app/__main__.py\"\nname = \"runner\"\n");
    let plan = plan(&pyproject, "", &[("src/app/__init__.py", ""), ("src/app/__main__.py", "")]).unwrap();
    let executable = &plan.executables["runner"];
    assert_eq!(executable.entry, Entry::Script { script: "app/__main__.py".to_owned() });
    assert_eq!(executable.collect_data, ["app"]);
    assert_eq!(executable.copy_metadata, ["app"]);
}

#[test]
fn a_poetry_script_may_be_a_file() {
    let pyproject = "[tool.poetry]\nname = \"app\"\nversion = \"1\"\n[tool.poetry.scripts]\n\
                     run = { reference = \"bin/run.py\", type = \"file\" }\n";
    let plan = plan(pyproject, "", &[MODULE, ("bin/run.py", "")]).unwrap();
    assert_eq!(plan.executables["app"].entry, Entry::Script { script: "run.py".to_owned() });
    // A file is no console script.
    assert_eq!(plan.sources["."].distribution.as_ref().unwrap().entry_points, "");
}

#[test]
fn only_an_old_poetry_may_have_left_groups_out_of_the_hash() {
    let pyproject = format!("{PROJECT}[dependency-groups]\ndev = [\"lint\"]\n");
    let lock = |poetry: &str| lock_text("", &hash_of(&pyproject, false), poetry);
    assert!(plan(&pyproject, "", &[MODULE, ("poetry.lock", &lock("2.2.1"))]).is_ok());
    let error = plan(&pyproject, "", &[MODULE, ("poetry.lock", &lock("2.3.0"))]).unwrap_err();
    assert!(matches!(error, Error::StaleLock { .. }));
}

#[test]
fn groups_and_extras_of_extras_are_in_what_requires_what() {
    let pyproject = PROJECT.replace(
        "[project.scripts]",
        "dependencies = [\"a[x]\"]\n[project.optional-dependencies]\nfast = [\"f\"]\nall = [\"app[fast]\"]\n[project.scripts]",
    ) + "[tool.poetry.group.dev.dependencies]\nd = \"*\"\n";
    let one = |name: &str, group: &str, more: &str| {
        package(name, "1", group, &[format!("{name}-1-py3-none-any.whl").as_str()], more)
    };
    let a = "[package.dependencies]\nb = {version = \"*\", optional = true, markers = \"extra == \\\"x\\\"\"}\n\
             w = {version = \"*\", markers = \"sys_platform == \\\"win32\\\"\"}\n[package.extras]\nx = [\"b\"]\n";
    let f = "markers = \"extra == \\\"fast\\\" or extra == \\\"all\\\"\"\n[package.dependencies]\nb = \"*\"\n";
    let packages = [
        one("a", "main", a),
        one("b", "main", ""),
        one("d", "dev", "[package.dependencies]\na = \"*\"\ngone = \"*\"\n"),
        one("f", "main", f),
        one("w", "main", "markers = \"sys_platform == \\\"win32\\\"\"\n"),
    ];
    let of = |options: &str, target| {
        requires(&format!("{pyproject}[tool.permafreeze]\n{options}\n"), &packages.concat(), &[MODULE], target)
    };
    assert_eq!(of("", Target::LinuxAmd64), "app>a[x] a>b");
    assert_eq!(of("", Target::WindowsAmd64), "app>a[x] a>b a>w");
    assert_eq!(of("groups = [\"dev\"]", Target::LinuxAmd64), "app>d", "`a` is of another group");
    let all = "groups = [\"main\", \"dev\"]\nextras = [\"all\"]";
    assert_eq!(of(all, Target::LinuxAmd64), "app>a[x] app>d app>f a>b d>a f>b");
}
