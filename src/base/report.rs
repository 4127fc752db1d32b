//! How a program says that it failed.
use std::error::Error;

/// Returns the text for stderr: `error: …`, a `  caused by: …` line per cause, `hint: …`, each line ended.
pub fn text(error: &dyn Error, hint: Option<&str>) -> String {
    let mut text = format!("error: {error}\n");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("  caused by: {error}\n"));
        cause = error.source();
    }
    if let Some(hint) = hint {
        text.push_str(&format!("hint: {hint}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileError;

    #[test]
    fn every_cause_has_a_line() {
        let error = FileError::of("read", "a".into())(std::io::Error::other("no disk"));
        assert_eq!(text(&error, None), "error: cannot read `a`\n  caused by: no disk\n");
        assert_eq!(text(&error, Some("buy one")), "error: cannot read `a`\n  caused by: no disk\nhint: buy one\n");
    }
}
