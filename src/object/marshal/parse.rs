//! Marshalled bytes -> [`Tree`]. Trusts no length and no reference; never panics.
use super::MAX_DEPTH;
use super::tree::{Code, Node, NodeId, Tree};

/// Why bytes are not a marshalled code object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bad marshal data at byte {offset}: {what}")]
pub struct MarshalError {
    /// Where, counted from the start.
    pub offset: usize,
    /// What is wrong there.
    pub what: &'static str,
}

const FLAG_REF: u8 = 0x80;

impl<'a> Tree<'a> {
    /// Reads one object that takes up all of `bytes`.
    pub fn parse(bytes: &'a [u8]) -> Result<Tree<'a>, MarshalError> {
        Parser::new(bytes, None).run()
    }

    /// Reads one object and sets the file name of all code in it.
    pub fn parse_with_file_name(bytes: &'a [u8], file_name: &'a str) -> Result<Tree<'a>, MarshalError> {
        Parser::new(bytes, Some(file_name)).run()
    }
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    /// `None`: reserved for an object that is not complete yet.
    refs: Vec<Option<NodeId>>,
    file_name: Option<NodeId>,
    tree: Tree<'a>,
}

impl<'a> Parser<'a> {
    fn new(bytes: &'a [u8], file_name: Option<&'a str>) -> Parser<'a> {
        let mut tree = Tree::new();
        let file_name = file_name.map(|name| tree.intern(Node::Str(name.as_bytes())));
        Parser { bytes, at: 0, depth: 0, refs: Vec::new(), file_name, tree }
    }

    fn run(mut self) -> Result<Tree<'a>, MarshalError> {
        if self.bytes.len() > i32::MAX as usize {
            return self.fail("longer than 2 GiB");
        }
        self.tree.root = self.object()?;
        if self.at != self.bytes.len() {
            return self.fail("the object is over but the data is not");
        }
        Ok(self.tree)
    }

    fn object(&mut self) -> Result<NodeId, MarshalError> {
        let byte = self.take(1)?[0];
        let kind = byte & !FLAG_REF;
        if kind == b'r' {
            return self.reference();
        }
        // Numbered before what is in it is read: CPython reserves or appends at this point for every type that has
        // parts, and for the others it makes no difference.
        let slot = (byte & FLAG_REF != 0).then(|| {
            self.refs.push(None);
            self.refs.len() - 1
        });
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fail("nested too deep");
        }
        let node = match kind {
            b'(' => {
                let count = self.length()?;
                Node::Tuple(self.items(count)?)
            }
            b')' => {
                let count = usize::from(self.take(1)?[0]);
                Node::Tuple(self.items(count)?)
            }
            b'>' => self.frozen_set()?,
            b':' => Node::Slice([self.object()?, self.object()?, self.object()?]),
            b'c' => self.code()?,
            _ => self.leaf(kind)?,
        };
        self.depth -= 1;
        let id = self.tree.intern(node);
        if let Some(slot) = slot {
            self.refs[slot] = Some(id);
        }
        Ok(id)
    }

    #[inline(never)]
    fn leaf(&mut self, kind: u8) -> Result<Node<'a>, MarshalError> {
        Ok(match kind {
            b'N' | b'T' | b'F' | b'.' | b'S' => Node::Singleton(kind),
            b'i' => Node::Int(self.int()?),
            b'l' => self.long()?,
            b'g' => Node::Float(self.take(8)?),
            b'y' => Node::Complex(self.take(16)?),
            b's' => {
                let length = self.length()?;
                Node::Bytes(self.take(length)?)
            }
            b'z' | b'Z' => {
                let length = usize::from(self.take(1)?[0]);
                self.ascii(length)?
            }
            b'a' | b'A' => {
                let length = self.length()?;
                self.ascii(length)?
            }
            b'u' | b't' => {
                let length = self.length()?;
                Node::Str(self.take(length)?)
            }
            _ => return self.fail("unknown or mutable type"),
        })
    }

    fn reference(&mut self) -> Result<NodeId, MarshalError> {
        let index = self.length()?;
        match self.refs.get(index) {
            Some(Some(id)) => Ok(*id),
            _ => self.fail("reference to an object that is not there"),
        }
    }

    fn long(&mut self) -> Result<Node<'a>, MarshalError> {
        let start = self.at;
        let count = self.int()?.unsigned_abs() as usize;
        let digits = self.take(count.saturating_mul(2))?;
        let bad = |digit: &[u8]| digit[1] & 0x80 != 0;
        if digits.chunks_exact(2).any(bad) || digits.ends_with(&[0, 0]) {
            return self.fail("bad digit of an integer");
        }
        Ok(Node::Long(&self.bytes[start..self.at]))
    }

    fn ascii(&mut self, length: usize) -> Result<Node<'a>, MarshalError> {
        let text = self.take(length)?;
        if !text.is_ascii() {
            return self.fail("an ASCII string with other bytes");
        }
        Ok(Node::Str(text))
    }

    fn items(&mut self, count: usize) -> Result<Box<[NodeId]>, MarshalError> {
        // Every item takes a byte at least, so a lying count ends before memory does.
        if count > self.bytes.len() - self.at {
            return self.fail("more items than bytes");
        }
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(self.object()?);
        }
        Ok(items.into_boxed_slice())
    }

    #[inline(never)]
    fn frozen_set(&mut self) -> Result<Node<'a>, MarshalError> {
        let count = self.length()?;
        let mut items = self.items(count)?.into_vec();
        items.sort_unstable();
        items.dedup();
        if items.len() > 1 {
            let mut keyed = Vec::with_capacity(items.len());
            for item in items {
                keyed.push((self.tree.sort_key(item)?, item));
            }
            keyed.sort_unstable();
            items = keyed.into_iter().map(|(_, item)| item).collect();
        }
        Ok(Node::FrozenSet(items.into_boxed_slice()))
    }

    #[inline(never)]
    fn code(&mut self) -> Result<Node<'a>, MarshalError> {
        let mut counts = [0; 5];
        for count in &mut counts {
            *count = self.int()?;
        }
        let code = self.object()?;
        let consts = self.object()?;
        let names = self.object()?;
        let locals = self.object()?;
        let kinds = self.object()?;
        let file_name = self.object()?;
        let name = self.object()?;
        let qualname = self.object()?;
        let first_line = self.int()?;
        let lines = self.object()?;
        let exceptions = self.object()?;
        let file_name = self.file_name.unwrap_or(file_name);
        let code = Code {
            counts,
            code,
            consts,
            names,
            locals,
            kinds,
            file_name,
            name,
            qualname,
            first_line,
            lines,
            exceptions,
        };
        self.check(&code)?;
        Ok(Node::Code(Box::new(code)))
    }

    fn check(&self, code: &Code) -> Result<(), MarshalError> {
        let bytes = [code.code, code.kinds, code.lines, code.exceptions];
        let tuples = [code.consts, code.names, code.locals];
        let strings = [code.file_name, code.name, code.qualname];
        let right = bytes.iter().all(|id| matches!(self.tree.node(*id), Node::Bytes(_)))
            && tuples.iter().all(|id| matches!(self.tree.node(*id), Node::Tuple(_)))
            && strings.iter().all(|id| matches!(self.tree.node(*id), Node::Str(_)));
        if right { Ok(()) } else { self.fail("a code object's field has the wrong type") }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], MarshalError> {
        match self.bytes[self.at..].get(..length) {
            Some(taken) => {
                self.at += length;
                Ok(taken)
            }
            None => self.fail("the data ends within an object"),
        }
    }

    fn int(&mut self) -> Result<i32, MarshalError> {
        let bytes = self.take(4)?;
        Ok(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn length(&mut self) -> Result<usize, MarshalError> {
        let value = self.int()?;
        usize::try_from(value).or_else(|_| self.fail("a negative length"))
    }

    fn fail<T>(&self, what: &'static str) -> Result<T, MarshalError> {
        Err(MarshalError { offset: self.at, what })
    }
}
