//! CPython 3.13's wordcode.

/// The numbers of the instructions that are looked at (CPython 3.13, `Include/opcode_ids.h`).
pub(super) mod op {
    pub(crate) const CACHE: u8 = 0;
    pub(crate) const PUSH_NULL: u8 = 34;
    pub(crate) const CALL: u8 = 53;
    pub(crate) const CALL_FUNCTION_EX: u8 = 54;
    pub(crate) const EXTENDED_ARG: u8 = 71;
    pub(crate) const IMPORT_NAME: u8 = 75;
    pub(crate) const LOAD_ATTR: u8 = 82;
    pub(crate) const LOAD_CONST: u8 = 83;
    pub(crate) const LOAD_FAST: u8 = 85;
    pub(crate) const LOAD_GLOBAL: u8 = 91;
    pub(crate) const LOAD_NAME: u8 = 92;
}

/// One instruction with its whole argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instruction {
    /// The opcode.
    pub op: u8,
    /// The argument, EXTENDED_ARG included.
    pub arg: u32,
}

/// Returns the instructions of a `co_code`, without inline caches (which are zero in marshalled code).
pub(super) fn instructions(code: &[u8]) -> impl Iterator<Item = Instruction> {
    let mut extended: u32 = 0;
    code.chunks_exact(2).filter_map(move |word| {
        let arg = extended << 8 | u32::from(word[1]);
        extended = 0;
        match word[0] {
            op::CACHE => None,
            op::EXTENDED_ARG => {
                extended = arg;
                None
            }
            op => Some(Instruction { op, arg }),
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
        assert_eq!(all, [Instruction { op: op::LOAD_CONST, arg: 0x010203 }, Instruction { op: op::CALL, arg: 1 }]);
    }
}
