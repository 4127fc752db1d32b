//! netrc files: `machine`, `login`, `password`, `account`, `default`, `macdef`, quoted words, `#` comments, as
//! Python's `netrc` module reads them.
use std::collections::BTreeMap;

/// User and password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Login {
    pub user: String,
    pub password: String,
}

/// The logins of a netrc file. They are secrets, so there is no `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Netrc {
    machines: BTreeMap<String, Login>,
    default: Option<Login>,
}

impl Netrc {
    /// Parses the text of a file; the error says what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Netrc, String> {
        let mut netrc = Netrc::default();
        let mut words = Words { rest: text };
        let mut next = words.keyword();
        while let Some(word) = next {
            next = match word.as_str() {
                "machine" => {
                    let host = words.next().ok_or("`machine` without a name")?;
                    let (login, after) = login(&mut words)?;
                    netrc.machines.insert(host, login);
                    after
                }
                "default" => {
                    let (login, after) = login(&mut words)?;
                    netrc.default = Some(login);
                    after
                }
                "macdef" => {
                    words.skip_macro();
                    words.keyword()
                }
                other => return Err(format!("expected `machine`, found `{}`", word_kind(other))),
            };
        }
        Ok(netrc)
    }

    /// Returns the login for a host that has an entry of its own.
    pub(crate) fn login(&self, host: &str) -> Option<&Login> {
        self.machines.get(host)
    }

    /// Returns the login for all other hosts.
    pub(crate) fn of_others(&self) -> Option<&Login> {
        self.default.as_ref()
    }
}

/// A word out of place may be a password: it is shown only if it is one of the format's own.
fn word_kind(word: &str) -> &str {
    if ["login", "user", "account", "password"].contains(&word) { word } else { "another word" }
}

/// Reads `login`, `account` and `password`; returns also the word after them.
fn login(words: &mut Words<'_>) -> Result<(Login, Option<String>), String> {
    let mut login = Login { user: String::new(), password: String::new() };
    loop {
        let word = words.keyword();
        let value = match word.as_deref() {
            Some("login" | "user" | "account" | "password") => words.next(),
            _ => return Ok((login, word)),
        };
        let name = word.unwrap_or_default();
        let value = value.ok_or_else(|| format!("`{name}` without a value"))?;
        match name.as_str() {
            "login" | "user" => login.user = value,
            "password" => login.password = value,
            _ => {}
        }
    }
}

struct Words<'t> {
    rest: &'t str,
}

impl Words<'_> {
    /// Reads a word that is not a value: there may be comments before it. (A password may begin with `#`.)
    fn keyword(&mut self) -> Option<String> {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('#') {
                return self.next();
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }

    fn next(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix('"') {
            Some(quoted) => Some(self.quoted(quoted.to_owned())),
            None => self.plain(),
        }
    }

    fn plain(&mut self) -> Option<String> {
        let end = self.rest.find(char::is_whitespace).unwrap_or(self.rest.len());
        let word = unescaped(self.rest[..end].chars());
        self.rest = &self.rest[end..];
        (end > 0).then_some(word)
    }

    fn quoted(&mut self, text: String) -> String {
        let mut escaped = false;
        let end = text.char_indices().find(|&(_, c)| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let end = end.map_or(text.len(), |(index, _)| index);
        self.rest = &self.rest[(end + 2).min(self.rest.len())..];
        unescaped(text[..end].chars())
    }

    /// A macro ends at an empty line.
    fn skip_macro(&mut self) {
        self.rest = self.rest.split_once("\n\n").map_or("", |(_, rest)| rest);
    }
}

fn unescaped(chars: impl Iterator<Item = char>) -> String {
    let mut word = String::new();
    let mut escaped = false;
    for c in chars {
        escaped = c == '\\' && !escaped;
        if !escaped {
            word.push(c);
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login_of(text: &str, host: &str) -> Option<String> {
        let netrc = Netrc::parse(text).unwrap_or_else(|reason| panic!("{reason}"));
        netrc.login(host).or(netrc.of_others()).map(|login| format!("{}:{}", login.user, login.password))
    }

    #[test]
    fn machines_and_default() {
        let text = "# mine\nmachine a.example login me password #1 # x\nmachine b.example\n\tlogin you\n\taccount x\n\t\
                    password \"two \\\"words\\\"\"\ndefault login any password thing\n";
        assert_eq!(login_of(text, "a.example").as_deref(), Some("me:#1"));
        assert_eq!(login_of(text, "b.example").as_deref(), Some("you:two \"words\""));
        assert_eq!(login_of(text, "c.example").as_deref(), Some("any:thing"));
    }

    #[test]
    fn macros_are_skipped() {
        let text = "macdef init\ncd /pub\nmachine evil\n\nmachine a login me password p\n";
        assert_eq!(login_of(text, "a").as_deref(), Some("me:p"));
        assert_eq!(login_of(text, "evil"), None);
    }

    #[test]
    fn faults_show_no_secret() {
        assert_eq!(Netrc::parse("machine").err().as_deref(), Some("`machine` without a name"));
        assert_eq!(Netrc::parse("machine a login").err().as_deref(), Some("`login` without a value"));
        let reason = Netrc::parse("machine a login b password c secret").err();
        assert_eq!(reason.as_deref(), Some("expected `machine`, found `another word`"));
    }
}
