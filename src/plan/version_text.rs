//! What a file may say of which the plan has the text: a version, and nothing else. A plan is not read as code is, so it
//! must not be a place for code.
use permafreeze_packaging::Version;

/// The name of the list of a module's names; its strings are names.
const ALL: &str = "__all__";
/// An import without effect, which comes first in a module.
const FUTURE: &str = "from __future__ import annotations";
/// Values that are names.
const CONSTANTS: [&str; 3] = ["None", "True", "False"];

/// Returns the parts of a version as setuptools-scm has them in a tuple (`vcs_versioning/_version_cls.py`): the numbers of
/// its release, texts of the rest. A text is in single quotes, as Python writes it.
pub fn parts(version: &Version) -> Vec<String> {
    let text = |text: String| format!("'{text}'");
    let epoch = Some(version.epoch()).filter(|epoch| *epoch != 0).map(|epoch| text(format!("{epoch}!")));
    let release = version.release().iter().map(u64::to_string);
    let pre = version.pre().map(|pre| text(pre.to_string()));
    let post = version.post().map(|post| text(format!("post{post}")));
    let dev = version.dev().map(|dev| text(format!("dev{dev}")));
    let local: Vec<String> = version.local().iter().map(ToString::to_string).collect();
    let local = Some(local.join(".")).filter(|local| !local.is_empty()).map(text);
    epoch.into_iter().chain(release).chain(pre).chain(post).chain(dev).chain(local).collect()
}

/// Tells whether the file at `path` with this text says the version and nothing else. A module may have comments, a text
/// that documents it, and assignments of the version, of its parts, of numbers, `None`, `True`, `False` and lists of these;
/// another file the version alone, with a `v` before it or not.
pub fn says_version(path: &str, text: &str, version: &Version) -> bool {
    let whole = version.to_string();
    if !path.ends_with(".py") {
        return text.trim().trim_start_matches('v') == whole;
    }
    let texts: Vec<String> = parts(version).iter().map(|part| part.trim_matches('\'').to_owned()).collect();
    let is_version = |said: &str| said.trim_start_matches('v') == whole || texts.iter().any(|text| text == said);
    // Another encoding (PEP 263), and other ends of lines, make other lines of it for Python.
    let is_read_alike =
        text.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)) && !text.contains("coding");
    is_read_alike && text.lines().all(|line| is_plain(line.trim_end(), &is_version))
}

/// Tells whether a line of a module does nothing but assign.
fn is_plain(line: &str, is_version: &dyn Fn(&str) -> bool) -> bool {
    if line.is_empty() || line.starts_with('#') || line == FUTURE || is_document(line) {
        return true;
    }
    let Some((name, mut rest)) = target(line) else { return false };
    let is_list_of_names = name == ALL;
    if let Some(typed) = rest.strip_prefix(':') {
        let end = typed.find(|c: char| !(c.is_ascii_alphanumeric() || "_.[], |".contains(c))).unwrap_or(typed.len());
        let (annotation, assigned) = typed.split_at(end);
        if annotation.trim().is_empty() || assigned.is_empty() {
            return !annotation.trim().is_empty();
        }
        rest = assigned;
    }
    let is_known = |text: &str| if is_list_of_names { is_name(text) } else { is_version(text) };
    while let Some(assigned) = rest.strip_prefix('=').map(str::trim_start) {
        if let Some(after) = value(assigned, &is_known) {
            let after = after.trim_start();
            return after.is_empty() || after.starts_with('#');
        }
        let Some((_, next)) = target(assigned) else { return false };
        rest = next;
    }
    false
}

/// Tells whether a line is a text in three quotes.
fn is_document(line: &str) -> bool {
    let text = |quotes: &str| line.strip_prefix(quotes).and_then(|rest| rest.strip_suffix(quotes));
    let inner = text("\"\"\"").or_else(|| text("'''"));
    inner.is_some_and(|inner| !inner.contains(['"', '\'', '\\']))
}

/// Splits off the name that a line begins with, which is assigned to.
fn target(line: &str) -> Option<(&str, &str)> {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    (is_name(name) && !CONSTANTS.contains(&name)).then(|| (name, rest.trim_start()))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Splits off a value: a text that is known, a number, a constant, or a list or tuple of values.
fn value<'t>(text: &'t str, is_known: &dyn Fn(&str) -> bool) -> Option<&'t str> {
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some(rest) = text.strip_prefix(open) {
            return values(rest, close, is_known);
        }
    }
    for quote in ['"', '\''] {
        if let Some((inner, rest)) = text.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return is_known(inner).then_some(rest);
        }
    }
    if let Some(rest) = CONSTANTS.iter().find_map(|constant| text.strip_prefix(constant)) {
        return (!rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')).then_some(rest);
    }
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.len() < text.len() && !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.'))
        .then_some(rest)
}

/// Splits off values with commas between them, and what closes them.
fn values<'t>(text: &'t str, close: char, is_known: &dyn Fn(&str) -> bool) -> Option<&'t str> {
    let mut rest = text.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix(close) {
            return Some(after);
        }
        rest = value(rest, is_known)?.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None => return rest.strip_prefix(close),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn version(text: &str) -> Version {
        Version::from_str(text).expect("a version")
    }

    #[test]
    fn parts_are_those_of_setuptools_scm() {
        // What vcs_versioning 2.6.0 made of them.
        for (text, expected) in [
            ("1.2.3", "1 2 3"),
            ("7", "7"),
            ("1!2.0", "'1!' 2 0"),
            ("1.2rc1", "1 2 'rc1'"),
            ("1.2a0.post3.dev4+g12.d3", "1 2 'a0' 'post3' 'dev4' 'g12.d3'"),
        ] {
            assert_eq!(parts(&version(text)).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn a_module_that_says_the_version_is_taken() {
        for text in [
            "",
            "# made by x\n\"\"\"The version.\"\"\"\nfrom __future__ import annotations\n",
            "__all__ = [\"__version__\", \"version\"]\n__version__ = version = '1.2rc1'\n",
            "__version__: str = \"v1.2rc1\"  # a comment: import os\n",
            "version_tuple: tuple[int | str, ...] = (1, 2, 'rc1')\n",
            "v: str\nA = B = C = None\nD=[ ]\nE = (1, (2, 3,), [True, 'rc1'])\nF = 20261127\n",
        ] {
            assert!(says_version("a/_version.py", text, &version("1.2rc1")), "{text}");
        }
    }

    #[test]
    fn a_module_that_does_more_is_not() {
        for text in [
            "import os",
            "from os import *",
            "from __future__ import annotations; import os",
            "x = 1; import os",
            "x = f'1.2'",
            "x = '1.2' + '1.2'",
            "x = '1.2'.join(y)",
            "x = '1.2'[0]",
            "x = y()",
            "x = y",
            "x = [y]",
            "x = 'evil.example'",
            "URL = \"https://evil.example/\"",
            "x = '''1.2\n'''",
            "x = 1.5",
            "x = 1if y()else 2",
            "x = Nonesuch",
            "None = 1",
            "x = None = 1",
            "x: y() = 1",
            "x: 'y' = 1",
            "x[0] = 1",
            "x.y = 1",
            "x += 1",
            "x == 1",
            "x := 1",
            "x",
            "  x = 1",
            "\tx = 1",
            "x = (1, 2",
            "x = [1)]",
            "x = (1 2)",
            "x = \\",
            "\"\"\"a\"\"\" + y() + \"\"\"b\"\"\"",
            "\"\"\"a\n\"\"\"",
            "__all__ = ['a b']",
            "__all__ = ['../x']",
            "@y\nx = 1",
            "def f(): pass",
            "# x\rimport os",
            "# -*- coding: utf-7 -*-\n# +AAo-import os",
            "\u{feff}x = 1",
            "# \u{e9}",
            "x = 1\rimport os",
            "x = 1\u{c}import os",
            "exec('1.2')",
        ] {
            assert!(!says_version("a/_version.py", text, &version("1.2")), "{text}");
        }
    }

    #[test]
    fn another_file_says_the_version_alone() {
        let says = |text: &str| says_version("a/VERSION", text, &version("1.2"));
        assert!(says("1.2") && says("1.2\n") && says("v1.2"));
        assert!(!says("") && !says("1.3") && !says("1.2\n1.2") && !says("version = 1.2"));
    }
}
