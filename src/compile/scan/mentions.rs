//! Names that tell of files being read: a module that looks beside itself, reads source text, or loads a file as a module.
use permafreeze_object::format::{Hints, Mention};
use permafreeze_object::marshal::{Code, Tree};

use super::instructions::Instruction;
use super::lines::Lines;
use super::names::Names;

/// The names; the linker knows what each is a sign of.
const NAMES: [&str; 8] = [
    "SourceFileLoader",
    "__file__",
    "get_data",
    "getsource",
    "getsourcefile",
    "getsourcelines",
    "run_path",
    "spec_from_file_location",
];

/// Adds those that a code object loads.
pub(super) fn mentions(tree: &Tree, code: &Code, all: &[Instruction], hints: &mut Hints) {
    let (names, lines) = (Names::new(tree, code), Lines::new(tree, code));
    for instruction in all {
        let name = names.loaded(instruction).or_else(|| names.attribute(instruction));
        let Some(name) = name.filter(|name| NAMES.binary_search(name).is_ok()) else { continue };
        let line = lines.line(instruction.at);
        match hints.mentions.iter_mut().find(|known| known.name == name) {
            Some(known) => known.line = known.line.min(line),
            None => hints.mentions.push(Mention { line, name: name.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NAMES;

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(NAMES.is_sorted());
    }
}
