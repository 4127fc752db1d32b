//! The parser: recursive, with a bound for everything.
use std::sync::Arc;

use super::value::{Code, Value};
use super::{MAX_DEPTH, MAX_EXPANDED, MAX_VALUES};
use crate::archive::input::Input;
use crate::error::{Error, Result};

const FLAG_REF: u8 = 0x80;
const DIGIT_BITS: u32 = 15;

/// A value, how deep it is and how many values it has when expanded.
#[derive(Debug, Clone)]
struct Node {
    value: Value,
    height: usize,
    weight: u64,
}

impl Node {
    fn leaf(value: Value) -> Node {
        Node { value, height: 1, weight: 1 }
    }
}

/// What a composite value has taken so far.
#[derive(Debug, Default)]
struct Sum {
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
    depth: usize,
}

impl<'a> Parser<'a> {
    pub fn new(what: &'a str, bytes: &'a [u8], base: usize, python: Option<(u8, u8)>) -> Self {
        Parser { input: Input::new(what, bytes, base), what, base, python, refs: Vec::new(), values: 0, depth: 0 }
    }

    pub fn run(mut self) -> Result<(Value, usize)> {
        let node = self.node()?;
        Ok((node.value, self.input.offset() - self.base))
    }

    fn error(&self, at: usize, problem: String) -> Error {
        Error::malformed(self.what, at as u64, problem)
    }

    fn node(&mut self) -> Result<Node> {
        let at = self.input.offset();
        let byte = self.input.u8()?;
        self.node_of(byte, at)
    }

    fn node_of(&mut self, byte: u8, at: usize) -> Result<Node> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(self.error(at, format!("value number `{}`, `{MAX_VALUES}` are the most", self.values)));
        }
        let kind = byte & !FLAG_REF;
        let reference = (byte & FLAG_REF != 0 && kind != b'r').then(|| {
            self.refs.push(None);
            self.refs.len() - 1
        });
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(at, format!("nested `{}` levels deep, `{MAX_DEPTH}` are the most", self.depth)));
        }
        let node = match kind {
            b'(' | b')' | b'[' | b'<' | b'>' => self.sequence(kind)?,
            b'{' => self.dict()?,
            b':' => self.slice()?,
            b'c' => self.code(at)?,
            b'r' => self.reference(at)?,
            _ => Node::leaf(self.leaf(kind, at)?),
        };
        self.depth -= 1;
        if let Some(slot) = reference {
            self.refs[slot] = Some(node.clone());
        }
        Ok(node)
    }

    fn child(&mut self, sum: &mut Sum) -> Result<Value> {
        let at = self.input.offset();
        let node = self.node()?;
        self.add(node, sum, at)
    }

    /// Counts a child; bounds hold for the expanded tree.
    fn add(&self, node: Node, sum: &mut Sum, at: usize) -> Result<Value> {
        sum.height = sum.height.max(node.height);
        sum.weight += node.weight;
        if sum.height >= MAX_DEPTH {
            return Err(self.error(at, format!("refers to `{}` more levels, `{MAX_DEPTH}` are the most", sum.height)));
        }
        if sum.weight >= MAX_EXPANDED {
            return Err(self.error(at, format!("expands to `{}` values, `{MAX_EXPANDED}` are the most", sum.weight)));
        }
        Ok(node.value)
    }

    fn finish(value: Value, sum: Sum) -> Node {
        Node { value, height: sum.height + 1, weight: sum.weight + 1 }
    }

    /// A count of things of which each takes a byte or more.
    fn count(&mut self) -> Result<usize> {
        let at = self.input.offset();
        let count = self.input.i32_le()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.input.left() => Ok(count),
            _ => Err(self.error(at, format!("declares `{count}` items, `{}` bytes are left", self.input.left()))),
        }
    }

    fn sequence(&mut self, kind: u8) -> Result<Node> {
        let count = if kind == b')' { usize::from(self.input.u8()?) } else { self.count()? };
        let mut sum = Sum::default();
        let mut items = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            items.push(self.child(&mut sum)?);
        }
        let items: Arc<[Value]> = items.into();
        let value = match kind {
            b'[' => Value::List(items),
            b'<' => Value::Set(items),
            b'>' => Value::FrozenSet(items),
            _ => Value::Tuple(items),
        };
        Ok(Self::finish(value, sum))
    }

    fn dict(&mut self) -> Result<Node> {
        let mut sum = Sum::default();
        let mut items = Vec::new();
        loop {
            let at = self.input.offset();
            let byte = self.input.u8()?;
            if byte == b'0' {
                return Ok(Self::finish(Value::Dict(items.into()), sum));
            }
            let node = self.node_of(byte, at)?;
            let key = self.add(node, &mut sum, at)?;
            items.push((key, self.child(&mut sum)?));
        }
    }

    fn slice(&mut self) -> Result<Node> {
        let mut sum = Sum::default();
        let parts = [self.child(&mut sum)?, self.child(&mut sum)?, self.child(&mut sum)?];
        Ok(Self::finish(Value::Slice(parts.into()), sum))
    }

    fn reference(&mut self, at: usize) -> Result<Node> {
        let index = self.input.u32_le()?;
        match self.refs.get(index as usize) {
            Some(Some(node)) => Ok(node.clone()),
            Some(None) => Err(self.error(at, format!("refers to value `{index}`, which it is a part of"))),
            None => Err(self.error(at, format!("refers to value `{index}` of `{}`", self.refs.len()))),
        }
    }

    fn leaf(&mut self, kind: u8, at: usize) -> Result<Value> {
        Ok(match kind {
            b'N' => Value::None,
            b'S' => Value::StopIteration,
            b'.' => Value::Ellipsis,
            b'T' => Value::Bool(true),
            b'F' => Value::Bool(false),
            b'i' => Value::Int(i64::from(self.input.i32_le()?)),
            b'I' => Value::Int(self.input.i64_le()?),
            b'l' => self.long(at)?,
            b'g' => Value::Float(self.input.f64_le()?),
            b'f' => Value::Float(self.float_text()?),
            b'y' => Value::Complex(self.input.f64_le()?, self.input.f64_le()?),
            b'x' => Value::Complex(self.float_text()?, self.float_text()?),
            b's' => Value::Bytes(self.bytes()?.into()),
            b'u' | b't' => self.unicode(at)?,
            b'a' | b'A' => {
                let count = self.count()?;
                self.ascii(count, at)?
            }
            b'z' | b'Z' => {
                let count = usize::from(self.input.u8()?);
                self.ascii(count, at)?
            }
            other => {
                return Err(self.error(at, format!("has type code `{}`, which is not known", other.escape_ascii())));
            }
        })
    }

    fn bytes(&mut self) -> Result<&'a [u8]> {
        let count = self.count()?;
        self.input.take(count)
    }

    fn float_text(&mut self) -> Result<f64> {
        let at = self.input.offset();
        let count = usize::from(self.input.u8()?);
        let text = self.input.take(count)?;
        std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| self.error(at, format!("`{}` is not a float", text.escape_ascii())))
    }

    fn ascii(&mut self, count: usize, at: usize) -> Result<Value> {
        let text = self.input.take(count)?;
        match std::str::from_utf8(text) {
            Ok(text) if text.is_ascii() => Ok(Value::Str(text.into())),
            _ => Err(self.error(at, format!("`{count}` bytes of a string are said to be ASCII and are not"))),
        }
    }

    fn unicode(&mut self, at: usize) -> Result<Value> {
        let text = self.bytes()?;
        match std::str::from_utf8(text) {
            Ok(text) => Ok(Value::Str(text.into())),
            Err(_) if is_utf8_with_surrogates(text) => Ok(Value::Surrogates(text.into())),
            Err(error) => Err(self.error(at, format!("a string of `{}` bytes: {error}", text.len()))),
        }
    }

    fn long(&mut self, at: usize) -> Result<Value> {
        let count = self.input.i32_le()?;
        let length = count.unsigned_abs() as usize;
        if length > self.input.left() / 2 {
            return Err(self.error(at, format!("declares `{length}` digits, `{}` bytes are left", self.input.left())));
        }
        let bytes = self.input.take(length * 2)?;
        let digits: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        if let Some(digit) = digits.iter().find(|digit| **digit >> DIGIT_BITS != 0) {
            return Err(self.error(at, format!("has the digit `{digit}`, `{}` is the most", (1 << DIGIT_BITS) - 1)));
        }
        if digits.last() == Some(&0) {
            return Err(self.error(at, format!("has `{length}` digits, the highest is `0`")));
        }
        if digits.len() > 4 {
            return Ok(Value::Long(count < 0, digits.into()));
        }
        let number = digits.iter().rev().fold(0, |number: i64, digit| (number << DIGIT_BITS) | i64::from(*digit));
        Ok(Value::Int(if count < 0 { -number } else { number }))
    }

    fn code(&mut self, at: usize) -> Result<Node> {
        let modern = match self.python {
            Some((3, 11..=14)) => true,
            Some((3, 8..=10)) => false,
            Some((major, minor)) => {
                let feature = format!("code objects of Python {major}.{minor}, those of 3.8 to 3.14 are");
                return Err(Error::Unsupported { what: self.what.to_owned(), offset: at as u64, feature });
            }
            None => return Err(self.error(at, "has type code `c`, expected no code".into())),
        };
        let mut sum = Sum::default();
        let code = Code {
            arg_count: self.input.i32_le()?,
            positional_only_arg_count: self.input.i32_le()?,
            keyword_only_arg_count: self.input.i32_le()?,
            local_count: if modern { 0 } else { self.input.i32_le()? },
            stack_size: self.input.i32_le()?,
            flags: self.input.i32_le()?,
            bytecode: self.bytes_field("co_code", &mut sum)?,
            consts: self.tuple_field("co_consts", &mut sum)?,
            names: self.tuple_field("co_names", &mut sum)?,
            locals: self.locals(modern, &mut sum)?,
            local_kinds: if modern { self.bytes_field("co_localspluskinds", &mut sum)? } else { Arc::default() },
            file_name: self.text_field("co_filename", &mut sum)?,
            name: self.text_field("co_name", &mut sum)?,
            qualified_name: if modern { self.text_field("co_qualname", &mut sum)? } else { String::new() },
            first_line: self.input.i32_le()?,
            line_table: self.bytes_field("co_linetable", &mut sum)?,
            exception_table: if modern { self.bytes_field("co_exceptiontable", &mut sum)? } else { Arc::default() },
        };
        let code = if modern { code } else { Code { qualified_name: code.name.clone(), ..code } };
        Ok(Self::finish(Value::Code(Arc::new(code)), sum))
    }

    /// Before 3.11 the local variables are three tuples: variables, free ones, cells.
    fn locals(&mut self, modern: bool, sum: &mut Sum) -> Result<Vec<Value>> {
        if modern {
            return Ok(self.tuple_field("co_localsplusnames", sum)?.to_vec());
        }
        let variables = self.tuple_field("co_varnames", sum)?;
        let free = self.tuple_field("co_freevars", sum)?;
        let cells = self.tuple_field("co_cellvars", sum)?;
        Ok([variables, cells, free].concat())
    }

    fn wrong(&self, at: usize, field: &str, found: &Value, expected: &str) -> Error {
        self.error(at, format!("{field} is of type `{}`, expected `{expected}`", found.type_name()))
    }

    fn bytes_field(&mut self, field: &str, sum: &mut Sum) -> Result<Arc<[u8]>> {
        let at = self.input.offset();
        match self.child(sum)? {
            Value::Bytes(bytes) => Ok(bytes),
            other => Err(self.wrong(at, field, &other, "bytes")),
        }
    }

    fn tuple_field(&mut self, field: &str, sum: &mut Sum) -> Result<Arc<[Value]>> {
        let at = self.input.offset();
        match self.child(sum)? {
            Value::Tuple(items) => Ok(items),
            other => Err(self.wrong(at, field, &other, "tuple")),
        }
    }

    fn text_field(&mut self, field: &str, sum: &mut Sum) -> Result<String> {
        let at = self.input.offset();
        match self.child(sum)? {
            Value::Str(text) => Ok(text.to_string()),
            Value::Surrogates(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            other => Err(self.wrong(at, field, &other, "str")),
        }
    }
}

/// Whether the bytes are UTF-8 but for lone surrogates, as CPython's `surrogatepass` takes them.
fn is_utf8_with_surrogates(mut bytes: &[u8]) -> bool {
    while let Err(error) = std::str::from_utf8(bytes) {
        match &bytes[error.valid_up_to()..] {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, rest @ ..] => bytes = rest,
            _ => return false,
        }
    }
    true
}
