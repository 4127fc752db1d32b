//! What a module's code imports and calls, read from CPython 3.13's bytecode.
mod calls;
mod imports;
mod instructions;

use std::collections::HashSet;
use std::hash::Hash;

use permafreeze_object::format::{Call, Import};
use permafreeze_object::marshal::{NodeId, Tree};

use instructions::{Instruction, instructions, op};

/// The facts of one module, each list in order of appearance, each fact once.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Import statements.
    pub imports: Vec<Import>,
    /// Calls with constant arguments of functions that matter to linking.
    pub calls: Vec<Call>,
    /// Libraries named by attribute of `ctypes.windll` and its like.
    pub library_attributes: Vec<String>,
}

/// Scans a module's code and all code nested in it.
pub fn scan(tree: &Tree) -> Facts {
    let mut scanner = Scanner { tree, seen: HashSet::new(), facts: Facts::default() };
    scanner.code(tree.root());
    Facts {
        imports: once(scanner.facts.imports),
        calls: once(scanner.facts.calls),
        library_attributes: once(scanner.facts.library_attributes),
    }
}

struct Scanner<'t, 'a> {
    tree: &'t Tree<'a>,
    seen: HashSet<NodeId>,
    facts: Facts,
}

impl Scanner<'_, '_> {
    /// Scans one code object; nested ones where they are loaded, so that the order is that of the text.
    fn code(&mut self, id: NodeId) {
        let tree = self.tree;
        let Some(code) = tree.code(id) else { return };
        if !self.seen.insert(id) {
            return;
        }
        let consts = tree.tuple(code.consts);
        let all: Vec<Instruction> = instructions(tree.bytes(code.code)).collect();
        for (at, instruction) in all.iter().enumerate() {
            match instruction.op {
                op::IMPORT_NAME => self.facts.imports.extend(imports::import(tree, code, &all[..=at])),
                op::LOAD_CONST => {
                    if let Some(constant) = consts.get(instruction.arg as usize) {
                        self.code(*constant);
                    }
                }
                _ => {}
            }
        }
        calls::calls(tree, code, &all, &mut self.facts);
        consts.iter().for_each(|constant| self.code(*constant));
    }
}

/// Returns a list without repetitions, first occurrences in order.
fn once<T: Eq + Hash + Clone>(items: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::new();
    items.into_iter().filter(|item| seen.insert(item.clone())).collect()
}
