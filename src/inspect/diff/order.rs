//! What moved: the fewest items whose removal leaves the rest in the same order.
use serde::Serialize;

/// Items that are on both sides, but at another place among the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Moved {
    /// The entry whose items moved; empty for the table of contents itself.
    pub place: String,
    /// The items that moved, in the first's order.
    pub names: Vec<String>,
    /// How many items both have.
    pub of: usize,
}

/// Compares the order of what both have; `pairs` has positions in the second, in the first's order.
///
/// The items that stay are a longest increasing subsequence (patience sorting).
pub fn moved(place: &str, names: &[&str], positions: &[usize]) -> Option<Moved> {
    let mut piles: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(positions.len());
    for (at, position) in positions.iter().enumerate() {
        let pile = piles.partition_point(|top| positions[*top] < *position);
        before.push(pile.checked_sub(1).map(|left| piles[left]));
        match piles.get_mut(pile) {
            Some(top) => *top = at,
            None => piles.push(at),
        }
    }
    if piles.len() == positions.len() {
        return None;
    }
    let mut stays = vec![false; positions.len()];
    let mut at = piles.last().copied();
    while let Some(item) = at {
        stays[item] = true;
        at = before[item];
    }
    let names = names.iter().zip(stays).filter(|(_, stays)| !stays).map(|(name, _)| (*name).to_owned()).collect();
    Some(Moved { place: place.to_owned(), names, of: positions.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_order_has_nothing_moved() {
        assert_eq!(moved("", &["a", "b", "c"], &[0, 1, 5]), None);
        assert_eq!(moved("", &[], &[]), None);
    }

    #[test]
    fn one_item_that_moved_is_one() {
        let found = moved("", &["a", "b", "c", "d"], &[3, 0, 1, 2]).expect("moved");
        assert_eq!((found.names, found.of), (vec!["a".to_owned()], 4));
        let found = moved("x", &["a", "b", "c", "d"], &[0, 3, 1, 2]).expect("moved");
        assert_eq!(found.names, ["b"]);
    }
}
