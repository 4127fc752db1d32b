//! What of the plan decides an artifact, as one value.
//!
//! Nix links by it, the provenance quotes it, and a pin holds as long as it is the same. It is about the plan alone:
//! the bytes of source trees and the toolchain decide too, and are in Nix's derivation besides.
use std::collections::BTreeMap;

use permafreeze_base::sha256;
use serde_json::{Value, json};

use crate::artifact::Artifact;
use crate::form::{Compression, Form, Unpack};
use crate::plan::{Executable, Package, Plan};

/// Returns the digest of an artifact: sha256, lower-case hex, of the compact JSON with sorted keys of everything in the
/// plan that Nix makes the executable of (`nix/project.nix`); `None` if the plan does not have the artifact.
///
/// What is left out of native libraries decides on Linux alone. What does not decide: other targets and other executables, what an executable for another system shows on Windows, where
/// files are downloaded from, the versions that a system must have (they chose the files), the policy and the smoke
/// commands.
pub fn digest(plan: &Plan, artifact: &Artifact) -> Option<String> {
    decisive(plan, artifact).map(|value| sha256::of(value.to_string().as_bytes()))
}

/// Returns the digests of all artifacts of a plan.
pub fn digests(plan: &Plan) -> BTreeMap<Artifact, String> {
    plan.artifacts().filter_map(|artifact| digest(plan, &artifact).map(|digest| (artifact, digest))).collect()
}

fn decisive(plan: &Plan, artifact: &Artifact) -> Option<Value> {
    let target = plan.targets.get(&artifact.target)?;
    let executable = plan.executables.get(&artifact.name)?;
    let windows = executable.windows.clone().filter(|_| artifact.target.is_windows());
    let unpack = match executable.form(artifact.target) {
        Form::Bundle => Unpack::Cache,
        Form::Onefile | Form::Onedir => Unpack::Always,
    };
    let compression = if unpack == Unpack::Cache { executable.compression } else { Compression::default() };
    let executable = Executable { windows, unpack, compression, ..executable.clone() };
    let hash = |file: &str| plan.files.get(file).map(|pinned| pinned.sha256.as_str());
    let mut files = BTreeMap::new();
    let mut sources = BTreeMap::new();
    let mut builds = BTreeMap::new();
    for package in &target.packages {
        match package {
            Package::Wheel { file } => drop(files.insert(file, hash(file))),
            Package::Sdist { sdist } => {
                let build = plan.builds.get(sdist);
                files.extend(build.iter().flat_map(|build| &build.environment).map(|file| (file, hash(file))));
                files.insert(sdist, hash(sdist));
                builds.insert(sdist, build);
            }
            Package::Source { source } => drop(sources.insert(source, plan.sources.get(source))),
        }
    }
    files.extend(target.freezer.values().map(|file| (file, hash(file))));
    let mut value = json!({
        "name": artifact.name,
        "target": artifact.target,
        "executable": executable,
        "files": files,
        "packages": target.packages,
        "freezer": target.freezer,
        "project": plan.project,
        "python": plan.python,
        "sources": sources,
    });
    if let Some(runtime) = target.runtime {
        value["runtime"] = json!(runtime);
    }
    if !plan.strip.is_empty() && artifact.target.is_linux() {
        value["strip"] = json!(plan.strip);
    }
    if !builds.is_empty() {
        value["builds"] = json!(builds);
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use permafreeze_packaging::python::PYTHONS;
    use permafreeze_packaging::target::Target;

    use super::*;
    use crate::form::Mode;
    use crate::plan::{PinnedFile, Policy, Source, TargetPlan, VERSION};

    fn file(sha256: &str) -> PinnedFile {
        let text = |text: &str| text.to_owned();
        PinnedFile {
            package: text("six"),
            version: text("1"),
            sha256: text(sha256),
            size: None,
            url: None,
            index: None,
            path: None,
            git: None,
        }
    }

    fn plan() -> Plan {
        let target = |file: &str| TargetPlan {
            glibc: Some("2.28".to_owned()),
            macos: None,
            runtime: None,
            packages: vec![
                Package::Source { source: ".".to_owned() },
                Package::Wheel { file: "pure.whl".to_owned() },
                Package::Wheel { file: file.to_owned() },
            ],
            freezer: BTreeMap::from([("pyinstaller".to_owned(), format!("pyinstaller-{file}"))]),
        };
        let names = ["pure.whl", "amd64.whl", "arm64.whl", "pyinstaller-amd64.whl", "pyinstaller-arm64.whl"];
        let executables = ["app", "tool"].map(|name| (name.to_owned(), Executable::default()));
        Plan {
            version: VERSION,
            project: "app".to_owned(),
            python: PYTHONS[0],
            files: names.into_iter().map(|name| (name.to_owned(), file("00"))).collect(),
            builds: BTreeMap::new(),
            sources: BTreeMap::from([(".".to_owned(), Source::default())]),
            executables: executables.into(),
            targets: BTreeMap::from([
                (Target::LinuxAmd64, target("amd64.whl")),
                (Target::LinuxArm64, target("arm64.whl")),
            ]),
            digests: BTreeMap::new(),
            policy: Policy::default(),
            smoke: Vec::new(),
            smoke_of: BTreeMap::new(),
            lock: None,
            entry: None,
            strip: BTreeMap::new(),
        }
    }

    /// Returns the artifacts whose digests a change changes.
    fn changed(change: impl FnOnce(&mut Plan)) -> Vec<String> {
        let (old, mut new) = (plan(), plan());
        change(&mut new);
        let (old, new) = (digests(&old), digests(&new));
        assert_eq!(old.len(), 4);
        old.iter().filter(|(artifact, digest)| new[*artifact] != **digest).map(|(name, _)| name.to_string()).collect()
    }

    const ALL: [&str; 4] = ["app-linux-amd64", "app-linux-arm64", "tool-linux-amd64", "tool-linux-arm64"];
    const ARM64: [&str; 2] = ["app-linux-arm64", "tool-linux-arm64"];

    #[test]
    fn a_file_of_one_target_changes_that_target_alone() {
        assert_eq!(changed(|plan| plan.files.get_mut("arm64.whl").unwrap().sha256 = "ff".to_owned()), ARM64);
        assert_eq!(
            changed(|plan| plan.files.get_mut("pyinstaller-arm64.whl").unwrap().sha256 = "ff".to_owned()),
            ARM64
        );
        assert_eq!(
            changed(|plan| plan.targets.get_mut(&Target::LinuxArm64).unwrap().packages.swap(1, 2)),
            ARM64,
            "precedence"
        );
        assert_eq!(changed(|plan| plan.files.get_mut("pure.whl").unwrap().sha256 = "ff".to_owned()), ALL);
    }

    #[test]
    fn what_builds_a_wheel_changes_those_that_have_it() {
        let with_sdist = |plan: &mut Plan| {
            for name in ["b.tar.gz", "setuptools.whl"] {
                plan.files.insert(name.to_owned(), file("00"));
            }
            let build = crate::plan::WheelBuild {
                wheel: "b-1-py3-none-any.whl".to_owned(),
                backend: "setuptools.build_meta".to_owned(),
                backend_path: Vec::new(),
                subdirectory: None,
                requires: vec!["setuptools".to_owned()],
                extra: Vec::new(),
                environment: vec!["setuptools.whl".to_owned()],
            };
            plan.builds.insert("b.tar.gz".to_owned(), build);
            let packages = &mut plan.targets.get_mut(&Target::LinuxArm64).unwrap().packages;
            packages.push(Package::Sdist { sdist: "b.tar.gz".to_owned() });
        };
        assert_eq!(changed(with_sdist), ARM64);
        let changed_by = |change: &dyn Fn(&mut Plan)| {
            let (mut old, mut new) = (plan(), plan());
            with_sdist(&mut old);
            with_sdist(&mut new);
            change(&mut new);
            let (old, new) = (digests(&old), digests(&new));
            old.into_iter().filter(|(name, digest)| new[name] != *digest).map(|(name, _)| name.to_string()).collect()
        };
        let backend = |plan: &mut Plan| plan.builds.get_mut("b.tar.gz").unwrap().backend = "other".to_owned();
        let environment = |plan: &mut Plan| plan.files.get_mut("setuptools.whl").unwrap().sha256 = "ff".to_owned();
        let sdist = |plan: &mut Plan| plan.files.get_mut("b.tar.gz").unwrap().sha256 = "ff".to_owned();
        for change in [&backend as &dyn Fn(&mut Plan), &environment, &sdist] {
            let changed: Vec<String> = changed_by(change);
            assert_eq!(changed, ARM64);
        }
    }

    #[test]
    fn the_source_of_the_runtime_changes_its_target_alone() {
        let runtime = |plan: &mut Plan| {
            plan.targets.get_mut(&Target::LinuxArm64).unwrap().runtime = Some(crate::plan::RuntimeSource::Wheels);
        };
        assert_eq!(changed(runtime), ARM64);
    }

    #[test]
    fn an_option_changes_its_executable_alone() {
        let hidden = |plan: &mut Plan| plan.executables.get_mut("tool").unwrap().hidden_imports.push("six".to_owned());
        assert_eq!(changed(hidden), ["tool-linux-amd64", "tool-linux-arm64"]);
    }

    #[test]
    fn what_is_stripped_changes_executables_for_linux() {
        let mut changed = plan();
        let windows = changed.targets[&Target::LinuxAmd64].clone();
        changed.targets.insert(Target::WindowsAmd64, windows);
        let before = digests(&changed);
        changed.strip = BTreeMap::from([(crate::strip::EVERY.to_owned(), crate::strip::Strip::Debug)]);
        let after = digests(&changed);
        let differing = before.keys().filter(|artifact| before[*artifact] != after[*artifact]);
        assert_eq!(differing.filter(|artifact| artifact.target.is_linux()).count(), 4);
        let windows = before.keys().filter(|artifact| artifact.target.is_windows());
        assert!(windows.clone().count() == 2 && windows.clone().all(|artifact| before[artifact] == after[artifact]));
    }

    #[test]
    fn when_an_executable_unpacks_changes_it_where_there_is_a_launcher() {
        let all = |unpack| {
            let mut plan = plan();
            plan.executables.get_mut("tool").unwrap().unpack = unpack;
            let windows = plan.targets[&Target::LinuxAmd64].clone();
            plan.targets.insert(Target::WindowsAmd64, windows);
            let digest = |target| digest(&plan, &Artifact { name: "tool".to_owned(), target }).unwrap();
            (digest(Target::LinuxAmd64), digest(Target::WindowsAmd64))
        };
        let (always, cache) = (all(Unpack::Always), all(Unpack::Cache));
        assert_ne!(always.0, cache.0);
        assert_eq!(always.1, cache.1);
    }

    #[test]
    fn how_small_an_executable_is_made_changes_bundles_alone() {
        let all = |unpack, compression| {
            let mut plan = plan();
            let executable = plan.executables.get_mut("tool").unwrap();
            (executable.unpack, executable.compression) = (unpack, compression);
            digest(&plan, &Artifact { name: "tool".to_owned(), target: Target::LinuxAmd64 }).unwrap()
        };
        assert_ne!(all(Unpack::Cache, Compression::Fast), all(Unpack::Cache, Compression::Small));
        assert_eq!(all(Unpack::Always, Compression::Fast), all(Unpack::Always, Compression::Small));
    }

    #[test]
    fn a_folder_is_another_executable_on_every_system() {
        let folder = |plan: &mut Plan| plan.executables.get_mut("tool").unwrap().mode = Mode::Onedir;
        assert_eq!(changed(folder), ["tool-linux-amd64", "tool-linux-arm64"]);
    }

    #[test]
    fn what_an_executable_shows_on_windows_changes_none_for_linux() {
        let none: [&str; 0] = [];
        let icon = |plan: &mut Plan| plan.executables.get_mut("tool").unwrap().windows = Some(Default::default());
        assert_eq!(changed(icon), none);
        let on_windows = |windows| {
            let mut plan = plan();
            plan.targets.insert(Target::WindowsAmd64, plan.targets[&Target::LinuxAmd64].clone());
            plan.executables.get_mut("tool").unwrap().windows = windows;
            digest(&plan, &Artifact { name: "tool".to_owned(), target: Target::WindowsAmd64 })
        };
        assert_ne!(on_windows(None), on_windows(Some(Default::default())));
    }

    #[test]
    fn what_a_source_tree_is_changes_all() {
        assert_eq!(changed(|plan| plan.python = PYTHONS[1]), ALL);
        let content = crate::plan::SourceContent {
            from: "src/app".to_owned(),
            to: "app".to_owned(),
            include: Vec::new(),
            exclude: Vec::new(),
        };
        assert_eq!(changed(|plan| plan.sources.get_mut(".").unwrap().contents.push(content)), ALL);
    }

    #[test]
    fn policy_smoke_downloads_and_another_target_change_none() {
        let none: [&str; 0] = [];
        assert_eq!(changed(|plan| plan.policy.glibc = Some("2.31".to_owned())), none);
        assert_eq!(changed(|plan| plan.smoke = vec![vec!["--version".to_owned()]]), none);
        assert_eq!(changed(|plan| plan.smoke_of = BTreeMap::from([("app".to_owned(), vec![Vec::new()])])), none);
        assert_eq!(changed(|plan| plan.entry = Some("app".to_owned())), none);
        assert_eq!(changed(|plan| plan.targets.get_mut(&Target::LinuxAmd64).unwrap().glibc = None), none);
        let file =
            |plan: &mut Plan| plan.files.get_mut("pure.whl").unwrap().index = Some("https://a.example".to_owned());
        assert_eq!(changed(file), none);
        let windows = |plan: &mut Plan| {
            let other = plan.targets[&Target::LinuxAmd64].clone();
            plan.targets.insert(Target::WindowsAmd64, other);
        };
        assert_eq!(changed(windows), none);
    }
}
