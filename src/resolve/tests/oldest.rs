//! The oldest system that executables run on: what the project says, else what the locked wheels need.
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::Plan;
use permafreeze_resolve::document::TomlFile;
use permafreeze_resolve::oldest::{Raised, raised};

use crate::support::{MODULE, PROJECT, package, plan};

/// What the project says in `[tool.permafreeze]`, for three targets.
fn project(options: &str) -> String {
    let targets = "targets = [\"linux-amd64\", \"linux-arm64\", \"darwin-arm64\", \"windows-amd64\"]";
    format!("{PROJECT}[tool.permafreeze]\n{targets}\n{options}\n")
}

/// A package that needs newer systems than usual, but on one target, and one that does not.
fn packages() -> String {
    let new = [
        "new-1-cp313-cp313-manylinux_2_31_x86_64.whl",
        "new-1-cp313-cp313-manylinux_2_34_x86_64.whl",
        "new-1-cp313-cp313-manylinux_2_28_aarch64.whl",
        "new-1-cp313-cp313-macosx_14_0_arm64.whl",
        "new-1-cp313-cp313-win_amd64.whl",
        "new-1.tar.gz",
    ];
    let usual = ["old-1-cp313-cp313-manylinux_2_17_x86_64.whl", "old-1-py3-none-any.whl"];
    package("new", "1", "main", &new, "") + &package("old", "1", "main", &usual, "")
}

fn oldest(plan: &Plan, target: Target) -> Option<&str> {
    plan.targets[&target].oldest()
}

#[test]
fn a_package_without_a_wheel_for_older_systems_raises_those_of_its_target() {
    let pyproject = project("");
    let plan = plan(&pyproject, &packages(), &[MODULE]).unwrap();
    assert_eq!(oldest(&plan, Target::LinuxAmd64), Some("2.31"), "not the newest one");
    assert_eq!(oldest(&plan, Target::LinuxArm64), Some("2.28"));
    assert_eq!(oldest(&plan, Target::DarwinArm64), Some("14.0"));
    assert_eq!(oldest(&plan, Target::WindowsAmd64), None);
    let file = TomlFile::parse("pyproject.toml".to_owned(), pyproject).unwrap();
    let of = |target, system: &str, option: &str| Raised {
        target,
        system: system.to_owned(),
        option: option.to_owned(),
        packages: vec!["new 1".to_owned()],
    };
    let linux = of(Target::LinuxAmd64, "glibc 2.31", "glibc = \"2.31\"");
    assert_eq!(raised(&plan, &file), [linux, of(Target::DarwinArm64, "macOS 14.0", "macos = \"14.0\"")]);
}

#[test]
fn what_the_project_says_is_neither_raised_nor_told() {
    let said = project("glibc = \"2.34\"\nmacos = \"15.0\"");
    let planned = plan(&said, &packages(), &[MODULE]).unwrap();
    let files: Vec<&String> = planned.files.keys().filter(|file| file.contains("x86_64")).collect();
    assert_eq!(files, ["new-1-cp313-cp313-manylinux_2_34_x86_64.whl", "old-1-cp313-cp313-manylinux_2_17_x86_64.whl"]);
    assert_eq!(oldest(&planned, Target::LinuxAmd64), Some("2.34"));
    assert_eq!(oldest(&planned, Target::DarwinArm64), Some("15.0"));
    let file = TomlFile::parse("pyproject.toml".to_owned(), said).unwrap();
    assert_eq!(raised(&planned, &file), []);
    let too_old = |options: &str| plan(&project(options), &packages(), &[MODULE]).expect_err("too old");
    let linux = too_old("glibc = \"2.30\"\nmacos = \"14.0\"");
    assert!(linux.hint().unwrap().starts_with("it has a wheel for glibc 2.31: set `glibc = \"2.31\"`"), "{linux}");
    let macos = too_old("macos = \"13.0\"");
    assert!(macos.hint().unwrap().starts_with("it has a wheel for macOS 14.0: set `macos = \"14.0\"`"), "{macos}");
}

#[test]
fn versions_of_macos_that_wheels_do_not_name_are_refused() {
    let error = |version: &str| plan(&project(&format!("macos = \"{version}\"")), "", &[MODULE]).expect_err(version);
    assert!(error("11.0").to_string().ends_with("`11.0`: the runtime itself needs macOS 12.0"), "{}", error("11.0"));
    for version in ["13", "13.1", "Sonoma"] {
        assert!(error(version).to_string().ends_with("expected a version of macOS, as `13.0`"), "{}", error(version));
    }
}
