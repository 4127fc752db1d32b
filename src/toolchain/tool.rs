//! Builds the static tools with cargo so that their bytes depend on source, Cargo.lock and compiler alone: no host
//! linker, no path of the machine, no setting of the user's.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::{Error, Result};
use crate::files::failed;
use crate::product::Tool;
use crate::recipe::Platform;

/// Variables that would change what the compiler makes, by their beginnings.
const REMOVED: &[&str] = &[
    "RUSTC",
    "RUSTDOC",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
    "CARGO_BUILD_",
    "CARGO_ENCODED_",
    "CARGO_INCREMENTAL",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
    "CARGO_UNSTABLE_",
    "__CARGO",
    "SOURCE_DATE_EPOCH",
];

/// What the tools are built with.
#[derive(Debug)]
pub struct Compiler {
    /// The source checkout.
    pub checkout: Utf8PathBuf,
    /// Where cargo keeps crates.
    pub cargo_home: Utf8PathBuf,
    /// The folder for cargo's results.
    pub target_folder: Utf8PathBuf,
    /// The pinned version of rustc.
    pub rustc: String,
    /// The environment of the user.
    pub environment: BTreeMap<String, String>,
    /// No network.
    pub offline: bool,
    /// How many compilers may run at once.
    pub jobs: usize,
}

impl Compiler {
    /// Builds a tool; returns the executable.
    ///
    /// # Errors
    /// If the pinned compiler is not there, or the build fails ([`Error::StepFailed`] with its log).
    pub fn build(&self, tool: Tool, host: &Platform) -> Result<Utf8PathBuf> {
        let environment = self.environment(self.toolchain()?);
        let sysroot = self.sysroot(&environment)?;
        if !sysroot.join("lib/rustlib").join(host.triple).is_dir() {
            return Err(Error::RustTarget { rustc: self.rustc.clone(), target: host.triple.to_owned() });
        }
        self.fetch(tool, host, &environment)?;
        let mut environment = environment;
        environment.insert("CARGO_ENCODED_RUSTFLAGS".into(), self.flags(&sysroot)?.join("\u{1f}"));
        let jobs = self.jobs.to_string();
        let mut arguments = vec!["build", "--locked", "--profile", "tool", "--jobs", &jobs];
        arguments.extend(["-p", tool.package(), "--target", host.triple]);
        self.cargo(tool, &arguments, &environment)?;
        Ok(self.file(tool, host))
    }

    /// Returns where a tool's executable is once it is built.
    pub fn file(&self, tool: Tool, host: &Platform) -> Utf8PathBuf {
        self.target_folder.join(host.triple).join("tool").join(tool.package())
    }

    /// Brings the crates first: only then is it known in which folders they lie.
    fn fetch(&self, tool: Tool, host: &Platform, environment: &BTreeMap<String, String>) -> Result<()> {
        self.cargo(tool, &["fetch", "--locked", "--target", host.triple], environment)
    }

    fn cargo(&self, tool: Tool, arguments: &[&str], environment: &BTreeMap<String, String>) -> Result<()> {
        crate::files::create_folder(&self.target_folder)?;
        let log = self.target_folder.join(format!("{}.log", tool.package()));
        let offline = self.offline.then_some("--offline");
        let cargo = duct::cmd("cargo", arguments.iter().copied().chain(offline))
            .dir(self.checkout.as_std_path())
            .full_env(environment)
            .stdin_null()
            .stdout_null()
            .stderr_path(log.as_std_path())
            .unchecked();
        let output = permafreeze_process::run(&cargo).map_err(|_| self.no_rustc("no cargo"))?;
        if output.status.success() {
            return Ok(());
        }
        let text = std::fs::read_to_string(&log).map_err(failed("read", &log))?;
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(20)..].join("\n");
        Err(Error::StepFailed { step: tool.package().to_owned(), log, tail })
    }

    /// Returns the name of rustup's toolchain with the pinned compiler; `None` if the default is it.
    fn toolchain(&self) -> Result<Option<String>> {
        let base = self.environment(None);
        let version = |environment: &BTreeMap<String, String>| {
            let rustc = duct::cmd!("rustc", "--version").dir(self.checkout.as_std_path()).full_env(environment);
            permafreeze_process::read(&rustc.stdin_null().stderr_null()).unwrap_or_default()
        };
        let is_pinned = |said: &str| said.split(' ').nth(1) == Some(self.rustc.as_str());
        let said = version(&base);
        if is_pinned(&said) {
            return Ok(None);
        }
        // Only the one that is installed: rustup would else download it unasked.
        let list = duct::cmd!("rustup", "toolchain", "list").full_env(&base).stdin_null().stderr_null();
        let names = permafreeze_process::read(&list).unwrap_or_default();
        let name =
            names.split_whitespace().find(|name| *name == self.rustc || name.starts_with(&format!("{}-", self.rustc)));
        match name {
            Some(name) if is_pinned(&version(&self.environment(Some(name.to_owned())))) => Ok(Some(name.to_owned())),
            _ => Err(self.no_rustc(&said)),
        }
    }

    fn no_rustc(&self, said: &str) -> Error {
        let got = if said.is_empty() { "no rustc" } else { said.trim_start_matches("rustc ") };
        Error::Rustc { expected: self.rustc.clone(), got: got.to_owned() }
    }

    /// Returns the user's environment without what would change the bytes.
    fn environment(&self, toolchain: Option<String>) -> BTreeMap<String, String> {
        let kept = |name: &str| !REMOVED.iter().any(|removed| name.starts_with(removed));
        let mut environment: BTreeMap<String, String> = self
            .environment
            .iter()
            .filter(|(name, _)| kept(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        environment.insert("CARGO_HOME".into(), self.cargo_home.to_string());
        environment.insert("CARGO_TARGET_DIR".into(), self.target_folder.to_string());
        // The user's configuration may name wrappers; empty means none.
        environment.insert("CARGO_BUILD_RUSTC_WRAPPER".into(), String::new());
        environment.insert("CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER".into(), String::new());
        environment.insert("CARGO_TERM_COLOR".into(), "never".into());
        environment.insert("LC_ALL".into(), "C".into());
        if let Some(toolchain) = toolchain {
            environment.insert("RUSTUP_TOOLCHAIN".into(), toolchain);
        }
        environment
    }

    fn sysroot(&self, environment: &BTreeMap<String, String>) -> Result<Utf8PathBuf> {
        let rustc = duct::cmd!("rustc", "--print", "sysroot").dir(self.checkout.as_std_path()).full_env(environment);
        let said = permafreeze_process::read(&rustc.stdin_null().stderr_null()).map_err(|_| self.no_rustc(""))?;
        Ok(Utf8PathBuf::from(said.trim()))
    }

    /// Returns the compiler's flags. Of several prefixes that fit, rustc takes the last.
    fn flags(&self, sysroot: &Utf8Path) -> Result<Vec<String>> {
        let mut flags = vec![
            "-Clinker=rust-lld".to_owned(),
            "-Clinker-flavor=ld.lld".to_owned(),
            "-Clink-self-contained=yes".to_owned(),
        ];
        let mut map = |from: &Utf8Path, to: &str| flags.push(format!("--remap-path-prefix={from}={to}"));
        map(&real(&self.cargo_home), "/cargo");
        map(&self.cargo_home, "/cargo");
        // A registry's folder has its host's name in it: another mirror, another name.
        for folder in registries(&self.cargo_home)? {
            map(&folder, "/cargo/crates");
        }
        map(sysroot, "/rust");
        map(&real(&self.checkout), "/permafreeze");
        map(&self.checkout, "/permafreeze");
        map(&real(&self.target_folder), "/target");
        Ok(flags)
    }
}

fn real(path: &Utf8Path) -> Utf8PathBuf {
    path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned())
}

/// Returns the folders of `CARGO_HOME/registry/src`, sorted.
fn registries(cargo_home: &Utf8Path) -> Result<Vec<Utf8PathBuf>> {
    let folder = cargo_home.join("registry/src");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in folder.read_dir_utf8().map_err(failed("read", &folder))? {
        let path = entry.map_err(failed("read", &folder))?.path().to_owned();
        found.extend([real(&path), path]);
    }
    found.sort();
    found.dedup();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::tests::folder;

    fn compiler(root: &Utf8Path) -> Compiler {
        let variables = [
            ("PATH", "/bin"),
            ("HTTPS_PROXY", "http://proxy.example"),
            ("CARGO_HTTP_CAINFO", "/ca"),
            ("RUSTFLAGS", "-Ctarget-cpu=native"),
            ("RUSTC_WRAPPER", "sccache"),
            ("CARGO_PROFILE_TOOL_OPT_LEVEL", "0"),
            ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER", "gcc"),
            ("RUSTUP_TOOLCHAIN", "nightly"),
        ];
        Compiler {
            checkout: root.join("checkout"),
            cargo_home: root.join("cargo"),
            target_folder: root.join("target"),
            rustc: "1.95.0".into(),
            environment: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            offline: true,
            jobs: 1,
        }
    }

    #[test]
    fn what_would_change_the_bytes_is_taken_out_of_the_environment() {
        let (_keep, root) = folder();
        let environment = compiler(&root).environment(Some("1.95.0-here".into()));
        let names: Vec<&str> = environment.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
                "CARGO_BUILD_RUSTC_WRAPPER",
                "CARGO_HOME",
                "CARGO_HTTP_CAINFO",
                "CARGO_TARGET_DIR",
                "CARGO_TERM_COLOR",
                "HTTPS_PROXY",
                "LC_ALL",
                "PATH",
                "RUSTUP_TOOLCHAIN"
            ]
        );
        assert_eq!(environment["RUSTUP_TOOLCHAIN"], "1.95.0-here");
        assert_eq!(environment["CARGO_BUILD_RUSTC_WRAPPER"], "");
    }

    #[test]
    fn every_path_of_the_machine_is_mapped() {
        let (_keep, root) = folder();
        let compiler = compiler(&root);
        let registry = compiler.cargo_home.join("registry/src/some-mirror.example-0123");
        std::fs::create_dir_all(&registry).expect("made");
        let flags = compiler.flags(Utf8Path::new("/home/user/.rustup/toolchains/x")).expect("flags");
        for (from, to) in [
            (compiler.cargo_home.as_str(), "/cargo"),
            (registry.as_str(), "/cargo/crates"),
            ("/home/user/.rustup/toolchains/x", "/rust"),
            (compiler.checkout.as_str(), "/permafreeze"),
        ] {
            assert!(flags.contains(&format!("--remap-path-prefix={from}={to}")), "{from} in {flags:?}");
        }
        let place = |to: &str| flags.iter().position(|flag| flag.ends_with(&format!("={to}"))).expect("mapped");
        assert!(place("/cargo") < place("/cargo/crates"), "the longer prefix must come last");
    }
}
