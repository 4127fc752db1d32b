//! What build backends package, and where they find a dynamic version: hatchling, uv_build, setuptools, flit, pdm-backend.
use crate::support::plan;
use permafreeze_plan::plan::Plan;
use permafreeze_resolve::Error;
use permafreeze_resolve::version::UNKNOWN;

/// A project `my-app` of a backend, with an entry that is not looked at.
fn project(backend: &str, more: &str) -> String {
    format!(
        "[project]\nname = \"my-app\"\nversion = \"1.0\"\nrequires-python = \">=3.11\"\n[build-system]\nrequires = []\n\
         build-backend = \"{backend}\"\n[tool.permafreeze]\nentry = \"main.py\"\n{more}"
    )
}

fn made(pyproject: &str, files: &[&str]) -> Result<Plan, Error> {
    let lock = "version = 1\nrequires-python = \">=3.11\"\n[[package]]\nname = \"my-app\"\nversion = \"1.0\"\n\
                source = { editable = \".\" }\n";
    let files = files.iter().map(|path| path.split_once('=').unwrap_or((*path, "")));
    let files: Vec<(&str, &str)> = files.chain([("main.py", ""), ("uv.lock", lock)]).collect();
    plan(pyproject, "", &files)
}

/// What the project's distribution consists of, as `from -> to`; what lies beside the entry left out.
fn packaged(backend: &str, more: &str, files: &[&str]) -> Vec<String> {
    let made = made(&project(backend, more), files).unwrap_or_else(|error| panic!("{error}"));
    let contents = made.sources["."].contents.iter().filter(|content| content.include.is_empty());
    contents.map(|content| format!("{} -> {}", content.from, content.to)).collect()
}

#[test]
fn hatchling_takes_its_packages_else_the_one_of_the_projects_name() {
    let of = |more: &str, files: &[&str]| packaged("hatchling.build", more, files);
    let wheel = |lines: &str| format!("[tool.hatch.build.targets.wheel]\n{lines}\n");
    let files = ["src/my_app/__init__.py", "src/other/__init__.py", "data/x.txt"];
    assert_eq!(of("", &files), ["src/my_app -> my_app"]);
    assert_eq!(of("", &["my_app/__init__.py", "src/my_app/__init__.py"]), ["my_app -> my_app"]);
    assert_eq!(of("", &["my_app.py"]), ["my_app.py -> my_app.py"]);
    assert_eq!(of(&wheel("packages = [\"src/other\"]"), &files), ["src/other -> other"]);
    assert_eq!(of("[tool.hatch.build]\npackages = [\"src/other\"]\n", &files), ["src/other -> other"]);
    assert_eq!(of(&wheel("only-include = [\"src/my_app\"]\nsources = [\"src\"]"), &files), ["src/my_app -> my_app"]);
    assert_eq!(of(&wheel("include = [\"/src/other/**/*.py\"]\nsources = [\"src\"]"), &files), ["src/other -> other"]);
    let moved =
        wheel("include = [\"src/other\"]\n[tool.hatch.build.targets.wheel.sources]\n\"src/other\" = \"new/name\"");
    assert_eq!(of(&moved, &files), ["src/other -> new/name"]);
    let below = wheel("packages = [\"src/other\"]\n[tool.hatch.build.targets.wheel.sources]\n\"src\" = \"new\"");
    assert_eq!(of(&below, &files), ["src/other -> new/other"]);
    let all = wheel("only-include = [\"other\"]\n[tool.hatch.build.targets.wheel.sources]\n\"\" = \"new\"");
    assert_eq!(of(&all, &["other/__init__.py"]), ["other -> new/other"]);
    let forced = "[tool.hatch.build.targets.wheel.force-include]\n\"data\" = \"my_app/data\"\n";
    assert_eq!(of(forced, &files), ["src/my_app -> my_app", "data -> my_app/data"]);
}

#[test]
fn what_hatchling_excludes_is_left_out() {
    let more = "[tool.hatch.build.targets.wheel]\nexclude = [\"/my_app/tests\", \"**/*.md\"]\n";
    let made = made(&project("hatchling.build", more), &["my_app/__init__.py"]).unwrap();
    assert_eq!(made.sources["."].contents[0].exclude, ["tests", "tests/**", "**/*.md", "**/*.md/**"]);
}

#[test]
fn uv_build_takes_the_modules_in_its_root() {
    let of = |more: &str, files: &[&str]| packaged("uv_build", more, files);
    assert_eq!(of("", &["src/my_app/__init__.py", "my_app/__init__.py"]), ["src/my_app -> my_app"]);
    let own = "[tool.uv.build-backend]\nmodule-root = \"\"\nmodule-name = [\"acme.app\", \"tool\"]\n";
    assert_eq!(of(own, &["acme/app/__init__.py", "tool/__init__.py"]), ["acme/app -> acme/app", "tool -> tool"]);
    let one = "[tool.uv.build-backend]\nmodule-name = \"PIL\"\n";
    assert_eq!(of(one, &["src/PIL/__init__.py"]), ["src/PIL -> PIL"]);
}

#[test]
fn setuptools_finds_packages_unless_they_are_named() {
    let of = |more: &str, files: &[&str]| packaged("setuptools.build_meta", more, files);
    let flat = ["my_app/__init__.py", "tests/__init__.py", "docs/__init__.py", "loose/x.py"];
    assert_eq!(of("", &flat), ["my_app -> my_app"]);
    let src = ["src/my_app/__init__.py", "src/space/x.py", "src/x.egg-info/y", "other/__init__.py"];
    assert_eq!(of("", &src), ["src/my_app -> my_app", "src/space -> space"]);
    let listed =
        "[tool.setuptools]\npackages = [\"a\", \"a.b\", \"c\"]\npackage-dir = { \"\" = \"lib\", c = \"sea\" }\n";
    assert_eq!(of(listed, &["lib/a/b/__init__.py", "sea/__init__.py"]), ["lib/a -> a", "sea -> c"]);
    let found = "[tool.setuptools.packages.find]\nwhere = [\"lib\"]\ninclude = [\"my_*\"]\n";
    assert_eq!(of(found, &["lib/my_app/__init__.py", "lib/other/__init__.py"]), ["lib/my_app -> my_app"]);
    let modules = "[tool.setuptools]\npy-modules = [\"my_app\"]\n";
    assert_eq!(of(modules, &["my_app.py", "other/__init__.py"]), ["my_app.py -> my_app.py"]);
}

#[test]
fn flit_and_pdm_have_rules_of_their_own() {
    assert_eq!(packaged("flit_core.buildapi", "", &["src/my_app/__init__.py"]), ["src/my_app -> my_app"]);
    let named = "[tool.flit.module]\nname = \"short\"\n";
    assert_eq!(packaged("flit_core.buildapi", named, &["short.py"]), ["short.py -> short.py"]);
    let files = ["src/my_app/__init__.py", "src/more/__init__.py", "src/tests/__init__.py"];
    assert_eq!(packaged("pdm.backend", "", &files), ["src/more -> more", "src/my_app -> my_app"]);
    let included = "[tool.pdm.build]\nincludes = [\"src/more\"]\n";
    assert_eq!(packaged("pdm.backend", included, &files), ["src/more -> more"]);
}

#[test]
fn a_package_that_is_not_there_is_said_in_the_backends_words() {
    let said = |backend: &str, more: &str| {
        let error = made(&project(backend, more), &[]).expect_err("no package");
        format!("{error}\nhint: {}", error.hint().unwrap_or_default())
    };
    let named = said("hatchling.build", "[tool.hatch.build.targets.wheel]\npackages = [\"src/x\"]\n");
    assert_eq!(
        named,
        "`pyproject.toml`: package `x`: `src/x` does not exist\nhint: correct `packages = [\"…\"]` in \
         `[tool.hatch.build.targets.wheel]`"
    );
    let missing = said("setuptools.build_meta", "");
    assert!(missing.starts_with("`pyproject.toml`: no package `my_app`: looked for"), "{missing}");
    assert!(missing.contains("`[tool.setuptools]`, or set `package = false` in `[tool.uv]`"), "{missing}");
}

#[test]
fn a_distribution_of_requirements_alone_has_no_packages() {
    let none: [&str; 0] = [];
    let bypassed = "[tool.hatch.build.targets.wheel]\nbypass-selection = true\n";
    assert_eq!(packaged("hatchling.build", bypassed, &[]), none);
    assert_eq!(packaged("setuptools.build_meta", "[tool.setuptools]\npackages = []\n", &["x/__init__.py"]), none);
}

#[test]
fn a_backend_that_is_not_known_has_the_package_of_the_projects_name() {
    assert_eq!(packaged("maturin", "", &["my_app/__init__.py"]), ["my_app -> my_app"]);
    let poetrys = "[tool.poetry]\npackages = [{ include = \"x\" }]\n";
    assert_eq!(packaged("poetry.core.masonry.api", poetrys, &["x/__init__.py"]), ["x -> x"]);
}

/// The version in the metadata of a project whose version is dynamic.
fn version(backend: &str, more: &str, files: &[&str]) -> Result<String, Error> {
    let pyproject = project(backend, more).replace("version = \"1.0\"", "dynamic = [\"version\"]");
    let made = made(&pyproject, files)?;
    Ok(made.sources["."].distribution.as_ref().expect("a distribution").version.clone())
}

#[test]
fn a_dynamic_version_is_read_where_the_backend_reads_it() {
    let module = "my_app/__init__.py=__version__ = \"2.5\"\n";
    for (backend, more, files) in [
        ("hatchling.build", "[tool.hatch.version]\npath = \"my_app/__init__.py\"\n", [module, ""]),
        (
            "setuptools.build_meta",
            "[tool.setuptools.dynamic]\nversion = { attr = \"my_app.__version__\" }\n",
            [module, ""],
        ),
        (
            "setuptools.build_meta",
            "[tool.setuptools.dynamic]\nversion = { file = [\"VERSION\"] }\n",
            [module, "VERSION=2.5\n"],
        ),
        ("flit_core.buildapi", "", [module, ""]),
        ("pdm.backend", "[tool.pdm.version]\nsource = \"file\"\npath = \"my_app/__init__.py\"\n", [module, ""]),
        ("hatchling.build", "[tool.hatch.version]\nsource = \"vcs\"\nfallback-version = \"2.5\"\n", [module, ""]),
        ("setuptools.build_meta", "[tool.setuptools_scm]\nfallback_version = \"2.5\"\n", [module, ""]),
    ] {
        let files: Vec<&str> = files.into_iter().filter(|file| !file.is_empty()).collect();
        assert_eq!(version(backend, more, &files).unwrap_or_else(|error| panic!("{error}")), "2.5", "{more}");
    }
}

#[test]
fn a_version_that_no_file_says_is_said_by_an_option_or_unknown() {
    let files = ["my_app/__init__.py=from .x import __version__\n"];
    let vcs = "[tool.hatch.version]\nsource = \"vcs\"\n";
    assert_eq!(version("hatchling.build", vcs, &files).unwrap(), UNKNOWN);
    let said = format!("version = \"3.0\"\n{vcs}");
    assert_eq!(version("hatchling.build", &said, &files).unwrap(), "3.0");
    let fixed = made(&project("hatchling.build", "version = \"3.0\"\n"), &files).unwrap();
    assert_eq!(fixed.sources["."].distribution.as_ref().unwrap().version, "1.0", "the project's own is not replaced");
}

/// The version files of a project of version 1.2rc1, by path.
fn version_files(backend: &str, more: &str, files: &[&str]) -> Result<Vec<(String, String)>, Error> {
    let pyproject = project(backend, more).replace("version = \"1.0\"", "version = \"1.2rc1\"");
    Ok(made(&pyproject, files)?.sources["."].generated.clone().into_iter().collect())
}

#[test]
fn a_file_that_the_backend_writes_with_the_version_is_in_the_plan() {
    let files = ["src/my_app/__init__.py=from ._version import version\n"];
    let tuple = "version_tuple = (1, 2, 'rc1')";
    for (backend, more, path, part) in [
        (
            "hatchling.build",
            "[tool.hatch.build.hooks.vcs]\nversion-file = \"src/my_app/_version.py\"",
            "_version.py",
            tuple,
        ),
        (
            "hatchling.build",
            "[tool.hatch.build.targets.wheel.hooks.vcs]\nversion-file = \"./src/my_app/v/x.py\"\ntemplate = \"V = {version!r}\"",
            "v/x.py",
            "V = '1.2rc1'",
        ),
        (
            "hatchling.build",
            "[tool.hatch.build.hooks.version]\npath = \"src/my_app/_version.py\"",
            "_version.py",
            "VERSION = '1.2rc1'\n",
        ),
        (
            "setuptools.build_meta",
            "[tool.setuptools_scm]\nversion_file = \"src/my_app/_version.py\"",
            "_version.py",
            tuple,
        ),
        (
            "setuptools.build_meta",
            "[tool.setuptools_scm]\nroot = \"src\"\nwrite_to = \"my_app/VERSION.txt\"",
            "VERSION.txt",
            "1.2rc1",
        ),
        (
            "pdm.backend",
            "[tool.pdm.version]\nsource = \"scm\"\nwrite_to = \"my_app/_version.py\"\nwrite_template = \"__version__ = '{}'\"",
            "_version.py",
            "__version__ = '1.2rc1'",
        ),
        (
            "setuptools.build_meta",
            "[tool.versioningit.write]\nfile = \"src/my_app/_version.py\"",
            "_version.py",
            "__version__ = \"1.2rc1\"\n",
        ),
    ] {
        let found = version_files(backend, more, &files).unwrap_or_else(|error| panic!("{more}: {error}"));
        let [(at, text)] = &found[..] else { panic!("{more}: {found:?}") };
        assert_eq!(*at, format!("my_app/{path}"), "{more}");
        assert!(text.contains(part), "{more}: {text}");
    }
}

#[test]
fn a_version_file_that_is_no_part_of_the_executable_is_not_in_the_plan() {
    let files = ["src/my_app/__init__.py=__version__ = \"1.2\"\n"];
    let hook = |kind: &str, lines: &str| format!("[tool.hatch.build.hooks.{kind}]\n{lines}\n");
    for more in [
        hook("vcs", "version-file = \"docs/version.txt\""),
        hook("vcs", "version-file = \"/src/my_app/_version.py\""),
        hook("vcs", "version-file = \"../src/my_app/_version.py\""),
        hook("vcs", "version-file = \"src/my_app/version.json\""),
        "[tool.hatch.version.raw-options]\nwrite_to = \"src/my_app/_version.py\"\n".to_owned(),
        hook("vcs", "template = \"{version}\""),
        hook("version", "path = \"src/my_app/__init__.py\"\npattern = true"),
    ] {
        assert_eq!(version_files("hatchling.build", &more, &files).unwrap(), [], "{more}");
    }
}

#[test]
fn what_a_repository_decides_is_no_part_of_a_version_file() {
    let more =
        "[tool.hatch.build.hooks.vcs]\nversion-file = \"my_app/_version.py\"\ntemplate = \"V = {scm_version.node}\"\n";
    let error = version_files("hatchling.build", more, &["my_app/__init__.py"]).unwrap_err().to_string();
    assert!(error.contains("`tool.hatch.build.hooks.vcs.template`") && error.contains("{scm_version.node}"), "{error}");
    assert!(
        error.contains(
            "assigns `{version}` and `{version_tuple}` and nothing else, or `my_app/_version.py` in the project"
        ),
        "{error}"
    );
    let code = more.replace("V = {scm_version.node}", "import os");
    let error = version_files("hatchling.build", &code, &["my_app/__init__.py"]).unwrap_err().to_string();
    assert!(error.contains("is `import os`: the file that it makes"), "{error}");
    let committed = ["my_app/__init__.py", "my_app/_version.py=V = \"1\"\n"];
    assert_eq!(version_files("hatchling.build", more, &committed).unwrap(), [], "the project has the file");
}
