//! What instructions load: names, constants.
use permafreeze_object::marshal::{Code, NodeId, Tree};

use super::instructions::{Instruction, Op};

/// Resolves the arguments of instructions of one code object.
pub(super) struct Names<'t, 'a> {
    tree: &'t Tree<'a>,
    names: &'t [NodeId],
    locals: &'t [NodeId],
    consts: &'t [NodeId],
}

impl<'t, 'a> Names<'t, 'a> {
    /// Looks at a code object's tables.
    pub(super) fn new(tree: &'t Tree<'a>, code: &Code) -> Names<'t, 'a> {
        let list = |id| tree.tuple(id);
        Names { tree, names: list(code.names), locals: list(code.locals), consts: list(code.consts) }
    }

    /// Returns the constant that an instruction loads, if the code object has it.
    pub(super) fn constant(&self, load: &Instruction) -> Option<NodeId> {
        self.consts.get(load.arg as usize).copied().filter(|_| load.op == Op::LoadConst)
    }

    /// Returns the name of the variable that an instruction loads.
    pub(super) fn loaded(&self, load: &Instruction) -> Option<&'a str> {
        let index = load.arg as usize;
        let id = match load.op {
            Op::LoadFast | Op::LoadDeref => self.locals.get(index),
            Op::LoadName => self.names.get(index),
            // The low bit says whether the call wants a NULL pushed too.
            Op::LoadGlobal => self.names.get(index >> 1),
            _ => None,
        };
        self.tree.text(*id?)
    }

    /// Returns the attribute that an instruction loads.
    pub(super) fn attribute(&self, load: &Instruction) -> Option<&'a str> {
        // The low bit says whether `self` is pushed too.
        self.tree.text(*self.names.get(load.arg as usize >> 1).filter(|_| load.op == Op::LoadAttr)?)
    }

    /// Returns the name that an instruction assigns to, of a variable or an attribute.
    pub(super) fn stored(&self, store: &Instruction) -> Option<&'a str> {
        let stores = matches!(store.op, Op::StoreName | Op::StoreGlobal | Op::StoreAttr);
        self.tree.text(*self.names.get(store.arg as usize).filter(|_| stores)?)
    }
}
