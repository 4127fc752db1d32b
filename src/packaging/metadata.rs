//! METADATA (core metadata 2.4: PEP 566, 639, 685): its headers.

/// The headers of METADATA, in file order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    fields: Vec<(String, String)>,
}

impl Metadata {
    /// Reads the headers: all before the first empty line. A line that begins with a blank continues the one before.
    pub fn parse(text: &str) -> Metadata {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in text.lines().take_while(|line| !line.is_empty()) {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push('\n');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                fields.push((name.trim().to_lowercase(), value.trim().to_owned()));
            }
        }
        Metadata { fields }
    }

    /// Returns the values of a field, in file order.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let name = name.to_lowercase();
        self.fields.iter().filter(move |(field, _)| *field == name).map(|(_, value)| value.as_str())
    }

    /// Returns the first value of a field, unless it is empty or `UNKNOWN`, which old setuptools wrote for nothing.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next().filter(|value| !value.is_empty() && *value != "UNKNOWN")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_end_at_the_empty_line() {
        let metadata =
            Metadata::parse("Name: a\nLicense: x\n        y\nRequires-Dist: b\nRequires-Dist: c\n\nName: no\n");
        assert_eq!(metadata.one("Name"), Some("a"));
        assert_eq!(metadata.one("license"), Some("x\ny"));
        assert_eq!(metadata.all("Requires-Dist").collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(metadata.all("Name").count(), 1);
    }

    #[test]
    fn unknown_is_nothing() {
        assert_eq!(Metadata::parse("License: UNKNOWN\nSummary:\n").one("License"), None);
        assert_eq!(Metadata::parse("License: UNKNOWN\nSummary:\n").one("Summary"), None);
    }
}
