//! Import statements: `LOAD_CONST level` (`LOAD_SMALL_INT level` since CPython 3.14), `LOAD_CONST fromlist`,
//! `IMPORT_NAME name`.
use permafreeze_object::format::Import;
use permafreeze_object::marshal::{Code, Node, NodeId, Tree};

use super::instructions::{Instruction, Op};
use super::once;

/// Returns the import statement that ends with the last of `instructions`.
pub(super) fn import(tree: &Tree, code: &Code, instructions: &[Instruction]) -> Option<Import> {
    let [.., level, from, import] = instructions else { return None };
    if from.op != Op::LoadConst {
        return None;
    }
    let consts = tree.tuple(code.consts);
    let constant = |instruction: &Instruction| consts.get(instruction.arg as usize).copied();
    let name = tree.text(*tree.tuple(code.names).get(import.arg as usize)?)?.to_owned();
    let level = match level.op {
        Op::LoadSmallInt => level.arg,
        Op::LoadConst => match tree.node(constant(level)?) {
            Node::Int(level) => u32::try_from(*level).ok()?,
            _ => return None,
        },
        _ => return None,
    };
    Some(Import { name, level, from: from_list(tree, constant(from)?) })
}

fn from_list(tree: &Tree, id: NodeId) -> Option<Vec<String>> {
    match tree.node(id) {
        Node::Tuple(names) => Some(once(names.iter().filter_map(|name| tree.text(*name)).map(str::to_owned).collect())),
        _ => None,
    }
}
