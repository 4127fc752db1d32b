//! "Did you mean …?": the word that someone has probably meant.

/// Returns the one of `known` that is fewest edits (Levenshtein's distance) away from `given`, if it is no more than a
/// third of its letters.
pub fn nearest<'k>(given: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let measured = known.into_iter().map(|known| (strsim::levenshtein(given, known), known));
    let (edits, nearest) = measured.min()?;
    (edits * 3 <= nearest.len()).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_named_if_it_is_near() {
        let known = ["hidden-imports", "targets", "glibc", "agent-runner-linux-amd64"];
        assert_eq!(nearest("hiddenimports", known), Some("hidden-imports"));
        assert_eq!(nearest("target", known), Some("targets"));
        assert_eq!(nearest("agent-runer-linux-amd64", known), Some("agent-runner-linux-amd64"));
        assert_eq!(nearest("wibble", known), None);
        assert_eq!(nearest("x", []), None);
    }
}
