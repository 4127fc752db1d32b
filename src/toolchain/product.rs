//! What the toolchain is made of, by its name in the pins: `host-python-x86_64-linux`, `runtime-linux-amd64`,
//! `compile-x86_64-linux`, `link-x86_64-linux`, `launcher-linux-amd64`.
use permafreeze_packaging::target::Target;
use permafreeze_plan::pins::Pins;
use permafreeze_plan::plan::{RuntimeSource, runtime_pin};

use crate::error::{Error, Result};
use crate::recipe::{HOSTS, Platform, RUNTIMES, WHEEL_RUNTIMES, WheelRuntime};

/// A piece of the toolchain that this release can make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// The static Python that compiles and runs hooks, for a host.
    HostPython(&'static Platform),
    /// The Python that is frozen into executables, for a target.
    Runtime(&'static Platform),
    /// A Python that is assembled of binaries that a wheel carries.
    WheelRuntime(&'static WheelRuntime),
    /// A Python that is downloaded, for a target: nothing here makes its bytes.
    Release(Target),
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
        let found = if let Some(system) = name.strip_prefix("host-python-") {
            host(system).map(Product::HostPython)
        } else if let Some(target) = name.strip_prefix("runtime-") {
            runtime(target)
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
    pub fn file_name(self, python: &str) -> String {
        match self {
            Product::HostPython(host) => format!("permafreeze-host-python-{python}-{}.tar.gz", host.name),
            Product::Runtime(target) => format!("permafreeze-runtime-{python}-{}.tar.gz", target.name),
            Product::WheelRuntime(WheelRuntime { python, platform, .. }) => {
                format!("permafreeze-runtime-{python}-{}-wheels.tar.gz", platform.name)
            }
            Product::Release(target) => format!("{target}.tar.gz"),
            Product::Tool { tool, .. } => tool.package().to_owned(),
        }
    }

    /// Returns what it is, in a few words.
    pub fn description(self) -> String {
        match self {
            Product::HostPython(host) => format!("Python that runs in builds on {}", host.name),
            Product::Runtime(target) => format!("Python that is frozen for {}", target.name),
            Product::WheelRuntime(runtime) => format!("the same for {}, of wheels", runtime.platform.name),
            Product::Release(target) => format!("Python that is frozen for {target}"),
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
        let hosts = HOSTS.iter().map(|host| format!("host-python-{}", host.name));
        let runtimes = RUNTIMES.iter().map(|target| format!("runtime-{}", target.name));
        let of_wheels = WHEEL_RUNTIMES.iter().map(|runtime| format!("runtime-{}-wheels", runtime.platform.name));
        tools.chain(launchers).chain(hosts).chain(runtimes).chain(of_wheels).collect()
    }

    /// Returns whether it is made from source.
    fn is_from_source(self) -> bool {
        !matches!(self, Product::WheelRuntime(_) | Product::Release(_))
    }
}

/// Finds the host that has a target's system and processor.
fn host_of_target(target: &str) -> Option<&'static Platform> {
    let target: Target = target.parse().ok()?;
    HOSTS.iter().find(|host| host.name == target.nix_system())
}

/// Finds a runtime by what stands behind `runtime-`.
fn runtime(name: &str) -> Option<Product> {
    if let Some(target) = name.strip_suffix("-wheels") {
        return WHEEL_RUNTIMES.iter().find(|runtime| runtime.platform.name == target).map(Product::WheelRuntime);
    }
    let from_source = RUNTIMES.iter().find(|platform| platform.name == name).map(Product::Runtime);
    from_source.or_else(|| name.parse().ok().map(Product::Release))
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

/// Returns the pinned names that were asked for; of all, if none was, those that builds on `host` for `targets` need.
/// No targets means every target whose runtime is made from source. `from` is another source of the targets' runtimes
/// than the first.
///
/// # Errors
/// [`Error::UnknownProduct`] if one is not pinned, [`Error::UnknownTarget`] if a target has no runtime.
pub fn select(
    pins: &Pins,
    asked: &[String],
    targets: &[Target],
    from: Option<RuntimeSource>,
    host: &Platform,
) -> Result<Vec<String>> {
    check_names(pins, asked)?;
    let known: Vec<String> = pins.made.keys().cloned().collect();
    let wanted: Vec<String> = targets.iter().map(|target| runtime_pin(*target, from)).collect();
    let runtimes = || known.iter().filter(|name| name.starts_with("runtime-"));
    if let Some(name) = wanted.iter().find(|name| !known.contains(name)) {
        return Err(Error::UnknownProduct { name: name.clone(), known: runtimes().cloned().collect() });
    }
    if !asked.is_empty() {
        return Ok(asked.to_vec());
    }
    let needed = |name: &String| match name.strip_prefix("launcher-") {
        Some(target) => targets.is_empty() || targets.iter().any(|wanted| wanted.name() == target),
        None if !name.starts_with("runtime-") => name.ends_with(&format!("-{}", host.name)),
        None if targets.is_empty() => Product::find(name).is_ok_and(Product::is_from_source),
        None => wanted.contains(name),
    };
    Ok(known.iter().filter(|name| needed(name)).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins;

    #[test]
    fn every_name_finds_its_product() {
        for name in Product::names() {
            Product::find(&name).expect("a product");
        }
        assert_eq!(
            Product::names(),
            [
                "compile-x86_64-linux",
                "link-x86_64-linux",
                "compile-aarch64-linux",
                "link-aarch64-linux",
                "launcher-linux-amd64",
                "launcher-linux-arm64",
                "host-python-x86_64-linux",
                "host-python-aarch64-linux",
                "runtime-linux-amd64",
                "runtime-linux-arm64",
                "runtime-windows-amd64-wheels",
                "runtime-darwin-amd64-wheels",
                "runtime-darwin-arm64-wheels"
            ]
        );
    }

    #[test]
    fn names_in_the_store() {
        let name = |product: &str| Product::find(product).expect("a product").file_name("3.13.5");
        assert_eq!(name("host-python-x86_64-linux"), "permafreeze-host-python-3.13.5-x86_64-linux.tar.gz");
        assert_eq!(name("runtime-linux-amd64"), "permafreeze-runtime-3.13.5-linux-amd64.tar.gz");
        assert_eq!(name("link-x86_64-linux"), "permafreeze-link");
        assert_eq!(name("launcher-linux-arm64"), "permafreeze-launcher");
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for name in ["runtime-beos", "compile-", "launcher-windows-amd64", "launcher-x86_64-linux", "shell", ""] {
            assert!(matches!(Product::find(name), Err(Error::NoRecipe { .. })), "{name}");
        }
        let pins = pins::own().expect("pins");
        let error = select(&pins, &["shell".into()], &[], None, &HOSTS[0]).expect_err("not pinned");
        assert!(
            error.to_string().starts_with("the toolchain has no `shell`; it has: compile-aarch64-linux"),
            "{error}"
        );
        let wheels = Some(RuntimeSource::Wheels);
        let error = select(&pins, &[], &[Target::LinuxAmd64], wheels, &HOSTS[0]).expect_err("not of wheels");
        let text = "the toolchain has no `runtime-linux-amd64-wheels`; it has: runtime-darwin-amd64";
        assert!(error.to_string().starts_with(text), "{error}");
    }

    #[test]
    fn a_host_needs_its_own_programs_and_the_targets_runtimes() {
        let mut pins = pins::own().expect("pins");
        for target in RUNTIMES {
            let pin = pins.made["link-x86_64-linux"].clone();
            pins.made.insert(format!("launcher-{}", target.name), pin);
        }
        let needed = |targets: &[Target], host| select(&pins, &[], targets, None, host).expect("known");
        assert_eq!(
            needed(&[Target::LinuxArm64], &HOSTS[0]),
            [
                "compile-x86_64-linux",
                "host-python-x86_64-linux",
                "launcher-linux-arm64",
                "link-x86_64-linux",
                "runtime-linux-arm64"
            ]
        );
        assert_eq!(
            needed(&[], &HOSTS[1]),
            [
                "compile-aarch64-linux",
                "host-python-aarch64-linux",
                "launcher-linux-amd64",
                "launcher-linux-arm64",
                "link-aarch64-linux",
                "runtime-linux-amd64",
                "runtime-linux-arm64"
            ]
        );
        assert_eq!(
            select(&pins, &["runtime-linux-amd64".into()], &[], None, &HOSTS[1]).expect("known"),
            ["runtime-linux-amd64"]
        );
        let of_wheels = select(&pins, &[], &[Target::WindowsAmd64], Some(RuntimeSource::Wheels), &HOSTS[0]);
        assert_eq!(of_wheels.expect("known").last().map(String::as_str), Some("runtime-windows-amd64-wheels"));
    }
}
