//! [`Tree`] -> canonical bytes.
use super::MAX_DEPTH;
use super::parse::MarshalError;
use super::tree::{Node, NodeId, Tree};

const FLAG_REF: u8 = 0x80;
/// Not yet written.
const UNWRITTEN: u32 = u32::MAX;

impl Tree<'_> {
    /// Returns the canonical bytes.
    pub fn emit(&self) -> Result<Vec<u8>, MarshalError> {
        self.emit_from(self.root, true)
    }

    /// Returns what a frozenset's elements are ordered by: an element's canonical bytes, standing alone. Whether a
    /// string is a name elsewhere does not count: while reading that is not known yet.
    pub(super) fn sort_key(&self, element: NodeId) -> Result<Vec<u8>, MarshalError> {
        self.emit_from(element, false)
    }

    fn emit_from(&self, root: NodeId, names: bool) -> Result<Vec<u8>, MarshalError> {
        let has_parts = matches!(self.node(root), Node::Tuple(_) | Node::FrozenSet(_) | Node::Slice(_) | Node::Code(_));
        let (shared, written) =
            if has_parts { (self.count(root), vec![UNWRITTEN; self.len()]) } else { (Vec::new(), Vec::new()) };
        let mut emitter = Emitter { tree: self, names, shared, written, next: 0, depth: 0, out: Vec::new() };
        if has_parts {
            emitter.object(root)?;
        } else {
            emitter.leaf(self.node(root), 0, false);
        }
        Ok(emitter.out)
    }

    /// By node: whether it occurs more than once below `root`.
    fn count(&self, root: NodeId) -> Vec<bool> {
        let mut seen = vec![false; self.len()];
        let mut shared = vec![false; self.len()];
        let mut waiting = vec![root];
        while let Some(id) = waiting.pop() {
            let index = Tree::index(id);
            if std::mem::replace(&mut seen[index], true) {
                shared[index] = true;
                continue;
            }
            match self.node(id) {
                Node::Tuple(items) | Node::FrozenSet(items) => waiting.extend_from_slice(items),
                Node::Slice(parts) => waiting.extend_from_slice(parts),
                Node::Code(code) => {
                    waiting.extend_from_slice(&code.head());
                    waiting.extend_from_slice(&code.tail());
                }
                _ => {}
            }
        }
        shared
    }
}

/// Whether the interpreter holds this object once whatever the stream says, so that a reference would only cost.
fn is_held_once(node: &Node) -> bool {
    match node {
        Node::Singleton(_) => true,
        Node::Int(value) => (-5..=256).contains(value),
        Node::Bytes(bytes) => bytes.len() <= 1,
        Node::Str(text) => text.len() <= 1 || matches!(text, [0xc2 | 0xc3, _]),
        Node::Tuple(items) => items.is_empty(),
        _ => false,
    }
}

struct Emitter<'t, 'a> {
    tree: &'t Tree<'a>,
    /// Whether the use of a string as a name counts for its flavour.
    names: bool,
    shared: Vec<bool>,
    /// By node: its reference number once written.
    written: Vec<u32>,
    next: u32,
    depth: usize,
    out: Vec<u8>,
}

impl Emitter<'_, '_> {
    fn object(&mut self, id: NodeId) -> Result<(), MarshalError> {
        let index = Tree::index(id);
        let tree = self.tree;
        let node = tree.node(id);
        if self.written[index] != UNWRITTEN {
            self.out.push(b'r');
            self.out.extend_from_slice(&self.written[index].to_le_bytes());
            return Ok(());
        }
        let mut flag = 0;
        if self.shared[index] && !is_held_once(node) {
            flag = FLAG_REF;
            self.written[index] = self.next;
            self.next += 1;
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(MarshalError { offset: self.out.len(), what: "nested too deep" });
        }
        match node {
            Node::Tuple(items) => {
                self.head(b')', b'(', items.len(), flag);
                self.items(items)?;
            }
            Node::FrozenSet(items) => {
                self.out.push(b'>' | flag);
                self.length(items.len());
                self.items(items)?;
            }
            Node::Slice(parts) => {
                self.out.push(b':' | flag);
                self.items(parts)?;
            }
            Node::Code(code) => {
                self.out.push(b'c' | flag);
                code.counts.iter().for_each(|count| self.int(*count));
                self.items(&code.head())?;
                self.int(code.first_line);
                self.items(&code.tail())?;
            }
            _ => self.leaf(node, flag, self.names && tree.is_named(id)),
        }
        self.depth -= 1;
        Ok(())
    }

    fn items(&mut self, items: &[NodeId]) -> Result<(), MarshalError> {
        items.iter().try_for_each(|item| self.object(*item))
    }

    #[inline(never)]
    fn leaf(&mut self, node: &Node, flag: u8, named: bool) {
        match node {
            Node::Singleton(kind) => self.out.push(kind | flag),
            Node::Int(value) => {
                self.out.push(b'i' | flag);
                self.int(*value);
            }
            Node::Long(bytes) => self.plain(b'l', bytes, flag),
            Node::Float(bytes) => self.plain(b'g', bytes, flag),
            Node::Complex(bytes) => self.plain(b'y', bytes, flag),
            Node::Bytes(bytes) => {
                self.out.push(b's' | flag);
                self.length(bytes.len());
                self.out.extend_from_slice(bytes);
            }
            Node::Str(text) => self.text(text, flag, named),
            Node::Tuple(_) | Node::FrozenSet(_) | Node::Slice(_) | Node::Code(_) => {
                unreachable!("a node with parts is not a leaf")
            }
        }
    }

    fn text(&mut self, text: &[u8], flag: u8, named: bool) {
        let interned = named || text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        if text.is_ascii() {
            let (short, long) = if interned { (b'Z', b'A') } else { (b'z', b'a') };
            self.head(short, long, text.len(), flag);
        } else {
            self.out.push(if interned { b't' } else { b'u' } | flag);
            self.length(text.len());
        }
        self.out.extend_from_slice(text);
    }

    /// Writes a type that has a short form for lengths of one byte.
    fn head(&mut self, short: u8, long: u8, length: usize, flag: u8) {
        match u8::try_from(length) {
            Ok(length) => self.out.extend_from_slice(&[short | flag, length]),
            Err(_) => {
                self.out.push(long | flag);
                self.length(length);
            }
        }
    }

    fn plain(&mut self, kind: u8, bytes: &[u8], flag: u8) {
        self.out.push(kind | flag);
        self.out.extend_from_slice(bytes);
    }

    /// Lengths come from a stream below 2 GiB.
    fn length(&mut self, length: usize) {
        self.out.extend_from_slice(&(length as u32).to_le_bytes());
    }

    fn int(&mut self, value: i32) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }
}
