//! Strings that may name modules: in tables of lazy packages, in settings, anywhere.
use std::collections::HashSet;

use permafreeze_object::format::Hints;
use permafreeze_object::marshal::{Code, Node, NodeId, Tree};

use super::instructions::{Instruction, Op};
use super::names::Names;
use super::once;

/// The longest string that is taken for a name.
const LONGEST: usize = 100;
/// The hook of a module's attributes (PEP 562).
const ATTRIBUTE_HOOK: &str = "__getattr__";
/// What a module that reads entry points says somewhere: `entry_points`, `iter_entry_points`, `load_entrypoint`.
const ENTRY_POINTS: [&str; 2] = ["entry_point", "entrypoint"];

/// Adds what the strings of a module name; `all` are the instructions of its top level.
pub(super) fn names(tree: &Tree, top: &Code, all: &[Instruction], strings: &Strings<'_>, hints: &mut Hints) {
    let names = Names::new(tree, top);
    hints.is_lazy = is_lazy(&names, all);
    if hints.is_lazy {
        hints.lazy = lazy(tree, top);
    }
    hints.settings = settings(tree, &names, all);
    let any = strings.mention_entry_points();
    let named =
        strings.texts.iter().copied().filter(|text| is_dotted(text) || is_reference(text) || any && is_word(text));
    hints.names = once(named.map(str::to_owned).collect());
}

/// Every string of a module, and every name that it uses.
#[derive(Default)]
pub(super) struct Strings<'a> {
    texts: Vec<&'a str>,
    seen: HashSet<NodeId>,
    names: HashSet<&'a str>,
}

impl<'a> Strings<'a> {
    /// Adds those of one code object, but not of the code nested in it.
    pub(super) fn add(&mut self, tree: &Tree<'a>, code: &Code) {
        tree.tuple(code.consts).iter().for_each(|constant| texts(tree, *constant, &mut self.seen, &mut self.texts));
        self.names.extend(tree.tuple(code.names).iter().filter_map(|name| tree.text(*name)));
    }

    fn mention_entry_points(&self) -> bool {
        let mentions = |text: &&str| text.len() <= LONGEST && ENTRY_POINTS.iter().any(|word| text.contains(word));
        self.names.iter().any(mentions) || self.texts.iter().any(mentions)
    }
}

/// Adds the strings of a constant, itself or what a tuple or frozenset has, that have not been seen.
fn texts<'a>(tree: &Tree<'a>, constant: NodeId, seen: &mut HashSet<NodeId>, found: &mut Vec<&'a str>) {
    match tree.node(constant) {
        Node::Str(_) if seen.insert(constant) => {
            found.extend(tree.text(constant).filter(|text| text.len() <= LONGEST));
        }
        Node::Tuple(items) | Node::FrozenSet(items) if seen.insert(constant) => {
            items.iter().for_each(|item| texts(tree, *item, seen, found));
        }
        _ => {}
    }
}

/// Tells whether a module answers for its attributes itself: it has a hook, or is replaced in `sys.modules`, or its class
/// is.
fn is_lazy(names: &Names, all: &[Instruction]) -> bool {
    let is_module = |pair: &[Instruction]| {
        let modules = names.attribute(&pair[0]).or_else(|| names.loaded(&pair[0]));
        modules == Some("modules") && names.loaded(&pair[1]) == Some("__name__")
    };
    let is_hook = |store: &Instruction| store.op != Op::StoreAttr && names.stored(store) == Some(ATTRIBUTE_HOOK);
    let is_class = |store: &Instruction| store.op == Op::StoreAttr && names.stored(store) == Some("__class__");
    all.iter().any(is_hook)
        || all.windows(3).any(|three| is_module(&three[..2]) && three[2].op == Op::StoreSubscr)
        || all.windows(4).any(|four| is_module(&four[..2]) && is_class(&four[3]))
}

/// Returns the names among the strings of a lazy module's top level and of its attribute hook.
fn lazy(tree: &Tree, top: &Code) -> Vec<String> {
    let nested = tree.tuple(top.consts).iter().filter_map(|constant| tree.code(*constant));
    let hook = nested.filter(|code| tree.text(code.name) == Some(ATTRIBUTE_HOOK));
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    for code in std::iter::once(top).chain(hook) {
        tree.tuple(code.consts).iter().for_each(|constant| texts(tree, *constant, &mut seen, &mut found));
    }
    let relative = |text: &&str| text.trim_start_matches('.').split('.').all(is_identifier);
    once(found.into_iter().filter(relative).map(str::to_owned).collect())
}

/// Returns the names among the strings that are assigned to upper-case names. A statement's strings are those that are
/// loaded since the statement before it.
fn settings(tree: &Tree, names: &Names, all: &[Instruction]) -> Vec<String> {
    let (mut found, mut loaded) = (Vec::new(), Vec::new());
    for instruction in all {
        match instruction.op {
            Op::LoadConst => {
                if let Some(constant) = names.constant(instruction) {
                    texts(tree, constant, &mut HashSet::new(), &mut loaded);
                }
            }
            Op::StoreName | Op::StoreGlobal => {
                let upper = names.stored(instruction).is_some_and(is_upper);
                found.extend(loaded.drain(..).filter(|text| upper && (is_dotted(text) || is_package(text))));
            }
            Op::PopTop | Op::StoreAttr | Op::StoreSubscr => loaded.clear(),
            _ => {}
        }
    }
    once(found.into_iter().map(str::to_owned).collect())
}

fn is_upper(name: &str) -> bool {
    name.len() > 1 && name.chars().any(char::is_alphabetic) && !name.chars().any(char::is_lowercase)
}

/// `a`: a package's name is in lower case (PEP 8).
fn is_package(text: &str) -> bool {
    text.len() > 2 && is_identifier(text) && !text.chars().any(char::is_uppercase)
}

/// `a.b.c`
fn is_dotted(text: &str) -> bool {
    text.contains('.') && text.split('.').all(is_identifier)
}

/// `a.b:c.d`: an object reference (entry points specification).
fn is_reference(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(module, object)| [module, object].iter().all(|part| part.split('.').all(is_identifier)))
}

/// A name of an entry point's group without dots: `pytest11`, `my-plugins`.
fn is_word(text: &str) -> bool {
    text.len() > 2 && text.split(['.', '-']).all(|part| !part.is_empty() && part.chars().all(is_part))
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|first: char| is_part(first) && !first.is_ascii_digit()) && text.chars().all(is_part)
}

fn is_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_names() {
        assert!(is_dotted("a.b_1") && !is_dotted("a") && !is_dotted("a.") && !is_dotted("a.1b") && !is_dotted("a b.c"));
        assert!(is_reference("a.b:c") && is_reference("a:c.d") && !is_reference("a:") && !is_reference("a:b:c"));
        assert!(is_word("pytest11") && is_word("my-plugins.x") && !is_word("a") && !is_word("x y") && !is_word("a--b"));
        assert!(is_package("polls") && !is_package("Polls") && !is_package("a.b"));
        assert!(is_upper("INSTALLED_APPS") && !is_upper("_") && !is_upper("Apps") && !is_upper("__"));
    }
}
