//! The values of marshalled bytes.
use std::sync::Arc;

/// A value. Composite ones are shared: what the bytes refer to twice is in memory once.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `None`.
    None,
    /// `StopIteration`.
    StopIteration,
    /// `...`.
    Ellipsis,
    /// `True` or `False`.
    Bool(bool),
    /// An integer of 60 bits, or of 64 as old versions wrote them.
    Int(i64),
    /// A larger integer: whether it is negative, and its 15-bit digits from the least on.
    Long(bool, Arc<[u16]>),
    /// A float.
    Float(f64),
    /// A complex number.
    Complex(f64, f64),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A string.
    Str(Arc<str>),
    /// A string with lone surrogates, as UTF-8 with them encoded.
    Surrogates(Arc<[u8]>),
    /// A tuple.
    Tuple(Arc<[Value]>),
    /// A list.
    List(Arc<[Value]>),
    /// A set, in stored order.
    Set(Arc<[Value]>),
    /// A frozenset, in stored order.
    FrozenSet(Arc<[Value]>),
    /// A dict, in stored order.
    Dict(Arc<[(Value, Value)]>),
    /// `slice(start, stop, step)`, these three (Python 3.14).
    Slice(Arc<[Value]>),
    /// A code object.
    Code(Arc<Code>),
}

impl Value {
    /// Python's name of the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::None => "NoneType",
            Value::StopIteration => "type",
            Value::Ellipsis => "ellipsis",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::Long(..) => "int",
            Value::Float(_) => "float",
            Value::Complex(..) => "complex",
            Value::Bytes(_) => "bytes",
            Value::Str(_) | Value::Surrogates(_) => "str",
            Value::Tuple(_) => "tuple",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::FrozenSet(_) => "frozenset",
            Value::Dict(_) => "dict",
            Value::Slice(_) => "slice",
            Value::Code(_) => "code",
        }
    }

    /// The text of a string without lone surrogates.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The number of an integer of 64 bits.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The items of a tuple.
    pub fn as_tuple(&self) -> Option<&[Value]> {
        match self {
            Value::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The code object.
    pub fn as_code(&self) -> Option<&Arc<Code>> {
        match self {
            Value::Code(code) => Some(code),
            _ => None,
        }
    }
}

/// A code object (`Objects/codeobject.c`). What a version of Python does not have is empty or 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    /// `co_argcount`.
    pub arg_count: i32,
    /// `co_posonlyargcount`.
    pub positional_only_arg_count: i32,
    /// `co_kwonlyargcount`.
    pub keyword_only_arg_count: i32,
    /// `co_nlocals`; from 3.11 on it follows from `locals` and is 0 here.
    pub local_count: i32,
    /// `co_stacksize`.
    pub stack_size: i32,
    /// `co_flags`.
    pub flags: i32,
    /// `co_code`.
    pub bytecode: Arc<[u8]>,
    /// `co_consts`: nested code is among them.
    pub consts: Arc<[Value]>,
    /// `co_names`.
    pub names: Arc<[Value]>,
    /// `co_localsplusnames`; before 3.11 `co_varnames`, `co_cellvars` and `co_freevars` in this order.
    pub locals: Vec<Value>,
    /// `co_localspluskinds`, a byte each (from 3.11 on).
    pub local_kinds: Arc<[u8]>,
    /// `co_filename`.
    pub file_name: Arc<str>,
    /// `co_name`.
    pub name: Arc<str>,
    /// `co_qualname`; before 3.11 the name.
    pub qualified_name: Arc<str>,
    /// `co_firstlineno`.
    pub first_line: i32,
    /// `co_linetable`; before 3.10 `co_lnotab`.
    pub line_table: Arc<[u8]>,
    /// `co_exceptiontable` (from 3.11 on).
    pub exception_table: Arc<[u8]>,
}

impl Code {
    /// The code objects among the constants, in order.
    pub fn nested(&self) -> impl Iterator<Item = &Arc<Code>> {
        self.consts.iter().filter_map(Value::as_code)
    }
}
