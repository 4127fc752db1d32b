//! A wheel (PEP 427) -> an object.
mod members;
mod metadata;
mod record;

use std::collections::BTreeMap;

use camino::Utf8Path;
use permafreeze_object::format::Origin;
use permafreeze_object::writer::Writer;

use crate::assemble::{Compiler, Cores, Input, Item, Kind, assemble, kind_of};
use crate::error::{Error, WheelError};
use crate::stored::Form;
use crate::worker::HostPython;
use members::Members;
use record::Record;

/// A wheel whose names, metadata and RECORD have been checked; its members are checked as they are read.
pub(crate) struct Wheel {
    file_name: String,
    members: Members,
    record: Record,
    /// Where each member is installed, below site-packages; `None`: elsewhere (scripts, headers, data).
    places: BTreeMap<String, Option<String>>,
    facts: metadata::Facts,
}

impl Wheel {
    /// Opens a wheel; `file_name` is the name that it has in an index.
    pub(crate) fn open(path: &Utf8Path, file_name: &str) -> Result<Wheel, Error> {
        let refuse = |source| Error::Wheel { wheel: file_name.to_owned(), source };
        let file =
            std::fs::File::open(path).map_err(|source| Error::Io { action: "read", path: path.to_owned(), source })?;
        let name = metadata::distribution_of(file_name).map_err(refuse)?;
        let members = Members::open(file).map_err(refuse)?;
        let dist_info = metadata::dist_info(&members, name).map_err(refuse)?;
        let facts = metadata::read(&members, &dist_info, name).map_err(refuse)?;
        let record = Record::read(&members, &dist_info).map_err(refuse)?;
        let places = places(&members, &dist_info).map_err(refuse)?;
        Ok(Wheel { file_name: file_name.to_owned(), members, record, places, facts })
    }

    /// Returns the files below site-packages, by path.
    pub(crate) fn items(&self) -> Vec<Item> {
        let installed = self.places.iter().filter_map(|(member, place)| Some((place.clone()?, member)));
        let by_path: BTreeMap<String, &String> = installed.collect();
        let items = by_path.iter().map(|(path, member)| Item {
            path: path.clone(),
            origin: (*member).clone(),
            kind: kind_of(path, &by_path),
            executable: self.members.get(member).is_some_and(|member| member.executable),
        });
        // What is installed elsewhere is checked all the same: a damaged wheel is damaged.
        let elsewhere = self.places.iter().filter(|(_, place)| place.is_none()).map(|(member, _)| Item {
            path: member.clone(),
            origin: member.clone(),
            kind: Kind::Checked,
            executable: false,
        });
        let mut items: Vec<Item> = items.chain(elsewhere).collect();
        items.sort_by(|a, b| a.path.cmp(&b.path));
        items
    }

    fn refuse(&self, source: WheelError) -> Error {
        Error::Wheel { wheel: self.file_name.clone(), source }
    }
}

impl Input for Wheel {
    fn read(&self, item: &Item) -> Result<Vec<u8>, Error> {
        self.members.read(&item.origin).map_err(|source| self.refuse(source))
    }

    fn check(&self, item: &Item, size: u64, sha256: &str) -> Result<(), Error> {
        self.record.check(&item.origin, size, sha256).map_err(|source| self.refuse(source))
    }
}

/// Compiles a wheel to an object at `out`.
pub fn compile_wheel(
    path: &Utf8Path,
    file_name: &str,
    python: &Utf8Path,
    cores: usize,
    form: Form,
    out: &Utf8Path,
) -> Result<(), Error> {
    let wheel = Wheel::open(path, file_name)?;
    let items = wheel.items();
    let modules = items.iter().filter(|item| matches!(item.kind, Kind::Module(_))).count();
    let cores = Cores(cores);
    let python = HostPython::new(python, cores.processes(modules));
    let mut writer = Writer::create(out)?;
    let compiler = Compiler { python: &python, cores, known: None, form };
    assemble(&items, &wheel, compiler, &mut writer)?;
    let metadata::Facts { name, version, dist_info, tags } = wheel.facts;
    writer.finish(Origin::Wheel { file: wheel.file_name, name, version, dist_info, tags })?;
    Ok(())
}

/// Maps members to where pip installs them (PEP 427, "Installing a wheel"), and checks that no two share a place.
fn places(members: &Members, dist_info: &str) -> Result<BTreeMap<String, Option<String>>, WheelError> {
    let data = format!("{}.data/", dist_info.strip_suffix(".dist-info").unwrap_or(dist_info));
    let mut places = BTreeMap::new();
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for member in members.names() {
        let place = match member.strip_prefix(&data) {
            None => Some(member.to_owned()),
            // What pip puts beside python.exe: it stays where it is in the wheel.
            Some(below) if is_beside_python(below) => Some(member.to_owned()),
            Some(below) => {
                ["purelib/", "platlib/"].iter().find_map(|scheme| below.strip_prefix(scheme)).map(str::to_owned)
            }
        };
        if let Some(place) = &place
            && let Some(first) = owners.insert(place.clone(), member)
        {
            let (first, second, path) = (first.to_owned(), member.to_owned(), place.clone());
            return Err(WheelError::SamePlace { path, first, second });
        }
        places.insert(member.to_owned(), place);
    }
    for (place, member) in &owners {
        let folders = place.match_indices('/').map(|(at, _)| &place[..at]);
        if let Some(file) = folders.filter_map(|folder| owners.get(folder)).next() {
            return Err(WheelError::FileAsFolder { file: (*file).to_owned(), member: (*member).to_owned() });
        }
    }
    Ok(places)
}

/// Tells whether a path below a wheel's `.data` is a library of Windows that is installed beside the interpreter.
fn is_beside_python(below: &str) -> bool {
    let name = below.strip_prefix("data/").unwrap_or_default();
    !name.contains('/') && name.to_ascii_lowercase().ends_with(".dll")
}
