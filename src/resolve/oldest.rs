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

/// Returns the targets of a plan that need a newer system than usual, though the project's pyproject.toml says none.
pub fn raised(plan: &Plan, pyproject: &TomlFile) -> Vec<Raised> {
    let of = |(target, planned): (&Target, &TargetPlan)| {
        let key = if target.is_linux() { "glibc" } else { "macos" };
        let text = planned.oldest().filter(|_| pyproject.get(&["tool", "permafreeze", key]).is_none())?;
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
        let system = format!("{} {text}", if target.is_linux() { "glibc" } else { "macOS" });
        Some(Raised { target: *target, system, option: format!("{key} = \"{text}\""), packages })
    };
    plan.targets.iter().filter_map(of).collect()
}
