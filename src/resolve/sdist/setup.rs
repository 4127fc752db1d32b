//! What `setup.py` and `setup.cfg` require before they run (`setup_requires`), where it is written as constants.
//!
//! setuptools tells of it only when `setup.py` runs, and nothing of a package runs while a plan is made.
use permafreeze_packaging::requirement::Requirement;

use super::archive::Texts;

const KEY: &str = "setup_requires";

/// Returns the requirements in `setup_requires` of both files that are written as they are.
pub fn requires(texts: &Texts) -> Vec<String> {
    let from_py = texts.setup_py.as_deref().map(in_setup_py).unwrap_or_default();
    let from_cfg = texts.setup_cfg.as_deref().map(in_setup_cfg).unwrap_or_default();
    let is_requirement = |text: &String| text.parse::<Requirement>().is_ok_and(|found| found.url.is_none());
    from_py.into_iter().chain(from_cfg).filter(is_requirement).collect()
}

/// `setup_requires=["a>=1", 'b']` or `setup_requires="a"`, an argument or a variable.
fn in_setup_py(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(KEY) {
        let rest = text[at + KEY.len()..].trim_start_matches(['"', '\'']).trim_start();
        let Some(value) = rest.strip_prefix(['=', ':']).map(str::trim_start) else { continue };
        let value = match value.chars().next() {
            Some('[') => value.split(']').next().unwrap_or_default(),
            Some('(') => value.split(')').next().unwrap_or_default(),
            Some('"' | '\'') => value.lines().next().unwrap_or_default(),
            _ => continue,
        };
        found.extend(strings(value));
    }
    found
}

/// Returns the contents of the quoted strings of a text; comments are left out.
fn strings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some(start) = rest.find(['"', '\'', '#']) {
            let quote = &rest[start..=start];
            if quote == "#" {
                break;
            }
            let Some((value, after)) = rest[start + 1..].split_once(quote) else { break };
            found.push(value.to_owned());
            rest = after;
        }
    }
    found
}

/// `setup_requires = a; b` or the lines below it, in `[options]`.
fn in_setup_cfg(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut section = "";
    let mut inside = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with('[') {
            section = trimmed.trim_matches(['[', ']']);
            inside = false;
        } else if line.starts_with([' ', '\t']) {
            if inside && !trimmed.is_empty() {
                found.push(trimmed.to_owned());
            }
        } else if let Some((key, value)) = line.split_once('=') {
            inside = section == "options" && key.trim() == KEY;
            if inside {
                found.extend(value.split(';').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_in_setup_py_are_found() {
        let of = |text: &str| requires(&Texts { setup_py: Some(text.to_owned()), ..Texts::default() });
        assert_eq!(of("setup(name='a', setup_requires=['pbr>=1.8', \"x\"], pbr=True)"), ["pbr>=1.8", "x"]);
        assert_eq!(
            of("setup_requires = [\n  'a', # 'no'\n  'b;python_version<\"3\"',\n]\n"),
            ["a", "b;python_version<\"3\""]
        );
        assert_eq!(of("setup(setup_requires='setuptools_scm')"), ["setuptools_scm"]);
        assert_eq!(of("dict(**{'setup_requires': ['a']})"), ["a"]);
        assert_eq!(of("setup(setup_requires=pytest_runner + ['a'])"), Vec::<String>::new());
        assert_eq!(of("setup(setup_requires=['@ not one', 'https://x'])"), Vec::<String>::new());
        assert_eq!(of("setup_requires"), Vec::<String>::new());
    }

    #[test]
    fn options_in_setup_cfg_are_found() {
        let of = |text: &str| requires(&Texts { setup_cfg: Some(text.to_owned()), ..Texts::default() });
        assert_eq!(
            of("[options]\nsetup_requires =\n  # why\n  setuptools_scm>=3\n\n  wheel\ninstall_requires =\n  six\n"),
            ["setuptools_scm>=3", "wheel"]
        );
        assert_eq!(of("[options]\nsetup_requires = a; b\n[other]\nsetup_requires = c\n"), ["a", "b"]);
    }
}
