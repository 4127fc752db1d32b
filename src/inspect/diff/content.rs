//! Two contents of one name that differ: what kind of difference it is.
use serde::Serialize;

use super::bytes::{self, ByteDifference, LineDifference};
use super::code::{self, CodeDifference};
use super::native::{self, Section};
use permafreeze_archive::marshal;

/// Length in bytes of a pyc's header, and where the source's time is in it (PEP 552).
const PYC_HEADER: usize = 16;
const PYC_TIME: std::ops::Range<usize> = 8..12;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum Finding {
    /// The type code of the table of contents.
    Letter {
        /// The first's.
        a: char,
        /// The second's.
        b: char,
    },
    /// How the executable is laid out.
    Form {
        /// The first's.
        a: &'static str,
        /// The second's.
        b: &'static str,
    },
    /// Equal after decompressing: another compressor, or another level of it.
    Compressor {
        /// Bytes stored in the first.
        a: u64,
        /// Bytes stored in the second.
        b: u64,
    },
    /// One of the two cannot be decompressed.
    Damaged {
        /// `a` or `b`.
        side: char,
        /// What is wrong.
        problem: String,
        /// How the stored bytes differ.
        stored: Option<ByteDifference>,
    },
    /// Code.
    Code(CodeDifference),
    /// The same code in other bytes: marshal's reference flags.
    References {
        /// Bytes of the first.
        a: u64,
        /// Bytes of the second.
        b: u64,
    },
    /// A section of a native file.
    Section(Section),
    /// A time: of a zip's member, or of the source that a pyc is of.
    Time {
        /// The first's.
        a: String,
        /// The second's.
        b: String,
    },
    /// Lines of text.
    Line(LineDifference),
    /// Other bytes.
    Bytes(ByteDifference),
}

/// What the content is compared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Marshalled code.
    Code,
    /// A pyc: a header and marshalled code.
    Pyc,
    /// What the bytes look like: native, text or other.
    Any,
}

/// Compares two contents; `python` has the version of each side.
pub fn compare(form: Form, python: [(u8, u8); 2], a: &[u8], b: &[u8]) -> Vec<Finding> {
    match form {
        Form::Code => code(python, a, b).unwrap_or_else(|| any(a, b)),
        Form::Pyc => pyc(python, a, b).unwrap_or_else(|| any(a, b)),
        Form::Any => any(a, b),
    }
}

/// None if one is not code that can be read.
fn code(python: [(u8, u8); 2], a: &[u8], b: &[u8]) -> Option<Vec<Finding>> {
    if a == b {
        return Some(Vec::new());
    }
    let left = marshal::parse_for(python[0], a).ok()?;
    let right = marshal::parse_for(python[1], b).ok()?;
    let found: Vec<Finding> = code::compare(&left, &right).into_iter().map(Finding::Code).collect();
    let references = Finding::References { a: a.len() as u64, b: b.len() as u64 };
    Some(if found.is_empty() { vec![references] } else { found })
}

fn pyc(python: [(u8, u8); 2], a: &[u8], b: &[u8]) -> Option<Vec<Finding>> {
    let (head_a, body_a) = a.split_at_checked(PYC_HEADER)?;
    let (head_b, body_b) = b.split_at_checked(PYC_HEADER)?;
    let mut found = Vec::new();
    let timed = |head: &[u8]| head[4..8] == [0; 4];
    if timed(head_a) && timed(head_b) && head_a[PYC_TIME] != head_b[PYC_TIME] {
        let time = |head: &[u8]| u32::from_le_bytes([head[8], head[9], head[10], head[11]]).to_string();
        found.push(Finding::Time { a: time(head_a), b: time(head_b) });
    } else {
        found.extend(bytes::compare(head_a, head_b).map(Finding::Bytes));
    }
    found.extend(code(python, body_a, body_b)?);
    Some(found)
}

fn any(a: &[u8], b: &[u8]) -> Vec<Finding> {
    if let Some(sections) = native::compare(a, b) {
        return sections.into_iter().map(Finding::Section).collect();
    }
    let line = bytes::compare_text(a, b).map(Finding::Line);
    line.or_else(|| bytes::compare(a, b).map(Finding::Bytes)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PYTHON: [(u8, u8); 2] = [(3, 13); 2];

    #[test]
    fn reference_flags_are_not_another_code() {
        // ("a", "a") as marshal writes it: with the second a reference to the first, and without.
        let referring = b")\x02\xda\x01ar\x00\x00\x00\x00";
        let plain = b")\x02Z\x01aZ\x01a";
        let found = compare(Form::Code, PYTHON, referring, plain);
        assert_eq!(found, [Finding::References { a: referring.len() as u64, b: plain.len() as u64 }]);
    }

    #[test]
    fn the_source_time_of_a_pyc_is_told_from_its_code() {
        let pyc = |time: u8, constant: &[u8]| {
            [b"\xf3\r\r\n\0\0\0\0".as_slice(), &[time, 0, 0, 0, 1, 0, 0, 0], constant].concat()
        };
        let found = compare(Form::Pyc, PYTHON, &pyc(1, b"N"), &pyc(2, b"N"));
        assert_eq!(found, [Finding::Time { a: "1".into(), b: "2".into() }]);
        let found = compare(Form::Pyc, PYTHON, &pyc(1, b"T"), &pyc(1, b"F"));
        assert!(matches!(&found[..], [Finding::Code(_)]), "{found:?}");
    }

    #[test]
    fn text_and_bytes_are_told_apart() {
        assert!(matches!(&compare(Form::Any, PYTHON, b"a\nb", b"a\nc")[..], [Finding::Line(line)] if line.line == 2));
        assert!(
            matches!(&compare(Form::Any, PYTHON, b"a\0b", b"a\0c")[..], [Finding::Bytes(bytes)] if bytes.first == 2)
        );
        assert!(matches!(&compare(Form::Code, PYTHON, b"?", b"\xff\0")[..], [Finding::Bytes(_)]), "what is no code");
    }
}
