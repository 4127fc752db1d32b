//! What the toolchain is made of, by its name in the pins: `host-python-3.13-x86_64-linux`, `runtime-3.13-linux-amd64`,
//! `compile-x86_64-linux`, `link-x86_64-linux`, `launcher-linux-amd64`.
use permafreeze_packaging::python::{PYTHONS, Python};
use permafreeze_packaging::target::Target;
use permafreeze_plan::pins::Pins;
use permafreeze_plan::plan::{RuntimeSource, host_python_pin, runtime_pin};

use crate::error::{Error, Result};
use crate::recipe::{HOSTS, Platform, RUNTIMES};
use crate::wheel_runtime::{WHEEL_RUNTIMES, WheelRuntime};

/// A piece of the toolchain that this release can make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// The static Python that compiles and runs hooks, for a host.
    HostPython(Python, &'static Platform),
    /// The Python that is frozen into executables, for a target.
    Runtime(Python, &'static Platform),
    /// A Python that is assembled of binaries that a wheel carries.
    WheelRuntime(&'static WheelRuntime),
    /// A Python that is downloaded, for a target: nothing here makes its bytes.
    Release(Python, Target),
    /// A static tool for a host; a launcher is for a target.
    Tool {
        /// The tool.
        tool: Tool,
        /// What it runs on, as a host.
        host: &'static Platform,
    },
}

/// A program of ours that runs in the sandbox, or stands at the head of what is linked there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `permafreeze-compile`.
    Compile,
    /// `permafreeze-link`.
    Link,
    /// `permafreeze-launcher`.
    Launcher,
}

impl Tool {
    /// Returns the name of its package and of its executable.
    pub fn package(self) -> &'static str {
        match self {
            Tool::Compile => "permafreeze-compile",
            Tool::Link => "permafreeze-link",
            Tool::Launcher => "permafreeze-launcher",
        }
    }
}

impl Product {
    /// Finds the product of a name in the pins.
    ///
    /// # Errors
    /// [`Error::NoRecipe`].
    pub fn find(name: &str) -> Result<Product> {
        let host = |system: &str| HOSTS.iter().find(|platform| platform.name == system);
        let found = if let Some(rest) = name.strip_prefix("host-python-") {
            of_python(rest).and_then(|(python, system)| Some(Product::HostPython(python, host(system)?)))
        } else if let Some(rest) = name.strip_prefix("runtime-") {
            of_python(rest).and_then(|(python, target)| runtime(python, target))
        } else if let Some(system) = name.strip_prefix("compile-") {
            host(system).map(|host| Product::Tool { tool: Tool::Compile, host })
        } else if let Some(system) = name.strip_prefix("link-") {
            host(system).map(|host| Product::Tool { tool: Tool::Link, host })
        } else if let Some(target) = name.strip_prefix("launcher-") {
            host_of_target(target).map(|host| Product::Tool { tool: Tool::Launcher, host })
        } else {
            None
        };
        found.ok_or_else(|| Error::NoRecipe { name: name.to_owned() })
    }

    /// Returns its file's name, which is its name in the store.
    ///
    /// # Errors
    /// [`Error::NotPinned`] if the pins have no patch release of its Python.
    pub fn file_name(self, pins: &Pins) -> Result<String> {
        let release = |python: Python| {
            let release = pins.pythons.get(&python);
            release.ok_or_else(|| Error::NotPinned { kind: "Python", name: python.to_string() })
        };
        Ok(match self {
            Product::HostPython(python, host) => {
                format!("permafreeze-host-python-{}-{}.tar.gz", release(python)?, host.name)
            }
            Product::Runtime(python, target) => {
                format!("permafreeze-runtime-{}-{}.tar.gz", release(python)?, target.name)
            }
            Product::WheelRuntime(WheelRuntime { version, platform, .. }) => {
                format!("permafreeze-runtime-{version}-{}-wheels.tar.gz", platform.name)
            }
            Product::Release(python, target) => format!("{python}-{target}.tar.gz"),
            Product::Tool { tool, .. } => tool.package().to_owned(),
        })
    }

    /// Returns what it is, in a few words.
    pub fn description(self) -> String {
        match self {
            Product::HostPython(python, host) => format!("Python {python} that runs in builds on {}", host.name),
            Product::Runtime(python, target) => format!("Python {python} that is frozen for {}", target.name),
            Product::WheelRuntime(WheelRuntime { python, platform, .. }) => {
                format!("Python {python} for {}, of wheels", platform.name)
            }
            Product::Release(python, target) => format!("Python {python} that is frozen for {target}"),
            Product::Tool { tool: Tool::Compile, .. } => "wheel to object".to_owned(),
            Product::Tool { tool: Tool::Link, .. } => "objects to executable".to_owned(),
            Product::Tool { tool: Tool::Launcher, .. } => "head of what is unpacked once".to_owned(),
        }
    }

    /// Returns whether it is a static tool of ours.
    pub fn is_tool(self) -> bool {
        matches!(self, Product::Tool { .. })
    }

    /// Returns the names of all that this release can make, as they stand in the pins.
    pub fn names() -> Vec<String> {
        let tools = HOSTS.iter().flat_map(|host| [format!("compile-{}", host.name), format!("link-{}", host.name)]);
        let launchers = RUNTIMES.iter().map(|target| format!("launcher-{}", target.name));
        let pythons = PYTHONS.iter().flat_map(|python| {
            let hosts = HOSTS.iter().map(move |host| host_python_pin(*python, host.name));
            hosts.chain(RUNTIMES.iter().map(move |target| format!("runtime-{python}-{}", target.name)))
        });
        let of_wheels = WHEEL_RUNTIMES
            .iter()
            .map(|WheelRuntime { python, platform, .. }| format!("runtime-{python}-{}-wheels", platform.name));
        tools.chain(launchers).chain(pythons).chain(of_wheels).collect()
    }

    /// Returns whether it is made from source.
    fn is_from_source(self) -> bool {
        !matches!(self, Product::WheelRuntime(_) | Product::Release(..))
    }

    /// Returns the Python that it is, if it is one.
    fn python(self) -> Option<Python> {
        match self {
            Product::HostPython(python, _) | Product::Runtime(python, _) | Product::Release(python, _) => Some(python),
            Product::WheelRuntime(runtime) => Some(runtime.python),
            Product::Tool { .. } => None,
        }
    }
}

/// Finds the host that has a target's system and processor.
fn host_of_target(target: &str) -> Option<&'static Platform> {
    let target: Target = target.parse().ok()?;
    HOSTS.iter().find(|host| host.name == target.nix_system())
}

/// Takes `3.13-linux-amd64` apart.
fn of_python(name: &str) -> Option<(Python, &str)> {
    let (python, rest) = name.split_once('-')?;
    Some((python.parse().ok()?, rest))
}

/// Finds a runtime by what stands behind the version in its name.
fn runtime(python: Python, name: &str) -> Option<Product> {
    if let Some(target) = name.strip_suffix("-wheels") {
        let is_it = |runtime: &&WheelRuntime| runtime.python == python && runtime.platform.name == target;
        return WHEEL_RUNTIMES.iter().find(is_it).map(Product::WheelRuntime);
    }
    let from_source = RUNTIMES.iter().find(|platform| platform.name == name);
    let from_source = from_source.map(|platform| Product::Runtime(python, platform));
    from_source.or_else(|| Some(Product::Release(python, name.parse().ok()?)))
}

/// Checks that names are pinned.
///
/// # Errors
/// [`Error::UnknownProduct`] for the first that is not.
pub fn check_names(pins: &Pins, asked: &[String]) -> Result<()> {
    match asked.iter().find(|name| !pins.made.contains_key(*name)) {
        Some(name) => Err(Error::UnknownProduct { name: name.clone(), known: pins.made.keys().cloned().collect() }),
        None => Ok(()),
    }
}

/// What builds are to be made: of which Python, for which targets.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The Python that is frozen.
    pub python: Python,
    /// The targets; none means every one whose runtime is made from source.
    pub targets: &'a [Target],
    /// Another source of the targets' runtimes than the first.
    pub from: Option<RuntimeSource>,
}

/// Returns the pinned names that were asked for; of all, if none was, those that the `wanted` builds on `host` need.
///
/// # Errors
/// [`Error::UnknownProduct`] if one is not pinned, [`Error::UnknownTarget`] if a target has no runtime.
pub fn select(pins: &Pins, asked: &[String], wanted: Wanted<'_>, host: &Platform) -> Result<Vec<String>> {
    check_names(pins, asked)?;
    let Wanted { python, targets, from } = wanted;
    let known: Vec<String> = pins.made.keys().cloned().collect();
    let wanted: Vec<String> = targets.iter().map(|target| runtime_pin(python, *target, from)).collect();
    let runtimes = || known.iter().filter(|name| name.starts_with("runtime-"));
    if let Some(name) = wanted.iter().find(|name| !known.contains(name)) {
        return Err(Error::UnknownProduct { name: name.clone(), known: runtimes().cloned().collect() });
    }
    if !asked.is_empty() {
        return Ok(asked.to_vec());
    }
    let is_of_python =
        |name: &String| Product::find(name).ok().and_then(Product::python).is_none_or(|found| found == python);
    let needed = |name: &String| match name.strip_prefix("launcher-") {
        Some(target) => targets.is_empty() || targets.iter().any(|wanted| wanted.name() == target),
        None if !name.starts_with("runtime-") => name.ends_with(&format!("-{}", host.name)),
        None if targets.is_empty() => Product::find(name).is_ok_and(Product::is_from_source),
        None => wanted.contains(name),
    };
    Ok(known.iter().filter(|name| is_of_python(name) && needed(name)).cloned().collect())
}

#[cfg(test)]
mod tests;
