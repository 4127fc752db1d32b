//! What Nix says when a derivation, built again, gives other bytes (`nix-store --realise --check`, 2.8 to 2.34).
use std::collections::BTreeMap;

/// What became of a derivation that was built again and is not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// It gave other bytes.
    Differs {
        /// The output path.
        output: String,
        /// Where the other bytes are, if they were kept.
        check: Option<String>,
    },
    /// It could not be built again.
    Fails,
}

/// Returns the derivations that did not give the same, by their path.
pub fn differing(said: &str) -> BTreeMap<String, Again> {
    let mut found = BTreeMap::new();
    for line in said.lines() {
        if line.contains("may not be deterministic") {
            let derivation = quoted(line, "derivation ");
            if let (Some(derivation), Some(output)) = (derivation, quoted(line, "output ")) {
                let check = quoted(line, "differs from ").map(str::to_owned);
                found.insert(derivation.to_owned(), Again::Differs { output: output.to_owned(), check });
            }
        } else if let Some(derivation) = quoted(line, "builder for ").or(quoted(line, "Cannot build "))
            && line.contains("error")
        {
            found.entry(derivation.to_owned()).or_insert(Again::Fails);
        }
    }
    found
}

/// Returns what stands in quotes after `marker`: `'` until 2.26, `"` around outputs in 2.34; terminal colours are no part.
fn quoted<'a>(line: &'a str, marker: &str) -> Option<&'a str> {
    let rest = &line[line.find(marker)? + marker.len()..];
    let rest = rest.strip_prefix(['\'', '"'])?;
    let quoted = rest.split(['\'', '"']).next()?;
    let start = quoted.find("/nix/").unwrap_or(0);
    quoted[start..].split('\u{1b}').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_every_version_are_understood() {
        let said = "checking outputs of '/nix/store/a-x.drv'...\n\
            error: derivation '/nix/store/a-x.drv' may not be deterministic: output '/nix/store/b-x' differs from '/nix/store/b-x.check'\n\
            error: derivation '/nix/store/c-y.drv' may not be deterministic: output '/nix/store/d-y' differs\n\
            error: builder for '/nix/store/e-z.drv' failed with exit code 1;\n\
            error: derivation '/nix/store/f-w.drv' may not be deterministic: output \"/nix/store/g-w\" differs from \"/nix/store/g-w.check\"\n\
            error: Cannot build '/nix/store/h-v.drv'.\n\
            error: build of '/nix/store/a-x.drv', '/nix/store/e-z.drv' failed\n";
        let differs = |output: &str, check: Option<&str>| Again::Differs {
            output: output.to_owned(),
            check: check.map(str::to_owned),
        };
        let expected = [
            ("/nix/store/a-x.drv", differs("/nix/store/b-x", Some("/nix/store/b-x.check"))),
            ("/nix/store/c-y.drv", differs("/nix/store/d-y", None)),
            ("/nix/store/e-z.drv", Again::Fails),
            ("/nix/store/f-w.drv", differs("/nix/store/g-w", Some("/nix/store/g-w.check"))),
            ("/nix/store/h-v.drv", Again::Fails),
        ];
        assert_eq!(differing(said), expected.map(|(derivation, again)| (derivation.to_owned(), again)).into());
    }

    #[test]
    fn nothing_is_found_where_all_is_the_same() {
        assert_eq!(differing("checking outputs of '/nix/store/a-x.drv'...\n/nix/store/b-x\n"), BTreeMap::new());
    }
}
