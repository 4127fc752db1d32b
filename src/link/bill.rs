//! What the bill of materials and the provenance say: gathered from the objects, the job and the report.
use std::collections::BTreeMap;

use camino::Utf8Path;
use permafreeze_base::sha256;
use permafreeze_executable::owner::Owner;
use permafreeze_executable::report::{FileKind, Report};
use permafreeze_packaging::name::Name;
use permafreeze_sbom::material::{Contents, Distribution, Launcher, Library, Material};
use permafreeze_sbom::{BILL, PROVENANCE, bill, provenance, to_json, vendored};

use crate::error::LinkError;
use crate::job::Job;
use crate::load::Objects;
use crate::write::{REPORT, WriteError};

/// The licence of permafreeze's own modules, by its SPDX identifier.
const LICENCE: &str = env!("CARGO_PKG_LICENSE");

/// What the objects say of themselves, before it is known what of them is in the executable.
pub(crate) struct Gathered {
    packages: Vec<Distribution>,
    freezer: Vec<Distribution>,
    python: String,
    builtins: Vec<String>,
}

/// Reads of every object but the runtime's what a bill of materials says.
pub(crate) fn gather(objects: &Objects, trust_hooks: &[String]) -> Result<Gathered, LinkError> {
    let runtime = objects.runtime_index();
    let after = runtime + 1..objects.all.len() as u32;
    Ok(Gathered {
        packages: (0..runtime).map(|object| distribution(objects, object, trust_hooks)).collect::<Result<_, _>>()?,
        freezer: after.map(|object| distribution(objects, object, &[])).collect::<Result<_, _>>()?,
        python: objects.runtime.version.clone(),
        builtins: objects.runtime.builtins.clone(),
    })
}

fn distribution(objects: &Objects, index: u32, trust_hooks: &[String]) -> Result<Distribution, LinkError> {
    let object = objects.object(index);
    let mut found = Distribution::new(object.owner());
    let trusted =
        object.distribution().is_some_and(|name| trust_hooks.iter().any(|other| Name::new(other) == Name::new(name)));
    found.hooks_are_trusted = trusted;
    let folder = object.dist_info().unwrap_or_default();
    let bills_folder = format!("{folder}/sboms/");
    if index == objects.loader_index() {
        let version = env!("CARGO_PKG_VERSION");
        found.metadata = format!("Name: {}\nVersion: {version}\nLicense-Expression: {LICENCE}\n", found.owner);
    } else if let Some(file) = objects.find(index, &format!("{folder}/METADATA")) {
        found.metadata = text(objects.read(file)?);
    }
    for (id, path, file) in objects.files(index) {
        if !found.owner.is_wheel() {
            found.files.insert(path.clone(), file.sha256.clone());
        }
        if file.native.is_some() && vendored::is_library(path) {
            found.libraries.push(Library { path: path.clone(), sha256: file.sha256.clone(), contained: false });
        }
        if let Some(name) = path.strip_prefix(&bills_folder).filter(|name| name.ends_with(".json")) {
            found.bills.insert(name.to_owned(), text(objects.read(id)?));
        }
    }
    Ok(found)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the bill and the provenance, each with its file name. `report_json` is the text of the report's file.
pub(crate) fn documents(
    job: &Job,
    gathered: Gathered,
    report: &Report,
    report_json: &str,
) -> Result<[(&'static str, String); 2], WriteError> {
    let document = |name, text: serde_json::Result<String>| {
        text.map(|text| (name, text)).map_err(|source| WriteError::Document { name, source })
    };
    let material = material(job, gathered, report);
    let bill = document(BILL, to_json(&bill::bill(&material)))?;
    let byproducts = [(REPORT, sha256::of(report_json.as_bytes())), (BILL, sha256::of(bill.1.as_bytes()))];
    let statement = document(PROVENANCE, to_json(&provenance::statement(&material, &byproducts)))?;
    Ok([bill, statement])
}

fn material(job: &Job, gathered: Gathered, report: &Report) -> Material {
    let contents = contents(report);
    let of = |owner: &Owner| contents.get(owner).copied().unwrap_or_default();
    let known = |mut distribution: Distribution| {
        distribution.contents = of(&distribution.owner);
        for library in &mut distribution.libraries {
            let mut sources = report.files.iter().map(|file| &file.source);
            library.contained = sources.any(|source| source.path == library.path && source.owner == distribution.owner);
        }
        distribution
    };
    let mut freezer: Vec<Distribution> = gathered.freezer.into_iter().map(known).collect();
    if let Some(pyinstaller) = freezer.first_mut() {
        pyinstaller.always_contained = true;
    }
    Material {
        name: job.name.clone(),
        target: job.target,
        sha256: report.executable.sha256.clone(),
        blake3: report.executable.blake3.clone(),
        size: report.executable.size,
        packages: gathered.packages.into_iter().map(known).collect(),
        freezer,
        launcher: report.launcher.as_ref().map(|launcher| Launcher {
            name: launcher.path.clone(),
            sha256: launcher.sha256.clone().unwrap_or_default(),
        }),
        python: gathered.python,
        python_contents: of(&Owner::Runtime),
        python_modules: python_modules(gathered.builtins, report),
        inputs: job.inputs.clone(),
        unsandboxed: job.unsandboxed,
    }
}

/// Counts what each owner has in the executable.
fn contents(report: &Report) -> BTreeMap<&Owner, Contents> {
    let mut contents: BTreeMap<&Owner, Contents> = BTreeMap::new();
    let modules = report.modules.iter().map(|module| (&module.source, module.size));
    for (source, size) in modules.chain(report.scripts.iter().map(|script| (&script.source, script.size))) {
        let of = contents.entry(&source.owner).or_default();
        of.modules += 1;
        of.bytes += size;
    }
    for file in &report.files {
        let of = contents.entry(&file.source.owner).or_default();
        of.files += 1;
        of.bytes += file.size;
    }
    contents
}

/// Returns the runtime's extension modules that are in the executable: files, and those that are part of libpython.
fn python_modules(builtins: Vec<String>, report: &Report) -> Vec<String> {
    let extensions =
        report.files.iter().filter(|file| file.source.owner == Owner::Runtime && file.kind == FileKind::Extension);
    let names = extensions.filter_map(|file| Utf8Path::new(&file.name).file_name()?.split('.').next());
    builtins.into_iter().chain(names.map(str::to_owned)).collect()
}
