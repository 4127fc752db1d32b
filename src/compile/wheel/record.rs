//! RECORD: which files a wheel has, with hash and size (PEP 376, PEP 427).
use std::collections::BTreeMap;

use super::Members;
use crate::error::WheelError;
use permafreeze_base::text::{from_base64_url, hex};

/// What RECORD says of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Recorded {
    /// Lower-case hex.
    sha256: String,
    /// In bytes; some builders leave it out.
    size: Option<u64>,
}

/// A wheel's RECORD, which lists every file of the wheel.
#[derive(Debug)]
pub(super) struct Record {
    files: BTreeMap<String, Option<Recorded>>,
}

impl Record {
    /// Reads RECORD and compares its list with the wheel's members.
    pub(super) fn read(members: &Members, dist_info: &str) -> Result<Record, WheelError> {
        let own = format!("{dist_info}/RECORD");
        let record = parse(&members.read_text(&own)?, &own)?;
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
        let Some(Some(recorded)) = self.files.get(member) else { return Ok(()) };
        let member = member.to_owned();
        match recorded.size {
            Some(expected) if expected != size => Err(WheelError::RecordSize { member, expected, found: size }),
            _ if recorded.sha256 != sha256 => {
                Err(WheelError::RecordHash { member, expected: recorded.sha256.clone(), found: sha256.to_owned() })
            }
            _ => Ok(()),
        }
    }
}

fn parse(text: &str, own: &str) -> Result<Record, WheelError> {
    let mut files = BTreeMap::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let bad = || WheelError::RecordLine { line: at + 1, text: line.to_owned() };
        let fields = fields(line).ok_or_else(bad)?;
        let [path, hash, size] = fields.as_slice() else { return Err(bad()) };
        let recorded = match hash.strip_prefix("sha256=") {
            Some(digest) => {
                let sha256 = hex(&from_base64_url(digest.trim_end_matches('='))
                    .filter(|bytes| bytes.len() == 32)
                    .ok_or_else(bad)?);
                let size = if size.is_empty() { None } else { Some(size.parse().map_err(|_| bad())?) };
                Some(Recorded { sha256, size })
            }
            None if hash.is_empty() && path.starts_with(own) => None,
            None => return Err(bad()),
        };
        if files.insert(path.clone(), recorded).is_some() {
            return Err(WheelError::RecordTwice { member: path.clone() });
        }
    }
    Ok(Record { files })
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
        let own = "a-1.dist-info/RECORD";
        let text = format!("\"a,\"\"b\"\"\",sha256={DIGEST},0\r\nc,sha256={DIGEST},\n{own},,\n");
        let record = parse(&text, own).unwrap();
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert!(record.check("a,\"b\"", 0, empty).is_ok());
        assert!(record.check("c", 5, empty).is_ok());
        assert!(matches!(record.check("a,\"b\"", 1, empty), Err(WheelError::RecordSize { expected: 0, found: 1, .. })));
        assert!(matches!(record.check("c", 0, "00"), Err(WheelError::RecordHash { .. })));
    }

    #[test]
    fn bad_lines() {
        let cases = ["a", "a,,", "a,md5=x,1", "a,sha256=!,1", "a,sha256=abcd,1", "\"a,sha256=abcd,1"];
        for line in cases {
            assert!(matches!(parse(line, "RECORD"), Err(WheelError::RecordLine { line: 1, .. })), "{line}");
        }
        let twice = format!("a,sha256={DIGEST},0\na,sha256={DIGEST},0\n");
        assert!(matches!(parse(&twice, "RECORD"), Err(WheelError::RecordTwice { .. })));
    }
}
