//! What an archive holds, in one shape: the executable itself, a PYZ, a zip file.
use std::borrow::Cow;
use std::collections::BTreeMap;

use super::content::Form;
use super::{form, zip_times};
use crate::owners::{Owner, Owners};
use permafreeze_archive::Result;
use permafreeze_archive::{EntryKind, Executable, Pyz, Zip};

/// An archive and its items.
pub(super) struct Level<'a> {
    /// The entry that it is; empty for the executable.
    pub place: String,
    /// Its items, in its order.
    pub items: Vec<Item>,
    source: Source<'a>,
}

/// An entry, a module or a member.
pub(super) struct Item {
    /// Its name.
    pub name: String,
    /// Its kind as a letter: PyInstaller's type code; `m` and others for modules.
    pub letter: char,
    /// Bytes unpacked, as far as the table says.
    pub size: u64,
    /// Whether it is compressed.
    pub compressed: bool,
    /// Its time; empty if it has none.
    pub time: String,
    /// How its content is compared.
    pub form: Form,
    at: usize,
}

enum Source<'a> {
    Executable(&'a Executable),
    Pyz(Pyz),
    Zip(Zip),
}

/// Returns the entries of an executable.
pub(super) fn of_executable(executable: &Executable) -> Level<'_> {
    let items = executable.entries().iter().enumerate().map(|(at, entry)| Item {
        name: entry.name.clone(),
        letter: entry.kind.letter(),
        size: entry.size,
        compressed: entry.compressed,
        time: String::new(),
        form: form(entry.kind, &entry.name),
        at,
    });
    Level { place: String::new(), items: items.collect(), source: Source::Executable(executable) }
}

fn of_pyz(place: &str, pyz: Pyz) -> Level<'static> {
    use permafreeze_archive::PyzKind::{Data, Module, NamespacePackage, Package};
    let items = pyz.modules().iter().enumerate().map(|(at, module)| Item {
        name: module.name.clone(),
        letter: match module.kind {
            Module => 'm',
            Package => 'M',
            NamespacePackage => 'N',
            Data => 'x',
        },
        size: module.place.len() as u64,
        compressed: true,
        time: String::new(),
        form: if module.kind == Data { Form::Any } else { Form::Code },
        at,
    });
    Level { place: place.to_owned(), items: items.collect(), source: Source::Pyz(pyz) }
}

fn of_zip(place: &str, zip: Zip) -> Level<'static> {
    let directory = zip.bytes().get(zip.directory()).unwrap_or_default();
    let times = zip_times::read(directory);
    let items = zip.members().iter().enumerate().map(|(at, member)| Item {
        name: member.name.clone(),
        letter: 'x',
        size: member.size,
        compressed: member.compressed,
        time: times.get(at).cloned().unwrap_or_default(),
        form: if member.name.ends_with(".pyc") { Form::Pyc } else { Form::Any },
        at,
    });
    Level { place: place.to_owned(), items: items.collect(), source: Source::Zip(zip) }
}

impl Level<'_> {
    /// Returns each item's name, with a number if the name occurs again.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&str, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        self.items.iter().map(move |item| {
            let count = counts.entry(&item.name).or_default();
            *count += 1;
            (item.name.as_str(), *count)
        })
    }

    /// Returns an item's stored bytes.
    pub(super) fn raw(&self, item: &Item) -> &[u8] {
        match &self.source {
            Source::Executable(executable) => executable.raw(&executable.entries()[item.at]),
            Source::Pyz(pyz) => pyz.raw(&pyz.modules()[item.at]),
            Source::Zip(zip) => zip.raw(&zip.members()[item.at]),
        }
    }

    /// Returns an item's content.
    ///
    /// # Errors
    /// That of the reader, if it is damaged.
    pub(super) fn data(&self, item: &Item) -> Result<Cow<'_, [u8]>> {
        match &self.source {
            Source::Executable(executable) => executable.data(&executable.entries()[item.at]),
            Source::Pyz(pyz) => pyz.code(&pyz.modules()[item.at]).map(Cow::Owned),
            Source::Zip(zip) => zip.data(&zip.members()[item.at]).map(Cow::Owned),
        }
    }

    /// Returns what an item of the executable holds itself, if it is an archive that can be read.
    pub(super) fn inside(&self, item: &Item, data: &[u8]) -> Option<Level<'static>> {
        let Source::Executable(executable) = &self.source else { return None };
        let kind = executable.entries()[item.at].kind;
        let zipped = [".zip", ".egg", ".whl"].iter().any(|end| item.name.ends_with(end));
        match kind {
            EntryKind::Pyz => Some(of_pyz(&item.name, Pyz::parse(data.to_vec()).ok()?)),
            EntryKind::ZipFile => Some(of_zip(&item.name, Zip::parse(data.to_vec()).ok()?)),
            EntryKind::Data if zipped => Some(of_zip(&item.name, Zip::parse(data.to_vec()).ok()?)),
            _ => None,
        }
    }

    /// Returns whose an item is.
    pub(super) fn owner(&self, item: &Item, owners: &Owners) -> Owner {
        match &self.source {
            Source::Executable(executable) => owners.of_entry(&executable.entries()[item.at]),
            Source::Pyz(_) => owners.of_module(&item.name),
            Source::Zip(_) => {
                let path = item.name.strip_suffix(".pyc").unwrap_or(&item.name);
                owners.of_module(&path.strip_suffix("/__init__").unwrap_or(path).replace('/', "."))
            }
        }
    }
}
