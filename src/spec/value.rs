//! Values of a recording: JSON, in which tables with `$` stand for what is no JSON (`nix/spec/record.py` lists them).
use serde_json::Value;

use crate::recorded::{Argument, Call, Tape};

/// What a value is.
#[derive(Debug)]
pub(crate) enum Kind<'t> {
    /// `None`, `False`, an empty list, table or text, and zero.
    Nothing,
    /// A text.
    Text(&'t str),
    /// A list.
    List(&'t [Value]),
    /// What a function would find; of its results the part.
    Found(&'t Call, &'t str),
    /// What the Analysis of this number would collect; which list.
    Collected(usize, &'t str),
    /// The object of this number.
    Object(usize),
    /// Anything else.
    Other,
}

/// Says what a value is.
pub(crate) fn kind<'t>(tape: &'t Tape, value: &'t Value) -> Kind<'t> {
    match value {
        Value::Null | Value::Bool(false) => Kind::Nothing,
        Value::Number(number) if number.as_f64() == Some(0.0) => Kind::Nothing,
        Value::String(text) if text.is_empty() => Kind::Nothing,
        Value::Array(list) if list.is_empty() => Kind::Nothing,
        Value::String(text) => Kind::Text(text),
        Value::Array(list) => Kind::List(list),
        Value::Object(table) => {
            let number = |key: &str| table.get(key)?.as_u64().and_then(|number| usize::try_from(number).ok());
            let text = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default();
            match text("$") {
                "marker" => number("call")
                    .and_then(|number| tape.calls.get(number))
                    .map_or(Kind::Other, |call| Kind::Found(call, text("part"))),
                "toc" => number("object").map_or(Kind::Other, |number| Kind::Collected(number, text("part"))),
                "object" => number("number").map_or(Kind::Other, Kind::Object),
                "dict" if items(value).next().is_none() => Kind::Nothing,
                _ => Kind::Other,
            }
        }
        _ => Kind::Other,
    }
}

/// Returns the items of a table.
pub(crate) fn items(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.get("items").and_then(Value::as_object).into_iter().flatten()
}

/// Returns the values of a list; one value is a list of it, as PyInstaller takes it.
pub(crate) fn each(value: &Value) -> &[Value] {
    match value {
        Value::Array(list) => list,
        Value::Null => &[],
        value => std::slice::from_ref(value),
    }
}

/// Returns the values of a list, with the line of the argument.
pub(crate) fn values(argument: &Argument) -> impl Iterator<Item = (&Value, Option<usize>)> {
    each(&argument.value).iter().map(|value| (value, argument.line))
}

/// Returns a value for people, short.
pub(crate) fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Object(table) => match table.get("$").and_then(Value::as_str) {
            Some("dict") => {
                let items = items(value).map(|(key, value)| format!("'{key}': {}", shown(value)));
                format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
            }
            _ => "…".to_owned(),
        },
        Value::String(text) => format!("'{text}'"),
        Value::Array(list) => format!("[{}]", list.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Number(number) => number.to_string(),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    format!("{}…", text.chars().take(LONGEST).collect::<String>())
}
