//! The bill of materials of an executable.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_base::sha256;
use permafreeze_executable::owner::Owner;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::requirement::Requirement;
use permafreeze_plan::jobs::{Inputs, RuntimeLibrary};

use crate::cyclonedx::{Bill, Component, Dependency, Hash, LicenceChoice, Lifecycle, SCHEMA, Tools};
use crate::graph::Graph;
use crate::material::{Contents, Distribution, Launcher, Material};
use crate::{cyclonedx, embedded, licence, purl, vendored};
use permafreeze_packaging::metadata::Metadata;

/// The licence of CPython, by its SPDX identifier.
const PYTHON_LICENCE: &str = "Python-2.0.1";

/// A distribution whose METADATA has been read.
struct Read<'a> {
    distribution: &'a Distribution,
    metadata: Metadata,
    name: Name,
    reference: String,
}

/// Makes the bill of materials.
pub fn bill(material: &Material) -> Bill {
    let packages: Vec<Read<'_>> = material.packages.iter().map(read).collect();
    let installed: BTreeSet<&Owner> = material.packages.iter().map(|package| &package.owner).collect();
    let freezer = material.freezer.iter().filter(|package| !installed.contains(&package.owner));
    let freezer: Vec<Read<'_>> = freezer.map(read).collect();
    let application = packages.first().filter(|first| !first.distribution.owner.is_wheel());
    let python = python(material);
    let inputs = &material.inputs;
    let mut components: Vec<Component> =
        packages.iter().chain(&freezer).map(|read| distribution(read, inputs)).collect();
    let launcher = material.launcher.as_ref().map(launcher);
    let dependencies = dependencies(material, &packages, &freezer, (&python, launcher.as_ref()));
    components.push(python);
    components.extend(launcher);
    components.sort_by(|a, b| a.reference.cmp(&b.reference));
    let mut bill = Bill {
        schema: SCHEMA.to_owned(),
        bom_format: "CycloneDX".to_owned(),
        spec_version: "1.6".to_owned(),
        serial_number: None,
        version: 1,
        metadata: metadata(material, application),
        components,
        dependencies,
    };
    bill.serial_number = crate::to_json(&bill).ok().map(|json| serial_number(&json));
    bill
}

fn read(distribution: &Distribution) -> Read<'_> {
    let metadata = Metadata::parse(&distribution.metadata);
    let owner = distribution.owner.to_string();
    let name = Name::new(metadata.one("Name").unwrap_or(&owner));
    let reference = match metadata.one("Version") {
        Some(version) if distribution.owner.is_wheel() => purl::distribution(name.as_str(), version),
        _ => owner,
    };
    Read { distribution, metadata, name, reference }
}

/// A UUID of version 8: the sha256 of the rest of the bill, cut (RFC 9562, B.2).
fn serial_number(json: &str) -> String {
    let mut hex: Vec<char> = sha256::of(json.as_bytes()).chars().take(32).collect();
    hex[12] = '8';
    // The two highest bits of this digit are the variant's, `10`.
    hex[16] = ['8', '9', 'a', 'b'][hex[16].to_digit(16).unwrap_or(0) as usize % 4];
    let part = |from: usize, to: usize| hex[from..to].iter().collect::<String>();
    format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

fn metadata(material: &Material, application: Option<&Read<'_>>) -> cyclonedx::Metadata {
    let tool = Component {
        kind: "application".to_owned(),
        name: "permafreeze".to_owned(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        ..Component::default()
    };
    let mut component = Component {
        kind: "application".to_owned(),
        reference: root(material),
        name: material.name.clone(),
        version: application.and_then(|read| read.metadata.one("Version")).map(str::to_owned),
        description: application.and_then(|read| read.metadata.one("Summary")).map(one_line),
        hashes: vec![Hash::sha256(&material.sha256), Hash::blake3(&material.blake3)],
        licenses: application.map(|read| licence::declared(&read.metadata)).unwrap_or_default(),
        ..Component::default()
    };
    component.property("target", material.target);
    component.property("size", material.size);
    component.property("plan-sha256", &material.inputs.plan);
    cyclonedx::Metadata {
        lifecycles: vec![Lifecycle { phase: "build".to_owned() }],
        tools: Tools { components: vec![tool] },
        component,
    }
}

fn root(material: &Material) -> String {
    format!("{}-{}", material.name, material.target)
}

fn distribution(read: &Read<'_>, inputs: &Inputs) -> Component {
    let Read { distribution, metadata, reference, .. } = read;
    let scope = scope(distribution.always_contained || !distribution.contents.is_empty());
    let version = metadata.one("Version").map(str::to_owned);
    let owner = distribution.owner.to_string();
    let name = metadata.one("Name").unwrap_or(&owner).to_owned();
    let commit = inputs.built.get(&owner).filter(|built| built.commit().is_some());
    let purl = match commit {
        Some(built) => purl::of_commit(reference, &built.sdist),
        None if distribution.owner.is_wheel() => reference.clone(),
        None => purl::generic(&name, version.as_deref()),
    };
    let mut component = Component {
        kind: "library".to_owned(),
        reference: reference.clone(),
        name,
        version,
        description: metadata.one("Summary").map(one_line),
        scope: Some(scope.to_owned()),
        hashes: inputs.wheels.get(&owner).map(|hash| Hash::sha256(hash)).into_iter().collect(),
        licenses: licence::declared(metadata),
        purl: Some(purl),
        components: parts(read, scope),
        ..Component::default()
    };
    if distribution.owner.is_wheel() {
        component.property("wheel", &owner);
        if let Some(built) = inputs.built.get(&owner) {
            component.property("built-from", &built.sdist);
            component.property("built-from-sha256", &built.sha256);
            for file in built.environment.keys() {
                component.property("built-with", file);
            }
        }
    } else {
        component.property("files-sha256", directory_hash(&distribution.files));
    }
    if distribution.hooks_are_trusted {
        component.property("trusted-hooks", "true");
    }
    contents(&mut component, distribution.contents);
    for file in metadata.all("License-File") {
        component.property("license-file", file);
    }
    for text in metadata.all("Requires-Dist").filter(|text| text.parse::<Requirement>().is_err()) {
        component.property("unreadable-requirement", text);
    }
    component
}

/// What a wheel brings: its native libraries, and what its own bills of materials name.
fn parts(read: &Read<'_>, scope: &str) -> Vec<Component> {
    let mut parts: Vec<Component> = read.distribution.libraries.iter().map(|file| library(read, file)).collect();
    for (file, text) in &read.distribution.bills {
        let is_itself = |part: &Component| Name::new(&part.name) == read.name;
        let found = embedded::components(&read.reference, file, text).unwrap_or_default();
        parts.extend(found.into_iter().filter(|part| !is_itself(part)).map(|mut part| {
            if scope == "excluded" {
                part.scope = Some(scope.to_owned());
            }
            part.property("named-by", file);
            part
        }));
    }
    parts
}

fn library(read: &Read<'_>, file: &crate::material::Library) -> Component {
    let named = vendored::parse(&file.path);
    let mut component = Component {
        kind: "library".to_owned(),
        reference: format!("{}#{}", read.reference, file.path),
        name: named.name.to_owned(),
        version: named.version.map(str::to_owned),
        scope: Some(scope(file.contained).to_owned()),
        hashes: vec![Hash::sha256(&file.sha256)],
        ..Component::default()
    };
    component.property("path", &file.path);
    component
}

fn python(material: &Material) -> Component {
    let version = &material.python;
    let reference = purl::generic("python", Some(version));
    let contained = |library: &RuntimeLibrary| library.modules.iter().any(|m| material.python_modules.contains(m));
    let libraries = material.inputs.libraries.iter();
    let mut component = Component {
        kind: "platform".to_owned(),
        reference: reference.clone(),
        name: "CPython".to_owned(),
        version: Some(version.clone()),
        scope: Some(scope(true).to_owned()),
        hashes: Some(&material.inputs.runtime.sha256)
            .filter(|hash| !hash.is_empty())
            .map(|hash| Hash::sha256(hash))
            .into_iter()
            .collect(),
        licenses: vec![LicenceChoice::id(PYTHON_LICENCE)],
        cpe: Some(cpe("python:python", version)),
        purl: Some(reference),
        components: libraries.map(|library| c_library(library, contained(library))).collect(),
        ..Component::default()
    };
    component.property("archive", &material.inputs.runtime.name);
    contents(&mut component, material.python_contents);
    component
}

fn launcher(launcher: &Launcher) -> Component {
    let reference = purl::generic(&launcher.name, Some(env!("CARGO_PKG_VERSION")));
    Component {
        kind: "application".to_owned(),
        reference: reference.clone(),
        name: launcher.name.clone(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        scope: Some(scope(true).to_owned()),
        hashes: vec![Hash::sha256(&launcher.sha256)],
        licenses: vec![LicenceChoice::id(env!("CARGO_PKG_LICENSE"))],
        purl: Some(reference),
        ..Component::default()
    }
}

fn c_library(library: &RuntimeLibrary, contained: bool) -> Component {
    let reference = purl::generic(&library.name.to_lowercase(), Some(&library.version));
    let mut component = Component {
        kind: "library".to_owned(),
        reference: reference.clone(),
        name: library.name.clone(),
        version: Some(library.version.clone()),
        scope: Some(scope(contained).to_owned()),
        licenses: vec![LicenceChoice::expression(&library.licence)],
        cpe: Some(cpe(&library.cpe, &library.version)),
        purl: Some(reference),
        ..Component::default()
    };
    component.property("linked-into", library.modules.join(" "));
    component
}

/// A CPE 2.3 name of an application (NISTIR 7695).
fn cpe(product: &str, version: &str) -> String {
    format!("cpe:2.3:a:{product}:{version}:*:*:*:*:*:*:*")
}

fn scope(contained: bool) -> &'static str {
    if contained { "required" } else { "excluded" }
}

fn contents(component: &mut Component, contents: Contents) {
    component.property("modules", contents.modules);
    component.property("files", contents.files);
    component.property("bytes", contents.bytes);
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The hash of a folder: sha256 of one line for each file, `<sha256>  <path>`, sorted (in-toto's `dirHash`).
pub fn directory_hash(files: &BTreeMap<String, String>) -> String {
    let lines: String = files.iter().map(|(path, hash)| format!("{hash}  {path}\n")).collect();
    sha256::of(lines.as_bytes())
}

fn dependencies(
    material: &Material,
    packages: &[Read<'_>],
    freezer: &[Read<'_>],
    (python, launcher): (&Component, Option<&Component>),
) -> Vec<Dependency> {
    let application = packages.first().filter(|first| !first.distribution.owner.is_wheel()).map(|read| &read.name);
    let graph = Graph::of_metadata(
        packages.iter().map(|read| (&read.name, &read.metadata)),
        application,
        &material.python,
        material.target,
    );
    let references: BTreeMap<&Name, &String> = packages.iter().map(|read| (&read.name, &read.reference)).collect();
    let refer = |names: BTreeSet<&Name>| names.iter().map(|name| references[name].clone()).collect::<BTreeSet<_>>();
    let node = |reference: &str, on: BTreeSet<String>| Dependency {
        reference: reference.to_owned(),
        depends_on: on.into_iter().collect(),
    };
    let mut direct = refer(graph.roots(application));
    direct.extend(freezer.iter().map(|read| read.reference.clone()));
    direct.insert(python.reference.clone());
    direct.extend(launcher.map(|launcher| launcher.reference.clone()));
    let mut dependencies: Vec<Dependency> =
        packages.iter().map(|read| node(&read.reference, refer(graph.required_by(&read.name)))).collect();
    dependencies.extend(freezer.iter().map(|read| node(&read.reference, BTreeSet::new())));
    dependencies.extend(launcher.map(|launcher| node(&launcher.reference, BTreeSet::new())));
    let libraries = python.components.iter().map(|library| library.reference.clone());
    dependencies.push(node(&python.reference, libraries.collect()));
    dependencies.sort_by(|a, b| a.reference.cmp(&b.reference));
    dependencies.insert(0, node(&root(material), direct));
    dependencies
}
