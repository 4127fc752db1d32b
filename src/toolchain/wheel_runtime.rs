//! Runtimes that are assembled of the CPython project's own binaries, which a wheel carries.
//!
//! How to add one: its wheel in the pins, a line in [`WHEEL_RUNTIMES`], what it is made of in
//! `nix/runtime-libraries.json`.
use permafreeze_packaging::python::{PYTHONS, Python};
use permafreeze_packaging::target::Target;

use crate::recipe::{LIB, Platform, Step, cpython, variables};

const WHEELS_LIB: &str = include_str!("../../nix/toolchain/wheels-lib.sh");
const WINDOWS_WHEELS: &str = include_str!("../../nix/toolchain/windows-wheels.sh");
const DARWIN_WHEELS: &str = include_str!("../../nix/toolchain/darwin-wheels.sh");

/// A runtime that is assembled of the CPython project's own binaries, which a wheel carries, and the standard library of
/// the pinned source.
#[derive(Debug, PartialEq, Eq)]
pub struct WheelRuntime {
    /// The Python that it is.
    pub python: Python,
    /// Where executables run.
    pub platform: Platform,
    /// The version of the binaries, a patch release of [`WheelRuntime::python`].
    pub version: &'static str,
    /// The wheel's name in the pins.
    wheel: &'static str,
    recipe: &'static str,
}

const WINDOWS_AMD64: Platform = Platform {
    name: Target::WindowsAmd64.name(),
    triple: "x86_64-pc-windows-msvc",
    zig: "x86_64-windows-gnu",
    multiarch: "",
    arch: Target::WindowsAmd64.architecture().machine(),
};
const DARWIN_AMD64: Platform = Platform {
    name: Target::DarwinAmd64.name(),
    triple: "x86_64-apple-darwin",
    zig: "x86_64-macos",
    multiarch: "darwin",
    arch: Target::DarwinAmd64.architecture().machine(),
};
const DARWIN_ARM64: Platform = Platform {
    name: Target::DarwinArm64.name(),
    triple: "aarch64-apple-darwin",
    zig: "aarch64-macos",
    multiarch: "darwin",
    arch: Target::DarwinArm64.architecture().machine(),
};

/// Runtimes of wheels, for machines that cannot reach the releases of the first ones.
pub const WHEEL_RUNTIMES: &[WheelRuntime] = &[
    WheelRuntime {
        python: PYTHONS[0],
        platform: WINDOWS_AMD64,
        version: "3.13.11",
        wheel: "binaries-3.13-windows-amd64",
        recipe: WINDOWS_WHEELS,
    },
    WheelRuntime {
        python: PYTHONS[0],
        platform: DARWIN_AMD64,
        version: "3.13.9",
        wheel: "binaries-3.13-darwin-amd64",
        recipe: DARWIN_WHEELS,
    },
    WheelRuntime {
        python: PYTHONS[0],
        platform: DARWIN_ARM64,
        version: "3.13.11",
        wheel: "binaries-3.13-darwin-arm64",
        recipe: DARWIN_WHEELS,
    },
    WheelRuntime {
        python: PYTHONS[1],
        platform: WINDOWS_AMD64,
        version: "3.14.2",
        wheel: "binaries-3.14-windows-amd64",
        recipe: WINDOWS_WHEELS,
    },
    WheelRuntime {
        python: PYTHONS[1],
        platform: DARWIN_AMD64,
        version: "3.14.2",
        wheel: "binaries-3.14-darwin-amd64",
        recipe: DARWIN_WHEELS,
    },
    WheelRuntime {
        python: PYTHONS[1],
        platform: DARWIN_ARM64,
        version: "3.14.2",
        wheel: "binaries-3.14-darwin-arm64",
        recipe: DARWIN_WHEELS,
    },
];

impl WheelRuntime {
    /// Returns the step that assembles it.
    pub fn step(&'static self) -> Step {
        let WheelRuntime { python, platform, version, wheel, recipe } = self;
        Step {
            name: format!("{}.wheels-{python}", platform.name),
            recipe: format!("{LIB}{}VERSION={version}\n{WHEELS_LIB}{recipe}", variables(*python)),
            files: &[],
            source: cpython(*python),
            wheel: Some(wheel),
            platform,
            dependencies: Vec::new(),
            driver: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins;

    #[test]
    fn a_recipe_is_told_of_which_python_it_is() {
        for runtime in WHEEL_RUNTIMES {
            let WheelRuntime { python, version, .. } = runtime;
            let step = runtime.step();
            let given = format!("PYTHON_DIGITS=3{}\nVERSION={version}\n", python.minor());
            assert!(step.recipe.contains(&given) && version.starts_with(&format!("{python}.")), "{}", step.name);
            assert_eq!(step.source, format!("cpython-{python}"));
        }
    }

    #[test]
    fn every_wheel_is_pinned_and_for_its_python() {
        let pins = pins::own().expect("pins");
        for runtime in WHEEL_RUNTIMES {
            let wheel = &pins.wheels[runtime.wheel];
            assert!(wheel.file.contains(&format!("-cp3{}-", runtime.python.minor())), "{}", runtime.wheel);
        }
    }
}
