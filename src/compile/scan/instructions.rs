//! CPython 3.13's wordcode.

/// The numbers of the instructions that are looked at (CPython 3.13, `Include/opcode_ids.h`).
pub(super) mod op {
    pub(crate) const CACHE: u8 = 0;
    pub(crate) const FORMAT_SIMPLE: u8 = 14;
    pub(crate) const POP_TOP: u8 = 32;
    pub(crate) const PUSH_NULL: u8 = 34;
    pub(crate) const STORE_SUBSCR: u8 = 39;
    pub(crate) const BINARY_OP: u8 = 45;
    pub(crate) const BUILD_LIST: u8 = 47;
    pub(crate) const BUILD_STRING: u8 = 51;
    pub(crate) const BUILD_TUPLE: u8 = 52;
    pub(crate) const CALL: u8 = 53;
    pub(crate) const CALL_FUNCTION_EX: u8 = 54;
    pub(crate) const CALL_KW: u8 = 57;
    pub(crate) const EXTENDED_ARG: u8 = 71;
    pub(crate) const IMPORT_NAME: u8 = 75;
    pub(crate) const LOAD_ATTR: u8 = 82;
    pub(crate) const LOAD_CONST: u8 = 83;
    pub(crate) const LOAD_DEREF: u8 = 84;
    pub(crate) const LOAD_FAST: u8 = 85;
    pub(crate) const LOAD_FAST_LOAD_FAST: u8 = 88;
    pub(crate) const LOAD_GLOBAL: u8 = 91;
    pub(crate) const LOAD_NAME: u8 = 92;
    pub(crate) const STORE_ATTR: u8 = 108;
    pub(crate) const STORE_GLOBAL: u8 = 113;
    pub(crate) const STORE_NAME: u8 = 114;
}

/// One instruction with its whole argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instruction {
    /// The opcode.
    pub op: u8,
    /// The argument, EXTENDED_ARG included.
    pub arg: u32,
    /// Its place in the code, in words of two bytes.
    pub at: u32,
}

/// Returns the instructions of a `co_code`, without inline caches (which are zero in marshalled code).
pub(super) fn instructions(code: &[u8]) -> impl Iterator<Item = Instruction> {
    let mut extended: u32 = 0;
    // Code of 4 GiB does not come out of the compiler.
    code.chunks_exact(2).zip(0..).filter_map(move |(word, at)| {
        let arg = extended << 8 | u32::from(word[1]);
        extended = 0;
        match word[0] {
            op::CACHE => None,
            op::EXTENDED_ARG => {
                extended = arg;
                None
            }
            op => Some(Instruction { op, arg, at }),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_extended_and_caches_skipped() {
        let code = [op::EXTENDED_ARG, 1, op::EXTENDED_ARG, 2, op::LOAD_CONST, 3, 0, 0, op::CALL, 1, 7];
        let all: Vec<_> = instructions(&code).collect();
        let expected = [(op::LOAD_CONST, 0x010203, 2), (op::CALL, 1, 4)];
        assert_eq!(all, expected.map(|(op, arg, at)| Instruction { op, arg, at }));
    }
}
