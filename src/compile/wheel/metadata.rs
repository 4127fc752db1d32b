//! A wheel's file name, its `.dist-info` folder, WHEEL and METADATA (PEP 427, PEP 566).
use std::collections::BTreeSet;

use permafreeze_packaging::name::Name;

use super::Members;
use crate::error::WheelError;

/// What a wheel says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// `Name` of METADATA.
    pub name: String,
    /// `Version` of METADATA.
    pub version: String,
    /// Name of the `.dist-info` folder.
    pub dist_info: String,
    /// `Tag` lines of WHEEL.
    pub tags: Vec<String>,
}

/// Returns the distribution's name of a wheel's file name.
pub(super) fn distribution_of(file_name: &str) -> Result<&str, WheelError> {
    let stem = file_name.strip_suffix(".whl").ok_or(WheelError::FileName)?;
    let parts: Vec<&str> = stem.split('-').collect();
    if !matches!(parts.len(), 5 | 6) || parts.iter().any(|part| part.is_empty()) || stem.contains('/') {
        return Err(WheelError::FileName);
    }
    Ok(parts[0])
}

/// Finds the wheel's one `.dist-info` folder and checks that it is of the distribution `name`.
pub(super) fn dist_info(members: &Members, name: &str) -> Result<String, WheelError> {
    let tops = members.names().filter_map(|member| member.split_once('/')).map(|(top, _)| top);
    let found: BTreeSet<&str> = tops.filter(|top| top.ends_with(".dist-info")).collect();
    let list: Vec<&str> = found.iter().copied().collect();
    let [folder] = list.as_slice() else {
        let found = if list.is_empty() { "none".to_owned() } else { format!("`{}`", list.join("`, `")) };
        return Err(WheelError::DistInfo { found });
    };
    let stem = folder.strip_suffix(".dist-info").unwrap_or(folder);
    let of = stem.rsplit_once('-').map_or(stem, |(of, _)| of);
    if Name::new(of) != Name::new(name) {
        return Err(WheelError::DistInfoName { found: (*folder).to_owned(), expected: name.to_owned() });
    }
    Ok((*folder).to_owned())
}

/// Reads WHEEL and METADATA.
pub(super) fn read(members: &Members, dist_info: &str, name: &str) -> Result<Facts, WheelError> {
    let wheel = format!("{dist_info}/WHEEL");
    let wheel_text = members.read_text(&wheel)?;
    let version = one(&wheel_text, "Wheel-Version", &wheel)?;
    if version.split('.').next() != Some("1") {
        return Err(WheelError::WheelVersion { member: wheel, found: version });
    }
    let tags = headers(&wheel_text, "Tag").collect();
    let metadata = format!("{dist_info}/METADATA");
    let text = members.read_text(&metadata)?;
    let found = one(&text, "Name", &metadata)?;
    if Name::new(&found) != Name::new(name) {
        return Err(WheelError::MetadataName { member: metadata, found, expected: name.to_owned() });
    }
    let version = one(&text, "Version", &metadata)?;
    Ok(Facts { name: found, version, dist_info: dist_info.to_owned(), tags })
}

fn one(text: &str, header: &'static str, member: &str) -> Result<String, WheelError> {
    headers(text, header).next().ok_or_else(|| WheelError::Header { member: member.to_owned(), header })
}

/// Returns the values of a header before the body, names compared as RFC 822 does.
fn headers<'t>(text: &'t str, header: &'t str) -> impl Iterator<Item = String> + 't {
    let head = text.lines().take_while(|line| !line.is_empty());
    let pairs = head.filter_map(|line| line.split_once(':'));
    pairs.filter(move |(name, _)| name.eq_ignore_ascii_case(header)).map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wheel_file_names() {
        assert_eq!(distribution_of("Jinja2-3.1-py3-none-any.whl").ok(), Some("Jinja2"));
        assert_eq!(distribution_of("a_b-1-2-py3-none-any.whl").ok(), Some("a_b"));
        for bad in ["a-1.tar.gz", "a-1-py3-any.whl", "-1-py3-none-any.whl", "x/a-1-py3-none-any.whl"] {
            assert!(distribution_of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn headers_end_at_the_body() {
        let text = "Tag: a\ntag:  b \nX: y\n\nTag: c\n";
        assert_eq!(headers(text, "Tag").collect::<Vec<_>>(), ["a", "b"]);
    }
}
