//! The version of a program for Windows: `VS_VERSIONINFO` (Windows' `winver.h`; PyInstaller, `utils/win32/versioninfo.py`).
//!
//! A node is its length, its value's length, whether that is text, its key, its value and its children; value and children
//! begin at multiples of 4 bytes. Texts are UTF-16 with a NUL.
use std::collections::BTreeMap;

/// The signature and the version of the fixed part.
const FIXED: [u32; 2] = [0xfeef_04bd, 0x1_0000];
/// Which of the flags are valid, the flags (none), Windows NT, an application, no subtype, no date.
const FIXED_END: [u32; 7] = [0x3f, 0, 0x4_0004, 1, 0, 0, 0];
/// English of the United States, Unicode: as numbers and as the key of the texts.
const TRANSLATION: [u16; 2] = [0x0409, 0x04b0];
const TRANSLATION_KEY: &str = "040904b0";

/// Returns the bytes of a version's resource.
pub(super) fn version_info(number: [u16; 4], texts: &BTreeMap<String, String>) -> Vec<u8> {
    let texts = texts.iter().map(|(key, text)| {
        let value = utf16(text);
        let length = (value.len() / 2) as u16;
        node(key, true, length, &value, &[])
    });
    let texts: Vec<Vec<u8>> = texts.collect();
    let table = node(TRANSLATION_KEY, true, 0, &[], &texts);
    let translation: Vec<u8> = TRANSLATION.iter().flat_map(|number| number.to_le_bytes()).collect();
    let translation = node("Translation", false, translation.len() as u16, &translation, &[]);
    let children = [node("StringFileInfo", true, 0, &[], &[table]), node("VarFileInfo", true, 0, &[], &[translation])];
    let fixed = fixed(number);
    node("VS_VERSION_INFO", false, fixed.len() as u16, &fixed, &children)
}

/// Returns the part of numbers: the version of the file and of the product.
fn fixed([major, minor, patch, build]: [u16; 4]) -> Vec<u8> {
    let pair = |high: u16, low: u16| u32::from(high) << 16 | u32::from(low);
    let number = [pair(major, minor), pair(patch, build)];
    let fields = FIXED.into_iter().chain(number).chain(number).chain(FIXED_END);
    fields.flat_map(u32::to_le_bytes).collect()
}

fn node(key: &str, is_text: bool, value_length: u16, value: &[u8], children: &[Vec<u8>]) -> Vec<u8> {
    let mut node = vec![0, 0];
    node.extend(value_length.to_le_bytes());
    node.extend(u16::from(is_text).to_le_bytes());
    node.extend(utf16(key));
    for part in [value].into_iter().chain(children.iter().map(Vec::as_slice)).filter(|part| !part.is_empty()) {
        node.resize(node.len().next_multiple_of(4), 0);
        node.extend(part);
    }
    let length = node.len() as u16;
    node[..2].copy_from_slice(&length.to_le_bytes());
    node
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}
