//! The marker environment (PEP 508) of CPython on a platform.
use pep440_rs::Version;

use crate::platform::{Platform, System};

/// A variable of a marker whose value the environment gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    /// `implementation_name`.
    ImplementationName,
    /// `implementation_version`.
    ImplementationVersion,
    /// `os_name`.
    OsName,
    /// `platform_machine`.
    PlatformMachine,
    /// `platform_python_implementation`.
    PlatformPythonImplementation,
    /// `platform_release`.
    PlatformRelease,
    /// `platform_system`.
    PlatformSystem,
    /// `platform_version`.
    PlatformVersion,
    /// `python_full_version`.
    PythonFullVersion,
    /// `python_version`.
    PythonVersion,
    /// `sys_platform`.
    SysPlatform,
    /// `extra`.
    Extra,
    /// `extras` (PEP 751): the extras that are asked for.
    Extras,
    /// `dependency_groups` (PEP 751): the groups that are asked for.
    DependencyGroups,
}

/// Every variable and its name.
const NAMES: [(Variable, &str); 14] = [
    (Variable::ImplementationName, "implementation_name"),
    (Variable::ImplementationVersion, "implementation_version"),
    (Variable::OsName, "os_name"),
    (Variable::PlatformMachine, "platform_machine"),
    (Variable::PlatformPythonImplementation, "platform_python_implementation"),
    (Variable::PlatformRelease, "platform_release"),
    (Variable::PlatformSystem, "platform_system"),
    (Variable::PlatformVersion, "platform_version"),
    (Variable::PythonFullVersion, "python_full_version"),
    (Variable::PythonVersion, "python_version"),
    (Variable::SysPlatform, "sys_platform"),
    (Variable::Extra, "extra"),
    (Variable::Extras, "extras"),
    (Variable::DependencyGroups, "dependency_groups"),
];

/// Names of before PEP 508, which `packaging` and Poetry still take.
const OLD_NAMES: [(Variable, &str); 6] = [
    (Variable::OsName, "os.name"),
    (Variable::SysPlatform, "sys.platform"),
    (Variable::PlatformVersion, "platform.version"),
    (Variable::PlatformMachine, "platform.machine"),
    (Variable::PlatformPythonImplementation, "platform.python_implementation"),
    (Variable::PlatformPythonImplementation, "python_implementation"),
];

impl Variable {
    /// Returns the variable of that name.
    pub fn from_name(name: &str) -> Option<Variable> {
        NAMES.iter().chain(&OLD_NAMES).find(|(_, other)| *other == name).map(|(variable, _)| *variable)
    }

    /// Returns its name.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(variable, _)| *variable == self).map_or("extra", |(_, name)| name)
    }

    /// Returns whether its values are compared as versions.
    pub fn is_version(self) -> bool {
        matches!(
            self,
            Variable::ImplementationVersion
                | Variable::PlatformRelease
                | Variable::PythonFullVersion
                | Variable::PythonVersion
        )
    }

    /// Returns whether its value is a set, of which `in` and `not in` ask.
    pub fn is_set(self) -> bool {
        matches!(self, Variable::Extras | Variable::DependencyGroups)
    }
}

/// The values of all variables but those that say what is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    platform: Platform,
    full_version: String,
    minor_version: String,
}

impl Environment {
    /// Returns the environment of CPython `python` (a full version, `3.13.5`) on `platform`.
    pub fn cpython(python: &Version, platform: Platform) -> Environment {
        let release = python.release();
        let minor_version = release.iter().take(2).map(u64::to_string).collect::<Vec<_>>().join(".");
        Environment { platform, full_version: python.to_string(), minor_version }
    }

    /// Returns the value of `variable`; the empty string for what is asked for (`extra`), and for the release and version of an operating
    /// system, which are the user's machine's and not known when an executable is made.
    pub fn value(&self, variable: Variable) -> &str {
        let system = self.platform.system;
        match variable {
            Variable::ImplementationName => "cpython",
            Variable::PlatformPythonImplementation => "CPython",
            Variable::ImplementationVersion | Variable::PythonFullVersion => &self.full_version,
            Variable::PythonVersion => &self.minor_version,
            Variable::PlatformMachine => self.platform.machine(),
            Variable::PlatformRelease
            | Variable::PlatformVersion
            | Variable::Extra
            | Variable::Extras
            | Variable::DependencyGroups => "",
            Variable::OsName => match system {
                System::Windows => "nt",
                System::Linux { .. } | System::Darwin { .. } => "posix",
            },
            Variable::PlatformSystem => match system {
                System::Linux { .. } => "Linux",
                System::Darwin { .. } => "Darwin",
                System::Windows => "Windows",
            },
            Variable::SysPlatform => self.platform.sys_platform(),
        }
    }
}
