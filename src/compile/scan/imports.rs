//! Import statements: `LOAD_CONST level`, `LOAD_CONST fromlist`, `IMPORT_NAME name`.
use permafreeze_object::format::Import;
use permafreeze_object::marshal::{Code, Node, NodeId, Tree};

use super::instructions::{Instruction, op};
use super::once;

/// Returns the import statement that ends with the last of `instructions`.
pub(super) fn import(tree: &Tree, code: &Code, instructions: &[Instruction]) -> Option<Import> {
    let [.., level, from, import] = instructions else { return None };
    if level.op != op::LOAD_CONST || from.op != op::LOAD_CONST {
        return None;
    }
    let consts = tree.tuple(code.consts);
    let constant = |instruction: &Instruction| consts.get(instruction.arg as usize).copied();
    let name = tree.text(*tree.tuple(code.names).get(import.arg as usize)?)?.to_owned();
    let Node::Int(level) = tree.node(constant(level)?) else { return None };
    let level = u32::try_from(*level).ok()?;
    Some(Import { name, level, from: from_list(tree, constant(from)?) })
}

fn from_list(tree: &Tree, id: NodeId) -> Option<Vec<String>> {
    match tree.node(id) {
        Node::Tuple(names) => Some(once(names.iter().filter_map(|name| tree.text(*name)).map(str::to_owned).collect())),
        _ => None,
    }
}
