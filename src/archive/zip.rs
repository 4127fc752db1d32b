//! A zip file in memory, as `base_library.zip` is: the central directory, checked against the local headers.
use std::ops::Range;

use flate2::Crc;

use super::inflate::{Stored, Wrapping};
use super::input::{Input, disjoint, place};
use crate::error::{Error, Result};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: [u8; 4] = *b"PK\x05\x06";
const END_LENGTH: usize = 22;
const COMMENT_MOST: usize = 0xffff;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ENCRYPTED: u16 = 1;
/// The sizes stand behind the content, the local header has zeros.
const SIZES_FOLLOW: u16 = 8;

/// A file in a zip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The path.
    pub name: String,
    /// Where its stored bytes are in the zip.
    pub place: Range<usize>,
    /// How many bytes it has, decompressed.
    pub size: u64,
    /// Whether it is stored as a deflate stream.
    pub compressed: bool,
    /// The checksum of its content.
    pub crc32: u32,
}

/// A zip (PKWARE's APPNOTE.TXT, without Zip64, encryption and several disks).
#[derive(Debug, Clone)]
pub struct Zip {
    bytes: Vec<u8>,
    directory: Range<usize>,
    members: Vec<Member>,
}

impl Zip {
    /// Reads the directory of a whole zip.
    pub fn parse(bytes: Vec<u8>) -> Result<Zip> {
        let end = find_end(&bytes)?;
        let mut input = Input::new("zip: end record", &bytes[end..], end);
        input.take(END.len())?;
        let disks = (input.u16_le()?, input.u16_le()?);
        let (here, count) = (input.u16_le()?, input.u16_le()?);
        let (size, offset) = (input.u32_le()?, input.u32_le()?);
        let error = |problem: String| Error::malformed("zip: end record", end as u64, problem);
        if count == u16::MAX || size == u32::MAX || offset == u32::MAX {
            return Err(Error::Unsupported { what: "zip".into(), offset: end as u64, feature: "Zip64".into() });
        }
        if disks != (0, 0) || here != count {
            return Err(error(format!("`{here}` of `{count}` members on disk `{}`, expected all on `0`", disks.0)));
        }
        if u64::from(offset) + u64::from(size) != end as u64 {
            return Err(error(format!("directory of `{size}` bytes at `{offset}`, expected to end at `{end}`")));
        }
        let directory = offset as usize..end;
        let members = members(&bytes, &directory, count)?;
        Ok(Zip { bytes, directory, members })
    }

    /// The members, in the directory's order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Where the central directory is.
    pub fn directory(&self) -> Range<usize> {
        self.directory.clone()
    }

    /// The whole zip.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The stored bytes of a member of this zip.
    pub fn raw(&self, member: &Member) -> &[u8] {
        self.bytes.get(member.place.clone()).unwrap_or_default()
    }

    /// A member's content, decompressed: exactly [`Member::size`] bytes with its checksum.
    pub fn data(&self, member: &Member) -> Result<Vec<u8>> {
        let what = format!("zip member `{}`", member.name.escape_debug());
        let (bytes, offset) = (self.raw(member), member.place.start);
        let data = if member.compressed {
            Stored { what: &what, offset, bytes, wrapping: Wrapping::Raw }.inflate(member.size)?
        } else {
            bytes.to_vec()
        };
        let mut crc = Crc::new();
        crc.update(&data);
        if crc.sum() != member.crc32 {
            let problem = format!("checksum is `{:08x}`, expected `{:08x}`", crc.sum(), member.crc32);
            return Err(Error::malformed(what, offset as u64, problem));
        }
        Ok(data)
    }
}

/// The end record is the last one whose comment reaches to the file's end.
fn find_end(bytes: &[u8]) -> Result<usize> {
    let first = bytes.len().saturating_sub(END_LENGTH + COMMENT_MOST);
    (first..(bytes.len() + 1).saturating_sub(END_LENGTH))
        .rev()
        .find(|&at| {
            let comment = usize::from(u16::from_le_bytes([bytes[at + 20], bytes[at + 21]]));
            bytes[at..].starts_with(&END) && at + END_LENGTH + comment == bytes.len()
        })
        .ok_or_else(|| Error::malformed("zip", 0, format!("no end record (`PK 05 06`) in `{}` bytes", bytes.len())))
}

fn members(bytes: &[u8], directory: &Range<usize>, count: u16) -> Result<Vec<Member>> {
    let mut input = Input::new("zip: directory", &bytes[directory.clone()], directory.start);
    let mut members = Vec::new();
    let mut places = Vec::new();
    for index in 0..count {
        let (member, place) = member(bytes, &mut input, index, directory)?;
        members.push(member);
        places.push(place);
    }
    if input.left() > 0 {
        return Err(input.error(format!("has `{}` bytes after its `{count}` members", input.left())));
    }
    disjoint("zip: members overlap", members.iter().map(|member| member.name.as_str()).zip(places))?;
    Ok(members)
}

/// What the central directory and the local header both say.
#[derive(Debug, PartialEq, Eq)]
struct Common {
    flags: u16,
    method: u16,
    crc32: u32,
    stored: u32,
    size: u32,
}

impl Common {
    fn read(input: &mut Input) -> Result<Common> {
        let (_version, flags, method, _time, _date) =
            (input.u16_le()?, input.u16_le()?, input.u16_le()?, input.u16_le()?, input.u16_le()?);
        Ok(Common { flags, method, crc32: input.u32_le()?, stored: input.u32_le()?, size: input.u32_le()? })
    }
}

/// A member, and the place of its header and content.
fn member(bytes: &[u8], input: &mut Input, index: u16, directory: &Range<usize>) -> Result<(Member, Range<usize>)> {
    let start = input.offset();
    let signature = input.u32_le()?;
    if signature != CENTRAL {
        let problem = format!("member {index} begins with `{signature:08x}`, expected `{CENTRAL:08x}`");
        return Err(Error::malformed("zip: directory", start as u64, problem));
    }
    input.u16_le()?;
    let common = Common::read(input)?;
    let (name_length, extra, comment) = (input.u16_le()?, input.u16_le()?, input.u16_le()?);
    input.take(8)?;
    let offset = input.u32_le()?;
    let raw_name = input.take(usize::from(name_length))?;
    input.take(usize::from(extra) + usize::from(comment))?;
    let what = format!("zip member {index} `{}`", raw_name.escape_ascii());
    let error = |problem: String| Error::malformed(&what, start as u64, problem);
    let unsupported = |feature: String| Error::Unsupported { what: what.clone(), offset: start as u64, feature };
    if common.flags & ENCRYPTED != 0 {
        return Err(unsupported("encryption".into()));
    }
    if [common.stored, common.size, offset].contains(&u32::MAX) {
        return Err(unsupported("Zip64".into()));
    }
    if common.method != STORED && common.method != DEFLATED {
        return Err(unsupported(format!("compression method `{}`, `0` and `8` are known", common.method)));
    }
    let compressed = common.method == DEFLATED;
    if !compressed && common.stored != common.size {
        return Err(error(format!(
            "is not compressed, but has `{}` bytes stored and `{}` plain",
            common.stored, common.size
        )));
    }
    let name = String::from_utf8(raw_name.to_vec()).map_err(|_| error("the name is not UTF-8".into()))?;
    let content = local(bytes, &what, offset, raw_name, &common, directory)?;
    let place = place(&what, start, content as u64, u64::from(common.stored), &(0..directory.start))?;
    let whole = offset as usize..place.end;
    Ok((Member { name, place, size: u64::from(common.size), compressed, crc32: common.crc32 }, whole))
}

/// Where the content begins, after a local header that says the same as the directory.
fn local(
    bytes: &[u8],
    what: &str,
    offset: u32,
    name: &[u8],
    common: &Common,
    directory: &Range<usize>,
) -> Result<usize> {
    let offset = offset as usize;
    let error = |problem: String| Error::malformed(format!("{what}: local header"), offset as u64, problem);
    if offset > directory.start {
        return Err(error(format!("is after `{}`, where the directory begins", directory.start)));
    }
    let mut input = Input::new(what, &bytes[offset..directory.start], offset);
    let signature = input.u32_le()?;
    if signature != LOCAL {
        return Err(error(format!("begins with `{signature:08x}`, expected `{LOCAL:08x}`")));
    }
    let own = Common::read(&mut input)?;
    let (name_length, extra) = (input.u16_le()?, input.u16_le()?);
    let own_name = input.take(usize::from(name_length))?;
    input.take(usize::from(extra))?;
    if own_name != name {
        return Err(error(format!("names `{}`, the directory `{}`", own_name.escape_ascii(), name.escape_ascii())));
    }
    let later = own.flags & SIZES_FOLLOW != 0 && (own.crc32, own.stored, own.size) == (0, 0, 0);
    let same_sizes = (own.crc32, own.stored, own.size) == (common.crc32, common.stored, common.size);
    if own.method != common.method || !(later || same_sizes) {
        return Err(error(format!("says `{own:?}`, the directory `{common:?}`")));
    }
    Ok(input.offset())
}
