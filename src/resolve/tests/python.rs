//! Which Python is frozen.

use crate::support::{MODULE, PROJECT, package, plan};
use permafreeze_resolve::Error;

/// The Python of the plan of a project that requires `requires` and has `options`.
fn chosen(requires: &str, options: &str, packages: &str) -> Result<String, Error> {
    let requires = if requires.is_empty() { String::new() } else { format!("requires-python = \"{requires}\"\n") };
    let pyproject = PROJECT.replace("[project.scripts]", &format!("{requires}[project.scripts]"));
    plan(&format!("{pyproject}[tool.permafreeze]\n{options}"), packages, &[MODULE]).map(|plan| plan.python.to_string())
}

#[test]
fn it_is_3_13_where_the_project_allows_it_else_the_newest() {
    for (requires, expected) in [
        ("", "3.13"),
        (">=3.9", "3.13"),
        (">=3.13,<4", "3.13"),
        (">=3.14", "3.14"),
        ("3.14.*", "3.14"),
        ("3.14", "3.14"),
    ] {
        assert_eq!(chosen(requires, "", "").unwrap(), expected, "{requires}");
    }
}

#[test]
fn an_option_names_another_one() {
    assert_eq!(chosen(">=3.9", "python = \"3.14\"\n", "").unwrap(), "3.14");
    let text =
        |requires, python: &str| chosen(requires, &format!("python = \"{python}\"\n"), "").unwrap_err().to_string();
    assert_eq!(
        text("", "3.9"),
        "`pyproject.toml`: line 7: `tool.permafreeze.python` is `3.9`: expected one of `3.13`, `3.14`"
    );
    let error = chosen("<3.14", "python = \"3.14\"\n", "").unwrap_err();
    assert_eq!(error.hint().unwrap(), "allow it (`>=3.14`), then run `poetry lock`");
    assert_eq!(
        text("<3.14", "3.14"),
        "`pyproject.toml`: `project.requires-python` is `<3.14`: it does not allow Python 3.14.2, which permafreeze freezes"
    );
}

#[test]
fn a_project_that_allows_none_is_told_all_of_them() {
    let error = chosen(">=3.9,<3.13", "", "").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`pyproject.toml`: `project.requires-python` is `>=3.9,<3.13`: it does not allow Python 3.13.5 or 3.14.2, which \
         permafreeze freezes"
    );
    assert_eq!(error.hint().unwrap(), "allow it (`>=3.13`), then run `poetry lock`");
}

#[test]
fn it_is_another_one_where_a_package_has_wheels_for_that_alone() {
    let locked = |files: &[&str]| package("new", "1.0", "main", files, "");
    let newest = locked(&["new-1.0-cp314-cp314-manylinux_2_17_x86_64.whl"]);
    assert_eq!(chosen("", "", &newest).unwrap(), "3.14");
    // The project's own word counts more, and a package that no Python has is told of the best.
    assert!(chosen("", "python = \"3.13\"\n", &newest).is_err());
    assert!(chosen("<3.14", "", &newest).is_err());
    let error = chosen("", "", &locked(&["new-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"])).unwrap_err().to_string();
    assert!(error.contains("CPython 3.13") && !error.contains("3.14"), "{error}");
    // Nothing is built for another Python that the best one has, too.
    let sdist = locked(&["new-1.0.tar.gz", "new-1.0-cp314-cp314-manylinux_2_17_x86_64.whl"]);
    assert!(
        matches!(chosen("", "", &sdist), Err(Error::Sdists(unknown)) if unknown.release.python.to_string() == "3.13")
    );
}
