//! Package URLs (ECMA-427).
use permafreeze_packaging::name::Name;

/// Returns the package URL of a distribution of a Python index: `pkg:pypi/name@version`.
pub fn distribution(name: &str, version: &str) -> String {
    format!("pkg:pypi/{}@{}", encoded(Name::new(name).as_str()), encoded(version))
}

/// Returns the package URL of a distribution with the repository and the commit that it was built of.
pub fn of_commit(distribution: &str, vcs_url: &str) -> String {
    format!("{distribution}?vcs_url={}", encoded(vcs_url))
}

/// Returns the package URL of what no registry has: `pkg:generic/name@version`.
pub fn generic(name: &str, version: Option<&str>) -> String {
    let version = version.map(|version| format!("@{}", encoded(version))).unwrap_or_default();
    format!("pkg:generic/{}{version}", encoded(name))
}

/// Percent-encodes all but letters, digits and `.`, `-`, `_`, `~`.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised_and_versions_encoded() {
        assert_eq!(distribution("Ruamel.YAML_clib", "1!2.0+local.1"), "pkg:pypi/ruamel-yaml-clib@1%212.0%2Blocal.1");
        assert_eq!(generic("OpenSSL", Some("3.5.5")), "pkg:generic/OpenSSL@3.5.5");
        assert_eq!(generic("a b", None), "pkg:generic/a%20b");
        let url = "git+https://git.example/x.git@01";
        assert_eq!(of_commit("pkg:pypi/x@1", url), "pkg:pypi/x@1?vcs_url=git%2Bhttps%3A%2F%2Fgit.example%2Fx.git%4001");
    }
}
