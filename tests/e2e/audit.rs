//! What `audit` says of executables that are really built from bad wheels, and `origin` of a changed byte.
//! Runs after `make build-binary`, which brings the toolchain into the store. The libraries are made with `cc`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::{Project, Wheel};
use camino::Utf8PathBuf;
use permafreeze_archive::Executable;
use permafreeze_executable::report::Report;
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::Policy;
use permafreeze_verify::audit::{Audit, LeakPatterns, Rules, audit};

const SUFFIX: &str = "cpython-313-x86_64-linux-gnu.so";
const STORE_PATH: &str = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-glibc/lib";

fn cc(folder: &Path, arguments: &[&str]) {
    let output = Command::new("cc").args(arguments).current_dir(folder).output().expect("cc");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Makes an extension module that needs `needs`: a library and a version of its symbol `planted`.
fn extension(needs: (&str, &str), flags: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let (library, version) = needs;
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    write("stub.c", "void planted(void) {}\n");
    write("stub.map", &format!("{version} {{ global: planted; }};\n"));
    write("module.c", "void planted(void);\nvoid *PyInit__native(void) { planted(); return 0; }\n");
    let soname = format!("-Wl,-soname,{library}");
    let shared = ["-shared", "-fPIC", "-nostdlib"];
    cc(folder.path(), &[&shared[..], &["stub.c", "-Wl,--version-script=stub.map", &soname, "-o", library]].concat());
    cc(folder.path(), &[&shared[..], &["module.c", library, "-o", "module.so"], flags].concat());
    fs::read(folder.path().join("module.so")).expect("the extension")
}

fn wheel(files: &[(&str, Vec<u8>)]) -> Wheel {
    let mut members = BTreeMap::from([("needy/__init__.py".to_owned(), b"from needy import _native\n".to_vec())]);
    members.extend(files.iter().map(|(path, bytes)| (format!("needy/{path}"), bytes.clone())));
    Wheel::of_bytes("needy", "1.0", members)
}

/// Builds a project with that wheel and audits it.
fn audited(files: &[(&str, Vec<u8>)], main: &str, policy: &Policy, needles: &LeakPatterns) -> Audit {
    let options = "collect-data = [\"needy\"]\n";
    let project = Project::with_options(&[("main.py", main)], &[wheel(files)], options);
    project.permafreeze(&["build"]).success();
    let dist = Utf8PathBuf::from_path_buf(project.path().join("dist")).expect("UTF-8");
    let report = fs::read(dist.join(".hello-linux-amd64/share/permafreeze/report.json")).expect("a report");
    let report: Report = serde_json::from_slice(&report).expect("a good report");
    let executable = Executable::open(&dist.join("hello-linux-amd64")).expect("an executable");
    audit(&executable, Some(&report), &Rules { target: Target::LinuxAmd64, policy, oldest: None, needles })
}

#[track_caller]
fn finds(audit: &Audit, subject: &str, words: &[&str], blame: &str) {
    let found = audit.findings.iter().any(|finding| {
        finding.subject == subject
            && words.iter().all(|word| finding.problem.contains(word))
            && finding.blame.as_deref().is_some_and(|owner| owner.starts_with(blame))
    });
    assert!(found, "{subject}: {words:?} is not among {:#?}", audit.findings);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_a_wheel_needs_beyond_the_policy() {
    let glibc = extension(("libc.so.6", "GLIBC_2.36"), &[]);
    let unusual = extension(("libplanted.so.9", "PLANTED_1"), &["-Wl,-rpath,/opt/planted/lib", "-Wl,-z,execstack"]);
    let compiler = extension(("libstdc++.so.6", "GLIBCXX_3.4.30"), &["-Wl,-rpath,$ORIGIN/../../lib"]);
    let native = format!("_native.{SUFFIX}");
    let files = [(native.as_str(), glibc), ("as-data.bin", compiler), ("libunusual.so.9", unusual)];
    let audit_with = |policy: &Policy| audited(&files, "import needy\n", policy, &LeakPatterns::default());

    let audit = audit_with(&Policy::default());
    let subject = format!("needy/{native}");
    let wheel = "needy-1.0-py3-none-any.whl";
    finds(&audit, &subject, &["GLIBC_2.36", "2.28", "libc.so.6"], wheel);
    finds(&audit, "needy/as-data.bin", &["GLIBCXX_3.4.30", "GLIBCXX_3.4.24"], wheel);
    finds(&audit, "needy/as-data.bin", &["$ORIGIN/../../lib", "outside"], wheel);
    finds(&audit, "needy/libunusual.so.9", &["libplanted.so.9"], wheel);
    finds(&audit, "needy/libunusual.so.9", &["/opt/planted/lib"], wheel);
    finds(&audit, "needy/libunusual.so.9", &["stack executable"], wheel);
    assert_eq!(audit.findings.len(), 6, "{:#?}", audit.findings);
    let newest = &audit.newest["GLIBC"];
    assert_eq!((newest.version.to_string().as_str(), newest.file.as_str()), ("2.36", subject.as_str()));

    let policy = Policy {
        glibc: Some("2.36".to_owned()),
        macos: None,
        libraries: vec!["libplanted.so.9".to_owned()],
        executable_stack: vec!["needy/libunusual.so.9".to_owned()],
    };
    let audit = audit_with(&policy);
    finds(&audit, "needy/libunusual.so.9", &["/opt/planted/lib"], wheel);
    finds(&audit, "needy/as-data.bin", &["$ORIGIN/../../lib"], wheel);
    assert_eq!(audit.findings.len(), 2, "{:#?}", audit.findings);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn traces_of_the_building_machine() {
    let nested = {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("config", zip::write::SimpleFileOptions::default()).expect("a member");
        std::io::Write::write_all(&mut zip, STORE_PATH.repeat(50).as_bytes()).expect("bytes");
        zip.finish().expect("a zip").into_inner()
    };
    let mention = b"Nix keeps packages in /nix/store/ and /root is a home".to_vec();
    let files = [("nested.zip", nested), ("mention.txt", mention), ("_native.py", Vec::new())];
    let main = "import needy\n\nplace = '/home/dorothea/secret/main.py'\n";
    let needles = LeakPatterns {
        folders: vec!["/root".to_owned(), "/build".to_owned(), "/srv/projects/hello".to_owned()],
        user: Some("dorothea".to_owned()),
        host: Some("dorotheas-desk-2".to_owned()),
    };
    let audit = audited(&files, main, &Policy::default(), &needles);
    finds(&audit, "`config` in needy/nested.zip", &["0123456789abcdfghijklmnpqrsvwxyz-glibc"], "needy-1.0");
    finds(&audit, "script `main`", &["/home/dorothea/secret/main.py"], "source:");
    assert_eq!(audit.findings.len(), 2, "{:#?}", audit.findings);
    let notes = audit.notes.iter().filter(|note| note.subject == "needy-1.0-py3-none-any.whl");
    assert_eq!(notes.count(), 2, "{:#?}", audit.notes);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_good_executable_is_fit_for_old_systems() {
    let audit = audited(&[("_native.py", Vec::new())], "import needy\n", &Policy::default(), &LeakPatterns::default());
    assert_eq!(audit.findings, []);
    assert!(audit.newest["GLIBC"].version <= "2.17".parse().expect("a version"), "{:#?}", audit.newest);
    assert!(audit.files.iter().any(|file| file.name == "the bootloader"));
}
