//! The ini dialect of `pip.conf`: Python's `configparser.RawConfigParser` with its default settings.
//!
//! Supported: `[section]`, `key = value`, `key: value`, full-line comments with `#` or `;`, values that go on in
//! deeper indented lines, empty lines inside of values, `[DEFAULT]`. As there, a key or section given twice, a key
//! without a value and a key before any section are errors.
use std::collections::BTreeMap;

/// Section -> key (lower case) -> value.
pub(crate) type Sections = BTreeMap<String, BTreeMap<String, String>>;

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

#[derive(Default)]
struct Parser {
    sections: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    section: Option<String>,
    key: Option<String>,
    indent: usize,
}

/// Parses the text of a file.
pub(crate) fn parse(text: &str) -> Result<Sections, Fault> {
    let mut parser = Parser::default();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        parser.line(line).map_err(|reason| Fault { line: index + 1, reason })?;
    }
    Ok(parser.finish())
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let value = line.trim();
        if value.starts_with(['#', ';']) {
            return Ok(());
        }
        if value.is_empty() {
            self.continued("");
            return Ok(());
        }
        let indent = line.len() - line.trim_start().len();
        if indent > self.indent && self.continued(value) {
            return Ok(());
        }
        self.indent = indent;
        match value.strip_prefix('[').and_then(|rest| rest.rfind(']').map(|end| &rest[..end])) {
            Some(name) if !name.is_empty() => self.begin_section(name),
            _ => self.begin_key(value),
        }
    }

    /// Adds a line to the value that is being read; returns whether there is one.
    fn continued(&mut self, value: &str) -> bool {
        let (Some(section), Some(key)) = (&self.section, &self.key) else { return false };
        let Some(lines) = self.sections.get_mut(section).and_then(|keys| keys.get_mut(key)) else { return false };
        lines.push(value.to_owned());
        true
    }

    fn begin_section(&mut self, name: &str) -> Result<(), String> {
        self.key = None;
        self.section = Some(name.to_owned());
        if name != "DEFAULT" && self.sections.contains_key(name) {
            return Err(format!("section `{name}` is there twice"));
        }
        self.sections.entry(name.to_owned()).or_default();
        Ok(())
    }

    fn begin_key(&mut self, line: &str) -> Result<(), String> {
        let Some(section) = &self.section else {
            return Err(format!("expected a section like `[global]` before `{}`", key_of(line)));
        };
        let Some(end) = line.find(['=', ':']) else {
            return Err(format!("expected `key = value`, found `{line}`"));
        };
        let key = line[..end].trim().to_lowercase();
        if key.is_empty() {
            return Err("expected a key before `=`".to_owned());
        }
        let keys = self.sections.entry(section.clone()).or_default();
        if keys.insert(key.clone(), vec![line[end + 1..].trim().to_owned()]).is_some() {
            return Err(format!("key `{key}` of section `{section}` is there twice"));
        }
        self.key = Some(key);
        Ok(())
    }

    fn finish(self) -> Sections {
        let joined = |lines: Vec<String>| lines.join("\n").trim_end().to_owned();
        let mut sections: Sections = self
            .sections
            .into_iter()
            .map(|(name, keys)| (name, keys.into_iter().map(|(key, lines)| (key, joined(lines))).collect()))
            .collect();
        let defaults = sections.remove("DEFAULT").unwrap_or_default();
        for keys in sections.values_mut() {
            for (key, value) in &defaults {
                keys.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        sections
    }
}

/// The part of a line before its value: the value may be a secret.
fn key_of(line: &str) -> &str {
    line.split(['=', ':']).next().unwrap_or(line).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, section: &str, key: &str) -> Option<String> {
        parse(text).expect("parses").get(section).and_then(|keys| keys.get(key)).cloned()
    }

    #[test]
    fn keys_and_values() {
        let text = "# comment\n[global]\nIndex-URL = https://a/simple ; kept\ntimeout: 10\n; comment\n[install]\nx=\n";
        assert_eq!(value(text, "global", "index-url").as_deref(), Some("https://a/simple ; kept"));
        assert_eq!(value(text, "global", "timeout").as_deref(), Some("10"));
        assert_eq!(value(text, "install", "x").as_deref(), Some(""));
        assert_eq!(value(text, "install", "timeout"), None);
    }

    #[test]
    fn values_go_on_in_indented_lines() {
        let text = "[global]\nextra-index-url =\n    https://a/\n    # not this\n\n    https://b/\nretries = 1\n";
        assert_eq!(value(text, "global", "extra-index-url").as_deref(), Some("\nhttps://a/\n\nhttps://b/"));
        assert_eq!(value(text, "global", "retries").as_deref(), Some("1"));
    }

    #[test]
    fn default_section() {
        let text = "[DEFAULT]\ntimeout = 1\nretries = 2\n[global]\nretries = 3\n";
        assert_eq!(value(text, "global", "timeout").as_deref(), Some("1"));
        assert_eq!(value(text, "global", "retries").as_deref(), Some("3"));
    }

    #[test]
    fn faults() {
        let fault = |text: &str| {
            let fault = parse(text).expect_err("is refused");
            format!("{}: {}", fault.line, fault.reason)
        };
        assert_eq!(
            fault("index-url = https://u:secret@a/"),
            "1: expected a section like `[global]` before `index-url`"
        );
        assert_eq!(fault("[global]\n\nnonsense\n"), "3: expected `key = value`, found `nonsense`");
        assert_eq!(fault("[a]\nb=1\nB=2\n"), "3: key `b` of section `a` is there twice");
        assert_eq!(fault("[a]\nb=1\n[a]\n"), "3: section `a` is there twice");
    }
}
