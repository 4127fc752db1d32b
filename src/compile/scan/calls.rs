//! Calls with constant arguments, and attributes of `ctypes`' library loaders: what PyInstaller looks for
//! (PyInstaller/depend/bytecode.py, depend/utils.py), found as it finds them, so that both collect the same.
use permafreeze_object::format::Call;
use permafreeze_object::marshal::{Code, Node, NodeId, Tree};

use super::Facts;
use super::instructions::{Instruction, Op};
use super::names::Names;

/// Last parts of the functions that matter: loading of libraries, metadata, dynamic imports, matplotlib's backend.
const FUNCTIONS: [&str; 16] = [
    "CDLL",
    "LoadLibrary",
    "OleDLL",
    "PyDLL",
    "WinDLL",
    "__import__",
    "distribution",
    "files",
    "find_library",
    "get_distribution",
    "import_module",
    "metadata",
    "require",
    "requires",
    "use",
    "version",
];
/// Objects of `ctypes` whose attributes are libraries.
const LOADERS: [&str; 4] = ["cdll", "oledll", "pydll", "windll"];

/// What loads a constant; only one that the code object has can be a text.
const CONSTANTS: [Op; 3] = [Op::LoadConst, Op::LoadSmallInt, Op::LoadCommonConstant];

/// Adds what one code object calls and loads; its instructions are given without inline caches.
///
/// Looks for a name, then attributes, then constants, then a call. PUSH_NULL, which CPython puts after the
/// function, does not count.
pub(super) fn calls(tree: &Tree, code: &Code, instructions: &[Instruction], facts: &mut Facts) {
    let found = Names::new(tree, code);
    let mut rest = instructions;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if !matches!(first.op, Op::LoadName | Op::LoadGlobal | Op::LoadFast) {
            continue;
        }
        let attributes = split(&mut rest, &[Op::LoadAttr]);
        let arguments = split(&mut rest, &CONSTANTS);
        let attributes: Option<Vec<&str>> = attributes.iter().map(|load| found.attribute(load)).collect();
        let (Some(root), Some(attributes)) = (found.loaded(first), attributes) else { continue };
        facts.library_attributes.extend(library(root, &attributes));
        let arguments: Vec<Option<NodeId>> = arguments.iter().map(|load| found.constant(load)).collect();
        let passed = rest.first().and_then(|call| passed(tree, call, arguments));
        facts.calls.extend(passed.and_then(|arguments| call_of(tree, root, &attributes, &arguments)));
    }
}

/// Splits off the leading instructions of some kinds, skipping PUSH_NULL.
fn split(rest: &mut &[Instruction], kinds: &[Op]) -> Vec<Instruction> {
    let mut taken = Vec::new();
    while let [first, tail @ ..] = *rest {
        if kinds.contains(&first.op) {
            taken.push(*first);
        } else if first.op != Op::PushNull {
            break;
        }
        *rest = tail;
    }
    taken
}

/// Returns the arguments that a call passes if they are the constants before it, all of them.
fn passed(tree: &Tree, call: &Instruction, constants: Vec<Option<NodeId>>) -> Option<Vec<Option<NodeId>>> {
    match (call.op, constants.as_slice()) {
        (Op::Call, _) if call.arg as usize == constants.len() => Some(constants),
        // `f(*("a", "b"))`, without keywords.
        (Op::CallFunctionEx, [Some(tuple)]) if call.arg == 0 => match tree.node(*tuple) {
            Node::Tuple(items) => Some(items.iter().copied().map(Some).collect()),
            _ => None,
        },
        _ => None,
    }
}

fn call_of(tree: &Tree, root: &str, attributes: &[&str], arguments: &[Option<NodeId>]) -> Option<Call> {
    let last = attributes.last().unwrap_or(&root);
    if arguments.is_empty() || FUNCTIONS.binary_search(last).is_err() {
        return None;
    }
    let function = std::iter::once(&root).chain(attributes).copied().collect::<Vec<_>>().join(".");
    let arguments = arguments.iter().map(|id| tree.text((*id)?).map(str::to_owned)).collect();
    Some(Call { function, arguments })
}

/// Returns the file name of a library that is named by attribute.
fn library(root: &str, attributes: &[&str]) -> Option<String> {
    let name = match attributes {
        ["LoadLibrary"] | [_, "LoadLibrary"] => return None,
        [name] if LOADERS.contains(&root) => name,
        [loader, name] if root == "ctypes" && LOADERS.contains(loader) => name,
        _ => return None,
    };
    Some(format!("{name}.dll"))
}

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;

    #[test]
    fn functions_are_sorted_for_the_search() {
        assert!(FUNCTIONS.is_sorted());
    }
}
