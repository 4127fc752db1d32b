//! The host programs that recipes use: found on the PATH once and linked into one folder, so that nothing else that a
//! machine happens to have can change a build.
use std::os::unix::fs::{PermissionsExt, symlink};

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::{Error, Result};
use crate::files::{create_folder, failed, remove_folder};

/// A Debian package and the programs of it that recipes use.
const PROGRAMS: &[(&str, &[&str])] = &[
    (
        "coreutils",
        &[
            "[", "basename", "cat", "chmod", "comm", "cp", "cut", "date", "dd", "dirname", "echo", "env", "expr",
            "false", "head", "id", "install", "ln", "ls", "mkdir", "mktemp", "mv", "nproc", "od", "printf", "pwd",
            "readlink", "rm", "rmdir", "sleep", "sort", "tail", "tee", "test", "touch", "tr", "true", "uname", "uniq",
            "wc",
        ],
    ),
    ("dash", &["sh"]),
    ("diffutils", &["cmp", "diff"]),
    ("findutils", &["find", "xargs"]),
    ("grep", &["egrep", "fgrep", "grep"]),
    ("gzip", &["gzip"]),
    ("make", &["make"]),
    ("mawk", &["awk"]),
    ("perl", &["perl"]),
    ("sed", &["sed"]),
    ("tar", &["tar"]),
    ("xz-utils", &["xz"]),
];
/// Modules of Perl that OpenSSL's Configure loads; Debian's perl-base lacks some.
const PERL_MODULES: &[&str] = &["FindBin", "File::Compare", "File::Copy", "IPC::Cmd"];

/// Returns where a program is on the search path `path`.
pub fn find(name: &str, path: &str) -> Option<Utf8PathBuf> {
    let executable = |file: &Utf8PathBuf| {
        file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    };
    path.split(':').filter(|folder| !folder.is_empty()).map(|folder| Utf8Path::new(folder).join(name)).find(executable)
}

/// Makes `folder` afresh with a link to every program that recipes use.
///
/// # Errors
/// [`Error::MissingPrograms`] with all that are missing.
pub fn link(folder: &Utf8Path, path: &str) -> Result<()> {
    remove_folder(folder)?;
    create_folder(folder)?;
    let (mut missing, mut packages) = (Vec::new(), Vec::new());
    for (package, programs) in PROGRAMS {
        for name in *programs {
            match find(name, path) {
                Some(program) => {
                    let link = folder.join(name);
                    symlink(&program, &link).map_err(failed("make the link", &link))?;
                }
                None => {
                    missing.push((*name).to_owned());
                    packages.push((*package).to_owned());
                }
            }
        }
    }
    if !missing.iter().any(|name| name == "perl") && !perl_is_whole(folder) {
        missing.push(format!("perl's modules {}", PERL_MODULES.join(" ")));
        packages.push("perl".to_owned());
    }
    packages.dedup();
    if missing.is_empty() { Ok(()) } else { Err(Error::MissingPrograms { programs: missing, packages }) }
}

fn perl_is_whole(folder: &Utf8Path) -> bool {
    let mut arguments: Vec<String> = PERL_MODULES.iter().map(|module| format!("-M{module}")).collect();
    arguments.push("-e1".to_owned());
    let perl = duct::cmd(folder.join("perl").as_std_path(), arguments).stdout_null().stderr_null().unchecked();
    permafreeze_process::run(&perl).is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::tests::folder;

    #[test]
    fn all_that_is_missing_is_named_at_once() {
        let (_keep, root) = folder();
        let error = link(&root.join("tools"), root.as_str()).expect_err("an empty PATH");
        let text = error.to_string();
        assert!(text.starts_with("missing programs: [, basename"), "{text}");
        assert!(text.ends_with("perl, sed, tar, xz"), "{text}");
        let hint = error.hint().expect("a hint");
        assert!(hint.ends_with("gzip make mawk perl sed tar xz-utils"), "{hint}");
        assert!(error.is_outside());
    }

    #[test]
    fn only_executable_files_are_programs() {
        let (_keep, root) = folder();
        std::fs::write(root.join("make"), "").expect("written");
        assert_eq!(find("make", root.as_str()), None);
        std::fs::set_permissions(root.join("make"), std::fs::Permissions::from_mode(0o755)).expect("mode set");
        assert_eq!(find("make", &format!(":/nowhere:{root}")), Some(root.join("make")));
    }
}
