//! The times of a zip's members (APPNOTE.TXT 4.3.12, central directory): the reader itself has no use for them.

const SIGNATURE: [u8; 4] = *b"PK\x01\x02";
const HEADER: usize = 46;

/// Returns the time of each member in the directory's order, as `1980-01-01 00:00:00`.
pub(super) fn read(directory: &[u8]) -> Vec<String> {
    let mut times = Vec::new();
    let mut rest = directory;
    while let Some((header, after)) = rest.split_at_checked(HEADER).filter(|(header, _)| header.starts_with(&SIGNATURE))
    {
        let word = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        times.push(shown(word(14), word(12)));
        let variable = usize::from(word(28)) + usize::from(word(30)) + usize::from(word(32));
        rest = after.get(variable..).unwrap_or_default();
    }
    times
}

/// MS-DOS date and time.
fn shown(date: u16, time: u16) -> String {
    let (year, month, day) = (1980 + (date >> 9), date >> 5 & 15, date & 31);
    let (hour, minute, second) = (time >> 11, time >> 5 & 63, (time & 31) * 2);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_each_member_are_read() {
        let member = |date: u16, time: u16, name: &str| {
            let mut header = vec![0; HEADER];
            header[..4].copy_from_slice(&SIGNATURE);
            header[12..14].copy_from_slice(&time.to_le_bytes());
            header[14..16].copy_from_slice(&date.to_le_bytes());
            header[28] = name.len() as u8;
            header.extend(name.bytes());
            header
        };
        let directory = [member(0x21, 0, "a"), member(44 << 9 | 2 << 5 | 29, 23 << 11 | 59 << 5 | 15, "bcd")].concat();
        assert_eq!(read(&directory), ["1980-01-01 00:00:00", "2024-02-29 23:59:30"]);
        assert_eq!(read(b"PK"), [""; 0]);
    }
}
