//! Tiles: ranges that must cover a whole without gap or overlap.
use std::ops::Range;

use permafreeze_executable::owner::Owner;

use super::{Outcome, Proof, Tile};
use crate::finding::Finding;

/// Sorts the tiles of a whole file and fills gaps, which are findings, with unproved tiles. An overlap is cut
/// off, so that the lengths sum up to `size` whatever the file says.
pub(super) fn fill(outcome: &mut Outcome, size: usize) {
    outcome.tiles.sort_by_key(|tile| (tile.place.start, tile.place.end));
    let mut tiles = Vec::with_capacity(outcome.tiles.len());
    let mut end = 0;
    for mut tile in outcome.tiles.drain(..) {
        if tile.place.start > end {
            tiles.push(gap(end..tile.place.start, &mut outcome.findings));
        } else if tile.place.start < end && !tile.place.is_empty() {
            let problem = format!("shares the bytes from `{}` to `{end}` with another part", tile.place.start);
            outcome.findings.push(Finding::new(tile.what.as_str(), problem));
            tile.place.start = end.min(tile.place.end);
        }
        end = end.max(tile.place.end);
        tiles.push(tile);
    }
    if end < size {
        tiles.push(gap(end..size, &mut outcome.findings));
    }
    outcome.tiles = tiles;
}

fn gap(place: Range<usize>, findings: &mut Vec<Finding>) -> Tile {
    let what = format!("bytes `{}` to `{}`", place.start, place.end);
    findings.push(Finding::new(what.as_str(), "belong to no entry, table or header"));
    let size = place.len() as u64;
    Tile { place, what, owner: Owner::Permafreeze, size, proof: Proof::Unproved }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(place: Range<usize>) -> Tile {
        Tile { place, what: "a".into(), owner: Owner::Runtime, size: 0, proof: Proof::Source }
    }

    /// Fills `size` bytes; returns begin and end of each tile, and the number of findings.
    fn filled(places: &[(usize, usize)], size: usize) -> (Vec<(usize, usize)>, usize) {
        let tiles = places.iter().map(|(start, end)| tile(*start..*end)).collect();
        let mut outcome = Outcome { tiles, findings: Vec::new() };
        fill(&mut outcome, size);
        (outcome.tiles.into_iter().map(|tile| (tile.place.start, tile.place.end)).collect(), outcome.findings.len())
    }

    #[test]
    fn gaps_and_overlaps() {
        assert_eq!(filled(&[(5, 9), (0, 5), (5, 5)], 9), (vec![(0, 5), (5, 5), (5, 9)], 0));
        assert_eq!(filled(&[(1, 4)], 9), (vec![(0, 1), (1, 4), (4, 9)], 2));
        assert_eq!(filled(&[(0, 6), (4, 9)], 9), (vec![(0, 6), (6, 9)], 1));
        assert_eq!(filled(&[(0, 9), (2, 4)], 9), (vec![(0, 9), (4, 4)], 1));
        assert_eq!(filled(&[], 3), (vec![(0, 3)], 1));
    }
}
