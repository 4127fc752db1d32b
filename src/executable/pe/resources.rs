//! Resources of a program for Windows: icon, manifest, and the section that has them (Microsoft's PE format specification,
//! "The .rsrc Section").
use std::collections::BTreeMap;

use super::version::version_info;

const ICON: u16 = 3;
const GROUP_ICON: u16 = 14;
const VERSION: u16 = 16;
const MANIFEST: u16 = 24;
/// The manifest that a program gets that has none of its own: what PyInstaller writes (`utils/win32/winmanifest.py`).
const PLAIN_MANIFEST: &str = include_str!("manifest.xml");
/// The level at which a program runs, as the manifest has it.
const AS_INVOKER: &str = "level=\"asInvoker\"";
const AS_ADMINISTRATOR: &str = "level=\"requireAdministrator\"";
/// What every manifest has in it.
const MANIFEST_NAMESPACE: &str = "urn:schemas-microsoft-com:asm.v1";

/// Length in bytes of a directory of the section, of an entry of one, and of what says where a resource's bytes lie.
const DIRECTORY: usize = 16;
const ENTRY: usize = 8;
const LEAF: usize = 16;
/// Bytes of resources begin at a multiple of this.
const ALIGNMENT: usize = 8;
/// The bit of an entry that leads to a directory.
const TO_DIRECTORY: u32 = 1 << 31;

/// Length in bytes of an .ico file's header, and of an entry of it.
const ICON_HEADER: usize = 6;
const ICON_ENTRY: usize = 16;

/// A resource, of the neutral language.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// Its kind, as `RT_ICON` (3).
    pub kind: u16,
    /// Its number among those of its kind.
    pub id: u16,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Returns the resources of the images of an .ico file: one each and the group of all, numbered from 1 on.
///
/// # Errors
/// What is wrong with the file.
pub fn icon(bytes: &[u8]) -> Result<Vec<Resource>, String> {
    let Some((&[0, 0, 1, 0, low, high], entries)) = bytes.split_first_chunk::<ICON_HEADER>() else {
        return Err("it is no icon: expected an `.ico` file".to_owned());
    };
    let count = u16::from_le_bytes([low, high]);
    let entries = entries.get(..ICON_ENTRY * usize::from(count)).filter(|entries| !entries.is_empty());
    let entries = entries.ok_or_else(|| format!("it says that it has `{count}` images, and is too short for them"))?;
    let mut group = bytes[..ICON_HEADER].to_vec();
    let (mut resources, mut total) = (Vec::new(), 0);
    for (id, entry) in (1_u16..).zip(entries.chunks_exact(ICON_ENTRY)) {
        let number = |at: usize| u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]) as usize;
        let (size, offset) = (number(8), number(12));
        let image = offset.checked_add(size).and_then(|end| bytes.get(offset..end));
        let image = image.ok_or_else(|| format!("its image `{id}` is not in the file"))?;
        total += image.len();
        if total > bytes.len() {
            return Err("its images overlap".to_owned());
        }
        group.extend(&entry[..12]);
        group.extend(id.to_le_bytes());
        resources.push(Resource { kind: ICON, id, bytes: image.to_vec() });
    }
    resources.push(Resource { kind: GROUP_ICON, id: 1, bytes: group });
    Ok(resources)
}

/// Returns the resource of the plain manifest. `administrator`: Windows asks the user for an administrator's rights.
pub fn plain_manifest(administrator: bool) -> Resource {
    let text = PLAIN_MANIFEST.trim_end();
    let text = if administrator { text.replace(AS_INVOKER, AS_ADMINISTRATOR) } else { text.to_owned() };
    Resource { kind: MANIFEST, id: 1, bytes: text.into_bytes() }
}

/// Returns the resource of a manifest of the application's own, as it is.
///
/// # Errors
/// What is wrong with it: Windows starts no program with a broken one.
pub fn manifest(bytes: Vec<u8>) -> Result<Resource, String> {
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.contains("<assembly") && text.contains(MANIFEST_NAMESPACE) => {
            Ok(Resource { kind: MANIFEST, id: 1, bytes })
        }
        Ok(_) => Err(format!("it is no manifest: expected XML with an `<assembly xmlns=\"{MANIFEST_NAMESPACE}\">`")),
        Err(_) => Err("it is no manifest: expected XML in UTF-8".to_owned()),
    }
}

/// Returns the resource of a version: four numbers, and texts by Windows' names (`CompanyName`).
pub fn version(number: [u16; 4], texts: &BTreeMap<String, String>) -> Resource {
    Resource { kind: VERSION, id: 1, bytes: version_info(number, texts) }
}

/// Returns the section that has the resources, all of the neutral language, if it is loaded to `address`, relative to the
/// file. The directories of kinds, of numbers and of languages follow each other, as linkers write them.
pub(super) fn section(resources: &[Resource], address: u32) -> Vec<u8> {
    let mut tree: BTreeMap<u16, BTreeMap<u16, &[u8]>> = BTreeMap::new();
    for resource in resources {
        tree.entry(resource.kind).or_default().insert(resource.id, &resource.bytes);
    }
    let count: usize = tree.values().map(BTreeMap::len).sum();
    let length = |entries: usize| DIRECTORY + ENTRY * entries;
    let languages = length(tree.len()) + tree.values().map(|kind| length(kind.len())).sum::<usize>();
    let leaves = languages + count * length(1);
    let mut section = Vec::new();
    let mut next = length(tree.len());
    directory(&mut section, tree.len());
    for (kind, numbers) in &tree {
        entry(&mut section, u32::from(*kind), TO_DIRECTORY | next as u32);
        next += length(numbers.len());
    }
    for numbers in tree.values() {
        directory(&mut section, numbers.len());
        for id in numbers.keys() {
            entry(&mut section, u32::from(*id), TO_DIRECTORY | next as u32);
            next += length(1);
        }
    }
    for index in 0..count {
        directory(&mut section, 1);
        entry(&mut section, 0, (leaves + LEAF * index) as u32);
    }
    let mut at = (leaves + LEAF * count).next_multiple_of(ALIGNMENT);
    let all = || tree.values().flat_map(BTreeMap::values);
    for bytes in all() {
        for field in [address + at as u32, bytes.len() as u32, 0, 0] {
            section.extend(field.to_le_bytes());
        }
        at = (at + bytes.len()).next_multiple_of(ALIGNMENT);
    }
    for bytes in all() {
        section.resize(section.len().next_multiple_of(ALIGNMENT), 0);
        section.extend(*bytes);
    }
    section.resize(section.len().next_multiple_of(ALIGNMENT), 0);
    section
}

fn directory(section: &mut Vec<u8>, entries: usize) {
    section.extend([0; 14]);
    section.extend((entries as u16).to_le_bytes());
}

fn entry(section: &mut Vec<u8>, id: u32, offset: u32) {
    section.extend(id.to_le_bytes());
    section.extend(offset.to_le_bytes());
}
