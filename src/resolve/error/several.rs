//! Several things that are in the way of a plan, as one error.
use std::fmt::Write as _;

use super::{Error, ways_out};

/// Lists errors below each other, each with its hint; what packages without a wheel have in common is said once.
pub(super) fn listed(errors: &[Error]) -> String {
    let indented = |text: &str| text.replace('\n', "\n    ");
    let mut text = String::new();
    for (index, error) in errors.iter().enumerate() {
        let _ = write!(text, "\n  {}. {}", index + 1, indented(&error.to_string()));
        if let Error::NoBuild(no_build) = error
            && let Some(hint) = &no_build.hint
        {
            let _ = write!(text, "\n     {}", indented(hint));
        }
        let is_same = |other: &Error| other.needs_another_file() && error.needs_another_file();
        let is_last = !errors.get(index + 1).is_some_and(is_same);
        let is_one_of_several = index.checked_sub(1).and_then(|index| errors.get(index)).is_some_and(is_same);
        let hint = match (is_last, is_one_of_several) {
            (true, true) => Some(ways_out(error.file(), "NAME", "VERSION")),
            (true, false) => error.shared_hint(),
            (false, _) => None,
        };
        if let Some(hint) = hint {
            let _ = write!(text, "\n     {}", indented(&hint));
        }
    }
    text
}

impl Error {
    /// Returns the error that says all of `errors`, of which there is at least one: what is mended in the same way stands
    /// together.
    pub fn all(mut errors: Vec<Error>) -> Error {
        errors.sort_by_key(|error| (error.rank(), error.to_string()));
        errors.dedup_by_key(|error| error.to_string());
        if errors.len() == 1 { errors.remove(0) } else { Error::Several(errors) }
    }

    /// Returns the lock file of a package that has no file that can be taken.
    fn file(&self) -> &str {
        match self {
            Error::NoWheel(no_wheel) => &no_wheel.file,
            Error::NoBuild(no_build) => &no_build.file,
            _ => "",
        }
    }

    /// Returns whether a package has no file that can be taken.
    fn needs_another_file(&self) -> bool {
        matches!(self.rank(), 2 | 3)
    }

    /// Where it stands among others: first what a line in the project mends, last what needs another package.
    fn rank(&self) -> u8 {
        match self {
            Error::NoWheel(no_wheel) if no_wheel.hint.starts_with("it has a wheel") => 1,
            Error::NoWheel(_) => 2,
            Error::NoBuild(_) => 3,
            Error::UnsupportedSource { .. } | Error::NoTree { .. } => 4,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::NoBuild;

    fn no_build(package: &str, problem: &str, hint: Option<&str>) -> Error {
        let (file, package, version) = ("poetry.lock".to_owned(), package.to_owned(), "1".to_owned());
        let (sdist, problem, hint) = (format!("{package}-1.zip"), problem.to_owned(), hint.map(str::to_owned));
        Error::NoBuild(Box::new(NoBuild { file, package, version, sdist, lacking: Vec::new(), problem, hint }))
    }

    #[test]
    fn each_has_its_own_hint_and_all_have_the_shared_one_once() {
        let problems =
            vec![no_build("b", "it fails\nlast line", Some("add `x`")), no_build("a", "it wants `cc`", None)];
        let shared = ways_out("poetry.lock", "NAME", "VERSION");
        let expected = format!(
            "2 things are in the way:\n  1. `poetry.lock`: `a 1` has no wheel, and `a-1.zip` cannot be built: it wants \
             `cc`\n  2. `poetry.lock`: `b 1` has no wheel, and `b-1.zip` cannot be built: it fails\n    last line\n     \
             add `x`\n     {shared}"
        );
        assert_eq!(Error::all(problems).to_string(), expected);
    }

    #[test]
    fn one_alone_has_both_hints() {
        let problem = Error::all(vec![no_build("b", "it fails", Some("add `x`"))]);
        assert_eq!(problem.hint(), Some(format!("add `x`; or {}", ways_out("poetry.lock", "b", "1"))));
    }
}
