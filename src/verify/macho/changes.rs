//! A changed file against the one that it was made of: load commands may differ as the linker may change them, nothing
//! else.
use super::{CODE_SIGNATURE, CPU_ARM64, File, HEADER, le32, le64};

const REQUIRED: u32 = 0x8000_0000;
const SYMTAB: u32 = 0x2;
const SEGMENT: u32 = 0x19;
pub(super) const UUID: u32 = 0x1b;
const VERSION_MIN_MACOSX: u32 = 0x24;
const BUILD_VERSION: u32 = 0x32;
/// Libraries: plain, weak, re-exported, lazy, upward.
const LOADS: [u32; 5] = [0xc, 0x18 | REQUIRED, 0x1f | REQUIRED, 0x20, 0x23 | REQUIRED];
/// Length in bytes of a library command before its name.
const LOAD_FIELDS: usize = 24;

/// What is changed: `None` stands for what the owner's file has.
pub(crate) struct Changes<'c> {
    /// Where the last segment, `__LINKEDIT`, ends, signature included, in bytes.
    pub end: Option<usize>,
    /// Where the string table ends, in bytes.
    pub strings_end: Option<usize>,
    /// The UUID.
    pub uuid: Option<[u8; 16]>,
    /// The SDK's version.
    pub sdk: Option<u32>,
    /// Whether a library may be needed by the second name instead of the first.
    pub renamed: &'c dyn Fn(&str, &str) -> bool,
}

/// Returns where a load command of a kind says the SDK's version.
pub(super) fn sdk(kind: u32) -> Option<usize> {
    match kind {
        BUILD_VERSION => Some(16),
        VERSION_MIN_MACOSX => Some(12),
        _ => None,
    }
}

/// Compares the file `found`, without its signature and what is appended, with the file `owner`, whose signature does not
/// count.
///
/// # Errors
/// The difference that is none of the changes.
pub(crate) fn compare(found: &[u8], owner: &[u8], changes: &Changes<'_>) -> Result<(), String> {
    let (found, owner) = (File::parse(found)?, File::parse(owner)?);
    let owner_end = owner.signature().map_or(owner.bytes.len(), |place| place.start);
    if found.bytes.len() != owner_end {
        return Err(format!("has `{}` bytes before what is added, expected `{owner_end}`", found.bytes.len()));
    }
    if owner.commands_end() > owner_end || owner_end > owner.bytes.len() {
        return Err(format!(
            "its owner's signature begins at byte `{owner_end}`, which is not after its load commands"
        ));
    }
    compare_header(found.bytes, owner.bytes)?;
    let commands = |file: &File<'_>| -> Vec<(u32, Vec<u8>)> {
        let all = file.commands().filter(|(kind, _)| *kind != CODE_SIGNATURE);
        all.map(|(kind, command)| (kind, command.to_vec())).collect()
    };
    let (ours, theirs) = (commands(&found), commands(&owner));
    if ours.len() != theirs.len() {
        return Err(format!("has `{}` load commands without the signature's, expected `{}`", ours.len(), theirs.len()));
    }
    let arm = le32(found.bytes, 4) == CPU_ARM64;
    for (index, (our, their)) in ours.iter().zip(&theirs).enumerate() {
        let same = our.0 == their.0 && our.1 == changed(their.0, &their.1, changes, arm);
        if !same && !is_renamed(&our.1, &their.1, changes) {
            return Err(format!("load command `{index}` of kind `{:#x}` is not its owner's", our.0));
        }
    }
    let (our_end, their_end) = (found.commands_end(), owner.commands_end());
    if found.bytes[our_end..our_end.max(their_end)].iter().any(|byte| *byte != 0) {
        return Err(format!("bytes `{our_end}` to `{their_end}`, after the load commands, are not zero"));
    }
    let from = our_end.max(their_end);
    let at = found.bytes[from..].iter().zip(&owner.bytes[from..owner_end]).position(|(found, owner)| found != owner);
    at.map_or(Ok(()), |at| Err(format!("byte `{}` is not its owner's", from + at)))
}

/// All of the header but the number and length of the load commands.
fn compare_header(found: &[u8], owner: &[u8]) -> Result<(), String> {
    let same = |place: std::ops::Range<usize>| found[place.clone()] == owner[place];
    if same(0..16) && same(24..HEADER) { Ok(()) } else { Err("its header is not its owner's".to_owned()) }
}

/// Returns what a load command of the owner's file becomes.
fn changed(kind: u32, owner: &[u8], changes: &Changes<'_>, arm: bool) -> Vec<u8> {
    let mut command = owner.to_vec();
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(place) = command.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    let is_last = kind == SEGMENT && owner.get(8..).is_some_and(|name| name.starts_with(b"__LINKEDIT\0"));
    if let (true, Some(end)) = (is_last, changes.end) {
        let page: u64 = if arm { 1 << 14 } else { 1 << 12 };
        let size = (end as u64).saturating_sub(le64(owner, 40));
        put(32, &size.next_multiple_of(page).to_le_bytes());
        put(48, &size.to_le_bytes());
    }
    if let (SYMTAB, Some(end)) = (kind, changes.strings_end) {
        let size = end.saturating_sub(le32(owner, 16) as usize) as u32;
        put(20, &size.to_le_bytes());
    }
    if let (UUID, Some(uuid)) = (kind, changes.uuid) {
        put(8, &uuid);
    }
    if let (Some(at), Some(version)) = (sdk(kind), changes.sdk) {
        put(at, &version.to_le_bytes());
    }
    command
}

/// A library command: versions and what else stands before the name are the same; after it there are zeros.
fn is_renamed(found: &[u8], owner: &[u8], changes: &Changes<'_>) -> bool {
    let kind = le32(found, 0);
    if kind != le32(owner, 0) || !LOADS.contains(&kind) {
        return false;
    }
    let Some((fields, rest)) = found.split_at_checked(LOAD_FIELDS) else { return false };
    let name = |command: &[u8]| {
        let name = command.get(le32(command, 8) as usize..).unwrap_or_default();
        let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        String::from_utf8_lossy(&name[..end]).into_owned()
    };
    let (new, old) = (name(found), name(owner));
    let expected = [new.as_bytes(), &vec![0; rest.len().saturating_sub(new.len())]].concat();
    let padded = le32(found, 8) as usize == LOAD_FIELDS && rest == expected && rest.len() - new.len() <= 8;
    let same = owner.get(12..LOAD_FIELDS) == Some(&fields[12..]);
    padded && same && rest.len() > new.len() && (changes.renamed)(&old, &new)
}
