//! What of compressed bytes falls to each of the parts that they were made of.

/// Divides `stored` bytes among parts in proportion to their sizes; the results sum up to `stored`. Nothing falls to no
/// part: if all sizes are zero, there is no result.
pub fn divide(stored: usize, sizes: &[usize]) -> Vec<usize> {
    let total: u128 = sizes.iter().map(|size| *size as u128).sum();
    if total == 0 {
        return Vec::new();
    }
    let mut before = 0u128;
    let cut = |before: u128| (before * stored as u128 / total) as usize;
    let part = |size: &usize| {
        let start = cut(before);
        before += *size as u128;
        cut(before) - start
    };
    sizes.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divided_bytes_sum_up() {
        assert_eq!(divide(10, &[1, 1, 1]), [3, 3, 4]);
        assert_eq!(divide(100, &[0, 30, 70]), [0, 30, 70]);
        assert_eq!(divide(7, &[1000, 1, 5000]).iter().sum::<usize>(), 7);
        assert_eq!(divide(7, &[]), Vec::<usize>::new());
    }
}
