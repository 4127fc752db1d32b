//! CPython's wordcode: the instructions of each Python, in one set of words.
use permafreeze_packaging::python::{PYTHONS, Python};

/// An instruction that is looked at. What several Pythons have under several names, with the same meaning here, is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Binary,
    BuildList,
    BuildString,
    BuildTuple,
    Cache,
    Call,
    CallFunctionEx,
    CallKw,
    ExtendedArg,
    FormatSimple,
    ImportName,
    LoadAttr,
    /// A constant that the interpreter has: a class, a function.
    LoadCommonConstant,
    LoadConst,
    LoadDeref,
    LoadFast,
    LoadFastLoadFast,
    LoadGlobal,
    LoadName,
    /// An integer, which is the argument.
    LoadSmallInt,
    PopTop,
    PushNull,
    StoreAttr,
    StoreGlobal,
    StoreName,
    StoreSubscr,
    /// Any that is not looked at.
    Other,
}

/// CPython's name of an instruction, and its numbers in the order of [`PYTHONS`] (`Include/opcode_ids.h` of each).
type Row = (Op, &'static str, [Option<u8>; PYTHONS.len()]);

const ROWS: [Row; 28] = [
    (Op::Binary, "BINARY_OP", [Some(45), Some(44)]),
    (Op::BuildList, "BUILD_LIST", [Some(47), Some(46)]),
    (Op::BuildString, "BUILD_STRING", [Some(51), Some(50)]),
    (Op::BuildTuple, "BUILD_TUPLE", [Some(52), Some(51)]),
    (Op::Cache, "CACHE", [Some(0), Some(0)]),
    (Op::Call, "CALL", [Some(53), Some(52)]),
    (Op::CallFunctionEx, "CALL_FUNCTION_EX", [Some(54), Some(4)]),
    (Op::CallKw, "CALL_KW", [Some(57), Some(55)]),
    (Op::ExtendedArg, "EXTENDED_ARG", [Some(71), Some(69)]),
    (Op::FormatSimple, "FORMAT_SIMPLE", [Some(14), Some(12)]),
    (Op::ImportName, "IMPORT_NAME", [Some(75), Some(73)]),
    (Op::LoadAttr, "LOAD_ATTR", [Some(82), Some(80)]),
    (Op::LoadCommonConstant, "LOAD_COMMON_CONSTANT", [None, Some(81)]),
    (Op::LoadConst, "LOAD_CONST", [Some(83), Some(82)]),
    (Op::LoadDeref, "LOAD_DEREF", [Some(84), Some(83)]),
    (Op::LoadFast, "LOAD_FAST", [Some(85), Some(84)]),
    (Op::LoadFast, "LOAD_FAST_BORROW", [None, Some(86)]),
    (Op::LoadFastLoadFast, "LOAD_FAST_BORROW_LOAD_FAST_BORROW", [None, Some(87)]),
    (Op::LoadFastLoadFast, "LOAD_FAST_LOAD_FAST", [Some(88), Some(89)]),
    (Op::LoadGlobal, "LOAD_GLOBAL", [Some(91), Some(92)]),
    (Op::LoadName, "LOAD_NAME", [Some(92), Some(93)]),
    (Op::LoadSmallInt, "LOAD_SMALL_INT", [None, Some(94)]),
    (Op::PopTop, "POP_TOP", [Some(32), Some(31)]),
    (Op::PushNull, "PUSH_NULL", [Some(34), Some(33)]),
    (Op::StoreAttr, "STORE_ATTR", [Some(108), Some(110)]),
    (Op::StoreGlobal, "STORE_GLOBAL", [Some(113), Some(115)]),
    (Op::StoreName, "STORE_NAME", [Some(114), Some(116)]),
    (Op::StoreSubscr, "STORE_SUBSCR", [Some(39), Some(38)]),
];

/// By Python, what each number means.
static TABLES: [[Op; 256]; PYTHONS.len()] = tables();

const fn tables() -> [[Op; 256]; PYTHONS.len()] {
    let mut tables = [[Op::Other; 256]; PYTHONS.len()];
    let mut row = 0;
    while row < ROWS.len() {
        let (op, _, numbers) = &ROWS[row];
        let mut python = 0;
        while python < numbers.len() {
            if let Some(number) = numbers[python] {
                tables[python][number as usize] = *op;
            }
            python += 1;
        }
        row += 1;
    }
    tables
}

/// One instruction with its whole argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instruction {
    /// What it does.
    pub op: Op,
    /// The argument, EXTENDED_ARG included.
    pub arg: u32,
    /// Its place in the code, in words of two bytes.
    pub at: u32,
}

/// Returns the instructions of a `co_code` of `python`, without inline caches (which are zero in marshalled code).
pub(super) fn instructions(python: Python, code: &[u8]) -> impl Iterator<Item = Instruction> {
    // A Python is one of PYTHONS.
    let table = &TABLES[PYTHONS.iter().position(|known| *known == python).unwrap_or_default()];
    let mut extended: u32 = 0;
    // Code of 4 GiB does not come out of the compiler.
    code.chunks_exact(2).zip(0..).filter_map(move |(word, at)| {
        let arg = extended << 8 | u32::from(word[1]);
        extended = 0;
        match table[usize::from(word[0])] {
            Op::Cache => None,
            Op::ExtendedArg => {
                extended = arg;
                None
            }
            op => Some(Instruction { op, arg, at }),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn arguments_are_extended_and_caches_skipped() {
        for (python, [extended, constant, call]) in PYTHONS.into_iter().zip([[71, 83, 53], [69, 82, 52]]) {
            let code = [extended, 1, extended, 2, constant, 3, 0, 0, call, 1, 7];
            let all: Vec<_> = instructions(python, &code).collect();
            let expected = [(Op::LoadConst, 0x010203, 2), (Op::Call, 1, 4)];
            assert_eq!(all, expected.map(|(op, arg, at)| Instruction { op, arg, at }));
        }
    }

    #[test]
    fn no_number_means_two_things() {
        for python in 0..PYTHONS.len() {
            let mut numbers: Vec<u8> = ROWS.iter().filter_map(|(_, _, numbers)| numbers[python]).collect();
            let count = numbers.len();
            numbers.sort_unstable();
            numbers.dedup();
            assert_eq!(numbers.len(), count, "{}", PYTHONS[python]);
        }
    }

    #[test]
    #[ignore = "needs the host Python: `make test STEP=integration`"]
    fn numbers_are_those_that_python_tells() {
        let hint = "set PERMAFREEZE_HOST_PYTHON to the full path of a Python (`make test` sets it)";
        let program = std::env::var_os("PERMAFREEZE_HOST_PYTHON").expect(hint);
        let names: Vec<&str> = ROWS.iter().map(|(_, name, _)| *name).collect();
        let script = "import opcode, sys\nprint(*sys.version_info[:2], sep='.')\n\
                      for name in sys.argv[1:]: print(opcode.opmap.get(name))";
        let output = Command::new(program).args(["-S", "-c", script]).args(&names).output().expect("it runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let mut lines = text.lines();
        let version: Python = lines.next().expect("a version").parse().expect("a Python that is known");
        let column = PYTHONS.iter().position(|python| *python == version).expect("one of them");
        let told: Vec<Option<u8>> = lines.map(|line| line.parse().ok()).collect();
        let known: Vec<Option<u8>> = ROWS.iter().map(|(_, _, numbers)| numbers[column]).collect();
        assert_eq!(known, told, "{version}: {names:?}");
    }
}
