//! A git dependency whose repository, address, submodule or plan would run a program on the machine that locks or fetches.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use permafreeze_resolve::content_hash::content_hash;
use permafreeze_resolve::document::TomlFile;

use crate::project::{Outcome, Project};

/// A folder with a repository, and the file that an attack that succeeds makes.
struct Attack {
    folder: tempfile::TempDir,
    project: Project,
}

impl Attack {
    fn new() -> Attack {
        let attack = Attack {
            folder: tempfile::tempdir().expect("a folder"),
            project: Project::new(&[("main.py", "import six\n")], &[]),
        };
        attack.git(&["init", "--quiet"]);
        attack.commit();
        attack
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn mark(&self) -> PathBuf {
        self.project.path().join("attacked")
    }

    /// A shell command that leaves the mark, and passes its input on as a filter does.
    fn evil(&self) -> String {
        format!("touch {}; cat", self.mark().display())
    }

    fn git(&self, arguments: &[&str]) -> String {
        let who = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
        let mut command = Command::new("git");
        command.arg("-C").arg(self.path()).args(arguments).envs(who.map(|name| (name, "a")));
        let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("git");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    }

    fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=x"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn url(&self) -> String {
        format!("file://{}", self.path().display())
    }

    /// Locks the project to a commit, with this configuration of the user's git; returns what `lock` says of it.
    fn lock(&self, url: &str, commit: &str, config: &str) -> Outcome {
        let text = fs::read_to_string(self.project.path().join("pyproject.toml")).expect("a pyproject.toml");
        let file = TomlFile::parse("pyproject.toml".to_owned(), text).expect("TOML");
        let lock = format!(
            "[[package]]\nname = \"six\"\nversion = \"1.0\"\noptional = false\npython-versions = \"*\"\n\
             groups = [\"main\"]\nfiles = []\n\n[package.source]\ntype = \"git\"\nurl = \"{url}\"\n\
             reference = \"main\"\nresolved_reference = \"{commit}\"\n\n[metadata]\nlock-version = \"2.1\"\n\
             python-versions = \"^3.13\"\ncontent-hash = \"{}\"\n",
            content_hash(&file, true)
        );
        self.project.write("poetry.lock", &lock);
        self.run(&["lock"], config)
    }

    fn run(&self, arguments: &[&str], config: &str) -> Outcome {
        self.project.write("gitconfig", config);
        let mut command = self.project.command(arguments);
        command.env("GIT_CONFIG_GLOBAL", self.project.path().join("gitconfig"));
        command.env("PIP_INDEX_URL", "file:///none").env("PIP_CONFIG_FILE", "/dev/null");
        let outcome = command.output().expect("permafreeze runs").into();
        assert!(!self.mark().exists(), "a program of the repository ran: {outcome:?}");
        outcome
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn filters_and_hooks_are_not_run() {
    let attack = Attack::new();
    fs::write(attack.path().join(".gitattributes"), "* filter=lfs\n*.py filter=evil ident export-subst\n")
        .expect("a file");
    fs::write(attack.path().join("setup.py"), "from setuptools import setup\nsetup()\n").expect("a file");
    let commit = attack.commit();
    let hooks = attack.project.path().join("template/hooks");
    fs::create_dir_all(&hooks).expect("a folder");
    for hook in ["post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc"] {
        fs::write(hooks.join(hook), format!("#!/bin/sh\n{}\n", attack.evil())).expect("a hook");
        let run = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(hooks.join(hook), run).expect("a mode");
    }
    let evil = attack.evil();
    let config = format!(
        "[init]\n\ttemplateDir = {template}\n[core]\n\thooksPath = {template}/hooks\n\tfsmonitor = \"{evil}\"\n\
         [filter \"lfs\"]\n\tsmudge = \"{evil}\"\n\tprocess = \"{evil}\"\n\trequired = true\n\
         [filter \"evil\"]\n\tsmudge = \"{evil}\"\n",
        template = attack.project.path().join("template").display()
    );
    // It gets as far as the index that has no setuptools: the archive is there.
    attack.lock(&attack.url(), &commit, &config).failure(1, &["project `setuptools` is not on"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn addresses_and_submodules_that_are_commands_are_refused() {
    let attack = Attack::new();
    let commit = attack.git(&["rev-parse", "HEAD"]);
    let mark = attack.mark().display().to_string();
    let commands = [
        format!("ext::sh -c touch% {mark}"),
        format!("--upload-pack=touch {mark};"),
        format!("ssh://-oProxyCommand=touch${{IFS}}{mark}/x"),
    ];
    // Even where the user's git allows it.
    let config = "[protocol]\n\tallow = always\n[protocol \"ext\"]\n\tallow = always\n";
    for address in &commands {
        attack.lock(address, &commit, config).failure(1, &["cannot get commit", "expected a URL of `https`"]);
    }
    for address in &commands {
        let modules = format!("[submodule \"x\"]\n\tpath = x\n\turl = \"{address}\"\n");
        fs::write(attack.path().join(".gitmodules"), modules).expect("a file");
        attack.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},x")]);
        attack.git(&["add", ".gitmodules"]);
        attack.git(&["commit", "--quiet", "--message=x"]);
        let head = attack.git(&["rev-parse", "HEAD"]);
        attack.lock(&attack.url(), &head, config).failure(1, &["expected a URL of `https`"]);
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_plan_that_names_a_command_is_refused() {
    let attack = Attack::new();
    attack.run(&["lock"], "").success();
    let path = attack.project.path().join("permafreeze.lock");
    let mut plan: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).expect("a plan")).expect("JSON");
    plan["files"]["six-1.0-000000000000.tar"] = serde_json::json!({
        "package": "six", "version": "1.0", "sha256": "0".repeat(64),
        "git": { "url": format!("ext::sh -c touch% {}", attack.mark().display()), "commit": "0".repeat(40) },
    });
    fs::write(&path, plan.to_string()).expect("a plan");
    let config = "[protocol \"ext\"]\n\tallow = always\n";
    attack.run(&["fetch"], config).failure(1, &["cannot get commit", "expected a URL of `https`"]);
}
