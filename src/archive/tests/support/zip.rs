//! A zip.
use std::io::Write;

/// A file of a zip, as both headers say it.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub name: String,
    pub method: u16,
    pub crc: u32,
    pub stored: Vec<u8>,
    pub stored_size: u32,
    pub size: u32,
}

pub(crate) fn member(name: &str, data: &[u8], deflated: bool) -> Member {
    let mut crc = flate2::Crc::new();
    crc.update(data);
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    let stored = if deflated { encoder.finish().unwrap() } else { data.to_vec() };
    let (stored_size, size) = (stored.len() as u32, data.len() as u32);
    Member { name: name.to_owned(), method: if deflated { 8 } else { 0 }, crc: crc.sum(), stored, stored_size, size }
}

/// What both headers have: versions and flags aside.
fn common(member: &Member) -> Vec<u8> {
    let mut common = [0, 0].to_vec();
    common.extend(member.method.to_le_bytes());
    common.extend([0, 0, 0x21, 0]);
    for number in [member.crc, member.stored_size, member.size] {
        common.extend(number.to_le_bytes());
    }
    common.extend((member.name.len() as u16).to_le_bytes());
    common.extend([0, 0]);
    common
}

pub(crate) fn end(count: u16, size: u32, offset: u32) -> Vec<u8> {
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    end.extend([size.to_le_bytes(), offset.to_le_bytes()].concat());
    end.extend([0, 0]);
    end
}

pub(crate) fn zip(members: &[Member]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        directory.extend(b"PK\x01\x02\x14\x03\x14\0");
        directory.extend(common(member));
        directory.extend([0; 10]);
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend(member.name.as_bytes());
        bytes.extend(b"PK\x03\x04\x14\0");
        bytes.extend(common(member));
        bytes.extend(member.name.as_bytes());
        bytes.extend(&member.stored);
    }
    let end = end(members.len() as u16, directory.len() as u32, bytes.len() as u32);
    [bytes, directory, end].concat()
}
