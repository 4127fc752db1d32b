//! Calls of `import_module` and `__import__`: which module, as far as the code says it.
//!
//! The arguments are evaluated over texts and names only; a call with anything else in its arguments than names,
//! attributes, constants, their sums and f-strings is one whose name is computed.
use permafreeze_object::format::{Computed, Hints, Import};
use permafreeze_object::marshal::{Code, NodeId, Tree};

use super::instructions::{Instruction, Op};
use super::lines::Lines;
use super::names::Names;

/// Functions that import what they are given, and the module that has them.
const FUNCTIONS: [&str; 2] = ["import_module", "__import__"];
const MODULE: &str = "importlib";
/// Names of what a module is in: a relative name starts there.
const OWN: [&str; 2] = ["__name__", "__package__"];
/// Numbers of `+` and `%` (CPython, `Include/opcode.h`).
const ADD: u32 = 0;
const REMAINDER: u32 = 6;

/// The most instructions of a call's arguments that are followed.
const LONGEST: usize = 200;

/// What is known of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    /// A text.
    Text(String),
    /// A text that begins so.
    Start(String),
    /// The name of the module, or of its package.
    Own,
    /// A tuple of texts: names of keyword arguments.
    Texts(Vec<String>),
    /// Nothing.
    Unknown,
}

/// Adds what one code object imports by calls.
pub(super) fn calls(tree: &Tree, code: &Code, all: &[Instruction], hints: &mut Hints) {
    let (names, lines) = (Names::new(tree, code), Lines::new(tree, code));
    for at in 0..all.len() {
        let Some(arguments) = function(&names, &all[at..]) else { continue };
        let arguments = Arguments { tree, names: &names, stack: Vec::new() }.read(&all[at + arguments..]);
        let import = arguments.map_or(Err(None), |(name, package)| imported(name, package));
        match import {
            Ok(import) => hints.imports.push(import),
            Err(start) => hints.computed.push(Computed { line: lines.line(all[at].at), start }),
        }
    }
}

/// Returns how many instructions load one of the functions, if the first ones do and a call may follow.
fn function(names: &Names, all: &[Instruction]) -> Option<usize> {
    let name = names.loaded(all.first()?)?;
    let (length, pushes) = match all.get(1) {
        Some(attribute) if name == MODULE && attribute.op == Op::LoadAttr => {
            FUNCTIONS.contains(&names.attribute(attribute)?).then_some((2, attribute.arg & 1 == 1))?
        }
        _ if all[0].op != Op::LoadFast && FUNCTIONS.contains(&name) => {
            (1, all[0].op == Op::LoadGlobal && all[0].arg & 1 == 1)
        }
        _ => return None,
    };
    match all.get(length) {
        Some(null) if null.op == Op::PushNull => Some(length + 1),
        // A function that is not called here is passed on.
        _ => pushes.then_some(length),
    }
}

/// The arguments of a call while they are evaluated.
struct Arguments<'n, 't, 'a> {
    tree: &'t Tree<'a>,
    names: &'n Names<'t, 'a>,
    stack: Vec<Value>,
}

impl Arguments<'_, '_, '_> {
    /// Returns the first argument, and the package that it is relative to; `None` if they cannot be followed.
    fn read(mut self, all: &[Instruction]) -> Option<(Value, Option<Value>)> {
        for instruction in all.iter().take(LONGEST) {
            let count = instruction.arg as usize;
            match instruction.op {
                Op::Call if count == self.stack.len() => return self.passed(Vec::new()),
                Op::CallKw if count + 1 == self.stack.len() => {
                    let Some(Value::Texts(keywords)) = self.stack.pop() else { return None };
                    return self.passed(keywords);
                }
                _ => self.step(instruction)?,
            }
        }
        None
    }

    fn passed(self, keywords: Vec<String>) -> Option<(Value, Option<Value>)> {
        let positional = self.stack.len().checked_sub(keywords.len())?;
        let keyword = |name: &str| Some(self.stack[positional + keywords.iter().position(|it| it == name)?].clone());
        let argument = |at: usize, name| if at < positional { self.stack.get(at).cloned() } else { keyword(name) };
        Some((argument(0, "name")?, argument(1, "package")))
    }

    /// Follows one instruction; `None` ends it.
    fn step(&mut self, instruction: &Instruction) -> Option<()> {
        let count = instruction.arg as usize;
        match instruction.op {
            Op::LoadConst => {
                let value = self.constant(self.names.constant(instruction)?);
                self.stack.push(value);
            }
            Op::LoadName | Op::LoadGlobal | Op::LoadFast | Op::LoadDeref => self.load(instruction),
            Op::LoadSmallInt | Op::LoadCommonConstant => self.stack.push(Value::Unknown),
            Op::LoadFastLoadFast => self.stack.extend([Value::Unknown, Value::Unknown]),
            Op::PushNull => self.stack.push(Value::Unknown),
            Op::LoadAttr => {
                self.stack.pop()?;
                // A method is pushed with its object.
                self.stack.extend(vec![Value::Unknown; 1 + (instruction.arg as usize & 1)]);
            }
            Op::FormatSimple => {}
            Op::BuildString => self.join(count)?,
            Op::BuildList | Op::BuildTuple => self.replace(count, Value::Unknown)?,
            Op::Binary => self.binary(instruction.arg)?,
            Op::Call => self.replace(count + 2, Value::Unknown)?,
            Op::CallKw => self.replace(count + 3, Value::Unknown)?,
            _ => return None,
        }
        Some(())
    }

    fn load(&mut self, instruction: &Instruction) {
        let own = self.names.loaded(instruction).is_some_and(|name| OWN.contains(&name));
        self.stack.push(if own { Value::Own } else { Value::Unknown });
        if instruction.op == Op::LoadGlobal && instruction.arg & 1 == 1 {
            self.stack.push(Value::Unknown);
        }
    }

    fn constant(&self, id: NodeId) -> Value {
        if let Some(text) = self.tree.text(id) {
            return Value::Text(text.to_owned());
        }
        let texts: Option<Vec<String>> =
            self.tree.tuple(id).iter().map(|item| self.tree.text(*item).map(str::to_owned)).collect();
        texts.filter(|texts| !texts.is_empty()).map_or(Value::Unknown, Value::Texts)
    }

    /// Replaces the last values by one.
    fn replace(&mut self, count: usize, value: Value) -> Option<()> {
        self.stack.truncate(self.stack.len().checked_sub(count)?);
        self.stack.push(value);
        Some(())
    }

    fn join(&mut self, count: usize) -> Option<()> {
        let parts = self.stack.split_off(self.stack.len().checked_sub(count)?);
        let joined = parts.into_iter().reduce(add)?;
        self.stack.push(joined);
        Some(())
    }

    fn binary(&mut self, operator: u32) -> Option<()> {
        let (right, left) = (self.stack.pop()?, self.stack.pop()?);
        self.stack.push(match (operator, left) {
            (ADD, left) => add(left, right),
            (REMAINDER, Value::Text(text)) => start(text.split('%').next().unwrap_or_default()),
            _ => Value::Unknown,
        });
        Some(())
    }
}

/// Adds texts as far as they are known; the name of the module itself is the start of a relative name.
fn add(left: Value, right: Value) -> Value {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Value::Text(left + &right),
        (Value::Text(left), Value::Start(right)) => Value::Start(left + &right),
        (Value::Text(left) | Value::Start(left), _) => start(&left),
        (Value::Own, Value::Text(right)) if right.starts_with('.') => Value::Text(right),
        (Value::Own, Value::Start(right)) if right.starts_with('.') => Value::Start(right),
        _ => Value::Unknown,
    }
}

fn start(text: &str) -> Value {
    if text.is_empty() { Value::Unknown } else { Value::Start(text.to_owned()) }
}

/// Returns the import statement that a call stands for, or else what its name begins with.
fn imported(name: Value, package: Option<Value>) -> Result<Import, Option<String>> {
    let text = match name {
        Value::Text(text) => text,
        Value::Start(start) => return Err(anchored(start, package)),
        _ => return Err(None),
    };
    let relative = text.trim_start_matches('.');
    let level = (text.len() - relative.len()) as u32;
    match (level, package) {
        (0, _) | (_, Some(Value::Own | Value::Unknown) | None) => {
            Ok(Import { name: relative.to_owned(), level, from: None })
        }
        (1, Some(Value::Text(package))) => Ok(Import { name: format!("{package}.{relative}"), level: 0, from: None }),
        _ => Err(None),
    }
}

/// Returns the start of a computed name, if it is known where that starts.
fn anchored(start: String, package: Option<Value>) -> Option<String> {
    match (start.strip_prefix('.'), package) {
        (Some(rest), Some(Value::Text(package))) => Some(format!("{package}.{rest}")),
        _ => Some(start),
    }
}
