//! Marshalled values and a PYZ.

/// Code that CPython 3.13 made: see `data/make.py`.
pub(crate) fn code() -> Vec<u8> {
    include_bytes!("../data/code-3.13.marshal").to_vec()
}

pub(crate) fn int(number: i32) -> Vec<u8> {
    [&b"i"[..], &number.to_le_bytes()].concat()
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    [&[b'Z', text.len() as u8], text.as_bytes()].concat()
}

pub(crate) fn tuple(items: &[Vec<u8>]) -> Vec<u8> {
    [&[b')', items.len() as u8][..], &items.concat()].concat()
}

pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [&b"["[..], &(items.len() as u32).to_le_bytes(), &items.concat()].concat()
}

/// A line of a PYZ's table.
pub(crate) fn line(name: &str, kind: i32, offset: i32, length: i32) -> Vec<u8> {
    tuple(&[text(name), tuple(&[int(kind), int(offset), int(length)])])
}

pub(crate) fn header(toc: u32) -> Vec<u8> {
    [&b"PYZ\0\xf3\x0d\r\n"[..], &toc.to_be_bytes(), &[0; 5]].concat()
}

/// A PYZ of names, kinds and what is compressed.
pub(crate) fn pyz(modules: &[(&str, i32, Vec<u8>)]) -> Vec<u8> {
    let (mut blobs, mut lines) = (Vec::new(), Vec::new());
    for (name, kind, data) in modules {
        let stored = if *kind == 3 { Vec::new() } else { super::zlib(data) };
        lines.push(line(name, *kind, 17 + blobs.len() as i32, stored.len() as i32));
        blobs.extend(stored);
    }
    [header(17 + blobs.len() as u32), blobs, list(&lines)].concat()
}
