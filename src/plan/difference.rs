//! The first difference of two plans, to tell people why a plan is stale.
use serde_json::Value;

/// Where two JSON values differ, and what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The place: keys with ` / ` between them (file names have dots).
    pub place: String,
    /// What the old one has there, as JSON; `nothing` if it has not that key.
    pub old: String,
    /// What the new one has there.
    pub new: String,
}

/// Returns the first difference, in the order of the text; `None` if they are equal.
pub fn first_difference(old: &Value, new: &Value) -> Option<Difference> {
    let mut place = Vec::new();
    let (old, new) = descend(old, new, &mut place)?;
    let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), |value| format!("`{value}`"));
    Some(Difference { place: place.join(" / "), old: shown(old), new: shown(new) })
}

type Pair<'a> = (Option<&'a Value>, Option<&'a Value>);

fn descend<'a>(old: &'a Value, new: &'a Value, place: &mut Vec<String>) -> Option<Pair<'a>> {
    if old == new {
        return None;
    }
    let children: Vec<(String, Pair<'a>)> = match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            keys.into_iter().map(|key| (key.clone(), (old.get(key), new.get(key)))).collect()
        }
        (Value::Array(old), Value::Array(new)) => {
            (0..old.len().max(new.len())).map(|index| (index.to_string(), (old.get(index), new.get(index)))).collect()
        }
        _ => return Some((Some(old), Some(new))),
    };
    let (key, (old, new)) = children.into_iter().find(|(_, (old, new))| old != new)?;
    place.push(key);
    match (old, new) {
        (Some(old), Some(new)) => descend(old, new, place),
        pair => Some(pair),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        let old = json!({"a": 1, "files": {"x-1.whl": {"sha256": "00"}}, "z": [1, 2]});
        let difference = |new| first_difference(&old, &new).map(|found| (found.place, found.old, found.new));
        assert_eq!(difference(old.clone()), None);
        assert_eq!(
            difference(json!({"a": 1, "files": {"x-1.whl": {"sha256": "11"}}, "z": []})),
            Some(("files / x-1.whl / sha256".to_owned(), "`\"00\"`".to_owned(), "`\"11\"`".to_owned()))
        );
        assert_eq!(
            difference(json!({"a": 1, "files": {"x-1.whl": {"sha256": "00"}}, "z": [1]})),
            Some(("z / 1".to_owned(), "`2`".to_owned(), "nothing".to_owned()))
        );
    }
}
