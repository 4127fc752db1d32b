use std::collections::BTreeMap;

use permafreeze_executable::report::{self, Report};
use permafreeze_packaging::python::DEFAULT;
use permafreeze_packaging::target::Target;
use permafreeze_plan::expected::{Expected, FileDigest};
use permafreeze_plan::pins::Pins;
use permafreeze_plan::plan::Plan;
use permafreeze_sbom::cyclonedx::Bill;

use super::{Known, markdown, page};
use crate::finding::Finding;
use crate::result::{Part, PartResult, VERSION, Verification};

const ARTIFACT: &str = "app-linux-amd64";

fn plan() -> Plan {
    let text = r#"{"version": 2, "project": "app", "python": "3.13", "files": {}, "sources": {}, "executables": {},
        "targets": {}, "digests": {"app-linux-amd64": "d1"}}"#;
    serde_json::from_str(text).expect("a plan")
}

/// A pin that was made at a digest.
fn expected(digest: &str) -> Expected {
    let text = r#"{"version": 1, "pins": {"app-linux-amd64":
        {"digest": "DIGEST", "executable": {"sha256": "aa", "blake3": "bb", "size": 3}}}}"#;
    serde_json::from_str(&text.replace("DIGEST", digest)).expect("a pin")
}

fn report(sha256: &str) -> Report {
    Report {
        version: report::VERSION,
        name: "app".to_owned(),
        target: "linux-amd64".to_owned(),
        executable: report::Executable { size: 3, sha256: sha256.to_owned(), blake3: "bb".to_owned() },
        form: Default::default(),
        launcher: None,
        bootloader: report::Source { owner: "pyinstaller.whl".to_owned().into(), path: "run".to_owned(), sha256: None },
        modules: Vec::new(),
        files: Vec::new(),
        scripts: Vec::new(),
        warnings: vec!["a | b".to_owned()],
    }
}

fn bill() -> Bill {
    let text = r#"{"$schema": "", "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "dependencies": [],
        "metadata": {"lifecycles": [], "tools": {"components": []}, "component": {"type": "application", "name": "app"}},
        "components": [
            {"type": "library", "name": "Beta", "version": "2", "scope": "excluded"},
            {"type": "library", "name": "alpha", "version": "1", "scope": "required", "licenses": [{"expression": "MIT"}],
             "properties": [{"name": "permafreeze:modules", "value": "7"}]},
            {"type": "platform", "name": "CPython", "version": "3.13.5", "components": [
                {"type": "library", "name": "zlib", "version": "1.3.2", "scope": "required"}]}]}"#;
    serde_json::from_str(text).expect("a bill")
}

fn text(sha256: &str, verification: Option<&Verification>) -> String {
    text_with(&expected("d1"), sha256, verification)
}

fn text_with(expected: &Expected, sha256: &str, verification: Option<&Verification>) -> String {
    let pins = Pins {
        version: 1,
        pythons: BTreeMap::from([(DEFAULT, "3.13.5".to_owned())]),
        rustc: String::new(),
        made: BTreeMap::new(),
        wheels: BTreeMap::new(),
        sources: BTreeMap::new(),
    };
    let (report, bill) = (report(sha256), bill());
    let artifact = ARTIFACT.parse().expect("an artifact");
    let not_built = vec!["app-linux-arm64".parse().expect("an artifact")];
    let known = [Known { artifact: &artifact, report: &report, bill: &bill, verification }];
    markdown(&page((&plan(), expected), "cc", &pins, &known, not_built))
}

fn verification(parts: Vec<(Part, PartResult)>) -> Verification {
    let executable = FileDigest { sha256: "aa".to_owned(), blake3: "bb".to_owned(), size: 3 };
    let (name, parts) = ("app".to_owned(), parts.into_iter().collect());
    Verification { version: VERSION, name, target: Target::LinuxAmd64, executable, parts }
}

#[test]
fn what_was_not_run_never_passes() {
    let text = text("aa", None);
    assert!(text.contains("| app-linux-amd64 | 0.0 MiB | yes, this one | not run | not run | not run | not run |"));
    assert!(text.contains("| app-linux-arm64 | not built |  | not run | not run | not run | not run |"));
    assert!(text.contains("### What was tested\n\nNothing.\n"));
    assert!(text.contains("| Times | not measured |"));
    assert!(text.contains("- **smoke**: not run: `permafreeze verify` has not been run\n"));
    assert!(!text.contains("passed"), "{text}");
}

#[test]
fn results_and_what_was_measured_are_shown() {
    let failed = PartResult::new("2 files", vec![Finding::new("a.so", "needs glibc 2.36").blame("x.whl")], Vec::new())
        .fact("glibc", "2.36")
        .fact("seconds", 1.25)
        .fact("libraries", serde_json::json!(["libc.so.6", "libm.so.6"]));
    let passed = PartResult::new("all <bytes>", Vec::new(), Vec::new());
    let emulation = PartResult::not_run("no emulation here");
    let parts = vec![(Part::Audit, failed), (Part::Origin, passed), (Part::Smoke, emulation)];
    let text = text("aa", Some(&verification(parts)));
    assert!(text.contains("| yes, this one | not run | **failed** | not run | passed |"), "{text}");
    assert!(text.contains("| audit | **failed** | 2 files |\n| origin | passed | all &lt;bytes> |\n"), "{text}");
    assert!(text.contains("- a.so: needs glibc 2.36 (of x.whl)\n"));
    assert!(text.contains(
        "### Portability\n\n| what | value |\n|---|---|\n| glibc | 2.36 |\n| libraries | libc.so.6, libm.so.6 |"
    ));
    assert!(text.contains("| Times | audit 1.2 s |") && !text.contains("| seconds |"), "{text}");
    assert!(text.contains("- **smoke**: not run: no emulation here\n"));
    assert!(text.contains("- **reproduce**: not run: `permafreeze verify` was run without the part `reproduce`\n"));
}

#[test]
fn a_pin_of_an_older_plan_is_not_compared() {
    let text = text_with(&expected("d0"), "dd", None);
    assert!(text.contains("| app-linux-amd64 | 0.0 MiB | of an older plan |"), "{text}");
    let text = text_with(&Expected::default(), "dd", None);
    assert!(text.contains("| app-linux-amd64 | 0.0 MiB | no |"), "{text}");
}

#[test]
fn a_result_for_other_bytes_is_none() {
    let other = verification(vec![(Part::Smoke, PartResult::new("x", Vec::new(), Vec::new()))]);
    let text = text("dd", Some(&other));
    assert!(text.contains("| **another one** | not run | not run | not run | not run |"), "{text}");
    assert!(text.contains("last run on other bytes, sha256 `aa`"));
    assert!(!text.contains("passed"));
}

#[test]
fn components_say_their_licence_and_whether_they_are_in_it() {
    let text = text("aa", None);
    let inside = "| zlib | 1.3.2 | none declared | C library |  |  |\n| alpha | 1 | MIT | distribution | 7 |  |\n\
                  | CPython | 3.13.5 | none declared | runtime |  |  |\n";
    assert!(text.contains(inside), "{text}");
    let (_, outside) = text.split_once("### Locked, but not in it").expect("a section");
    assert!(outside.contains("| Beta | 2 | none declared | distribution |  |  |\n"));
    assert!(text.contains("- a \\| b\n"));
}
