//! What can run a target's programs on this machine: the machine itself, or an emulator.
use std::collections::BTreeMap;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_plan::target::Target;

/// Where Linux lists the formats that it hands over to interpreters (Documentation/admin-guide/binfmt-misc.rst).
const BINFMT: &str = "/proc/sys/fs/binfmt_misc";
/// What an emulated processor is: the emulator's default one may have what no user's has.
const ARM64_PROCESSOR: &str = "cortex-a72";
/// How much more time a program gets that is emulated.
const SLOWNESS: u32 = 6;

/// How programs of a target are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runner {
    /// What it is, for people; `None`: the machine runs them by itself.
    pub emulator: Option<String>,
    /// The command that a program is an argument of; empty: it is started by itself.
    pub prefix: Vec<String>,
    /// What the emulator wants in the environment.
    pub environment: BTreeMap<String, String>,
    /// By how much time limits are multiplied.
    pub slowness: u32,
}

/// What is asked of the machine.
#[derive(Debug, Clone, Copy)]
pub struct Machine<'a> {
    /// The operating system, as `linux` (`std::env::consts::OS`).
    pub os: &'a str,
    /// The processor, as `x86_64` (`std::env::consts::ARCH`).
    pub arch: &'a str,
    /// The folders in which programs are looked for.
    pub path: &'a [Utf8PathBuf],
    /// The root of the file system; `/` but in tests.
    pub root: &'a Utf8Path,
}

/// A target's operating system, processor, the latter's name in emulators, and the loader that its programs name.
fn traits(target: Target) -> (&'static str, &'static str, &'static str) {
    match target {
        Target::LinuxAmd64 => ("linux", "x86_64", "lib64/ld-linux-x86-64.so.2"),
        Target::LinuxArm64 => ("linux", "aarch64", "lib/ld-linux-aarch64.so.1"),
        Target::DarwinAmd64 => ("macos", "x86_64", "usr/lib/dyld"),
        Target::DarwinArm64 => ("macos", "aarch64", "usr/lib/dyld"),
        Target::WindowsAmd64 => ("windows", "x86_64", ""),
    }
}

impl Runner {
    /// The machine itself.
    pub fn native() -> Runner {
        Runner { emulator: None, prefix: Vec::new(), environment: BTreeMap::new(), slowness: 1 }
    }

    /// Finds what can run programs of `target`.
    ///
    /// # Errors
    /// Why nothing can, as a clause.
    pub fn find(target: Target, machine: Machine) -> Result<Runner, String> {
        let (os, arch, loader) = traits(target);
        if (os, arch) == (machine.os, machine.arch) {
            if !machine.root.join(loader).exists() {
                return Err(format!("this machine has no `/{loader}`, which programs for {target} begin with"));
            }
            return Ok(Runner::native());
        }
        if os == "linux" && machine.os == "linux" {
            return machine.emulated(target, arch, loader);
        }
        Err(format!("a machine with {} on {} runs no program for {target}", machine.os, machine.arch))
    }
}

impl Machine<'_> {
    /// An emulator for programs of another processor: one that the kernel knows, else QEMU under PRoot, which hands
    /// programs that a program starts to QEMU too (the bootloader starts itself again).
    fn emulated(self, target: Target, arch: &str, loader: &str) -> Result<Runner, String> {
        let Some(libraries) = self.libraries(arch, loader) else {
            return Err(format!(
                "this machine has no glibc for {target} (`apt-get install libc6-{}-cross` brings one)",
                target.name().trim_start_matches("linux-")
            ));
        };
        let mut environment = BTreeMap::from([("QEMU_LD_PREFIX".to_owned(), libraries.to_string())]);
        if arch == "aarch64" {
            environment.insert("QEMU_CPU".to_owned(), ARM64_PROCESSOR.to_owned());
        }
        if let Some(name) = self.registered(arch) {
            let emulator = Some(format!("{name}, registered with the kernel"));
            return Ok(Runner { emulator, prefix: Vec::new(), environment, slowness: SLOWNESS });
        }
        let qemu = [format!("qemu-{arch}-static"), format!("qemu-{arch}")].iter().find_map(|name| self.program(name));
        match (self.program("proot"), qemu) {
            (Some(proot), Some(qemu)) => {
                let emulator = Some(format!("{} under proot", qemu.file_name().unwrap_or_default()));
                let mut prefix = vec![proot.to_string(), "-q".to_owned(), qemu.to_string()];
                for (from, to) in [
                    (libraries.join("lib"), format!("/usr/lib/{arch}-linux-gnu")),
                    (libraries.join(loader), format!("/{loader}")),
                ] {
                    if libraries != "/" {
                        prefix.extend(["-b".to_owned(), format!("{from}:{to}")]);
                    }
                }
                // PRoot's way to look into a program's system calls, which some kernels' seccomp upsets.
                environment.insert("PROOT_NO_SECCOMP".to_owned(), "1".to_owned());
                Ok(Runner { emulator, prefix, environment, slowness: SLOWNESS })
            }
            (proot, qemu) => {
                let missing = [("proot", proot.is_none()), ("qemu-user-static", qemu.is_none())];
                let missing: Vec<&str> =
                    missing.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| name).collect();
                Err(format!(
                    "a machine with {} runs programs for {target} by an emulator alone, and {} is not installed",
                    self.arch,
                    missing.join(" and ")
                ))
            }
        }
    }

    /// Finds the root below which glibc of another processor lies: the machine's own, or Debian's folder for it.
    fn libraries(self, arch: &str, loader: &str) -> Option<Utf8PathBuf> {
        let own = self.root.to_owned();
        let cross = self.root.join(format!("usr/{arch}-linux-gnu"));
        [own, cross].into_iter().find(|root| root.join(loader).exists())
    }

    /// Returns the name of the interpreter that the kernel starts for programs of `arch`, if there is one.
    fn registered(self, arch: &str) -> Option<String> {
        let folder = self.root.join(BINFMT.trim_start_matches('/'));
        fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
            let text = fs::read_to_string(entry.path()).ok()?;
            let interpreter = text.lines().find_map(|line| line.strip_prefix("interpreter "))?;
            let name = Utf8Path::new(interpreter).file_name()?;
            (text.starts_with("enabled") && name.starts_with(&format!("qemu-{arch}"))).then(|| name.to_owned())
        })
    }

    fn program(self, name: &str) -> Option<Utf8PathBuf> {
        self.path.iter().map(|folder| folder.join(name)).find(|file| file.is_file())
    }
}
