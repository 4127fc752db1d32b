//! The parser: a stack of values that are still read, with a bound for everything. It does not call itself, so that no
//! input is too deep for the thread's stack.
use std::sync::Arc;

use super::leaf;
use super::raw_code::{self, Layout, RawCode};
use super::value::Value;
use super::{MAX_DEPTH, MAX_EXPANDED, MAX_VALUES};
use crate::error::{Error, Result};
use crate::input::Input;

const FLAG_REF: u8 = 0x80;

/// A value, where it begins, how deep it is and how many values it has when expanded.
#[derive(Debug, Clone)]
struct Node {
    value: Value,
    at: usize,
    height: usize,
    weight: u64,
}

/// A composite value that is still read.
#[derive(Debug)]
struct Frame {
    kind: u8,
    at: usize,
    /// Its number among the values that may be referred to.
    reference: Option<usize>,
    /// How many children it has; a dict ends with a mark.
    count: Option<usize>,
    code: Option<RawCode>,
    children: Vec<Value>,
    height: usize,
    weight: u64,
}

pub(super) struct Parser<'a> {
    input: Input<'a>,
    what: &'a str,
    base: usize,
    python: Option<(u8, u8)>,
    /// Values with `FLAG_REF` in pre-order; those that are still read are missing.
    refs: Vec<Option<Node>>,
    values: usize,
    stack: Vec<Frame>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(what: &'a str, bytes: &'a [u8], base: usize, python: Option<(u8, u8)>) -> Self {
        let input = Input::new(what, bytes, base);
        Parser { input, what, base, python, refs: Vec::new(), values: 0, stack: Vec::new() }
    }

    pub(super) fn run(mut self) -> Result<(Value, usize)> {
        loop {
            let mut done = self.open()?;
            while let Some(node) = done {
                if self.stack.is_empty() {
                    return Ok((node.value, self.input.offset() - self.base));
                }
                self.add(node)?;
                done = self.close()?;
            }
        }
    }

    fn error(&self, at: usize, problem: String) -> Error {
        Error::malformed(self.what, at as u64, problem)
    }

    /// Reads a value's beginning: all of it if it has no children.
    fn open(&mut self) -> Result<Option<Node>> {
        let at = self.input.offset();
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(self.error(at, format!("value number `{}`, `{MAX_VALUES}` are the most", self.values)));
        }
        if self.stack.len() >= MAX_DEPTH {
            let depth = self.stack.len() + 1;
            return Err(self.error(at, format!("nested `{depth}` levels deep, `{MAX_DEPTH}` are the most")));
        }
        let byte = self.input.u8()?;
        let kind = byte & !FLAG_REF;
        if kind == b'r' {
            return self.reference(at).map(Some);
        }
        let reference = (byte & FLAG_REF != 0).then(|| {
            self.refs.push(None);
            self.refs.len() - 1
        });
        let (mut count, mut code) = (None, None);
        match kind {
            b'(' | b'[' | b'<' | b'>' => count = Some(self.input.count()?),
            b')' => count = Some(usize::from(self.input.u8()?)),
            b':' => count = Some(3),
            b'c' => {
                let layout = self.layout(at)?;
                let started = RawCode::start(&mut self.input, layout)?;
                count = Some(started.layout.fields().len());
                code = Some(started);
            }
            b'{' => {}
            _ => {
                let value = leaf::read(&mut self.input, kind, at, self.what)?;
                return Ok(Some(self.finished(Node { value, at, height: 1, weight: 1 }, reference)));
            }
        }
        self.stack.push(Frame { kind, at, reference, count, code, children: Vec::new(), height: 0, weight: 0 });
        self.close()
    }

    fn finished(&mut self, node: Node, reference: Option<usize>) -> Node {
        if let Some(slot) = reference {
            self.refs[slot] = Some(node.clone());
        }
        node
    }

    fn layout(&self, at: usize) -> Result<Layout> {
        match self.python {
            Some((3, 11..=14)) => Ok(Layout::Modern),
            Some((3, 8..=10)) => Ok(Layout::Before311),
            Some((major, minor)) => {
                let feature = format!("code objects of Python {major}.{minor}, those of 3.8 to 3.14 are");
                Err(Error::Unsupported { what: self.what.to_owned(), offset: at as u64, feature })
            }
            None => Err(self.error(at, "has type code `c`, expected no code".into())),
        }
    }

    fn reference(&mut self, at: usize) -> Result<Node> {
        let index = self.input.u32_le()?;
        match self.refs.get(index as usize) {
            Some(Some(node)) => Ok(Node { at, ..node.clone() }),
            Some(None) => Err(self.error(at, format!("refers to value `{index}`, which it is a part of"))),
            None => Err(self.error(at, format!("refers to value `{index}` of `{}`", self.refs.len()))),
        }
    }

    /// Gives a child to the value on top of the stack; bounds hold for the expanded tree.
    fn add(&mut self, node: Node) -> Result<()> {
        let what = self.what;
        let Some(frame) = self.stack.last_mut() else { return Ok(()) };
        let error = |problem: String| Error::malformed(what, node.at as u64, problem);
        frame.height = frame.height.max(node.height);
        frame.weight += node.weight;
        if frame.height >= MAX_DEPTH {
            return Err(error(format!("refers to `{}` more levels, `{MAX_DEPTH}` are the most", frame.height)));
        }
        if frame.weight >= MAX_EXPANDED {
            return Err(error(format!("expands to `{}` values, `{MAX_EXPANDED}` are the most", frame.weight)));
        }
        if let Some(code) = &mut frame.code {
            let (field, expected) = code.layout.fields()[frame.children.len()];
            if !raw_code::fits(&node.value, expected) {
                return Err(error(format!("{field} is of type `{}`, expected `{expected}`", node.value.type_name())));
            }
            if frame.children.len() + 1 == raw_code::FIELDS_BEFORE_LINE {
                code.first_line = self.input.i32_le()?;
            }
        }
        frame.children.push(node.value);
        Ok(())
    }

    /// The value on top of the stack, if it has all of its children.
    fn close(&mut self) -> Result<Option<Node>> {
        let complete = match self.stack.last() {
            Some(Frame { count: Some(count), children, .. }) => children.len() == *count,
            Some(frame) => frame.children.len() % 2 == 0 && self.input.skip_if(b'0'),
            None => false,
        };
        let Some(frame) = (if complete { self.stack.pop() } else { None }) else { return Ok(None) };
        let value = match (frame.kind, frame.code) {
            (_, Some(code)) => Value::Code(Arc::new(code.finish(&frame.children))),
            (b'{', _) => {
                let pairs = frame.children.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
                Value::Dict(pairs.collect())
            }
            (b'[', _) => Value::List(frame.children.into()),
            (b'<', _) => Value::Set(frame.children.into()),
            (b'>', _) => Value::FrozenSet(frame.children.into()),
            (b':', _) => Value::Slice(frame.children.into()),
            _ => Value::Tuple(frame.children.into()),
        };
        let node = Node { value, at: frame.at, height: frame.height + 1, weight: frame.weight + 1 };
        Ok(Some(self.finished(node, frame.reference)))
    }
}
