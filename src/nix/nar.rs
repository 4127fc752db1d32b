//! The NAR serialisation of one executable file: what Nix hashes of a store path whose mode counts. Format: the Nix
//! manual, "Nix Archive (NAR) format": strings with a 64-bit little-endian length, padded with zeros to 8 bytes.
use camino::Utf8Path;
use permafreeze_base::FileError;
use permafreeze_base::text::hex;
use sha2::{Digest, Sha256};

/// Returns the sha256 (lower-case hex) of the NAR of `path` as an executable file.
///
/// # Errors
/// If it cannot be read.
pub fn executable_sha256(path: &Utf8Path) -> Result<String, FileError> {
    let contents = std::fs::read(path).map_err(FileError::of("read", path))?;
    Ok(hash(&contents))
}

fn hash(contents: &[u8]) -> String {
    let mut hasher = Sha256::new();
    for word in ["nix-archive-1", "(", "type", "regular", "executable", "", "contents"] {
        string(&mut hasher, word.as_bytes());
    }
    string(&mut hasher, contents);
    string(&mut hasher, b")");
    hex(&hasher.finalize())
}

fn string(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
    let padding = bytes.len().next_multiple_of(8) - bytes.len();
    hasher.update(&[0; 8][..padding]);
}

#[cfg(test)]
mod tests {
    use super::*;

    // What `nix-hash --type sha256 FILE` printed for executable files of these bytes.
    #[test]
    fn is_what_nix_prints() {
        assert_eq!(hash(b"abc"), "04583e14eca2499ffa993852389e3a193aab5da20abc3b625a75d3f9876dc99e");
        assert_eq!(hash(b""), "34e00b8592a6ad465851a46a67464e076102fd5106ca6cb33a2f15009d30d590");
        assert_eq!(hash(b"12345678"), "01b7710edbd991774abda7f59f0d28dc58f7d4696212cf927664bd32900b6de2");
    }
}
