//! Store paths of pinned files: what Nix's `makeFixedOutputPath` computes (`nix-store --print-fixed-path`), so that
//! whether a hundred files are in the store can be asked with one call.
use std::fmt;

use permafreeze_base::sha256;
use sha2::{Digest, Sha256};

use crate::text::name_of;

/// Nix's base 32: no `e`, `o`, `t`, `u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";
/// Bytes of a store path's digest.
const DIGEST_SIZE: usize = 20;
/// The folder that store paths are computed for.
pub const STORE_DIR: &str = "/nix/store";

/// A path in the Nix store: `/nix/store/<digest>-<name>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StorePath(String);

/// A sha256 that is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bad sha256 `{given}` of `{name}`: expected 64 lower-case hexadecimal digits")]
pub struct BadSha256 {
    /// The name of the file that has it.
    pub name: String,
    /// What was given.
    pub given: String,
}

impl StorePath {
    /// Returns where `nix-store --add-fixed sha256` puts a file of this name and this sha256 of its bytes.
    ///
    /// # Errors
    /// If `sha256` is not 64 lower-case hexadecimal digits.
    pub fn flat(name: &str, sha256: &str) -> Result<StorePath, BadSha256> {
        check_sha256(name, sha256)?;
        let inner = sha256::of(format!("fixed:out:sha256:{sha256}:").as_bytes());
        Ok(StorePath::made("output:out", &inner, name))
    }

    /// Returns where `nix-store --add-fixed --recursive sha256` puts a file or folder of this name and this sha256 of
    /// its NAR serialisation.
    ///
    /// # Errors
    /// If `nar_sha256` is not 64 lower-case hexadecimal digits.
    pub fn recursive(name: &str, nar_sha256: &str) -> Result<StorePath, BadSha256> {
        check_sha256(name, nar_sha256)?;
        Ok(StorePath::made("source", nar_sha256, name))
    }

    /// Nix's `makeStorePath`.
    fn made(kind: &str, sha256: &str, name: &str) -> StorePath {
        let digest = Sha256::digest(format!("{kind}:sha256:{sha256}:{STORE_DIR}:{name}"));
        let mut folded = [0u8; DIGEST_SIZE];
        for (index, byte) in digest.iter().enumerate() {
            folded[index % DIGEST_SIZE] ^= byte;
        }
        StorePath(format!("{STORE_DIR}/{}-{name}", base32(&folded)))
    }

    /// Returns the name: what follows the digest.
    pub fn name(&self) -> &str {
        name_of(&self.0)
    }

    /// Returns the whole path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the name that a file has in the store: its own, with what Nix does not allow there replaced by `_`
/// (`torch-2.5.1+cpu` has nothing such, `name-1!2.0` has). `nix/fetch.nix` computes the same.
pub fn store_name(file_name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+-._?=".contains(c);
    let mut name: String = file_name.chars().map(|c| if allowed(c) { c } else { '_' }).collect();
    if name.starts_with('.') {
        name.replace_range(..1, "_");
    }
    name
}

fn check_sha256(name: &str, sha256: &str) -> Result<(), BadSha256> {
    let good = sha256.len() == 64 && sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if good { Ok(()) } else { Err(BadSha256 { name: name.to_owned(), given: sha256.to_owned() }) }
}

/// Nix reads the bytes as one little-endian number and writes its digits of 5 bits, the highest first.
fn base32(bytes: &[u8; DIGEST_SIZE]) -> String {
    (0..DIGEST_SIZE * 8 / 5)
        .rev()
        .map(|digit| {
            let (index, shift) = (digit * 5 / 8, digit * 5 % 8);
            let high = bytes.get(index + 1).copied().unwrap_or(0);
            let pair = u16::from(bytes[index]) | u16::from(high) << 8;
            char::from(ALPHABET[usize::from(pair >> shift & 31)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The paths are what `nix-store --print-fixed-path [--recursive] sha256 HASH NAME` printed.
    const HASH: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn flat_is_what_nix_prints() {
        let path = StorePath::flat("six-1.17.0-py2.py3-none-any.whl", HASH).expect("good hash");
        assert_eq!(path.as_str(), "/nix/store/xgsjwm7phhjxz7q96fsbjjsmaksd00qd-six-1.17.0-py2.py3-none-any.whl");
    }

    #[test]
    fn recursive_is_what_nix_prints() {
        let path = StorePath::recursive("permafreeze-link", HASH).expect("good hash");
        assert_eq!(path.as_str(), "/nix/store/f1ialhxgd0fa0wc5w0zdc6m6pl4xc7wl-permafreeze-link");
    }

    #[test]
    fn a_bad_hash_is_refused() {
        for bad in ["", "abc", &HASH.to_uppercase(), &format!("{HASH}0"), &"g".repeat(64)] {
            let error = StorePath::flat("a.whl", bad).expect_err("bad hash");
            assert_eq!(
                error.to_string(),
                format!("bad sha256 `{bad}` of `a.whl`: expected 64 lower-case hexadecimal digits")
            );
        }
    }

    #[test]
    fn store_names() {
        assert_eq!(store_name("a_b-1.0+cpu-py3-none-any.whl"), "a_b-1.0+cpu-py3-none-any.whl");
        assert_eq!(store_name("a-1!2.0-py3-none-any.whl"), "a-1_2.0-py3-none-any.whl");
        assert_eq!(store_name(".hidden é.whl"), "_hidden__.whl");
    }
}
