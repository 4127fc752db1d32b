//! What is done to machine code before it is compressed: calls and references say how far they go; made to say where
//! they lead, equal ones become equal bytes (the idea of the BCJ filters of 7-Zip and xz).
//!
//! A filter maps the bytes one to one, whatever they are: what is no code is only compressed less well.

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub enum Filter {
    /// Nothing.
    #[default]
    None = 0,
    /// x86-64: calls, jumps and references that are relative to the instruction's end.
    X86 = 1,
    /// AArch64: `BL`, relative to the instruction.
    Arm64 = 2,
}

impl Filter {
    /// Returns the filter of a number in the index.
    pub fn of(number: u8) -> Option<Filter> {
        [Filter::None, Filter::X86, Filter::Arm64].into_iter().find(|filter| *filter as u8 == number)
    }

    /// Filters bytes in place; `position` is the offset in its file of the first one.
    pub fn apply(self, bytes: &mut [u8], position: u64) {
        match self {
            Filter::None => {}
            Filter::X86 => x86(bytes, position, absolute),
            Filter::Arm64 => arm64(bytes, position, u32::wrapping_add),
        }
    }

    /// Undoes [`Filter::apply`].
    pub fn undo(self, bytes: &mut [u8], position: u64) {
        match self {
            Filter::None => {}
            Filter::X86 => x86(bytes, position, relative),
            Filter::Arm64 => arm64(bytes, position, u32::wrapping_sub),
        }
    }
}

/// Finds operands of four bytes and gives them to `change` with the offset of the instruction's end. The bytes that
/// decide are never changed, so both directions find the same operands.
fn x86(bytes: &mut [u8], position: u64, change: fn([u8; 4], i32) -> [u8; 4]) {
    let mut at = 0;
    while let Some(window) = bytes.get(at..at + 7) {
        let operand = match *window {
            // call, jmp
            [0xe8 | 0xe9, ..] => 1,
            // call, jmp through a pointer
            [0xff, 0x15 | 0x25, ..] => 2,
            // mov, lea, cmp with 64 bits, relative to the instruction pointer
            [0x48..=0x4f, 0x8b | 0x8d | 0x89 | 0x3b | 0x39, mode, ..] if mode & 0xc7 == 5 => 3,
            _ => {
                at += 1;
                continue;
            }
        };
        at += operand;
        let mut four = [0; 4];
        four.copy_from_slice(&bytes[at..at + 4]);
        // Only the lower bits count.
        let end = (position as u32).wrapping_add(at as u32 + 4);
        bytes[at..at + 4].copy_from_slice(&change(four, end as i32));
        at += 4;
    }
}

/// Distances that are looked at: 25 bits with sign. Others are hardly ever of code.
fn is_near(distance: i32) -> bool {
    wrapped(distance) == distance
}

fn wrapped(number: i32) -> i32 {
    number << 7 >> 7
}

/// A near distance becomes the place, its highest byte first, so that what varies comes last. Bytes that would be taken
/// for such a place are reversed.
fn absolute(bytes: [u8; 4], end: i32) -> [u8; 4] {
    let distance = i32::from_le_bytes(bytes);
    if is_near(distance) {
        wrapped(distance.wrapping_add(end)).to_be_bytes()
    } else if is_near(i32::from_be_bytes(bytes)) {
        reversed(bytes)
    } else {
        bytes
    }
}

fn relative(bytes: [u8; 4], end: i32) -> [u8; 4] {
    let place = i32::from_be_bytes(bytes);
    if is_near(place) {
        wrapped(place.wrapping_sub(end)).to_le_bytes()
    } else if is_near(i32::from_le_bytes(bytes)) {
        reversed(bytes)
    } else {
        bytes
    }
}

fn reversed([a, b, c, d]: [u8; 4]) -> [u8; 4] {
    [d, c, b, a]
}

/// `BL` has six bits of operation code and a distance of 26 bits, in instructions (Arm Architecture Reference Manual, C6.2).
fn arm64(bytes: &mut [u8], position: u64, change: fn(u32, u32) -> u32) {
    const DISTANCE: u32 = (1 << 26) - 1;
    const BL: u32 = 0b10_0101 << 26;
    let first = (position as u32) / 4;
    for (number, instruction) in bytes.chunks_exact_mut(4).enumerate() {
        let mut four = [0; 4];
        four.copy_from_slice(instruction);
        let word = u32::from_le_bytes(four);
        if word & !DISTANCE == BL {
            let distance = change(word & DISTANCE, first.wrapping_add(number as u32)) & DISTANCE;
            instruction.copy_from_slice(&(BL | distance).to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_calls_of_one_function_become_equal() {
        // At 0 and 16: call 100.
        let mut bytes = [0x90; 32];
        for at in [0usize, 16] {
            bytes[at] = 0xe8;
            bytes[at + 1..at + 5].copy_from_slice(&(100 - (at as i32 + 5)).to_le_bytes());
        }
        let before = bytes;
        Filter::X86.apply(&mut bytes, 0);
        assert_eq!(bytes[..5], [0xe8, 0, 0, 0, 100]);
        assert_eq!(bytes[16..21], [0xe8, 0, 0, 0, 100]);
        Filter::X86.undo(&mut bytes, 0);
        assert_eq!(bytes, before);
    }

    #[test]
    fn the_position_counts() {
        let code = [0xe8, 0, 0, 0, 0, 0x90, 0x90, 0x90];
        let filtered = |position| {
            let mut bytes = code;
            Filter::X86.apply(&mut bytes, position);
            bytes
        };
        assert_eq!(filtered(0)[1..5], [0, 0, 0, 5]);
        assert_eq!(filtered(0x1000)[1..5], [0, 0, 0x10, 5]);
    }

    #[test]
    fn two_branches_of_one_function_become_equal() {
        let branch = |distance: u32| (0x9400_0000 | distance).to_le_bytes();
        let mut bytes = [branch(10), branch(9)].concat();
        Filter::Arm64.apply(&mut bytes, 8);
        assert_eq!(bytes[..4], bytes[4..]);
        Filter::Arm64.undo(&mut bytes, 8);
        assert_eq!(bytes, [branch(10), branch(9)].concat());
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for filter in [Filter::None, Filter::X86, Filter::Arm64] {
            assert_eq!(Filter::of(filter as u8), Some(filter));
        }
        assert_eq!(Filter::of(3), None);
    }

    /// Bytes that look like code more often than random ones.
    fn code() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            any::<u8>(),
            prop::sample::select(vec![0xe8, 0xe9, 0xff, 0x15, 0x25, 0x48, 0x8b, 0x8d, 0x05, 0x00, 0x01, 0x94, 0x97]),
        ];
        prop::collection::vec(byte, 0..200)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn every_filter_can_be_undone(bytes in code(), position in any::<u64>()) {
            for filter in [Filter::None, Filter::X86, Filter::Arm64] {
                let mut changed = bytes.clone();
                filter.apply(&mut changed, position);
                filter.undo(&mut changed, position);
                prop_assert_eq!(&changed, &bytes);
            }
        }
    }
}
