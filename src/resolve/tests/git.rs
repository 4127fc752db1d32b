//! Git dependencies: the plan has the commit and the sha256 of its archive, which is known once it was made.
use crate::support::{MODULE, PROJECT, package, with};
use permafreeze_plan::plan::{Package, Plan};
use permafreeze_resolve::Error;
use permafreeze_resolve::git::{GitTree, NoArchive};
use permafreeze_resolve::sdist::known::{Chosen, Known};
use permafreeze_resolve::source_distribution::Sdist;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn locked(more: &str) -> String {
    let source = format!(
        "[package.source]\ntype = \"git\"\nurl = \"https://user:secret@git.example/x.git\"\nreference = \"main\"\n\
         resolved_reference = \"{COMMIT}\"\n{more}"
    );
    package("For.Ked", "1.0+g0123", "main", &[], &source)
}

fn make(packages: &str, known: &Known) -> Result<Plan, Error> {
    with(PROJECT, packages, &[MODULE], None, known)
}

fn unknown(packages: &str) -> Vec<GitTree> {
    match make(packages, &Known::default()) {
        Err(Error::Trees(unknown)) => unknown.trees,
        other => panic!("expected unknown trees, found {other:?}"),
    }
}

fn sdists(packages: &str, known: &Known) -> Vec<Sdist> {
    match make(packages, known) {
        Err(Error::Sdists(unknown)) => unknown.sdists,
        other => panic!("expected unknown builds, found {other:?}"),
    }
}

#[test]
fn a_tree_is_pinned_and_then_built_like_a_source_distribution() {
    let packages = locked("subdirectory = \"./libs/forked/\"\n");
    let [tree] = &unknown(&packages)[..] else { panic!("one tree") };
    assert_eq!(tree.file, "for_ked-1.0+g0123-0123456789ab.tar");
    assert_eq!((tree.git.url.as_str(), tree.git.commit.as_str()), ("https://git.example/x.git", COMMIT));

    let mut known = Known::default();
    known.add_tree(tree, Ok("a".repeat(64)));
    let [sdist] = &sdists(&packages, &known)[..] else { panic!("one source distribution") };
    assert_eq!(sdist.wheel(), "for_ked-1.0+g0123-py3-none-any.whl");
    assert_eq!(sdist.subdirectory.as_deref(), Some("libs/forked"));
    let build = permafreeze_plan::plan::WheelBuild {
        wheel: sdist.wheel(),
        backend: "own".to_owned(),
        backend_path: Vec::new(),
        subdirectory: sdist.subdirectory.clone(),
        requires: Vec::new(),
        extra: Vec::new(),
        environment: Vec::new(),
    };
    known.add(sdist, Chosen { build, files: [].into() });
    let plan = make(&packages, &known).unwrap();
    assert_eq!(plan.files[&tree.file].git.as_ref(), Some(&tree.git));
    let packages_of = &plan.targets.values().next().unwrap().packages;
    assert!(packages_of.contains(&Package::Sdist { sdist: tree.file.clone() }), "{packages_of:?}");
    let text = serde_json::to_string(&plan).unwrap();
    assert!(!text.contains("secret"), "{text}");

    // The plan knows it all, and for another folder of the same tree nothing but the archive.
    assert_eq!(make(&packages, &Known::of(&plan)).unwrap(), plan);
    assert_eq!(sdists(&locked("subdirectory = \"libs/other\"\n"), &Known::of(&plan)).len(), 1);
    assert_eq!(sdists(&packages, &Known::of(&plan).without_builds()).len(), 1);
    let another = packages.replace("0123456789abcdef0123456789abcdef01234567", &"f".repeat(40));
    let error = make(&another, &Known::of(&plan)).unwrap_err();
    assert!(matches!(error, Error::Trees(_)), "{error}");
}

#[test]
fn what_has_no_archive_is_in_the_list_of_all_that_is_in_the_way() {
    let packages = locked("") + &package("six", "1", "main", &["six-1-cp27-cp27m-win32.whl"], "");
    let error = make(&packages, &Known::default()).unwrap_err();
    let Error::Trees(found) = error else { panic!("{error}") };
    let text = found.into_error().to_string();
    assert!(text.contains("the plan has no sha256 yet of `for_ked-1.0+g0123") && text.contains("`six 1`"), "{text}");

    let mut known = Known::default();
    let reason = NoArchive { problem: "it is gone".to_owned(), hint: Some("run `poetry update`".to_owned()) };
    known.add_tree(&unknown(&locked(""))[0], Err(reason));
    let text = make(&packages, &known).unwrap_err().to_string();
    assert!(text.starts_with("2 things are in the way:\n  1. `poetry.lock`: `six 1` has no wheel"), "{text}");
    assert!(
        text.contains("2. `poetry.lock`: `for-ked 1.0+g0123` comes from a git repository: it is gone\n     run"),
        "{text}"
    );
}

#[test]
fn a_wheel_of_the_projects_own_stands_for_a_tree() {
    let wheel = "vendor/for_ked-1.0+g0123-py3-none-any.whl";
    let options = format!(
        "{PROJECT}[tool.permafreeze]\nbuild-sdists = false\nwheels = [{{ file = \"{wheel}\", sha256 = \"{}\" }}]\n",
        "a".repeat(64)
    );
    let plan = with(&options, &locked(""), &[MODULE, (wheel, "")], None, &Known::default()).unwrap();
    assert!(plan.files.contains_key("for_ked-1.0+g0123-py3-none-any.whl"), "{:?}", plan.files);
}

#[test]
fn what_names_no_commit_or_may_not_be_built_is_refused() {
    let refused = |pyproject: &str, packages: &str| {
        let error = with(pyproject, packages, &[MODULE], None, &Known::default()).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
        error.to_string()
    };
    let text = refused(PROJECT, &locked("").replace(COMMIT, "main"));
    assert!(text.contains("the git repository `https://git.example/x.git`, with no commit"), "{text}");
    let text = refused(&format!("{PROJECT}[tool.permafreeze]\nbuild-sdists = false\n"), &locked(""));
    assert!(text.contains("`build-sdists = false` allows no build of it"), "{text}");
}
