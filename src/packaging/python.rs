//! The Python that executables are made of.

/// The Python that is frozen; `nix/toolchain.json` says which patch release of it.
pub const PYTHON: Python = Python { minor: 13, magic: 3571 };

/// A minor release of CPython 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Python {
    /// The minor version, as 13 for 3.13.
    pub minor: u32,
    /// The magic number of its byte code (`Include/internal/pycore_magic_number.h`).
    pub magic: u16,
}

impl Python {
    /// Returns the first bytes of its `.pyc` files: the magic number and `\r\n`.
    pub const fn pyc_magic(self) -> [u8; 4] {
        let [low, high] = self.magic.to_le_bytes();
        [low, high, b'\r', b'\n']
    }

    /// Returns the name of its program and of its standard library's folder, as `python3.13`.
    pub fn name(self) -> String {
        format!("python3.{}", self.minor)
    }

    /// Returns its minor release, as `3.13`.
    pub fn short_version(self) -> String {
        format!("3.{}", self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_magic_are_of_one_release() {
        assert_eq!(PYTHON.short_version(), "3.13");
        assert_eq!(PYTHON.name(), "python3.13");
        // What Python 3.13 prints for importlib.util.MAGIC_NUMBER.
        assert_eq!(&PYTHON.pyc_magic(), b"\xf3\r\r\n");
    }
}
