//! Reads `.drv` files: ATerm, as Nix writes it (`src/libstore/derivations.cc`).
use std::collections::BTreeMap;

/// A derivation, as far as it is of use here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derivation {
    /// Its outputs, by name.
    pub outputs: BTreeMap<String, DerivationOutput>,
    /// The system that it is built on, as `x86_64-linux`.
    pub system: String,
    /// The builder's environment.
    pub environment: BTreeMap<String, String>,
}

/// An output of a derivation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivationOutput {
    /// The store path.
    pub path: String,
    /// The hash that it must have, if it is fixed: Nix itself has compared it.
    pub fixed: Option<String>,
}

/// A text that is no derivation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a derivation: byte {offset}: expected {expected}")]
pub struct Malformed {
    /// Where, in bytes.
    pub offset: usize,
    /// What was expected there.
    pub expected: &'static str,
}

impl Derivation {
    /// Reads the text of a `.drv` file.
    ///
    /// # Errors
    /// If it has not the form of one.
    pub fn parse(text: &str) -> Result<Derivation, Malformed> {
        let mut reader = Reader { text, offset: 0 };
        reader.expect("Derive(", "`Derive(`")?;
        let outputs = reader.list(|reader| {
            let [name, path, algorithm, hash] = reader.tuple()?;
            let fixed = (!hash.is_empty()).then(|| format!("{algorithm}:{hash}"));
            Ok((name, DerivationOutput { path, fixed }))
        })?;
        reader.expect(",", "`,`")?;
        // The derivations that it needs.
        reader.list(|reader| {
            reader.expect("(", "`(`")?;
            reader.string()?;
            reader.expect(",", "`,`")?;
            reader.list(Reader::string)?;
            reader.expect(")", "`)`")
        })?;
        reader.expect(",", "`,`")?;
        // The paths that it needs.
        reader.list(Reader::string)?;
        reader.expect(",", "`,`")?;
        let system = reader.string()?;
        reader.expect(",", "`,`")?;
        // Its builder.
        reader.string()?;
        reader.expect(",", "`,`")?;
        // The builder's arguments.
        reader.list(Reader::string)?;
        reader.expect(",", "`,`")?;
        let environment = reader.list(|reader| reader.tuple::<2>().map(|[name, value]| (name, value)))?;
        reader.expect(")", "`)`")?;
        let (outputs, environment) = (outputs.into_iter().collect(), environment.into_iter().collect());
        Ok(Derivation { outputs, system, environment })
    }

    /// Returns whether every output's hash is said in the derivation itself.
    pub fn is_fixed(&self) -> bool {
        self.outputs.values().all(|output| output.fixed.is_some())
    }

    /// Returns the path of the output `out`.
    pub fn out(&self) -> Option<&str> {
        self.outputs.get("out").map(|output| output.path.as_str())
    }
}

struct Reader<'a> {
    text: &'a str,
    offset: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    fn expect(&mut self, word: &str, expected: &'static str) -> Result<(), Malformed> {
        if !self.rest().starts_with(word) {
            return Err(Malformed { offset: self.offset, expected });
        }
        self.offset += word.len();
        Ok(())
    }

    fn string(&mut self) -> Result<String, Malformed> {
        self.expect("\"", "a string")?;
        let mut string = String::new();
        let mut escaped = false;
        let start = self.offset;
        let mut length = None;
        for (at, c) in self.rest().char_indices() {
            match (escaped, c) {
                (true, 'n') => string.push('\n'),
                (true, 'r') => string.push('\r'),
                (true, 't') => string.push('\t'),
                (true, c) => string.push(c),
                (false, '"') => {
                    length = Some(at + 1);
                    break;
                }
                (false, '\\') => {}
                (false, c) => string.push(c),
            }
            escaped = !escaped && c == '\\';
        }
        self.offset = start + length.ok_or(Malformed { offset: start, expected: "the end of a string" })?;
        Ok(string)
    }

    fn tuple<const N: usize>(&mut self) -> Result<[String; N], Malformed> {
        let mut strings = [(); N].map(|()| String::new());
        for (index, string) in strings.iter_mut().enumerate() {
            self.expect(if index == 0 { "(" } else { "," }, "a tuple")?;
            *string = self.string()?;
        }
        self.expect(")", "`)`")?;
        Ok(strings)
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T, Malformed>) -> Result<Vec<T>, Malformed> {
        self.expect("[", "`[`")?;
        let mut items = Vec::new();
        if self.rest().starts_with(']') {
            self.offset += 1;
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.rest().starts_with(']') {
                self.offset += 1;
                return Ok(items);
            }
            self.expect(",", "`,` or `]`")?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"Derive([("out","/nix/store/a-x","","")],[("/nix/store/b.drv",["out","dev"]),("/nix/store/c.drv",["out"])],["/nix/store/s"],"x86_64-linux","/nix/store/t",["a","--b"],[("job","{\"a\":\"b\\nc\"}\n"),("name","x"),("ü","")])"#;

    #[test]
    fn a_derivation_is_read() {
        let derivation = Derivation::parse(TEXT).expect("a derivation");
        assert_eq!(derivation.out(), Some("/nix/store/a-x"));
        assert_eq!(derivation.system, "x86_64-linux");
        assert_eq!(derivation.environment["job"], "{\"a\":\"b\\nc\"}\n");
        assert_eq!(derivation.environment["ü"], "");
        assert!(!derivation.is_fixed());
    }

    #[test]
    fn a_fixed_output_is_known() {
        let text = r#"Derive([("out","/nix/store/a-x","r:sha256","00ff")],[],[],"builtin","builtin:fetchurl",[],[])"#;
        let derivation = Derivation::parse(text).expect("a derivation");
        assert!(derivation.is_fixed());
        assert_eq!(derivation.outputs["out"].fixed.as_deref(), Some("r:sha256:00ff"));
    }

    #[test]
    fn every_truncation_is_an_error() {
        for (at, _) in TEXT.char_indices() {
            assert!(Derivation::parse(&TEXT[..at]).is_err(), "{at}");
        }
    }
}
