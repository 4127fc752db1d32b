//! `strip` in `[tool.permafreeze]`: what of native libraries is left out.
use std::collections::BTreeMap;

use permafreeze_packaging::name::Name;
use permafreeze_plan::strip::{EVERY, Strip};
use serde::Deserialize;

use crate::document::TomlFile;
use crate::error::Error;

/// The option as it is written: one value for all, or one per distribution.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum StripSettings {
    /// `strip = "debug"`.
    All(StripValue),
    /// `strip = { numpy = false }`.
    Each(BTreeMap<String, StripValue>),
}

/// A value.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum StripValue {
    /// `"symbols"` or `"debug"`.
    Name(String),
    /// `false`.
    Flag(bool),
}

impl Default for StripSettings {
    fn default() -> StripSettings {
        StripSettings::Each(BTreeMap::new())
    }
}

/// Returns the option as the plan has it.
///
/// # Errors
/// If a value is none, or a distribution is said twice.
pub fn planned(file: &TomlFile, settings: &StripSettings) -> Result<BTreeMap<String, Strip>, Error> {
    const KEY: &str = "tool.permafreeze.strip";
    match settings {
        StripSettings::All(given) => Ok(BTreeMap::from([(EVERY.to_owned(), value(file, KEY, given)?)])),
        StripSettings::Each(each) => {
            let mut all = BTreeMap::new();
            for (written, given) in each {
                let key = format!("{KEY}.{written}");
                let name = if written == EVERY { EVERY.to_owned() } else { Name::new(written).to_string() };
                let strip = value(file, &key, given)?;
                if all.insert(name.clone(), strip).is_some() {
                    return Err(file.wrong(key, written, format!("`{name}` is said twice")));
                }
            }
            Ok(all)
        }
    }
}

fn value(file: &TomlFile, key: &str, given: &StripValue) -> Result<Strip, Error> {
    let known = match given {
        StripValue::Flag(false) => Ok(Strip::None),
        StripValue::Flag(true) => Err("true"),
        StripValue::Name(name) => Strip::of(name).ok_or(name.as_str()),
    };
    known.map_err(|given| file.wrong(key, given, "expected `\"symbols\"`, `\"debug\"` or `false`"))
}
