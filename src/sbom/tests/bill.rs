//! A bill of materials and a provenance from made-up material.
use std::collections::BTreeMap;

use permafreeze_packaging::target::Target;
use permafreeze_plan::jobs::{BuiltWheel, InputFile, Inputs, RuntimeLibrary};
use permafreeze_sbom::cyclonedx::{Bill, Component};
use permafreeze_sbom::material::{Contents, Distribution, Launcher, Library, Material};
use permafreeze_sbom::{bill, provenance, to_json};

fn wheel(owner: &str, metadata: &str, modules: u64) -> Distribution {
    Distribution {
        metadata: metadata.to_owned(),
        contents: Contents { modules, files: 0, bytes: modules * 10 },
        ..Distribution::new(owner.into())
    }
}

fn library(name: &str, module: &str) -> RuntimeLibrary {
    RuntimeLibrary {
        name: name.to_owned(),
        version: "1.2".to_owned(),
        reports: None,
        licence: "Zlib".to_owned(),
        cpe: "a:b".to_owned(),
        source: Some("cpython".to_owned()),
        crate_: None,
        runtimes: vec!["linux-amd64".to_owned()],
        modules: vec![module.to_owned()],
    }
}

fn material() -> Material {
    let application = Distribution {
        metadata: "Name: app\nVersion: 1\nRequires-Dist: Alpha[fast]\n".to_owned(),
        contents: Contents { modules: 2, files: 1, bytes: 5 },
        files: BTreeMap::from([("app.py".to_owned(), "00".to_owned())]),
        ..Distribution::new("source:app".into())
    };
    let mut alpha = wheel(
        "Alpha-2+x-py3-none-any.whl",
        "Name: Alpha\nVersion: 2+x\nLicense-Expression: MIT\nRequires-Dist: beta; extra == 'fast'\n\
         Requires-Dist: >nonsense\n",
        3,
    );
    alpha.libraries =
        vec![Library { path: "alpha.libs/libz-12345678.so.1".to_owned(), sha256: "11".repeat(32), contained: true }];
    let inner = r#"{"bomFormat": "CycloneDX", "components": [
        {"type": "library", "name": "serde", "version": "1"}, {"type": "library", "name": "alpha", "version": "2"}]}"#;
    alpha.bills = BTreeMap::from([("rust.json".to_owned(), inner.to_owned())]);
    let mut pyinstaller = wheel("pyinstaller-6-py3-none-any.whl", "Name: pyinstaller\nVersion: 6\n", 0);
    pyinstaller.always_contained = true;
    Material {
        name: "app".to_owned(),
        target: Target::LinuxAmd64,
        sha256: "22".repeat(32),
        blake3: "33".repeat(32),
        size: 9,
        packages: vec![application, alpha, wheel("beta-1-py3-none-any.whl", "Name: beta\nVersion: 1\n", 0)],
        freezer: vec![pyinstaller],
        launcher: None,
        python: "3.13.5".to_owned(),
        python_contents: Contents::default(),
        python_modules: vec!["zlib".to_owned()],
        unsandboxed: false,
        inputs: Inputs {
            plan: "44".repeat(32),
            wheels: BTreeMap::from([("Alpha-2+x-py3-none-any.whl".to_owned(), "55".repeat(32))]),
            built: BTreeMap::new(),
            tools: BTreeMap::from([("permafreeze-link".to_owned(), "66".repeat(32))]),
            runtime: InputFile { name: "runtime.tar.gz".to_owned(), sha256: "77".repeat(32) },
            libraries: vec![library("zlib", "zlib"), library("SQLite", "_sqlite3")],
        },
    }
}

fn find<'a>(bill: &'a Bill, name: &str) -> &'a Component {
    bill.components.iter().find(|component| component.name == name).expect(name)
}

#[test]
fn each_distribution_says_what_it_is_and_whether_it_is_in_it() {
    let bill = bill::bill(&material());
    let alpha = find(&bill, "Alpha");
    assert_eq!(alpha.purl.as_deref(), Some("pkg:pypi/alpha@2%2Bx"));
    assert_eq!(alpha.hashes[0].content, "55".repeat(32));
    assert_eq!(alpha.scope.as_deref(), Some("required"));
    assert_eq!(alpha.find_property("modules"), Some("3"));
    assert_eq!(alpha.find_property("unreadable-requirement"), Some(">nonsense"));
    assert_eq!(find(&bill, "beta").scope.as_deref(), Some("excluded"));
    assert_eq!(find(&bill, "pyinstaller").scope.as_deref(), Some("required"));
    assert_eq!(find(&bill, "app").purl.as_deref(), Some("pkg:generic/app@1"));
}

#[test]
fn what_a_wheel_brings_is_part_of_it() {
    let bill = bill::bill(&material());
    let parts: Vec<(&str, Option<&str>)> =
        find(&bill, "Alpha").components.iter().map(|part| (part.name.as_str(), part.version.as_deref())).collect();
    assert_eq!(parts, [("libz", Some("1")), ("serde", Some("1"))]);
}

#[test]
fn a_library_of_the_runtime_is_in_it_if_its_module_is() {
    let bill = bill::bill(&material());
    let libraries = &find(&bill, "CPython").components;
    let scopes: Vec<(&str, Option<&str>)> = libraries.iter().map(|l| (l.name.as_str(), l.scope.as_deref())).collect();
    assert_eq!(scopes, [("zlib", Some("required")), ("SQLite", Some("excluded"))]);
}

#[test]
fn dependencies_lead_from_the_executable_to_everything() {
    let bill = bill::bill(&material());
    let on = |reference: &str| {
        let found = bill.dependencies.iter().find(|dependency| dependency.reference == reference);
        found.expect(reference).depends_on.clone()
    };
    assert_eq!(on("app-linux-amd64"), ["pkg:generic/python@3.13.5", "pkg:pypi/pyinstaller@6", "source:app"]);
    assert_eq!(on("source:app"), ["pkg:pypi/alpha@2%2Bx"]);
    assert_eq!(on("pkg:pypi/alpha@2%2Bx"), ["pkg:pypi/beta@1"]);
}

#[test]
fn a_wheel_that_is_installed_and_freezes_is_listed_once() {
    let mut material = material();
    material.packages.push(material.freezer[0].clone());
    let bill = bill::bill(&material);
    assert_eq!(bill.components.iter().filter(|component| component.name == "pyinstaller").count(), 1);
}

#[test]
fn the_same_material_gives_the_same_bytes_and_another_another_serial_number() {
    let (first, second) = (bill::bill(&material()), bill::bill(&material()));
    assert_eq!(to_json(&first).unwrap(), to_json(&second).unwrap());
    let serial = first.serial_number.clone().unwrap();
    assert_eq!((serial.len(), &serial[..9], &serial[23..24]), (45, "urn:uuid:", "8"), "{serial}");
    let mut other = material();
    other.size = 10;
    assert_ne!(bill::bill(&other).serial_number.unwrap(), serial);
}

#[test]
fn the_launcher_of_a_bundle_is_named_and_nothing_else_changes() {
    let launcher = Launcher { name: "permafreeze-launcher".to_owned(), sha256: "88".repeat(32) };
    let material = Material { launcher: Some(launcher), ..material() };
    let with = bill::bill(&material);
    let own = find(&with, "permafreeze-launcher");
    assert_eq!((own.hashes[0].content.as_str(), own.scope.as_deref()), ("88".repeat(32).as_str(), Some("required")));
    let root = &with.dependencies[0];
    assert!(root.depends_on.contains(&own.reference));
    assert!(with.dependencies.iter().any(|node| node.reference == own.reference && node.depends_on.is_empty()));
    let taken = provenance::statement(&material, &[]).predicate.build_definition.resolved_dependencies;
    let resource = taken.iter().find(|resource| resource.name == "permafreeze-launcher").expect("the launcher");
    assert_eq!(resource.digest["sha256"], "88".repeat(32));
    let without = bill::bill(&Material { launcher: None, ..material });
    assert_eq!(with.components.len(), without.components.len() + 1);
}

#[test]
fn the_provenance_names_every_input_with_its_hash() {
    let statement = provenance::statement(&material(), &[("report.json", "88".repeat(32))]);
    assert_eq!(statement.subject[0].digest["sha256"], "22".repeat(32));
    let inputs = &statement.predicate.build_definition.resolved_dependencies;
    let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    let expected = [
        "Alpha-2+x-py3-none-any.whl",
        "beta-1-py3-none-any.whl",
        "permafreeze-link",
        "pyinstaller-6-py3-none-any.whl",
        "runtime.tar.gz",
        "source:app",
    ];
    assert_eq!(names, expected);
    // sha256 of the line `00  app.py`.
    assert_eq!(inputs[5].digest["dirHash"], permafreeze_base::sha256::of(b"00  app.py\n"));
    assert_eq!(statement.predicate.build_definition.external_parameters.plan.digest["sha256"], "44".repeat(32));
}

#[test]
fn what_is_built_of_a_commit_names_it() {
    let mut material = material();
    let commit = "0123456789".repeat(4);
    let source = format!("git+https://git.example/beta.git@{commit}");
    let built = BuiltWheel { sdist: source.clone(), sha256: "99".repeat(32), environment: BTreeMap::new() };
    material.inputs.built = BTreeMap::from([("beta-1-py3-none-any.whl".to_owned(), built)]);
    let bill = bill::bill(&material);
    let beta = find(&bill, "beta");
    assert_eq!(beta.find_property("built-from"), Some(source.as_str()));
    let vcs_url = format!("git%2Bhttps%3A%2F%2Fgit.example%2Fbeta.git%40{commit}");
    assert_eq!(beta.purl, Some(format!("pkg:pypi/beta@1?vcs_url={vcs_url}")));

    let statement = provenance::statement(&material, &[]);
    let taken = statement.predicate.build_definition.resolved_dependencies;
    let of = taken.iter().find(|resource| resource.uri.as_deref() == Some(source.as_str())).expect("the repository");
    assert_eq!((of.digest["gitCommit"].as_str(), of.digest["sha256"].as_str()), (commit.as_str(), &*"99".repeat(32)));
}
