//! Paths of the store, copied to another store: a binary cache, or a machine.
use camino::Utf8Path;

use crate::call::Program;
use crate::error::Error;
use crate::store::{PATHS_AT_ONCE, Store};

/// The kinds of stores that sign what they are given (`secret-key` of binary cache stores).
const SIGNING: [&str; 4] = ["file:", "http:", "https:", "s3:"];

impl Store {
    /// Returns those of the paths that are in the store, in order.
    ///
    /// # Errors
    /// If Nix is missing or fails.
    pub fn valid<'p>(&self, paths: &[&'p str]) -> Result<Vec<&'p str>, Error> {
        let invalid = self.invalid(paths)?;
        Ok(paths.iter().copied().filter(|path| !invalid.contains(*path)).collect())
    }

    /// Copies valid paths to the store `to` (a URL of Nix's, as `s3://bucket`), which skips what it has. `key` is a file with
    /// a secret key that they are signed with. An interrupted copy leaves only whole paths there.
    ///
    /// # Errors
    /// [`Error::Unsigned`] if a store of this kind does not sign; if Nix is missing or fails.
    pub fn copy_to(&self, to: &str, paths: &[&str], key: Option<&Utf8Path>) -> Result<(), Error> {
        let to = match key {
            Some(key) => signing(to, key)?,
            None => to.to_owned(),
        };
        for paths in paths.chunks(PATHS_AT_ONCE) {
            self.call(Program::Nix, ["copy", "--to", &to]).with(paths.iter().copied()).output()?;
        }
        Ok(())
    }
}

/// Returns the URL of a store that signs with a key.
fn signing(to: &str, key: &Utf8Path) -> Result<String, Error> {
    if !SIGNING.iter().any(|scheme| to.starts_with(scheme)) {
        return Err(Error::Unsigned { store: to.to_owned() });
    }
    let separator = if to.contains('?') { '&' } else { '?' };
    Ok(format!("{to}{separator}secret-key={}", escaped(key.as_str())))
}

/// Escapes what has a meaning in the query of a URL (RFC 3986, section 2.1).
fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_parameter_of_the_store() {
        let key = Utf8Path::new("/k/a b&c");
        let url = |to: &str| signing(to, key).expect("it signs");
        assert_eq!(url("file:///srv/cache"), "file:///srv/cache?secret-key=/k/a%20b%26c");
        assert_eq!(url("s3://bucket?region=x"), "s3://bucket?region=x&secret-key=/k/a%20b%26c");
        for store in ["ssh://host", "ssh-ng://host", "daemon", "/srv/cache"] {
            let error = signing(store, key).expect_err("it does not sign");
            assert!(error.to_string().contains(&format!("`{store}`")), "{error}");
        }
    }
}
