//! The hash-consed tree: structurally equal nodes have one id.
use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// Names one node of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

/// One immutable object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Node<'a> {
    /// None, True, False, Ellipsis or StopIteration, by its marshal type byte.
    Singleton(u8),
    /// An integer of 32 bits.
    Int(i32),
    /// A longer integer: digit count and 15 bit digits as marshalled.
    Long(&'a [u8]),
    /// A float by its 8 bytes: `0.0` is not `-0.0`, and one NaN is not another.
    Float(&'a [u8]),
    /// A complex number by its 16 bytes.
    Complex(&'a [u8]),
    /// A bytes object.
    Bytes(&'a [u8]),
    /// A string: UTF-8, in which lone surrogates may be encoded.
    Str(&'a [u8]),
    /// A tuple.
    Tuple(Box<[NodeId]>),
    /// A frozenset, elements ordered by their canonical bytes.
    FrozenSet(Box<[NodeId]>),
    /// A slice: start, stop, step.
    Slice([NodeId; 3]),
    /// A code object.
    Code(Box<Code>),
}

/// The fields of a code object, in the order in which CPython 3.13 and 3.14 marshal them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Code {
    /// co_argcount, co_posonlyargcount, co_kwonlyargcount, co_stacksize, co_flags.
    pub counts: [i32; 5],
    /// co_code.
    pub code: NodeId,
    /// co_consts.
    pub consts: NodeId,
    /// co_names.
    pub names: NodeId,
    /// co_localsplusnames.
    pub locals: NodeId,
    /// co_localspluskinds.
    pub kinds: NodeId,
    /// co_filename.
    pub file_name: NodeId,
    /// co_name.
    pub name: NodeId,
    /// co_qualname.
    pub qualname: NodeId,
    /// co_firstlineno.
    pub first_line: i32,
    /// co_linetable.
    pub lines: NodeId,
    /// co_exceptiontable.
    pub exceptions: NodeId,
}

impl Code {
    /// Returns the objects that are marshalled before co_firstlineno.
    pub(super) fn head(&self) -> [NodeId; 8] {
        [self.code, self.consts, self.names, self.locals, self.kinds, self.file_name, self.name, self.qualname]
    }

    /// Returns the objects that are marshalled after co_firstlineno.
    pub(super) fn tail(&self) -> [NodeId; 2] {
        [self.lines, self.exceptions]
    }
}

/// A marshalled object, equal parts unified.
#[derive(Debug)]
pub struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    /// By node: whether it is a string that is used as a name or file name.
    named: Vec<bool>,
    table: HashTable<NodeId>,
    pub(super) root: NodeId,
}

impl<'a> Tree<'a> {
    pub(super) fn new() -> Tree<'a> {
        Tree { nodes: Vec::new(), named: Vec::new(), table: HashTable::new(), root: NodeId(0) }
    }

    /// Returns the outermost object.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// Returns the node that an id names.
    pub fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id.0 as usize]
    }

    /// Returns the code object that an id names, if it names one.
    pub fn code(&self, id: NodeId) -> Option<&Code> {
        match self.node(id) {
            Node::Code(code) => Some(code),
            _ => None,
        }
    }

    /// Returns a tuple's elements; nothing for other nodes.
    pub fn tuple(&self, id: NodeId) -> &[NodeId] {
        match self.node(id) {
            Node::Tuple(items) => items,
            _ => &[],
        }
    }

    /// Returns the text of a string that has no lone surrogates.
    pub fn text(&self, id: NodeId) -> Option<&'a str> {
        match self.node(id) {
            Node::Str(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// Returns the bytes of a bytes object; nothing for other nodes.
    pub fn bytes(&self, id: NodeId) -> &'a [u8] {
        match self.node(id) {
            Node::Bytes(bytes) => bytes,
            _ => &[],
        }
    }

    /// Returns how many different nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(super) fn index(id: NodeId) -> usize {
        id.0 as usize
    }

    pub(super) fn is_named(&self, id: NodeId) -> bool {
        self.named[id.0 as usize]
    }

    /// Returns the id of a node, a new one only if no equal node is there.
    pub(super) fn intern(&mut self, node: Node<'a>) -> NodeId {
        let hash = FxBuildHasher.hash_one(&node);
        let nodes = &self.nodes;
        if let Some(&found) = self.table.find(hash, |id| nodes[id.0 as usize] == node) {
            return found;
        }
        // A stream of 4 GiB is refused by the reader, so the count of nodes fits.
        let id = NodeId(self.nodes.len() as u32);
        if let Node::Code(code) = &node {
            self.mark_names(code);
        }
        self.nodes.push(node);
        self.named.push(false);
        let nodes = &self.nodes;
        self.table.insert_unique(hash, id, |id| FxBuildHasher.hash_one(&nodes[id.0 as usize]));
        id
    }

    fn mark_names(&mut self, code: &Code) {
        for id in [code.file_name, code.name, code.qualname] {
            self.named[id.0 as usize] = true;
        }
        for list in [code.names, code.locals] {
            let Node::Tuple(items) = &self.nodes[list.0 as usize] else { continue };
            for item in items {
                self.named[item.0 as usize] = true;
            }
        }
    }
}
