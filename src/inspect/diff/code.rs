//! Code objects that differ: which function, and what of it.
//!
//! Two marshalled streams may differ and yet hold the same code: CPython marks what is referred to more than once
//! (`FLAG_REF`) by the reference counts of the moment, and a string as interned if something else interned it. So values
//! are compared here, not their bytes. Sets are compared without their order: that depends on the hash seed.
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::bytes::{self, ByteDifference, shortened};
use permafreeze_archive::marshal::{Code, Value};

/// How many values of one constant are shown.
const SHOWN_ITEMS: usize = 40;
/// How deep the values within values are shown.
const SHOWN_DEPTH: usize = 3;
/// How deep code is compared; CPython itself does not nest deeper than its parser.
const DEPTH_LIMIT: usize = 200;

/// A function that differs, or a class body or the module's own code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CodeDifference {
    /// The qualified name, as `Parser.parse.<locals>.inner`; `<module>` for the module's own code.
    pub function: String,
    /// What differs.
    #[serde(flatten)]
    pub what: What,
}

/// What of a code object differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum What {
    /// Only the second has it.
    Added,
    /// Only the first has it.
    Removed,
    /// The instructions.
    Bytecode(ByteDifference),
    /// A constant; `index` is its place.
    Constant {
        /// Its place in `co_consts`.
        index: usize,
        /// The first's, shortened; empty if it has none.
        a: String,
        /// The second's.
        b: String,
    },
    /// The order of a set, which depends on the hash seed.
    SetOrder {
        /// Its place in `co_consts`.
        index: usize,
    },
    /// `co_filename`.
    FileName {
        /// The first's.
        a: String,
        /// The second's.
        b: String,
    },
    /// Line numbers, or columns.
    Lines {
        /// The first's first line.
        a: i32,
        /// The second's.
        b: i32,
    },
    /// Names of globals, attributes, or local variables.
    Names {
        /// Those of the first that the second has not.
        a: Vec<String>,
        /// Those of the second.
        b: Vec<String>,
    },
    /// `co_flags`.
    Flags {
        /// The first's.
        a: i32,
        /// The second's.
        b: i32,
    },
    /// The numbers of arguments, or the size of the stack.
    Signature,
    /// What is handled where (`co_exceptiontable`).
    Exceptions,
}

/// Compares two marshalled values of modules; empty if they are the same code.
pub fn compare(a: &Value, b: &Value) -> Vec<CodeDifference> {
    let mut found = Vec::new();
    match (a, b) {
        (Value::Code(a), Value::Code(b)) => compare_code(a, b, 0, &mut found),
        _ => compare_constant("<module>", 0, Some(a), Some(b), &mut found),
    }
    found
}

fn compare_code(a: &Arc<Code>, b: &Arc<Code>, depth: usize, found: &mut Vec<CodeDifference>) {
    if depth > DEPTH_LIMIT {
        return;
    }
    let function = &a.qualified_name;
    let mut add = |what| found.push(CodeDifference { function: function.to_string(), what });
    if let Some(difference) = bytes::compare(&a.bytecode, &b.bytecode) {
        add(What::Bytecode(difference));
    }
    // A function of another module's code would repeat the module's file name.
    if a.file_name != b.file_name && depth == 0 {
        add(What::FileName { a: a.file_name.to_string(), b: b.file_name.to_string() });
    }
    if a.first_line != b.first_line || a.line_table != b.line_table {
        add(What::Lines { a: a.first_line, b: b.first_line });
    }
    if let Some(names) = names(a, b) {
        add(names);
    }
    if a.flags != b.flags {
        add(What::Flags { a: a.flags, b: b.flags });
    }
    if signature(a) != signature(b) || a.local_kinds != b.local_kinds || a.qualified_name != b.qualified_name {
        add(What::Signature);
    }
    if a.exception_table != b.exception_table {
        add(What::Exceptions);
    }
    compare_constants(a, b, found);
    compare_nested(a, b, depth, found);
}

fn signature(code: &Code) -> [i32; 5] {
    let Code { arg_count, positional_only_arg_count, keyword_only_arg_count, local_count, stack_size, .. } = *code;
    [arg_count, positional_only_arg_count, keyword_only_arg_count, local_count, stack_size]
}

fn names(a: &Code, b: &Code) -> Option<What> {
    let all = |code: &Code| -> Vec<String> {
        code.names.iter().chain(&code.locals).map(|name| name.as_str().unwrap_or_default().to_owned()).collect()
    };
    let (left, right) = (all(a), all(b));
    if left == right && a.names.len() == b.names.len() {
        return None;
    }
    let only = |these: &[String], others: &[String]| {
        these.iter().filter(|name| !others.contains(name)).take(SHOWN_ITEMS).cloned().collect()
    };
    Some(What::Names { a: only(&left, &right), b: only(&right, &left) })
}

/// Compares the constants that are not code, in their order.
fn compare_constants(a: &Code, b: &Code, found: &mut Vec<CodeDifference>) {
    let plain = |code: &Arc<[Value]>| -> Vec<(usize, Value)> {
        code.iter().cloned().enumerate().filter(|(_, value)| value.as_code().is_none()).collect()
    };
    let (left, right) = (plain(&a.consts), plain(&b.consts));
    for at in 0..left.len().max(right.len()) {
        let (x, y) = (left.get(at), right.get(at));
        let index = x.or(y).map_or(0, |each| each.0);
        compare_constant(&a.qualified_name, index, x.map(|each| &each.1), y.map(|each| &each.1), found);
    }
}

fn compare_constant(
    function: &str,
    index: usize,
    a: Option<&Value>,
    b: Option<&Value>,
    found: &mut Vec<CodeDifference>,
) {
    let what = match (a, b) {
        (Some(a), Some(b)) => match sameness(a, b) {
            Sameness::Same => return,
            Sameness::OtherOrder => What::SetOrder { index },
            Sameness::Other => {
                let (left, right) = (shown(a), shown(b));
                What::Constant { index, a: shortened(&left, &right), b: shortened(&right, &left) }
            }
        },
        (a, b) => {
            let text = |value: Option<&Value>| value.map(shown).unwrap_or_default();
            let (left, right) = (text(a), text(b));
            What::Constant { index, a: shortened(&left, &right), b: shortened(&right, &left) }
        }
    };
    found.push(CodeDifference { function: function.to_owned(), what });
}

/// Pairs nested code by name, the first with the first.
fn compare_nested(a: &Code, b: &Code, depth: usize, found: &mut Vec<CodeDifference>) {
    let mut others: BTreeMap<&str, Vec<&Arc<Code>>> = BTreeMap::new();
    for code in b.nested() {
        others.entry(&code.name).or_default().push(code);
    }
    others.values_mut().for_each(|codes| codes.reverse());
    for code in a.nested() {
        match others.get_mut(&*code.name).and_then(Vec::pop) {
            Some(other) => compare_code(code, other, depth + 1, found),
            None => found.push(CodeDifference { function: code.qualified_name.to_string(), what: What::Removed }),
        }
    }
    for code in others.into_values().flatten() {
        found.push(CodeDifference { function: code.qualified_name.to_string(), what: What::Added });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sameness {
    Same,
    /// A set has another order.
    OtherOrder,
    Other,
}

fn sameness(a: &Value, b: &Value) -> Sameness {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => same_if(a.to_bits() == b.to_bits()),
        (Value::Complex(a, b), Value::Complex(c, d)) => {
            same_if((a.to_bits(), b.to_bits()) == (c.to_bits(), d.to_bits()))
        }
        (Value::Tuple(a), Value::Tuple(b)) | (Value::List(a), Value::List(b)) => sequence(a, b),
        (Value::Slice(a), Value::Slice(b)) => sequence(&a[..], &b[..]),
        (Value::Set(a), Value::Set(b)) | (Value::FrozenSet(a), Value::FrozenSet(b)) => set(a, b),
        (a, b) => same_if(a == b),
    }
}

fn same_if(same: bool) -> Sameness {
    if same { Sameness::Same } else { Sameness::Other }
}

fn sequence(a: &[Value], b: &[Value]) -> Sameness {
    if a.len() != b.len() {
        return Sameness::Other;
    }
    a.iter().zip(b).map(|(a, b)| sameness(a, b)).max().unwrap_or(Sameness::Same)
}

fn set(a: &[Value], b: &[Value]) -> Sameness {
    let in_order = sequence(a, b);
    if in_order != Sameness::Other || a.len() != b.len() {
        return in_order;
    }
    let sorted = |values: &[Value]| {
        let mut texts: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        texts.sort();
        texts
    };
    if sorted(a) == sorted(b) { Sameness::OtherOrder } else { Sameness::Other }
}

/// Returns a value as Python would show it, shortened.
fn shown(value: &Value) -> String {
    shown_to(value, SHOWN_DEPTH)
}

fn shown_to(value: &Value, depth: usize) -> String {
    let items = |values: &[Value]| {
        let Some(depth) = depth.checked_sub(1) else { return "…".to_owned() };
        let mut texts: Vec<String> = values.iter().take(SHOWN_ITEMS).map(|value| shown_to(value, depth)).collect();
        if values.len() > SHOWN_ITEMS {
            texts.push(format!("… {} more", values.len() - SHOWN_ITEMS));
        }
        texts.join(", ")
    };
    match value {
        Value::None => "None".into(),
        Value::StopIteration => "StopIteration".into(),
        Value::Ellipsis => "...".into(),
        Value::Bool(value) => if *value { "True" } else { "False" }.into(),
        Value::Int(value) => value.to_string(),
        Value::Long(negative, digits) => {
            format!("{}<int of {} digits of 15 bits>", if *negative { "-" } else { "" }, digits.len())
        }
        Value::Float(value) => format!("{value:?}"),
        Value::Complex(real, imaginary) => format!("({real:?}+{imaginary:?}j)"),
        Value::Bytes(bytes) => format!("b'{}'", bytes.escape_ascii()),
        Value::Str(text) => format!("{text:?}"),
        Value::Surrogates(bytes) => format!("'{}'", bytes.escape_ascii()),
        Value::Tuple(values) => format!("({})", items(values)),
        Value::List(values) => format!("[{}]", items(values)),
        Value::Set(values) => format!("{{{}}}", items(values)),
        Value::FrozenSet(values) => format!("frozenset({{{}}})", items(values)),
        Value::Dict(values) => format!("<dict of {}>", values.len()),
        Value::Slice(values) => format!("slice({})", items(&values[..])),
        Value::Code(code) => format!("<code {}>", code.qualified_name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(name: &str, bytecode: &[u8], consts: &[Value]) -> Code {
        Code {
            arg_count: 0,
            positional_only_arg_count: 0,
            keyword_only_arg_count: 0,
            local_count: 0,
            stack_size: 1,
            flags: 0,
            bytecode: bytecode.into(),
            consts: consts.into(),
            names: [].into(),
            locals: Vec::new(),
            local_kinds: [].into(),
            file_name: "app.py".into(),
            name: name.rsplit('.').next().unwrap_or(name).into(),
            qualified_name: name.into(),
            first_line: 1,
            line_table: [].into(),
            exception_table: [].into(),
        }
    }

    fn value(code: Code) -> Value {
        Value::Code(Arc::new(code))
    }

    fn text(text: &str) -> Value {
        Value::Str(text.into())
    }

    #[test]
    fn the_same_code_has_no_difference() {
        let module = value(code("<module>", b"ab", &[text("x"), Value::Float(f64::NAN)]));
        assert_eq!(compare(&module, &module.clone()), []);
    }

    #[test]
    fn the_function_that_differs_is_named() {
        let module = |consts: &[Value]| {
            value(code("<module>", b"a", &[Value::None, value(code("Tool.run", b"b", consts)), Value::None]))
        };
        let found = compare(&module(&[text("1.0")]), &module(&[text("1.1")]));
        let what = What::Constant { index: 0, a: "\"1.0\"".into(), b: "\"1.1\"".into() };
        assert_eq!(found, [CodeDifference { function: "Tool.run".into(), what }]);
    }

    #[test]
    fn functions_that_came_and_went_are_named() {
        let with = |names: &[&str]| {
            let functions: Vec<Value> = names.iter().map(|name| value(code(name, b"x", &[]))).collect();
            value(code("<module>", b"a", &functions))
        };
        let found = compare(&with(&["f", "g", "f"]), &with(&["f", "h"]));
        let found: Vec<(&str, &What)> = found.iter().map(|each| (each.function.as_str(), &each.what)).collect();
        assert_eq!(found, [("g", &What::Removed), ("f", &What::Removed), ("h", &What::Added)]);
    }

    #[test]
    fn each_part_of_a_code_object_is_told_apart() {
        let one = code("f", b"ab", &[]);
        let change = |change: &dyn Fn(&mut Code)| {
            let mut other = one.clone();
            change(&mut other);
            let found = compare(&value(one.clone()), &value(other));
            assert_eq!(found.len(), 1, "{found:?}");
            found[0].what.clone()
        };
        assert!(matches!(change(&|code| code.bytecode = b"ax".as_slice().into()), What::Bytecode(d) if d.first == 1));
        assert!(
            matches!(change(&|code| code.file_name = "/b/app.py".into()), What::FileName { b, .. } if b == "/b/app.py")
        );
        assert_eq!(change(&|code| code.first_line = 7), What::Lines { a: 1, b: 7 });
        assert_eq!(change(&|code| code.line_table = [1].into()), What::Lines { a: 1, b: 1 });
        assert_eq!(change(&|code| code.flags = 3), What::Flags { a: 0, b: 3 });
        assert_eq!(change(&|code| code.stack_size = 3), What::Signature);
        assert_eq!(change(&|code| code.exception_table = [1].into()), What::Exceptions);
        let names = change(&|code| code.names = [text("print")].into());
        assert_eq!(names, What::Names { a: vec![], b: vec!["print".into()] });
    }

    #[test]
    fn the_order_of_a_set_is_not_its_content() {
        let module = |values: &[Value]| value(code("<module>", b"a", &[Value::FrozenSet(values.into())]));
        let found = compare(&module(&[text("a"), text("b")]), &module(&[text("b"), text("a")]));
        assert_eq!(found[0].what, What::SetOrder { index: 0 });
        let found = compare(&module(&[text("a"), text("b")]), &module(&[text("a"), text("c")]));
        assert!(matches!(found[0].what, What::Constant { .. }));
    }

    #[test]
    fn zeros_of_both_signs_differ() {
        let module = |number: f64| value(code("<module>", b"a", &[Value::Float(number)]));
        assert_eq!(compare(&module(0.0), &module(-0.0)).len(), 1);
    }
}
