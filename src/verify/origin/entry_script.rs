//! The script that the linker makes for an entry point (`[project.scripts]`), compiled again by hand.
//!
//! The text is four lines, so CPython 3.13's byte code, constants and positions follow from three names:
//! ```python
//! import sys
//! from MODULE import FIRST
//! if __name__ == "__main__":
//!     sys.exit(FUNCTION())
//! ```
//! Opcodes: `Include/opcode_ids.h`; positions: `InternalDocs/locations.md`; marshal: `Python/marshal.c`.
use permafreeze_object::marshal;

/// Columns that a call's positions begin at: of `sys` and of what is called.
const SYS: usize = 4;
const CALLED: usize = 13;

/// Returns the canonical marshalled code of the script for `module` and the dotted `function`, for the executable
/// `name`; `None` where it cannot be said: names that are not ASCII, or so many that arguments need more than a byte.
pub(super) fn code(name: &str, module: &str, function: &str) -> Option<Vec<u8>> {
    let simple = [name, module, function].iter().all(|text| text.is_ascii() && !text.is_empty());
    let attributes: Vec<&str> = function.split('.').collect();
    if !simple || attributes.len() > 16 {
        return None;
    }
    let mut names = Names(Vec::new());
    let mut code = Assembly::default();
    prologue(&mut code, &mut names, module, attributes[0]);
    call(&mut code, &mut names, &attributes);
    // The way out when the condition is false has the condition's position.
    code.op(op::RETURN_CONST, 1, 0, Position { line: 3, end_line: 3, start: 3, end: 25 });
    let marshalled = marshalled(&code, &names.0, attributes[0], &format!("{name}.py"));
    marshal::canonical(&marshalled).ok()
}

mod op {
    pub(super) const PUSH_NULL: u8 = 0x22;
    pub(super) const POP_TOP: u8 = 0x20;
    pub(super) const CALL: u8 = 0x35;
    pub(super) const COMPARE_OP: u8 = 0x3a;
    pub(super) const IMPORT_FROM: u8 = 0x4a;
    pub(super) const IMPORT_NAME: u8 = 0x4b;
    pub(super) const LOAD_ATTR: u8 = 0x52;
    pub(super) const LOAD_CONST: u8 = 0x53;
    pub(super) const LOAD_NAME: u8 = 0x5c;
    pub(super) const POP_JUMP_IF_FALSE: u8 = 0x61;
    pub(super) const RETURN_CONST: u8 = 0x67;
    pub(super) const STORE_NAME: u8 = 0x72;
    pub(super) const RESUME: u8 = 0x95;
    /// `==`, as a bool.
    pub(super) const EQUAL: u8 = 0x58;
}

/// Names in order of first use.
struct Names(Vec<String>);

impl Names {
    fn index(&mut self, name: &str) -> u8 {
        let known = self.0.iter().position(|known| known == name).unwrap_or_else(|| {
            self.0.push(name.to_owned());
            self.0.len() - 1
        });
        known as u8
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    line: usize,
    end_line: usize,
    start: usize,
    end: usize,
}

/// Byte code and, for each instruction, its length in code units and its position.
#[derive(Default)]
struct Assembly {
    bytes: Vec<u8>,
    positions: Vec<(usize, Position)>,
}

impl Assembly {
    fn op(&mut self, opcode: u8, argument: u8, caches: usize, position: Position) {
        self.bytes.extend_from_slice(&[opcode, argument]);
        self.bytes.resize(self.bytes.len() + 2 * caches, 0);
        match self.positions.last_mut() {
            Some((units, last)) if *last == position => *units += 1 + caches,
            _ => self.positions.push((1 + caches, position)),
        }
    }
}

fn prologue(code: &mut Assembly, names: &mut Names, module: &str, first: &str) {
    let on = |line, start, end| Position { line, end_line: line, start, end };
    code.op(op::RESUME, 0, 0, Position { line: 0, end_line: 1, start: 0, end: 0 });
    let import = on(1, 0, "import sys".len());
    code.op(op::LOAD_CONST, 0, 0, import);
    code.op(op::LOAD_CONST, 1, 0, import);
    code.op(op::IMPORT_NAME, names.index("sys"), 0, import);
    code.op(op::STORE_NAME, names.index("sys"), 0, import);
    let from = on(2, 0, format!("from {module} import {first}").len());
    code.op(op::LOAD_CONST, 0, 0, from);
    code.op(op::LOAD_CONST, 2, 0, from);
    code.op(op::IMPORT_NAME, names.index(module), 0, from);
    code.op(op::IMPORT_FROM, names.index(first), 0, from);
    code.op(op::STORE_NAME, names.index(first), 0, from);
    code.op(op::POP_TOP, 0, 0, from);
    code.op(op::LOAD_NAME, names.index("__name__"), 0, on(3, 3, 11));
    code.op(op::LOAD_CONST, 3, 0, on(3, 15, 25));
    code.op(op::COMPARE_OP, op::EQUAL, 1, on(3, 3, 25));
}

fn call(code: &mut Assembly, names: &mut Names, attributes: &[&str]) {
    let on = |start, end| Position { line: 4, end_line: 4, start, end };
    let mut body = Assembly::default();
    body.op(op::LOAD_NAME, names.index("sys"), 0, on(SYS, SYS + 3));
    body.op(op::LOAD_ATTR, names.index("exit") << 1, 9, on(SYS, SYS + 8));
    body.op(op::PUSH_NULL, 0, 0, on(SYS, SYS + 8));
    let mut end = CALLED + attributes[0].len();
    body.op(op::LOAD_NAME, names.index(attributes[0]), 0, on(CALLED, end));
    // `a.b.c()` calls a method; `a.b()` does not, because `a` is imported (Python/compile.c).
    let method = attributes.len() > 2;
    for (index, attribute) in attributes.iter().enumerate().skip(1) {
        end += 1 + attribute.len();
        let last = index == attributes.len() - 1;
        body.op(op::LOAD_ATTR, names.index(attribute) << 1 | u8::from(method && last), 9, on(CALLED, end));
    }
    if !method {
        body.op(op::PUSH_NULL, 0, 0, on(CALLED, end));
    }
    body.op(op::CALL, 0, 3, on(CALLED, end + 2));
    let exit = on(SYS, end + 3);
    body.op(op::CALL, 1, 3, exit);
    body.op(op::POP_TOP, 0, 0, exit);
    body.op(op::RETURN_CONST, 1, 0, exit);
    let jump = Position { line: 3, end_line: 3, start: 3, end: 25 };
    code.op(op::POP_JUMP_IF_FALSE, (body.bytes.len() / 2) as u8, 1, jump);
    code.bytes.extend(body.bytes);
    code.positions.extend(body.positions);
}

/// Returns the line table.
fn locations(positions: &[(usize, Position)]) -> Vec<u8> {
    let mut table = Vec::new();
    let mut line = 1;
    for (units, position) in positions {
        let mut left = *units;
        while left > 0 {
            let now = left.min(8);
            location(&mut table, now, position, position.line as i64 - line);
            line = position.line as i64;
            left -= now;
        }
    }
    table
}

fn location(table: &mut Vec<u8>, units: usize, position: &Position, lines: i64) {
    let Position { line, end_line, start, end } = *position;
    let head = |code: usize| 0x80 | (code << 3 | (units - 1)) as u8;
    if line == end_line && lines == 0 && start < 80 && end - start < 16 {
        table.extend_from_slice(&[head(start >> 3), ((start & 7) << 4 | (end - start)) as u8]);
    } else if line == end_line && (0..3).contains(&lines) && start < 128 && end < 128 {
        table.extend_from_slice(&[head(10 + lines as usize), start as u8, end as u8]);
    } else {
        table.push(head(14));
        variable(table, if lines < 0 { (-lines as usize) << 1 | 1 } else { (lines as usize) << 1 });
        variable(table, end_line - line);
        variable(table, start + 1);
        variable(table, end + 1);
    }
}

/// Six bits a byte, least first; bit 6 says that more follow.
fn variable(table: &mut Vec<u8>, mut number: usize) {
    while number >= 64 {
        table.push(64 | (number & 63) as u8);
        number >>= 6;
    }
    table.push(number as u8);
}

fn marshalled(code: &Assembly, names: &[String], first: &str, file_name: &str) -> Vec<u8> {
    let number = |out: &mut Vec<u8>, number: u32| out.extend_from_slice(&number.to_le_bytes());
    let bytes = |out: &mut Vec<u8>, kind: u8, bytes: &[u8]| {
        out.push(kind);
        number(out, bytes.len() as u32);
        out.extend_from_slice(bytes);
    };
    let mut out = vec![b'c'];
    // No arguments, a stack of four, no flags.
    [0, 0, 0, 4, 0].into_iter().for_each(|field| number(&mut out, field));
    bytes(&mut out, b's', &code.bytes);
    out.extend_from_slice(b")\x04i\0\0\0\0N)\x01");
    bytes(&mut out, b'a', first.as_bytes());
    bytes(&mut out, b'a', b"__main__");
    out.extend_from_slice(&[b')', names.len() as u8]);
    names.iter().for_each(|name| bytes(&mut out, b'a', name.as_bytes()));
    out.extend_from_slice(b")\x00");
    bytes(&mut out, b's', b"");
    for text in [file_name, "<module>", "<module>"] {
        bytes(&mut out, b'a', text.as_bytes());
    }
    number(&mut out, 1);
    bytes(&mut out, b's', &locations(&code.positions));
    bytes(&mut out, b's', b"");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Byte code and line table of CPython 3.13.
    const CASES: &[(&str, &str, &str, &str)] = &[
        (
            "agent_runner.cli",
            "main",
            "9500530053014b007200530053024b014a02720220005c0353033a580000611800005c00520800000000000000000000000000000000000022005c02220035000000000000003501000000000000200067016701",
            "f003010101db000add0021d8030b887ad30319d804078748824889548b56d50414f00300041a",
        ),
        (
            "a.b",
            "Cls.run.go",
            "9500530053014b007200530053024b014a02720220005c0353033a580000612b00005c00520800000000000000000000000000000000000022005c02520a000000000000000000000000000000000000520d00000000000000000000000000000000000035000000000000003501000000000000200067016701",
            "f003010101db000add0013d8030b887ad30319d804078748824888538f5789578f5a895a8b5cd5041af00300041a",
        ),
        (
            "a",
            "sys.exit",
            "9500530053014b007200530053024b014a00720020005c0253033a580000612200005c00520600000000000000000000000000000000000022005c005206000000000000000000000000000000000000220035000000000000003501000000000000200067016701",
            "f003010101db000add0011d8030b887ad30319d804078748824888538f588a588b5ad50418f00300041a",
        ),
    ];

    #[test]
    fn as_cpython_compiles_it() {
        for (module, function, code, table) in CASES {
            let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            let attributes: Vec<&str> = function.split('.').collect();
            let (mut names, mut assembly) = (Names(Vec::new()), Assembly::default());
            prologue(&mut assembly, &mut names, module, attributes[0]);
            call(&mut assembly, &mut names, &attributes);
            assembly.op(op::RETURN_CONST, 1, 0, Position { line: 3, end_line: 3, start: 3, end: 25 });
            assert_eq!(hex(&assembly.bytes), *code, "{function}");
            assert_eq!(hex(&locations(&assembly.positions)), *table, "{function}");
        }
    }

    #[test]
    fn long_names_have_long_positions() {
        let mut table = Vec::new();
        location(&mut table, 2, &Position { line: 4, end_line: 4, start: 13, end: 163 }, 0);
        assert_eq!(table, [0xf1, 0, 0, 0x0e, 0x64, 0x02]);
    }

    #[test]
    fn what_cannot_be_said() {
        assert!(code("app", "a", "ä").is_none());
        assert!(code("app", "a", &vec!["a"; 17].join(".")).is_none());
        assert!(code("app", "a", "main").is_some());
    }
}
