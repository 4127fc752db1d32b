//! Runs a step: its recipe in a clean folder, with an environment that holds nothing of the machine's.
//!
//! A step's folder: `recipe.sh`, `files/`, `build/` (where it runs), `out/` (its result), `log`, and, once it is done,
//! `stamp` with its key. No stamp, or another key: the step is done afresh, for zig leaves empty files after an error
//! and a second `make` would take them as made.
use std::collections::BTreeMap;
use std::fs::File;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::beside;

use crate::error::{Error, Result};
use crate::files::{create_folder, failed, remove_folder};
use crate::recipe::{Driver, Step};

/// The folder of panda3d's wheels that has a whole Python: its packager puts it into programs.
const LIBRARIES: &str = "deploy_libs/";
/// Lines of a failed step's log that are shown.
const TAIL: usize = 20;

/// What all steps share.
#[derive(Debug, Clone)]
pub struct Bench {
    /// The folder that holds the steps' folders.
    pub steps: Utf8PathBuf,
    /// The folder with links to the host programs.
    pub tools: Utf8PathBuf,
    /// The compiler.
    pub zig: Utf8PathBuf,
    /// The compiler's cache.
    pub zig_cache: Utf8PathBuf,
    /// How many compilers a step may run at once.
    pub jobs: usize,
}

impl Bench {
    /// Returns where a step's result is.
    pub fn out(&self, step: &str) -> Utf8PathBuf {
        self.steps.join(step).join("out")
    }

    /// Returns whether the step was done with this key.
    pub fn is_done(&self, step: &str, key: &str) -> bool {
        std::fs::read_to_string(self.steps.join(step).join("stamp")).is_ok_and(|stamp| stamp == key)
    }

    /// Does a step afresh. `archive` is its source, `wheel` the wheel whose libraries it takes, both already checked.
    ///
    /// # Errors
    /// [`Error::StepFailed`] with the end of the log, or if the folder cannot be used.
    pub fn run(&self, step: &Step, key: &str, archive: &Utf8Path, wheel: Option<&Utf8Path>) -> Result<()> {
        let folder = self.steps.join(&step.name);
        remove_folder(&folder)?;
        create_folder(&folder.join("build"))?;
        create_folder(&folder.join("files"))?;
        beside::write(&folder.join("recipe.sh"), step.recipe.as_bytes())?;
        for (name, text) in step.files {
            beside::write(&folder.join("files").join(name), text.as_bytes())?;
        }
        if let Some(wheel) = wheel {
            unpack_libraries(wheel, &folder.join("wheel"))?;
        }
        let log = folder.join("log");
        let file = File::create(&log).map_err(failed("write", &log))?;
        let shell = self.tools.join("sh");
        let recipe = duct::cmd(shell.as_std_path(), ["-eu", "../recipe.sh"])
            .dir(folder.join("build").as_std_path())
            .full_env(self.environment(step, &folder, archive))
            .stdin_null()
            .stderr_to_stdout()
            .stdout_file(file)
            .unchecked();
        let output = permafreeze_process::run(&recipe).map_err(failed("run", &shell))?;
        if !output.status.success() {
            return Err(Error::StepFailed { step: step.name.clone(), tail: tail(&log), log });
        }
        for used in ["build", "source", "deps", "bin", "wheel"] {
            remove_folder(&folder.join(used))?;
        }
        Ok(beside::write(&folder.join("stamp"), key.as_bytes())?)
    }

    fn environment(&self, step: &Step, folder: &Utf8Path, archive: &Utf8Path) -> BTreeMap<&'static str, String> {
        let dependencies: Vec<String> = step.dependencies.iter().map(|name| self.out(name).into_string()).collect();
        let program = |driver: &Driver| self.out(&driver.step).join("python/bin").join(driver.python.name());
        let python = step.driver.as_ref().map(|driver| program(driver).into_string());
        BTreeMap::from([
            ("STEP", folder.to_string()),
            ("ARCHIVE", archive.to_string()),
            ("WHEEL", folder.join("wheel").into_string()),
            ("DEPS", dependencies.join(" ")),
            ("TRIPLE", step.platform.triple.to_owned()),
            ("ZIG_TARGET", step.platform.zig.to_owned()),
            ("MULTIARCH", step.platform.multiarch.to_owned()),
            ("ARCH", step.platform.arch.to_owned()),
            ("ZIG", self.zig.to_string()),
            ("ZIG_GLOBAL_CACHE_DIR", self.zig_cache.to_string()),
            ("ZIG_LOCAL_CACHE_DIR", self.zig_cache.to_string()),
            ("PYTHON", python.unwrap_or_default()),
            ("JOBS", self.jobs.to_string()),
            ("TOOLS", self.tools.to_string()),
        ])
    }
}

/// Unpacks the files of a wheel that lie in [`LIBRARIES`] to a folder.
fn unpack_libraries(wheel: &Utf8Path, to: &Utf8Path) -> Result<()> {
    create_folder(to)?;
    let bad = |error: zip::result::ZipError| failed("unpack", wheel)(std::io::Error::other(error));
    let mut archive = zip::ZipArchive::new(File::open(wheel).map_err(failed("read", wheel))?).map_err(bad)?;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(bad)?;
        let name = member.name().map_err(bad)?.strip_prefix(LIBRARIES).map(str::to_owned);
        let name = name.filter(|name| !name.is_empty() && !name.contains('/'));
        let Some(place) = name.map(|name| to.join(name)) else { continue };
        let mut file = File::create(&place).map_err(failed("write", &place))?;
        std::io::copy(&mut member, &mut file).map_err(failed("write", &place))?;
    }
    Ok(())
}

fn tail(log: &Utf8Path) -> String {
    let text = String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(TAIL)..];
    last.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use permafreeze_packaging::python::PYTHONS;

    use super::*;
    use crate::files::tests::folder;
    use crate::recipe::HOSTS;

    fn bench(root: &Utf8Path) -> Bench {
        create_folder(&root.join("tools")).expect("made");
        for name in ["sh", "mkdir", "cat", "env", "sort", "seq"] {
            let program = crate::programs::find(name, "/usr/bin:/bin").expect("a program");
            symlink(program, root.join("tools").join(name)).expect("linked");
        }
        Bench {
            steps: root.join("steps"),
            tools: root.join("tools"),
            zig: "/zig".into(),
            zig_cache: root.join("zig-cache"),
            jobs: 3,
        }
    }

    fn step(recipe: &str) -> Step {
        Step {
            name: "here.fake".into(),
            recipe: format!("PATH=$TOOLS\nmkdir ../out\n{recipe}"),
            files: &[("a.c", "text")],
            source: "fake".into(),
            wheel: None,
            platform: &HOSTS[0],
            dependencies: vec!["here.one".into(), "here.two".into()],
            driver: Some(Driver { python: PYTHONS[1], step: "here.python".into() }),
        }
    }

    #[test]
    fn a_step_leaves_its_result_and_its_stamp_only() {
        let (_keep, root) = folder();
        let bench = bench(&root);
        let step = step("cat ../files/a.c > ../out/b");
        assert!(!bench.is_done("here.fake", "key"));
        bench.run(&step, "key", Utf8Path::new("/archive"), None).expect("done");
        assert!(bench.is_done("here.fake", "key"));
        assert!(!bench.is_done("here.fake", "another key"));
        assert_eq!(std::fs::read_to_string(bench.out("here.fake").join("b")).expect("read"), "text");
        assert!(!root.join("steps/here.fake/build").exists());
    }

    #[test]
    fn a_recipe_sees_nothing_of_the_machine() {
        let (_keep, root) = folder();
        let bench = bench(&root);
        bench.run(&step("env | sort > ../out/env"), "key", Utf8Path::new("/archive"), None).expect("done");
        let text = std::fs::read_to_string(bench.out("here.fake").join("env")).expect("read");
        let names: Vec<&str> = text.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
        let given = "ARCH ARCHIVE DEPS JOBS MULTIARCH PATH PWD PYTHON STEP TOOLS TRIPLE WHEEL ZIG \
                     ZIG_GLOBAL_CACHE_DIR ZIG_LOCAL_CACHE_DIR ZIG_TARGET";
        let given: Vec<&str> = given.split_whitespace().collect();
        let others: Vec<_> =
            names.iter().filter(|name| !given.contains(name) && !["_", "OLDPWD"].contains(name)).collect();
        assert_eq!(others, Vec::<&&str>::new());
        assert!(text.contains(&format!("DEPS={root}/steps/here.one/out {root}/steps/here.two/out\n")), "{text}");
        assert!(text.contains(&format!("PYTHON={root}/steps/here.python/out/python/bin/python3.14\n")), "{text}");
        assert!(text.contains("JOBS=3\n"), "{text}");
    }

    #[test]
    fn a_failed_step_shows_the_end_of_its_log_and_starts_clean_the_next_time() {
        let (_keep, root) = folder();
        let bench = bench(&root);
        let failing = step("echo half > ../out/b; seq 30; false; echo never");
        let error = bench.run(&failing, "key", Utf8Path::new("/archive"), None).expect_err("false");
        let text = error.to_string();
        assert!(text.starts_with("step `here.fake` failed; the end of `"), "{text}");
        assert!(text.ends_with("\n  29\n  30") && text.contains("\n  11\n") && !text.contains("\n  10\n"), "{text}");
        assert!(!bench.is_done("here.fake", "key"));
        bench.run(&step("echo whole > ../out/c"), "key", Utf8Path::new("/archive"), None).expect("done");
        assert!(!bench.out("here.fake").join("b").exists());
        assert!(bench.is_done("here.fake", "key"));
    }
}
