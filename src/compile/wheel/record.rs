//! RECORD: which files a wheel has, with hash and size (PEP 376, PEP 427).
//!
//! Some builders write no sha256 in base64: a hash of another algorithm, none, or the digest in hex. Installers compare none of
//! them; here what is no sha256 is not compared. The wheel as a whole is pinned.
use std::collections::BTreeMap;

use super::Members;
use crate::error::WheelError;
use permafreeze_base::text::{from_base64_url, hex};

/// What RECORD says of one file; builders leave out either.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Recorded {
    /// Lower-case hex.
    sha256: Option<String>,
    /// In bytes.
    size: Option<u64>,
}

/// A wheel's RECORD, which lists every file of the wheel.
#[derive(Debug)]
pub(super) struct Record {
    files: BTreeMap<String, Recorded>,
}

impl Record {
    /// Reads RECORD and compares its list with the wheel's members.
    pub(super) fn read(members: &Members, dist_info: &str) -> Result<Record, WheelError> {
        let own = format!("{dist_info}/RECORD");
        let record = parse(&members.read_text(&own)?)?;
        if let Some(absent) = record.files.keys().find(|file| members.get(file).is_none()) {
            return Err(WheelError::RecordAbsent { member: absent.clone() });
        }
        // PEP 427: RECORD cannot hold its own hash, and its signatures are made after it.
        let exempt = [own.clone(), format!("{own}.jws"), format!("{own}.p7s")];
        let unlisted =
            members.names().find(|name| !record.files.contains_key(*name) && !exempt.iter().any(|e| e == name));
        match unlisted {
            Some(member) => Err(WheelError::NotRecorded { member: member.to_owned() }),
            None => Ok(record),
        }
    }

    /// Checks a file's size and sha256.
    pub(super) fn check(&self, member: &str, size: u64, sha256: &str) -> Result<(), WheelError> {
        let Some(recorded) = self.files.get(member) else { return Ok(()) };
        let member = member.to_owned();
        match (recorded.size, &recorded.sha256) {
            (Some(expected), _) if expected != size => Err(WheelError::RecordSize { member, expected, found: size }),
            (_, Some(expected)) if expected != sha256 => {
                Err(WheelError::RecordHash { member, expected: expected.clone(), found: sha256.to_owned() })
            }
            _ => Ok(()),
        }
    }
}

fn parse(text: &str) -> Result<Record, WheelError> {
    let mut files = BTreeMap::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let bad = || WheelError::RecordLine { line: at + 1, text: line.to_owned() };
        let fields = fields(line).ok_or_else(bad)?;
        let [path, hash, size] = fields.as_slice() else { return Err(bad()) };
        let sha256 = match hash.split_once('=') {
            Some(("sha256", digest)) => Some(digest_of(digest).ok_or_else(bad)?),
            None if !hash.is_empty() => return Err(bad()),
            _ => None,
        };
        let size = if size.is_empty() { None } else { Some(size.parse().map_err(|_| bad())?) };
        let recorded = Recorded { sha256, size };
        if files.insert(path.clone(), recorded).is_some() {
            return Err(WheelError::RecordTwice { member: path.clone() });
        }
    }
    Ok(Record { files })
}

/// Reads a sha256, in base64 or in hex; returns it in hex.
fn digest_of(text: &str) -> Option<String> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(text.to_ascii_lowercase());
    }
    from_base64_url(text.trim_end_matches('=')).filter(|bytes| bytes.len() == 32).map(|bytes| hex(&bytes))
}

/// Returns the fields of a CSV line; `None` if a quote does not end.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        let field = fields.last_mut()?;
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => fields.push(String::new()),
            _ => field.push(char),
        }
    }
    (!quoted).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

    #[test]
    fn lines() {
        let text = format!("\"a,\"\"b\"\"\",sha256={DIGEST},0\r\nc,sha256={DIGEST},\na-1.dist-info/RECORD,,\n");
        let record = parse(&text).unwrap();
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert!(record.check("a,\"b\"", 0, empty).is_ok());
        assert!(record.check("c", 5, empty).is_ok());
        assert!(matches!(record.check("a,\"b\"", 1, empty), Err(WheelError::RecordSize { expected: 0, found: 1, .. })));
        assert!(matches!(record.check("c", 0, "00"), Err(WheelError::RecordHash { .. })));
    }

    #[test]
    fn a_digest_in_hex_is_compared_and_what_is_no_sha256_is_not() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let text = format!("a,sha256={},0\nb,md5=1B2M2Y8AsgTpgAmY7PhCfg,0\nc,,\n", empty.to_uppercase());
        let record = parse(&text).unwrap();
        assert!(record.check("a", 0, empty).is_ok());
        assert!(matches!(record.check("a", 0, "00"), Err(WheelError::RecordHash { .. })));
        assert!(record.check("b", 0, "00").is_ok() && record.check("c", 9, "00").is_ok());
        assert!(matches!(record.check("b", 1, "00"), Err(WheelError::RecordSize { .. })));
    }

    #[test]
    fn bad_lines() {
        let cases = ["a", "a,b,1", "a,,x", "a,md5=x,y", "a,sha256=!,1", "a,sha256=abcd,1", "\"a,sha256=abcd,1"];
        for line in cases {
            assert!(matches!(parse(line), Err(WheelError::RecordLine { line: 1, .. })), "{line}");
        }
        let twice = format!("a,sha256={DIGEST},0\na,sha256={DIGEST},0\n");
        assert!(matches!(parse(&twice), Err(WheelError::RecordTwice { .. })));
    }
}
