//! What a module's code imports, calls and names, read from CPython's bytecode.
mod calls;
mod dynamic;
mod imports;
mod instructions;
mod lines;
mod mentions;
mod names;
mod tables;

use std::collections::HashSet;
use std::hash::Hash;

use permafreeze_object::format::{Call, Hints, Import};
use permafreeze_object::marshal::{NodeId, Tree};
use permafreeze_packaging::python::Python;

use instructions::{Instruction, Op, instructions};
use tables::Strings;

/// The facts of one module, each list in order of appearance, each fact once.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Import statements.
    pub imports: Vec<Import>,
    /// Calls with constant arguments of functions that matter to linking.
    pub calls: Vec<Call>,
    /// Libraries named by attribute of `ctypes.windll` and its like.
    pub library_attributes: Vec<String>,
    /// What it names without an import statement.
    pub hints: Hints,
}

/// Scans a module's code, which `python` has compiled, and all code nested in it.
pub fn scan(python: Python, tree: &Tree) -> Facts {
    let mut scanner =
        Scanner { python, tree, seen: HashSet::new(), strings: Strings::default(), facts: Facts::default() };
    scanner.code(tree.root());
    let Scanner { strings, facts: Facts { imports, calls, library_attributes, mut hints }, .. } = scanner;
    if let Some(top) = tree.code(tree.root()) {
        let all: Vec<Instruction> = instructions(python, tree.bytes(top.code)).collect();
        tables::names(tree, top, &all, &strings, &mut hints);
    }
    hints.imports = once(hints.imports);
    // Code is scanned before what it is nested in.
    hints.computed.sort();
    hints.computed.dedup();
    hints.mentions.sort();
    Facts { imports: once(imports), calls: once(calls), library_attributes: once(library_attributes), hints }
}

struct Scanner<'t, 'a> {
    python: Python,
    tree: &'t Tree<'a>,
    seen: HashSet<NodeId>,
    strings: Strings<'a>,
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
        let all: Vec<Instruction> = instructions(self.python, tree.bytes(code.code)).collect();
        for (at, instruction) in all.iter().enumerate() {
            match instruction.op {
                Op::ImportName => self.facts.imports.extend(imports::import(tree, code, &all[..=at])),
                Op::LoadConst => {
                    if let Some(constant) = consts.get(instruction.arg as usize) {
                        self.code(*constant);
                    }
                }
                _ => {}
            }
        }
        calls::calls(tree, code, &all, &mut self.facts);
        dynamic::calls(tree, code, &all, &mut self.facts.hints);
        mentions::mentions(tree, code, &all, &mut self.facts.hints);
        self.strings.add(tree, code);
        consts.iter().for_each(|constant| self.code(*constant));
    }
}

/// Returns a list without repetitions, first occurrences in order.
fn once<T: Eq + Hash + Clone>(items: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::new();
    items.into_iter().filter(|item| seen.insert(item.clone())).collect()
}
