//! `permafreeze sbom` and `permafreeze report` with real Nix on a small project.
//! Runs after `make build-binary`, which brings the toolchain into the store.

use std::fs;

use crate::project::{Project, Wheel};
use permafreeze_sbom::cyclonedx::Bill;
use permafreeze_sbom::provenance::Statement;
use sha2::{Digest, Sha256};

const BILL: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
    {"type": "library", "name": "serde", "version": "1.0", "purl": "pkg:cargo/serde@1.0"}]}"#;

fn hello() -> Project {
    let metadata = "Metadata-Version: 2.4\nName: Greeting\nVersion: 1.0\nLicense-Expression: MIT OR Apache-2.0\n\
                    Requires-Dist: unused; sys_platform == 'linux'\nRequires-Dist: other; sys_platform == 'win32'\n";
    let greeting = Wheel::new(
        "greeting",
        "1.0",
        &[
            ("greeting/__init__.py", "def text():\n    return 'hello'\n"),
            ("greeting-1.0.dist-info/METADATA", metadata),
            ("greeting-1.0.dist-info/sboms/rust.cdx.json", BILL),
        ],
    );
    let unused = Wheel::new("unused", "2.0", &[("unused.py", "")]);
    Project::new(&[("main.py", "import greeting\n\nprint(greeting.text())\n")], &[greeting, unused])
}

fn read(project: &Project, path: &str) -> String {
    fs::read_to_string(project.path().join(path)).expect(path)
}

fn sha256(project: &Project, path: &str) -> String {
    let bytes = fs::read(project.path().join(path)).expect(path);
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn before_a_build_there_is_nothing_to_tell() {
    let project = hello();
    for command in ["sbom", "report"] {
        project.permafreeze(&[command]).failure(1, &["cannot read `permafreeze.lock`", "run `permafreeze lock`"]);
    }
    project.permafreeze(&["lock"]).success();
    for command in ["sbom", "report"] {
        let words = ["`hello-linux-amd64` has not been built", "run `permafreeze build hello-linux-amd64`"];
        project.permafreeze(&[command]).failure(1, &words);
        project.permafreeze(&[command, "linux-arm64"]).failure(2, &["the plan has no target `linux-arm64`"]);
        project
            .permafreeze(&[command, "windows"])
            .failure(2, &["no artifact `windows`", "the plan has `hello-linux-amd64`"]);
        let misspelt = project.permafreeze(&[command, "helo-linux-amd64"]);
        misspelt.failure(2, &["no artifact `helo-linux-amd64`", "did you mean `hello-linux-amd64`?"]);
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_was_built_is_told_and_another_file_is_not() {
    let project = hello();
    project.permafreeze(&["build"]).success();
    let executable = sha256(&project, "dist/hello-linux-amd64");

    let text = project.permafreeze(&["sbom"]).success().stdout;
    let bill: Bill = serde_json::from_str(&text).expect("a bill");
    assert_eq!(bill.metadata.component.hashes[0].content, executable);
    let find = |name: &str| bill.components.iter().find(|component| component.name == name).expect(name);
    let greeting = find("Greeting");
    assert_eq!(greeting.scope.as_deref(), Some("required"));
    assert_eq!(greeting.licenses[0].text(), "MIT OR Apache-2.0");
    assert_eq!(greeting.components[0].purl.as_deref(), Some("pkg:cargo/serde@1.0"));
    assert_eq!(find("unused").scope.as_deref(), Some("excluded"));
    let plan: serde_json::Value = serde_json::from_str(&read(&project, "permafreeze.lock")).expect("a plan");
    let locked = &plan["files"]["greeting-1.0-py3-none-any.whl"]["sha256"];
    assert_eq!(*locked, *greeting.hashes[0].content);
    let dependency = bill.dependencies.iter().find(|dependency| dependency.reference == "pkg:pypi/greeting@1.0");
    assert_eq!(dependency.expect("a dependency").depends_on, ["pkg:pypi/unused@2.0"]);

    let text = project.permafreeze(&["sbom", "--provenance"]).success().stdout;
    let statement: Statement = serde_json::from_str(&text).expect("a statement");
    assert_eq!(statement.subject[0].digest["sha256"], executable);

    project.permafreeze(&["sbom", "--out", "out/"]).success();
    let bill = sha256(&project, "out/hello-linux-amd64.cdx.json");
    assert_eq!(read(&project, "out/hello-linux-amd64.provenance.json"), text);
    let named = statement.predicate.run_details.byproducts.iter().find(|file| file.name == "sbom.cdx.json");
    assert_eq!(named.expect("the bill").digest["sha256"], bill);

    fs::write(project.path().join("dist/hello-linux-amd64"), "another").expect("a file");
    for command in ["sbom", "report"] {
        project.permafreeze(&[command]).failure(1, &["`dist/hello-linux-amd64` is not what was built", &executable]);
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn the_report_says_what_was_tested_and_what_was_not() {
    let project = hello();
    let built = project.permafreeze(&["build", "--json"]).success().stdout;
    let built: serde_json::Value = serde_json::from_str(&built).expect("JSON");
    let text = project.permafreeze(&["report"]).success().stdout;
    let row = "| hello-linux-amd64 | ";
    let results = |text: &str| text.lines().find(|line| line.starts_with(row)).expect("a row").to_owned();
    assert!(results(&text).ends_with("| no | not run | not run | not run | not run |"), "{text}");
    assert!(text.contains("| Greeting | 1.0 | MIT OR Apache-2.0 | distribution | 1 | 0 |"), "{text}");
    assert!(!text.contains("passed"), "{text}");
    assert_eq!(text, project.permafreeze(&["report"]).success().stdout);

    let sha256 = sha256(&project, "dist/hello-linux-amd64");
    let result = serde_json::json!({
        "version": 1, "name": "hello", "target": "linux-amd64",
        "executable": {"sha256": sha256, "blake3": built[0]["blake3"], "size": built[0]["size"]},
        "parts": {"audit": {
            "verdict": "failed", "summary": "1 native file", "facts": {"glibc": "2.36"}, "notes": [],
            "failures": [{"subject": "libx.so", "problem": "needs glibc 2.36", "blame": "x.whl"}],
        }},
    });
    project.write("dist/.hello-linux-amd64.verify.json", &result.to_string());
    project.permafreeze(&["report", "--out", "report.md"]).success();
    let text = read(&project, "report.md");
    assert!(results(&text).ends_with("| no | not run | **failed** | not run | not run |"), "{text}");
    assert!(text.contains("- libx.so: needs glibc 2.36 (of x.whl)\n"), "{text}");
    assert!(text.contains("- **smoke**: not run: "), "{text}");

    project.write("dist/.hello-linux-amd64.verify.json", "{}");
    project.permafreeze(&["report"]).failure(1, &["is not a result of `permafreeze verify`"]);
}
