//! Packages without a wheel: what builds them is known of one source distribution, and of no other.
use crate::support::{MODULE, PROJECT, package, with};
use permafreeze_plan::plan::{Package, PinnedFile, Plan, WheelBuild};
use permafreeze_resolve::Error;
use permafreeze_resolve::sdist::known::{Chosen, Known};
use permafreeze_resolve::source_distribution::Sdist;

const SDIST: &str = "old_er-1.0.tar.gz";

fn old() -> String {
    package("old.er", "1.0", "main", &[SDIST], "")
}

/// What is not known of a plan.
fn unknown(result: Result<Plan, Error>) -> Vec<Sdist> {
    match result {
        Err(Error::Sdists(unknown)) => unknown.sdists,
        other => panic!("expected unknown builds, found {other:?}"),
    }
}

fn tool(sha256: &str) -> PinnedFile {
    let text = str::to_owned;
    PinnedFile {
        package: text("tool"),
        version: text("1"),
        sha256: text(sha256),
        size: None,
        url: None,
        index: None,
        path: None,
        git: None,
    }
}

/// Knows what builds a source distribution.
fn known(sdist: &Sdist) -> Known {
    let wheel = "tool-1-py3-none-any.whl";
    let build = WheelBuild {
        wheel: sdist.wheel(),
        backend: "tool".to_owned(),
        backend_path: Vec::new(),
        subdirectory: None,
        requires: vec!["tool".to_owned()],
        extra: sdist.extra.clone(),
        environment: vec![wheel.to_owned()],
    };
    let mut known = Known::default();
    known.add(sdist, Chosen { build, files: [(wheel.to_owned(), tool("00"))].into() });
    known
}

#[test]
fn what_was_chosen_is_kept_through_the_plan() {
    let make = |known: &Known| with(PROJECT, &old(), &[MODULE], None, known);
    let sdists = unknown(make(&Known::default()));
    let [sdist] = &sdists[..] else { panic!("{sdists:?}") };
    assert_eq!((sdist.file.as_str(), sdist.wheel().as_str()), (SDIST, "old_er-1.0-py3-none-any.whl"));
    let plan = make(&known(sdist)).unwrap();
    assert_eq!(plan.builds[SDIST].wheel, "old_er-1.0-py3-none-any.whl");
    assert_eq!(plan.files["tool-1-py3-none-any.whl"], tool("00"));
    let packages = &plan.targets.values().next().unwrap().packages;
    assert!(packages.contains(&Package::Sdist { sdist: SDIST.to_owned() }), "{packages:?}");
    assert_eq!(make(&Known::of(&plan)).unwrap(), plan);
}

#[test]
fn another_file_or_other_requirements_are_chosen_for_anew() {
    let sdist = unknown(with(PROJECT, &old(), &[MODULE], None, &Known::default())).remove(0);
    let other = |packages: &str, options: &str, known: &Known| {
        unknown(with(&format!("{PROJECT}{options}"), packages, &[MODULE], None, known)).remove(0)
    };
    let mut another = sdist.clone();
    another.pinned.sha256 = "0".repeat(64);
    assert_eq!(other(&old(), "", &known(&another)), sdist);
    let extra = "[tool.permafreeze]\nextra-build-dependencies = { Old_Er = [\"pbr\"] }\n";
    let with_extra = other(&old(), extra, &known(&sdist));
    assert_eq!(with_extra.extra, ["pbr"]);
    assert!(with(&format!("{PROJECT}{extra}"), &old(), &[MODULE], None, &known(&with_extra)).is_ok());
}

#[test]
fn what_a_wheel_stands_for_is_not_built() {
    let none = Known::default();
    let with_wheel = package("old", "1.0", "main", &["old-1.0.tar.gz", "old-1.0-py3-none-any.whl"], "");
    assert!(with(PROJECT, &with_wheel, &[MODULE], None, &none).unwrap().builds.is_empty());
    let newer = package("old", "1.0", "main", &["old-1.0.tar.gz", "old-1.0-cp313-cp313-manylinux_2_34_x86_64.whl"], "");
    assert!(with(PROJECT, &newer, &[MODULE], None, &none).unwrap().builds.is_empty());
    let older = format!("{PROJECT}[tool.permafreeze]\nglibc = \"2.28\"\n");
    let error = with(&older, &newer, &[MODULE], None, &none).unwrap_err();
    assert!(error.hint().unwrap().starts_with("it has a wheel for glibc 2.34"), "{error}");
    let refused = format!("{PROJECT}[tool.permafreeze]\nbuild-sdists = false\n");
    assert!(matches!(with(&refused, &old(), &[MODULE], None, &none), Err(Error::NoWheel(_))));
}

#[test]
fn a_wheel_of_the_projects_own_is_refused_by_what_is_wrong() {
    let sha256 = "a".repeat(64);
    let wheel = "vendor/old_er-1.0-py3-none-any.whl";
    let files = [MODULE, (wheel, ""), ("vendor/other-1.0-py3-none-any.whl", ""), ("vendor/notes.txt", "")];
    let make = |wheels: &str| {
        let pyproject = format!("{PROJECT}[tool.permafreeze]\nwheels = [{{ {wheels} }}]\n");
        with(&pyproject, &old(), &files, None, &Known::default())
    };
    let plan = make(&format!("file = \"{wheel}\", sha256 = \"{}\"", sha256.to_uppercase())).unwrap();
    let pinned = &plan.files["old_er-1.0-py3-none-any.whl"];
    assert_eq!((pinned.path.as_deref(), &pinned.sha256), (Some(wheel), &sha256));
    let wrong = |wheels: String, words: &[&str]| {
        let error = make(&wheels).unwrap_err().to_string();
        for word in ["`pyproject.toml`: line 7: `tool.permafreeze.wheels` is"].iter().chain(words) {
            assert!(error.contains(word), "`{error}` lacks `{word}`");
        }
    };
    let of = |key: &str, value: &str| format!("{key} = \"{value}\", sha256 = \"{sha256}\"");
    wrong(of("file", "vendor/gone-1.0-py3-none-any.whl"), &["`vendor/gone-1.0-py3-none-any.whl`", "no such file"]);
    wrong(of("file", "../old_er-1.0-py3-none-any.whl"), &["not below the project's folder"]);
    wrong(of("file", "vendor/notes.txt"), &["`vendor/notes.txt`", "is not a wheel's file name"]);
    wrong(of("file", "vendor/other-1.0-py3-none-any.whl"), &["`other 1.0` is not locked"]);
    wrong(of("url", "https://x.example/old_er-2.0-py3-none-any.whl?a=b"), &["`old-er 2.0` is not locked"]);
    wrong(format!("sha256 = \"{sha256}\""), &["either `file` (a path in the project) or `url`"]);
    wrong(format!("file = \"{wheel}\", sha256 = \"abc\""), &["`abc`", "64 hexadecimal digits", "`sha256sum FILE`"]);
}

#[test]
fn wheels_for_other_pythons_alone_are_told_from_those_for_other_platforms() {
    let with_wheel = |tags: &str| {
        let wheel = format!("old_er-1.0-{tags}.whl");
        unknown(with(
            PROJECT,
            &package("old.er", "1.0", "main", &[SDIST, &wheel], ""),
            &[MODULE],
            None,
            &Known::default(),
        ))
    };
    for (tags, is_outdated) in [
        ("cp312-cp312-manylinux_2_17_x86_64", true),
        ("cp312-cp312-macosx_11_0_arm64", true),
        ("cp313-cp313-win32", false),
        ("cp38-abi3-win32", false),
        ("py3-none-win32", false),
    ] {
        let sdists = with_wheel(tags);
        assert_eq!((sdists.len(), sdists[0].is_outdated), (1, is_outdated), "{tags}");
        assert!(!sdists[0].lacking.is_empty(), "{tags}");
    }
    assert!(!unknown(with(PROJECT, &old(), &[MODULE], None, &Known::default()))[0].is_outdated, "no wheel at all");
}
