//! Options of an executable, as they are going to be written.
use std::collections::BTreeMap;

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// A text.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
    /// A list of texts.
    List(Vec<String>),
    /// `datas`: `from` and `to`.
    Datas(Vec<(String, String)>),
    /// A table of texts.
    Texts(BTreeMap<String, String>),
}

/// An option's place: in the table of an executable, or in its `windows`.
pub type Key = &'static str;

/// The options of one executable, by their name in the table; those of Windows begin with `windows.`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Executable {
    /// The options.
    pub options: BTreeMap<Key, Setting>,
}

impl Executable {
    /// Sets an option that has one value.
    pub fn set(&mut self, key: Key, setting: Setting) {
        self.options.insert(key, setting);
    }

    /// Adds a text to a list, unless it is there.
    pub fn add(&mut self, key: Key, text: &str) {
        if let Setting::List(list) = self.options.entry(key).or_insert_with(|| Setting::List(Vec::new()))
            && !list.iter().any(|known| known == text)
        {
            list.push(text.to_owned());
        }
    }

    /// Adds a file or folder to `datas`, unless it is there.
    pub fn add_data(&mut self, from: &str, to: &str) {
        let pair = (from.to_owned(), to.to_owned());
        if let Setting::Datas(datas) = self.options.entry("datas").or_insert_with(|| Setting::Datas(Vec::new()))
            && !datas.contains(&pair)
        {
            datas.push(pair);
        }
    }

    /// Returns a text option.
    pub fn text(&self, key: Key) -> Option<&str> {
        match self.options.get(key) {
            Some(Setting::Text(text)) => Some(text),
            _ => None,
        }
    }
}
