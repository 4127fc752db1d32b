//! Targets whose executables need a newer system than usual, because a package has no wheel for an older one.
use permafreeze_packaging::tag::SupportedTags;
use permafreeze_packaging::target::Target;
use permafreeze_packaging::wheel_file_name::WheelFileName;
use permafreeze_plan::plan::{Package, Plan, TargetPlan};

use crate::document::TomlFile;

/// A target, and what its executables need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The target.
    pub target: Target,
    /// The system that they need, as `glibc 2.31`.
    pub system: String,
    /// What the project writes if it is meant, as `glibc = "2.31"`.
    pub option: String,
    /// The packages whose wheels need it, as `polars 1.0`, sorted.
    pub packages: Vec<String>,
}

/// Returns what the oldest system of a target is a version of, and the option that says it. Wheels for Windows name none.
pub fn system_and_option(target: Target) -> (&'static str, &'static str) {
    if target.is_linux() { ("glibc", "glibc") } else { ("macOS", "macos") }
}

/// Returns the targets of a plan that need a newer system than usual, though the project's pyproject.toml says none.
pub fn raised(plan: &Plan, pyproject: &TomlFile) -> Vec<Raised> {
    let of = |(target, planned): (&Target, &TargetPlan)| {
        let (system, option) = system_and_option(*target);
        let text = planned.oldest().filter(|_| pyproject.get(&["tool", "permafreeze", option]).is_none())?;
        let (major, minor) = target.oldest()?;
        if text == format!("{major}.{minor}") {
            return None;
        }
        let usual = SupportedTags::cpython(plan.python.minor(), target.platform());
        let is_newer =
            |file: &&String| file.parse::<WheelFileName>().is_ok_and(|name| name.best_index(&usual).is_none());
        let named = |file: &String| {
            let pinned = plan.files.get(file)?;
            Some(format!("{} {}", pinned.package, pinned.version))
        };
        let wheels = planned.packages.iter().filter_map(|package| match package {
            Package::Wheel { file } => Some(file),
            Package::Sdist { .. } | Package::Source { .. } => None,
        });
        let mut packages: Vec<String> = wheels.filter(is_newer).filter_map(named).collect();
        packages.sort();
        let (system, option) = (format!("{system} {text}"), format!("{option} = \"{text}\""));
        Some(Raised { target: *target, system, option, packages })
    };
    plan.targets.iter().filter_map(of).collect()
}
