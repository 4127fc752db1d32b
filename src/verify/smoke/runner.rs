//! What can run a target's programs on this machine: the machine itself, or an emulator.
use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_packaging::target::{Os, Target};

use super::process::{CommandLine, Place, run};

/// Where Linux lists the formats that it hands over to interpreters (Documentation/admin-guide/binfmt-misc.rst).
const BINFMT: &str = "/proc/sys/fs/binfmt_misc";
/// What an emulated processor is: the emulator's default one may have what no user's has.
const ARM64_PROCESSOR: &str = "cortex-a72";
/// Registers an emulator (`$1`) for the processor (`$2`) with a binfmt_misc of the namespace's own (Linux 6.7), then
/// becomes the program. Flag F opens the emulator now, P keeps argv[0].
const REGISTER: &str = r#"set -e
zeros='\x00\x00\x00\x00\x00\x00\x00\x00' ones='\xff\xff\xff\xff\xff\xff\xff'
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
printf '%s' ":permafreeze:M::\\x7fELF\\x02\\x01\\x01\\x00$zeros\\x02\\x00$2:$ones\\x00$ones\\xff\\xfe\\xff\\xff\\xff:$1:PF" \
  >/proc/sys/fs/binfmt_misc/register
shift 2
exec "$@"
"#;
/// Where Debian puts the wine of 64 bits.
const WINE_FOLDER: &str = "usr/lib/wine";
/// Wine without messages, windows and menus; without its `wbemprox`, whose calls end the program (platform.win32_ver).
const WINE_ENVIRONMENT: [(&str, &str); 2] =
    [("WINEDEBUG", "-all"), ("WINEDLLOVERRIDES", "wbemprox=;mscoree=;mshtml=;winemenubuilder.exe=")];
/// How long wine may take to make its folder.
const WINE_TRIAL: Duration = Duration::from_secs(300);
/// How long a way to emulate may take to show that it works.
const TRIAL: Duration = Duration::from_secs(60);
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
    /// A folder with the system libraries of another processor, if the user names one.
    pub libraries: Option<&'a Utf8Path>,
    /// The folder in which wine keeps its Windows; it makes it where there is none.
    pub wine_prefix: &'a Utf8Path,
}

impl Runner {
    /// The machine itself.
    pub fn native() -> Runner {
        Runner { emulator: None, prefix: Vec::new(), environment: BTreeMap::new(), slowness: 1 }
    }

    /// Returns what starts a program of the target.
    pub fn command(&self, program: &Utf8Path, arguments: &[String]) -> CommandLine {
        let mut words = self.prefix.iter().cloned().chain([program.to_string()]).chain(arguments.iter().cloned());
        let first = words.next().unwrap_or_default();
        CommandLine { program: first, arguments: words.collect(), environment: self.environment.clone() }
    }

    /// Finds what can run programs of `target`.
    ///
    /// # Errors
    /// Why nothing can, as a clause.
    pub fn find(target: Target, machine: Machine) -> Result<Runner, String> {
        let (os, arch) = (target.os().rust_name(), target.architecture().machine());
        if (os, arch) == (machine.os, machine.arch) {
            return match target.loader().filter(|loader| !machine.root.join(below_root(loader)).exists()) {
                Some(loader) => Err(format!("this machine has no `{loader}`, which programs for {target} begin with")),
                None => Ok(Runner::native()),
            };
        }
        if let (Os::Linux, "linux", Some(loader)) = (target.os(), machine.os, target.loader()) {
            return machine.emulated(target, below_root(loader));
        }
        if (target.os(), machine.os, machine.arch) == (Os::Windows, "linux", arch) {
            return machine.wine(target);
        }
        Err(format!("a machine with {} on {} runs no program for {target}", machine.os, machine.arch))
    }

    /// Tries it with a program.
    fn works(&self, program: &Utf8Path, arguments: &[&str], limit: Duration) -> bool {
        let Ok(scratch) = tempfile::tempdir() else { return false };
        let Some(Ok(place)) = Utf8Path::from_path(scratch.path()).map(Place::new) else { return false };
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let ended = run(&mut place.command(&self.command(program, &arguments)), limit);
        ended.is_ok_and(|ended| ended.status.is_some_and(|status| status.success()))
    }
}

impl Machine<'_> {
    /// The first way to run programs of another processor that works. Each hands over what a program starts, too: the
    /// bootloader starts itself again.
    fn emulated(self, target: Target, loader: &str) -> Result<Runner, String> {
        let arch = target.architecture().machine();
        let Some(libraries) = self.libraries_of(arch, loader) else {
            return Err(format!(
                "this machine has no system libraries for {target}: `--system-root DIR` names a folder that has them \
                 (`/{loader}` and what it loads)"
            ));
        };
        let ways = self.ways(arch, &libraries);
        // The loader of the system libraries is a program, too.
        if let Some(works) = ways.iter().find(|way| way.works(&libraries.join(loader), &["--version"], TRIAL)) {
            return Ok(works.clone());
        }
        let tried: Vec<&str> = ways.iter().filter_map(|way| way.emulator.as_deref()).collect();
        let tried = if tried.is_empty() { "none is there".to_owned() } else { format!("tried: {}", tried.join(", ")) };
        let advice = "install qemu-user-static, and proot where user namespaces have no binfmt_misc";
        Err(format!("a machine with {} runs programs for {target} by an emulator alone; {tried} ({advice})", self.arch))
    }

    /// Wine, which has no emulated processor.
    fn wine(self, target: Target) -> Result<Runner, String> {
        let own = self.root.join(WINE_FOLDER).join("wine64");
        let Some(wine) = Some(own).filter(|wine| wine.is_file()).or_else(|| self.program("wine64")) else {
            return Err(format!("a machine with Linux runs programs for {target} by wine alone, and has no `wine64`"));
        };
        let environment = WINE_ENVIRONMENT.into_iter().chain([("WINEPREFIX", self.wine_prefix.as_str())]);
        let runner = Runner {
            emulator: Some("wine64".to_owned()),
            prefix: vec![wine.to_string()],
            environment: environment.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            slowness: SLOWNESS,
        };
        // A Windows that wine makes now is a Windows 10: CPython 3.13 runs on no older one.
        let (program, arguments): (&str, &[&str]) = match self.wine_prefix.exists() {
            true => ("cmd.exe", &["/c", "ver"]),
            false => ("reg.exe", &["add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f"]),
        };
        if runner.works(program.into(), arguments, WINE_TRIAL) {
            return Ok(runner);
        }
        Err(format!("`{wine}` does not start with WINEPREFIX={}", self.wine_prefix))
    }

    fn ways(self, arch: &str, libraries: &Utf8Path) -> Vec<Runner> {
        let mut environment = BTreeMap::from([("QEMU_LD_PREFIX".to_owned(), libraries.to_string())]);
        if arch == "aarch64" {
            environment.insert("QEMU_CPU".to_owned(), ARM64_PROCESSOR.to_owned());
        }
        let way = |emulator: String, prefix: Vec<String>| Runner {
            emulator: Some(emulator),
            prefix,
            environment: environment.clone(),
            slowness: SLOWNESS,
        };
        let mut ways = Vec::new();
        ways.extend(self.registered(arch).map(|name| way(format!("{name}, registered with the kernel"), Vec::new())));
        let qemu = [format!("qemu-{arch}-static"), format!("qemu-{arch}")].iter().find_map(|name| self.program(name));
        let Some(qemu) = qemu else { return ways };
        let name = qemu.file_name().unwrap_or_default();
        if let Some(unshare) = self.program("unshare") {
            let words = [unshare.as_str(), "--user", "--map-root-user", "--mount", "/bin/sh", "-c", REGISTER, "sh"];
            let prefix = words.into_iter().chain([qemu.as_str(), elf_machine(arch)]).map(str::to_owned).collect();
            ways.push(way(format!("{name}, registered in a user namespace"), prefix));
        }
        if let Some(proot) = self.program("proot") {
            let prefix = [proot.as_str(), "-q", qemu.as_str()].map(str::to_owned).to_vec();
            ways.push(way(format!("{name} under proot"), prefix));
        }
        ways
    }

    /// Finds the root below which the system libraries of another processor lie: what the user names, the machine's own,
    /// or Debian's folder for them.
    fn libraries_of(self, arch: &str, loader: &str) -> Option<Utf8PathBuf> {
        let own = self.root.to_owned();
        let cross = self.root.join(format!("usr/{arch}-linux-gnu"));
        self.libraries.map(Utf8Path::to_owned).into_iter().chain([own, cross]).find(|root| root.join(loader).exists())
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

/// An absolute path as one below a root.
fn below_root(path: &str) -> &str {
    path.trim_start_matches('/')
}

/// `e_machine` of the processor as a little-endian number, in `printf`'s and binfmt_misc's escapes.
fn elf_machine(arch: &str) -> &'static str {
    if arch == "aarch64" { "\\xb7\\x00" } else { "\\x3e\\x00" }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine whose root and path are a folder of the test.
    fn find(files: &[(&str, &str)], target: Target, os: &str, arch: &str) -> Result<Runner, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(folder.path()).expect("UTF-8");
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(&path, text).expect("a file");
        }
        let path = [root.join("bin")];
        let wine_prefix = &root.join("wine");
        Runner::find(target, Machine { os, arch, path: &path, root, libraries: None, wine_prefix })
    }

    #[test]
    fn a_machine_runs_its_own_programs() {
        let loader = [("lib64/ld-linux-x86-64.so.2", "")];
        assert_eq!(find(&loader, Target::LinuxAmd64, "linux", "x86_64"), Ok(Runner::native()));
        let error = find(&[], Target::LinuxAmd64, "linux", "x86_64").expect_err("no loader");
        assert!(error.contains("`/lib64/ld-linux-x86-64.so.2`"), "{error}");
    }

    #[test]
    fn another_system_runs_nothing_of_a_target() {
        for (target, os) in
            [(Target::DarwinArm64, "linux"), (Target::WindowsAmd64, "linux"), (Target::LinuxArm64, "macos")]
        {
            let error = find(&[], target, os, "aarch64").expect_err("another system");
            assert!(error.contains(target.name()), "{error}");
        }
        let error = find(&[], Target::WindowsAmd64, "linux", "x86_64").expect_err("no wine");
        assert!(error.contains("`wine64`"), "{error}");
        let broken = [("usr/lib/wine/wine64", "no program")];
        let error = find(&broken, Target::WindowsAmd64, "linux", "x86_64").expect_err("it does not start");
        assert!(error.contains("WINEPREFIX="), "{error}");
    }

    #[test]
    fn what_emulation_lacks_is_told() {
        let error = find(&[], Target::LinuxArm64, "linux", "x86_64").expect_err("no libraries");
        assert!(error.contains("--system-root"), "{error}");
        let loader = [("usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1", "")];
        let error = find(&loader, Target::LinuxArm64, "linux", "x86_64").expect_err("no emulator");
        assert!(error.contains("qemu-user-static"), "{error}");
    }

    #[test]
    fn ways_are_known_by_what_is_there_but_count_only_if_they_work() {
        let files = [
            ("lib/ld-linux-aarch64.so.1", "no program"),
            ("proc/sys/fs/binfmt_misc/qemu-aarch64", "enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: F\n"),
            ("bin/qemu-aarch64-static", ""),
            ("bin/proot", ""),
        ];
        let error = find(&files, Target::LinuxArm64, "linux", "x86_64").expect_err("nothing works");
        assert!(error.contains("registered with the kernel, qemu-aarch64-static under proot"), "{error}");
    }
}
