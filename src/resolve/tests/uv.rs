//! uv.lock: what is installed of it, which of a workspace is the project, and when it is stale.
use crate::support;
use crate::support::{hash_of, installed, plan, requires};
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::Plan;
use permafreeze_resolve::Error;

const MODULE: (&str, &str) = ("src/app/__init__.py", "from .all import *\n");

/// A project with these lines after its `[project]` table's.
fn project(more: &str) -> String {
    format!(
        "[project]\nname = \"app\"\nversion = \"1.0\"\nrequires-python = \">=3.11\"\n{more}\n[project.scripts]\n\
         app = \"app:main\"\n[build-system]\nrequires = [\"uv_build\"]\nbuild-backend = \"uv_build\"\n"
    )
}

/// A lock of these packages; `app` is what it says of the project besides name and source.
fn lock(app: &str, packages: &[String]) -> String {
    format!(
        "version = 1\nrevision = 3\nrequires-python = \">=3.11\"\n\n[[package]]\nname = \"app\"\nversion = \"1.0\"\n\
         source = {{ editable = \".\" }}\n{app}\n{}",
        packages.concat()
    )
}

/// A package of an index with a wheel and a source distribution.
fn package(name: &str, version: &str, more: &str) -> String {
    let module = name.replace('-', "_");
    let hash = |file: &str| hash_of(&format!("# {file}"), true);
    let (wheel, sdist) = (format!("{module}-{version}-py3-none-any.whl"), format!("{module}-{version}.tar.gz"));
    format!(
        "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = {{ registry = \"https://index.example/simple\" }}\n\
         sdist = {{ url = \"https://files.example/{sdist}\", hash = \"sha256:{}\", size = 20 }}\n\
         wheels = [\n    {{ url = \"https://files.example/{wheel}\", hash = \"sha256:{}\", size = 10, upload-time = \"x\" }},\n]\n\
         {more}\n",
        hash(&sdist),
        hash(&wheel)
    )
}

fn made(pyproject: &str, lock: &str, more: &[(&str, &str)]) -> Result<Plan, Error> {
    let files: Vec<(&str, &str)> = [MODULE, ("uv.lock", lock)].into_iter().chain(more.iter().copied()).collect();
    plan(pyproject, "", &files)
}

fn said(result: Result<Plan, Error>) -> String {
    let error = result.expect_err("is refused");
    format!("{error}\nhint: {}", error.hint().unwrap_or_default())
}

#[test]
fn a_wheel_has_what_the_lock_says_of_it_and_comes_from_the_configured_index() {
    let app = "dependencies = [{ name = \"a-b\" }]\n[package.metadata]\nrequires-dist = [{ name = \"a-b\", specifier = \">=1\" }]\n";
    let plan = made(&project("dependencies = [\"a_b>=1\"]"), &lock(app, &[package("a-b", "1.0", "")]), &[]).unwrap();
    assert_eq!(installed(&plan), [".", "a-b"]);
    let file = &plan.files["a_b-1.0-py3-none-any.whl"];
    assert_eq!((file.size, &file.url, &file.index), (Some(10), &None, &None));
    assert_eq!(plan.lock.as_deref(), Some("uv.lock"));
}

#[test]
fn an_index_that_the_project_names_is_the_packages() {
    let app = "dependencies = [{ name = \"a\" }]\n[package.metadata]\nrequires-dist = [{ name = \"a\" }]\n";
    let named = "[[tool.uv.index]]\nname = \"corp\"\nurl = \"https://me:pw@index.example/simple/\"\n";
    let pyproject = project("dependencies = [\"a\"]") + named;
    let plan = made(&pyproject, &lock(app, &[package("a", "1.0", "")]), &[]).unwrap();
    assert_eq!(plan.files["a-1.0-py3-none-any.whl"].index.as_deref(), Some("https://index.example/simple"));
}

/// app -> a [x] -> b; c 1 for old Pythons, else c 2; extra `fast` -> d; groups `dev` -> e and those of `lint`, which has f.
fn everything() -> (String, String) {
    let pyproject = project(
        "dependencies = [\"a[x]\", \"c<2; python_version < '3.12'\", \"c>=2; python_version >= '3.12'\", \"w; sys_platform == 'win32'\"]\n\
         [project.optional-dependencies]\nfast = [\"d\"]\nall = [\"app[fast]\"]\n\
         [dependency-groups]\ndev = [\"e\", { include-group = \"lint\" }]\nlint = [\"f\"]",
    );
    let app = "dependencies = [\n    { name = \"a\", extra = [\"x\"] },\n\
        { name = \"c\", version = \"1.0\", source = { registry = \"https://index.example/simple\" }, marker = \"python_full_version < '3.12'\" },\n\
        { name = \"c\", version = \"2.0\", source = { registry = \"https://index.example/simple\" }, marker = \"python_full_version >= '3.12'\" },\n\
        { name = \"w\", marker = \"sys_platform == 'win32'\" },\n]\n\
        [package.optional-dependencies]\nall = [{ name = \"d\" }]\nfast = [{ name = \"d\" }]\n\
        [package.dev-dependencies]\ndev = [{ name = \"e\" }, { name = \"f\" }]\nlint = [{ name = \"f\" }]\n\
        [package.metadata]\nrequires-dist = [\n    { name = \"a\", extras = [\"x\"] },\n\
        { name = \"app\", extras = [\"fast\"], marker = \"extra == 'all'\" },\n\
        { name = \"c\", marker = \"python_full_version < '3.12'\", specifier = \"<2\" },\n\
        { name = \"c\", marker = \"python_full_version >= '3.12'\", specifier = \">=2\" },\n\
        { name = \"d\", marker = \"extra == 'fast'\" },\n    { name = \"w\", marker = \"sys_platform == 'win32'\" },\n]\n\
        provides-extras = [\"fast\", \"all\"]\n[package.metadata.requires-dev]\n\
        dev = [{ name = \"e\" }, { name = \"f\" }]\nlint = [{ name = \"f\" }]\n";
    let extra = "[package.optional-dependencies]\nx = [{ name = \"b\" }]\n";
    let mut packages = vec![package("a", "1.0", extra)];
    packages.extend(["b", "d", "e", "f", "w"].map(|name| package(name, "1.0", "")));
    let marked = |version: &str| {
        let markers = "resolution-markers = [\"python_full_version >= '3.12'\"]\n";
        package("c", version, "").replace("source =", &format!("{markers}source ="))
    };
    packages.extend([marked("1.0"), marked("2.0")]);
    (pyproject, lock(app, &packages))
}

#[test]
fn groups_extras_and_forks_are_followed() {
    let (pyproject, lock) = everything();
    let with = |options: &str| {
        let plan = made(&format!("{pyproject}[tool.permafreeze]\n{options}\n"), &lock, &[]);
        installed(&plan.unwrap_or_else(|error| panic!("{error}")))
    };
    assert_eq!(with(""), [".", "a", "b", "c"]);
    assert_eq!(with("targets = [\"windows-amd64\"]"), [".", "a", "b", "w", "c"]);
    assert_eq!(with("extras = [\"fast\"]"), [".", "a", "b", "d", "c"]);
    assert_eq!(with("extras = [\"all\"]"), [".", "a", "b", "d", "c"]);
    assert_eq!(with("groups = [\"main\", \"dev\"]"), [".", "a", "b", "e", "f", "c"]);
    assert_eq!(with("groups = [\"lint\"]"), [".", "f"]);
    let plan = made(&pyproject, &lock, &[]).unwrap();
    assert!(plan.files.contains_key("c-2.0-py3-none-any.whl") && plan.files.len() == 3, "{:?}", plan.files.keys());
}

#[test]
fn what_requires_what_is_what_was_followed() {
    let (pyproject, lock) = everything();
    let with = |options: &str, target: Target| {
        requires(&format!("{pyproject}[tool.permafreeze]\n{options}\n"), "", &[MODULE, ("uv.lock", &lock)], target)
    };
    assert_eq!(with("", Target::LinuxAmd64), "app>a[x] app>c a>b");
    assert_eq!(with("", Target::WindowsAmd64), "app>a[x] app>c app>w a>b");
    assert_eq!(with("groups = [\"dev\"]", Target::LinuxAmd64), "app>e app>f");
    assert_eq!(with("extras = [\"all\"]", Target::LinuxAmd64), "app>a[x] app>c app>d a>b");
}

#[test]
fn each_change_of_a_requirement_makes_the_lock_stale() {
    let (pyproject, lock) = everything();
    for (from, to, problem) in [
        ("\"a[x]\"", "\"a\"", "it was not made for `a`"),
        ("\"a[x]\"", "\"a[x]>=1\"", "it was not made for `a[x]>=1`"),
        ("\"a[x]\", ", "", "it was made for `a[x]` too"),
        ("c>=2", "c>=2,<3", "it was not made for `c<3,>=2`"),
        ("== 'win32'", "== 'darwin'", "it was made for another marker of `w`"),
        ("fast = [\"d\"]", "fast = [\"d\", \"z\"]", "it was not made for `z`"),
        ("[\"e\", {", "[\"e>1\", {", "it was not made for `e>1`"),
        ("lint = [\"f\"]", "lint = []", "it was made for `f` too"),
        ("lint = [\"f\"]", "lint = [\"f\"]\nmore = [\"g\"]", "it was not made for `g`"),
    ] {
        let changed = pyproject.replacen(from, to, 1);
        assert_ne!(changed, pyproject);
        let said = said(made(&changed, &lock, &[]));
        let expected = format!(
            "`uv.lock` does not match `pyproject.toml`: {problem}\nhint: run `uv lock`, then `permafreeze lock`"
        );
        assert_eq!(said, expected, "{to}");
    }
}

#[test]
fn what_changes_no_requirement_of_a_target_leaves_it_fresh() {
    let (pyproject, lock) = everything();
    for (from, to) in [
        ("\"a[x]\"", "\"A [X]\""),
        ("python_version >= '3.12'", "python_full_version >= '3.12'"),
        ("\"w; sys_platform == 'win32'\"", "\"w; 'win32' == sys_platform\", \"old; python_version < '3'\""),
        ("version = \"1.0\"", "version = \"1.1\"\ndescription = \"x\""),
    ] {
        let changed = pyproject.replacen(from, to, 1);
        assert_ne!(changed, pyproject);
        assert!(made(&changed, &lock, &[]).is_ok(), "{to}");
    }
    // Older versions of uv wrote what `all` stands for.
    let old = lock.replace(
        "{ name = \"app\", extras = [\"fast\"], marker = \"extra == 'all'\" }",
        "{ name = \"d\", marker = \"extra == 'all'\" }",
    );
    assert!(made(&pyproject, &old, &[]).is_ok());
}

#[test]
fn overrides_constraints_and_sources_are_part_of_it() {
    let app = "dependencies = [{ name = \"a\" }]\n[package.metadata]\nrequires-dist = [{ name = \"a\", git = \"https://h/a?tag=v1\" }]\n";
    let git = "[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { git = \"https://h/a?tag=v1#0123456789012345678901234567890123456789\" }\n";
    let lock = lock(app, &[git.to_owned()]);
    let with = |uv: &str| made(&(project("dependencies = [\"a>=1\"]") + uv), &lock, &[]);
    let source = "[tool.uv.sources]\na = { git = \"https://h/a\", tag = \"v1\" }\n";
    assert!(matches!(with(source), Err(Error::Trees(_))), "it is fresh, and its tree must be fetched");
    let stale = |uv: &str| said(with(uv));
    assert!(stale(&source.replace("v1", "v2")).contains("it was not made for `a @ git+https://h/a@v2`"));
    assert!(stale("").contains("it was not made for `a>=1`"));
    let limited = |key: &str| stale(&format!("{source}[tool.uv]\n{key}-dependencies = [\"b<3\"]\n"));
    assert!(limited("override").contains("it was not made for `b<3`"));
    assert!(limited("constraint").contains("it was not made for `b<3`"));
}

#[test]
fn a_workspace_is_locked_above_its_members() {
    let project = project("dependencies = [\"lib\", \"only\"]");
    let member = |name: &str, kind: &str, more: &str| {
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"1\"\nsource = {{ {kind} = \"packages/{name}\" }}\n{more}\n"
        )
    };
    let app = "dependencies = [{ name = \"lib\" }, { name = \"only\" }]\n[package.metadata]\n\
               requires-dist = [{ name = \"lib\", editable = \"packages/lib\" }, { name = \"only\", virtual = \"packages/only\" }]\n";
    let lock = format!(
        "version = 1\nrequires-python = \">=3.11\"\n{}{}{}{}",
        member("app", "editable", app),
        member("lib", "editable", "dependencies = [{ name = \"a\" }]\n"),
        member("only", "virtual", "dependencies = [{ name = \"b\" }]\n"),
        [package("a", "1.0", ""), package("b", "1.0", "")].concat()
    );
    let root = "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n[tool.uv.sources]\nlib = { workspace = true }\n\
                only = { workspace = true }\n";
    let lib = "[project]\nname = \"lib\"\nversion = \"1\"\n";
    let files = [
        MODULE,
        ("../../uv.lock", lock.as_str()),
        ("../../pyproject.toml", root),
        ("../lib/pyproject.toml", lib),
        ("../lib/lib/__init__.py", ""),
    ];
    let plan = plan(&project, "", &files).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(installed(&plan), [".", "../lib", "a", "b"], "of a virtual member only the requirements");
    assert_eq!(plan.lock.as_deref(), Some("../../uv.lock"));
    assert_eq!(plan.sources["../lib"].contents[0].from, "lib", "setuptools finds the package");

    let other = said(support::plan(&project.replace("\"app\"\n", "\"apps\"\n"), "", &files));
    assert!(other.starts_with("`../../uv.lock` does not match `pyproject.toml`: it has no project `apps`"), "{other}");
}

#[test]
fn a_project_without_a_build_system_is_no_distribution() {
    let pyproject = "[project]\nname = \"app\"\nversion = \"1\"\nrequires-python = \">=3.11\"\n[tool.permafreeze]\nentry = \"main.py\"\n";
    let lock = lock("", &[]).replace("editable", "virtual");
    let plan = made(pyproject, &lock, &[("main.py", "")]).unwrap();
    assert_eq!(plan.sources["."].distribution, None);
    let packaged = made(&format!("{pyproject}[tool.uv]\npackage = true\n"), &lock, &[("main.py", "")]).unwrap();
    assert!(packaged.sources["."].distribution.is_some(), "`package` says otherwise");
}

#[test]
fn a_target_that_it_was_not_locked_for_is_refused() {
    let (pyproject, lock) = everything();
    let only = |marker: &str| {
        let lock = lock.replacen("\n\n[[package]]", &format!("\nsupported-markers = [\"{marker}\"]\n\n[[package]]"), 1);
        made(&pyproject, &lock, &[])
    };
    assert!(only("sys_platform == 'linux'").is_ok());
    let said = said(only("sys_platform == 'win32'"));
    assert!(
        said.contains("`supported-markers` is `sys_platform == \"win32\"`: the project is not locked for"),
        "{said}"
    );
}

#[test]
fn a_lock_of_another_version_and_a_malformed_one_are_refused() {
    let (pyproject, lock) = everything();
    let with = |from: &str, to: &str| said(made(&pyproject, &lock.replacen(from, to, 1), &[]));
    assert_eq!(
        with("version = 1\n", "version = 2\n"),
        "`uv.lock` has version `2`: permafreeze reads version 1\nhint: run `uv lock` of a uv that writes such a version, or \
         update permafreeze"
    );
    assert!(with("version = 1\n", "").starts_with("`uv.lock` has no version: "));
    assert!(
        made(&pyproject, &lock.replacen("revision = 3", "revision = 99", 1), &[]).is_ok(),
        "a revision may be passed over"
    );
    let malformed = with("requires-python = \">=3.11\"", "requires-python = [");
    assert!(malformed.ends_with("hint: uv writes this file: run `uv lock` (after a merge too)"), "{malformed}");
    let missing = with("[[package]]\nname = \"b\"", "[[package]]\nname = \"bb\"");
    assert!(missing.contains("`dependencies of a` is `b`: no package is locked for it"), "{missing}");
    let many = with("version = \"2.0\", source = { registry = \"https://index.example/simple\" }, marker", "marker");
    assert!(many.contains("`dependencies of app` is `c`: several packages are locked for it"), "{many}");
    let marker = with("marker = \"sys_platform == 'win32'\"", "marker = \"sys_platform = 'win32'\"");
    assert!(marker.starts_with("`uv.lock`: cannot read the marker of `app`"), "{marker}");
}

#[test]
fn names_lead_nowhere_and_urls_are_servers() {
    let app = "dependencies = [{ name = \"a\" }]\n[package.metadata]\nrequires-dist = [{ name = \"a\" }]\n";
    let lock = lock(app, &[package("a", "1.0", "")]);
    let with = |from: &str, to: &str| said(made(&project("dependencies = [\"a\"]"), &lock.replacen(from, to, 1), &[]));
    let name = with("https://files.example/a-1.0-py3", "https://me:pw@files.example/..%2fa-1.0-py3");
    assert!(name.contains("`files of package` is `a 1.0`") && name.contains("is not one part of a path"), "{name}");
    assert!(!name.contains("pw"), "{name}");
    assert!(
        with("version = \"1.0\"\nsource = { registry", "version = \"../1\"\nsource = { registry")
            .contains("is not one part")
    );
    let registry = "registry = \"https://index.example/simple\"";
    assert!(with(registry, "url = \"file:///etc/x-1-py3-none-any.whl\"").contains("must begin with `https://`"));
    assert!(with(registry, "git = \"https://h/x\"").contains("expected a URL with a commit"));
    assert!(with(registry, "directory = \"/home/me/a\"").contains("it is a path of one machine"));
    let hashes = lock.replace("sha256:", "sha512:");
    let hash = said(made(&project("dependencies = [\"a\"]"), &hashes, &[]));
    assert!(hash.contains("only `sha256:` is taken"), "{hash}");
}

#[test]
fn files_of_urls_paths_and_folders_are_found() {
    let app = "dependencies = [{ name = \"a\" }, { name = \"b\" }, { name = \"c\" }]\n[package.metadata]\n\
        requires-dist = [{ name = \"a\", url = \"https://h/a-1-py3-none-any.whl\" }, { name = \"b\", path = \"w/b-1-py3-none-any.whl\" }, { name = \"c\" }]\n";
    let hash = "0".repeat(64);
    let one = |name: &str, source: &str, wheel: &str| {
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"1\"\nsource = {{ {source} }}\nwheels = [{{ {wheel}, hash = \"sha256:{hash}\" }}]\n"
        )
    };
    let packages = [
        one("a", "url = \"https://h/a-1-py3-none-any.whl\"", "url = \"https://h/a-1-py3-none-any.whl\""),
        one("b", "path = \"w/b-1-py3-none-any.whl\"", "filename = \"b-1-py3-none-any.whl\""),
        one("c", "registry = \"w\"", "path = \"c-1-py3-none-any.whl\""),
    ];
    let pyproject = project("dependencies = [\"a\", \"b\", \"c\"]")
        + "[tool.uv.sources]\na = { url = \"https://h/a-1-py3-none-any.whl\" }\nb = { path = \"w/b-1-py3-none-any.whl\" }\n";
    let files = [("w/b-1-py3-none-any.whl", ""), ("w/c-1-py3-none-any.whl", "")];
    let plan = made(&pyproject, &lock(app, &packages), &files).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(plan.files["a-1-py3-none-any.whl"].url.as_deref(), Some("https://h/a-1-py3-none-any.whl"));
    for name in ["b", "c"] {
        let file = format!("{name}-1-py3-none-any.whl");
        assert_eq!(plan.files[&file].path, Some(format!("w/{file}")));
    }
    let gone = said(made(&pyproject, &lock(app, &packages), &files[1..]));
    assert!(gone.contains("`w/b-1-py3-none-any.whl` does not exist") && gone.contains("run `uv lock`"), "{gone}");
}
