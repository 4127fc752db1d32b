//! The recipes: which steps make a product, from what, after what. The shell texts are `nix/toolchain/*.sh`; they are
//! compiled in, so that an installed `permafreeze` needs nothing else.
//!
//! How to add a platform: a line in [`HOSTS`] or [`RUNTIMES`], then `permafreeze toolchain pin`.
use permafreeze_base::text::hex;
use permafreeze_packaging::python::{DEFAULT, Python};
use permafreeze_packaging::target::Target;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::libraries::{self, Library};

pub(crate) const LIB: &str = include_str!("../../nix/toolchain/lib.sh");
const PYTHON_LIB: &str = include_str!("../../nix/toolchain/python-lib.sh");
const CURSES_PANEL: &str = include_str!("../../nix/toolchain/curses-panel.py");
const FAST_STRINGS: &str = include_str!("../../nix/toolchain/fast-strings.c");

/// What code runs on, in each tool's words.
#[derive(Debug, PartialEq, Eq)]
pub struct Platform {
    /// Ours: a host as `x86_64-linux`, a target as `linux-amd64`.
    pub name: &'static str,
    /// GNU's and Rust's: `x86_64-unknown-linux-musl`.
    pub triple: &'static str,
    /// zig's, with the oldest glibc: `x86_64-linux-gnu.2.17`.
    pub zig: &'static str,
    /// Debian's, which CPython asks the compiler for: `x86_64-linux-gnu`.
    pub multiarch: &'static str,
    /// The processor: `x86_64`.
    pub arch: &'static str,
}

/// Where builds run.
pub const HOSTS: &[Platform] = &[
    Platform {
        name: Target::LinuxAmd64.nix_system(),
        triple: "x86_64-unknown-linux-musl",
        zig: "x86_64-linux-musl",
        multiarch: "x86_64-linux-musl",
        arch: Target::LinuxAmd64.architecture().machine(),
    },
    Platform {
        name: Target::LinuxArm64.nix_system(),
        triple: "aarch64-unknown-linux-musl",
        zig: "aarch64-linux-musl",
        multiarch: "aarch64-linux-musl",
        arch: Target::LinuxArm64.architecture().machine(),
    },
];

/// Where executables run.
pub const RUNTIMES: &[Platform] = &[
    Platform {
        name: Target::LinuxAmd64.name(),
        triple: "x86_64-unknown-linux-gnu",
        zig: "x86_64-linux-gnu.2.17",
        multiarch: "x86_64-linux-gnu",
        arch: Target::LinuxAmd64.architecture().machine(),
    },
    Platform {
        name: Target::LinuxArm64.name(),
        triple: "aarch64-unknown-linux-gnu",
        zig: "aarch64-linux-gnu.2.17",
        multiarch: "aarch64-linux-gnu",
        arch: Target::LinuxArm64.architecture().machine(),
    },
];

/// Returns the host that runs this program.
///
/// # Errors
/// [`Error::NoHost`] if builds cannot run on it.
pub fn this_host() -> Result<&'static Platform> {
    let (arch, os) = (std::env::consts::ARCH, std::env::consts::OS);
    let found = HOSTS.iter().find(|host| os == "linux" && host.arch == arch);
    found.ok_or_else(|| Error::NoHost {
        host: format!("{arch}-{os}"),
        known: HOSTS.iter().map(|host| host.name).collect(),
    })
}

/// One run of a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name, as `linux-amd64.openssl`; its folder's name.
    pub name: String,
    /// The shell text.
    pub recipe: String,
    /// Files that the recipe finds in `STEP/files`.
    pub files: &'static [(&'static str, &'static str)],
    /// The source's name in the pins.
    pub source: String,
    /// The name in the pins of a wheel whose libraries the recipe finds in `WHEEL`.
    pub wheel: Option<&'static str>,
    /// What the code runs on.
    pub platform: &'static Platform,
    /// The steps whose results it finds in `DEPS`.
    pub dependencies: Vec<String>,
    /// The Python that it runs.
    pub driver: Option<Driver>,
}

/// A host Python that a recipe runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    /// Which Python it is.
    pub python: Python,
    /// The step that makes it.
    pub step: String,
}

impl Step {
    /// Returns the steps that must be done before.
    pub fn after(&self) -> impl Iterator<Item = &String> {
        self.dependencies.iter().chain(self.driver.iter().map(|driver| &driver.step))
    }

    /// Returns what stands for everything that the result depends on: the recipe, the sha256 of source, wheel and
    /// compiler, the keys of the steps before.
    pub fn key(&self, source: &str, wheel: Option<&str>, zig: &str, keys_before: &[&str]) -> String {
        let mut hasher = Sha256::new();
        let mut field = |text: &str| {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text);
        };
        field("permafreeze toolchain step 1");
        field(&self.recipe);
        for (name, text) in self.files {
            field(name);
            field(text);
        }
        let Platform { name: _, triple, zig: zig_target, multiarch, arch } = self.platform;
        [triple, zig_target, multiarch, arch, source, zig].into_iter().for_each(&mut field);
        wheel.into_iter().for_each(&mut field);
        keys_before.iter().copied().for_each(&mut field);
        hex(&hasher.finalize())
    }
}

/// Returns the name of the step that makes the Python of a platform.
pub fn python_step(python: Python, platform: &Platform) -> String {
    format!("{}.python-{python}", platform.name)
}

/// Returns the name of a Python's source in the pins, as `cpython-3.13`.
pub fn cpython(python: Python) -> String {
    format!("cpython-{python}")
}

/// Returns the steps that make the host Python of `host` on `builder`, in order; the last one makes it.
///
/// The first host's is configured as native, every other as foreign, whoever builds it: the bytes must not depend on
/// the builder. A builder that is not the first makes a Python to begin with, which no one else sees.
pub fn host_python(python: Python, host: &'static Platform, builder: &'static Platform) -> Vec<Step> {
    let first = &HOSTS[0];
    if host == first {
        return static_python(python, host, python_step(python, host), None);
    }
    let (mut steps, begin) = if builder == first {
        (host_python(python, first, first), python_step(python, first))
    } else {
        let begin = format!("{}.bootstrap-{python}", builder.name);
        (static_python(python, builder, begin.clone(), None), begin)
    };
    let driver = Driver { python, step: begin };
    add(&mut steps, static_python(python, host, python_step(python, host), Some(driver)));
    steps
}

/// A static Python and its libraries; `driver` drives a foreign build, which takes a Python of the same version.
fn static_python(python: Python, host: &'static Platform, name: String, driver: Option<Driver>) -> Vec<Step> {
    let mut steps = steps_of(|library| library.for_hosts && library.since <= python, host, None);
    let dependencies = names(&steps);
    steps.push(Step {
        name,
        recipe: format!("{LIB}{}{PYTHON_LIB}{PYTHON_HOST}", variables(python)),
        files: &[("fast-strings.c", FAST_STRINGS)],
        source: cpython(python),
        wheel: None,
        platform: host,
        dependencies,
        driver,
    });
    steps
}

/// Returns the steps that make a runtime on `builder`, in order; the last one makes it. The libraries are the same for
/// every Python, so the [`DEFAULT`] one drives their recipes.
pub fn runtime(python: Python, target: &'static Platform, builder: &'static Platform) -> Vec<Step> {
    let driver = |python| Driver { python, step: python_step(python, builder) };
    let libraries = steps_of(|library| library.since <= python, target, Some(driver(DEFAULT)));
    let dependencies = names(&libraries);
    let mut steps = host_python(DEFAULT, builder, builder);
    add(&mut steps, host_python(python, builder, builder));
    steps.extend(libraries);
    steps.push(Step {
        name: python_step(python, target),
        recipe: format!("{LIB}{}{PYTHON_LIB}{PYTHON_RUNTIME}", variables(python)),
        files: &[("curses-panel.py", CURSES_PANEL)],
        source: cpython(python),
        wheel: None,
        platform: target,
        dependencies,
        driver: Some(driver(python)),
    });
    steps
}

const PYTHON_HOST: &str = include_str!("../../nix/toolchain/python-host.sh");
const PYTHON_RUNTIME: &str = include_str!("../../nix/toolchain/python-runtime.sh");

/// Returns what tells a recipe of which Python it is: `PYTHON_NAME` is as `python3.13`, `PYTHON_DIGITS` as `313`.
pub(crate) fn variables(python: Python) -> String {
    let (major, minor) = python.version();
    format!("PYTHON_NAME={}\nPYTHON_DIGITS={major}{minor}\n", python.name())
}

/// Returns the steps that make the wanted libraries for a platform; `driver` is the Python which some run.
fn steps_of(wanted: impl Fn(&Library) -> bool, platform: &'static Platform, driver: Option<Driver>) -> Vec<Step> {
    let name = |library: &str| format!("{}.{library}", platform.name);
    let step = |library: &Library| Step {
        name: name(library.name),
        recipe: format!("{LIB}{}", library.recipe.concat()),
        files: library.files,
        source: library.source.to_owned(),
        wheel: None,
        platform,
        dependencies: library.after.iter().copied().map(name).collect(),
        driver: driver.clone().filter(|_| library.runs_python),
    };
    libraries::LIBRARIES.iter().filter(|library| wanted(library)).map(step).collect()
}

/// Adds the steps that are not there yet.
fn add(steps: &mut Vec<Step>, more: Vec<Step>) {
    let done = names(steps);
    steps.extend(more.into_iter().filter(|step| !done.contains(&step.name)));
}

fn names(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|step| step.name.clone()).collect()
}

#[cfg(test)]
mod tests;
