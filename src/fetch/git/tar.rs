//! A canonical tar archive (POSIX.1-2001, pax): no times, no owners, and one way to write each entry. Its sha256 is in plans:
//! what is written here for a tree never changes.
use std::io::{self, Read, Write};

/// Bytes of a block.
const BLOCK: u64 = 512;
/// The longest path or link that a header itself has, in bytes.
const LONGEST: usize = 100;

/// Writes an archive.
pub(super) struct Tar<W> {
    to: W,
}

impl<W: Write> Tar<W> {
    pub(super) fn new(to: W) -> Tar<W> {
        Tar { to }
    }

    /// Writes a file of `size` bytes, which are read from `bytes`.
    pub(super) fn file(&mut self, path: &[u8], executable: bool, size: u64, bytes: &mut impl Read) -> io::Result<()> {
        self.long(&[("path", path)])?;
        let mode = if executable { 0o755 } else { 0o644 };
        self.to.write_all(&header(path, mode, size, b'0', b""))?;
        if io::copy(&mut bytes.take(size), &mut self.to)? != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.pad(size)
    }

    /// Writes a symbolic link.
    pub(super) fn link(&mut self, path: &[u8], target: &[u8]) -> io::Result<()> {
        self.long(&[("path", path), ("linkpath", target)])?;
        self.to.write_all(&header(path, 0o777, 0, b'2', target))
    }

    /// Writes the end.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.to.write_all(&[0; 2 * BLOCK as usize])?;
        self.to.flush()?;
        Ok(self.to)
    }

    /// Says of the next entry what its header has no place for.
    fn long(&mut self, values: &[(&str, &[u8])]) -> io::Result<()> {
        let long = values.iter().filter(|(_, value)| value.len() > LONGEST);
        let records: Vec<u8> = long.flat_map(|(key, value)| record(key, value)).collect();
        if records.is_empty() {
            return Ok(());
        }
        let size = records.len() as u64;
        self.to.write_all(&header(b"pax", 0o644, size, b'x', b""))?;
        self.to.write_all(&records)?;
        self.pad(size)
    }

    fn pad(&mut self, size: u64) -> io::Result<()> {
        let rest = (BLOCK - size % BLOCK) % BLOCK;
        io::copy(&mut io::repeat(0).take(rest), &mut self.to).map(drop)
    }
}

/// `LENGTH KEY=VALUE\n`, where the length counts itself.
fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}

fn header(path: &[u8], mode: u32, size: u64, kind: u8, target: &[u8]) -> [u8; BLOCK as usize] {
    let mut block = [0; BLOCK as usize];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &path[..path.len().min(LONGEST)]);
    put(100, format!("{mode:07o}\0").as_bytes());
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(157, &target[..target.len().min(LONGEST)]);
    put(257, b"ustar\x0000");
    put(329, b"0000000\0");
    put(337, b"0000000\0");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn records_count_themselves() {
        assert_eq!(record("path", b"abc"), b"12 path=abc\n");
        // One byte more would need three digits.
        assert_eq!(record("path", &[b'x'; 90]).len(), 99);
        assert_eq!(record("path", &[b'x'; 91]).len(), 101);
    }

    #[test]
    fn python_reads_it_and_its_bytes_are_the_same_for_ever() {
        let mut tar = Tar::new(Vec::new());
        let long = format!("top/{}/é.py", "folder/".repeat(20));
        tar.file(b"top/a.py", false, 3, &mut &b"abc"[..]).expect("in memory");
        tar.file(long.as_bytes(), true, 513, &mut io::repeat(b'x')).expect("in memory");
        tar.link(b"top/link", b"a.py").expect("in memory");
        let bytes = tar.finish().expect("in memory");
        assert_eq!(bytes.len() % 512, 0);
        assert_eq!(
            permafreeze_base::sha256::of(&bytes),
            "9426cda3763ec825497369dbd0ae1aa55489b7333b3e9dca2a1b138d04e70cf8"
        );

        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.tar");
        std::fs::write(&path, bytes).expect("a file");
        let program = "import sys, tarfile\nfor m in tarfile.open(sys.argv[1]):\n    \
                       print(m.name, oct(m.mode), m.size, m.mtime, m.linkname, m.uname)\n";
        let output = Command::new("python3").args(["-X", "utf8", "-c", program]).arg(&path).output().expect("python3");
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        let expected = format!("top/a.py 0o644 3 0  \n{long} 0o755 513 0  \ntop/link 0o777 0 0 a.py \n");
        assert_eq!(printed, expected, "{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn a_file_that_is_shorter_than_it_says_is_an_error() {
        assert!(Tar::new(Vec::new()).file(b"a", false, 3, &mut &b"ab"[..]).is_err());
    }
}
