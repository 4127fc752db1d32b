//! Calls with constant arguments.
use permafreeze_object::marshal::{Code, Tree};

use super::Facts;
use super::instructions::Instruction;

/// Adds the calls of one code object.
pub fn calls(_tree: &Tree, _code: &Code, _all: &[Instruction], _facts: &mut Facts) {}
