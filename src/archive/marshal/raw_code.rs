//! The fields of a code object in the order in which each version of Python writes them.
use std::sync::Arc;

use super::value::{Code, Value};
use crate::error::Result;
use crate::input::Input;

/// In every version the first line's number follows this many of the other fields.
pub(super) const FIELDS_BEFORE_LINE: usize = 8;

/// Which version's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// 3.8 to 3.10.
    Before311,
    /// 3.11 to 3.14.
    Modern,
}

impl Layout {
    /// The fields that are values, with their types.
    pub(super) fn fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Layout::Before311 => &[
                ("co_code", "bytes"),
                ("co_consts", "tuple"),
                ("co_names", "tuple"),
                ("co_varnames", "tuple"),
                ("co_freevars", "tuple"),
                ("co_cellvars", "tuple"),
                ("co_filename", "str"),
                ("co_name", "str"),
                ("co_lnotab", "bytes"),
            ],
            Layout::Modern => &[
                ("co_code", "bytes"),
                ("co_consts", "tuple"),
                ("co_names", "tuple"),
                ("co_localsplusnames", "tuple"),
                ("co_localspluskinds", "bytes"),
                ("co_filename", "str"),
                ("co_name", "str"),
                ("co_qualname", "str"),
                ("co_linetable", "bytes"),
                ("co_exceptiontable", "bytes"),
            ],
        }
    }
}

pub(super) fn fits(value: &Value, expected: &str) -> bool {
    value.type_name() == expected
}

/// The numbers of a code object, whose other fields are still read.
#[derive(Debug)]
pub(super) struct RawCode {
    pub layout: Layout,
    pub first_line: i32,
    arg_count: i32,
    positional_only_arg_count: i32,
    keyword_only_arg_count: i32,
    local_count: i32,
    stack_size: i32,
    flags: i32,
}

impl RawCode {
    /// Reads the numbers at its beginning.
    pub(super) fn start(input: &mut Input, layout: Layout) -> Result<RawCode> {
        Ok(RawCode {
            layout,
            first_line: 0,
            arg_count: input.i32_le()?,
            positional_only_arg_count: input.i32_le()?,
            keyword_only_arg_count: input.i32_le()?,
            local_count: if layout == Layout::Before311 { input.i32_le()? } else { 0 },
            stack_size: input.i32_le()?,
            flags: input.i32_le()?,
        })
    }

    /// The code object of the values of [`Layout::fields`].
    pub(super) fn finish(self, values: &[Value]) -> Code {
        let field = |name: &str| {
            let index = self.layout.fields().iter().position(|(field, _)| *field == name);
            index.and_then(|index| values.get(index))
        };
        let modern = self.layout == Layout::Modern;
        let locals = if modern {
            tuple(field("co_localsplusnames")).to_vec()
        } else {
            ["co_varnames", "co_cellvars", "co_freevars"].map(|name| tuple(field(name)).to_vec()).concat()
        };
        Code {
            arg_count: self.arg_count,
            positional_only_arg_count: self.positional_only_arg_count,
            keyword_only_arg_count: self.keyword_only_arg_count,
            local_count: self.local_count,
            stack_size: self.stack_size,
            flags: self.flags,
            bytecode: bytes(field("co_code")),
            consts: tuple(field("co_consts")),
            names: tuple(field("co_names")),
            locals,
            local_kinds: bytes(field("co_localspluskinds")),
            file_name: text(field("co_filename")),
            name: text(field("co_name")),
            qualified_name: text(field(if modern { "co_qualname" } else { "co_name" })),
            first_line: self.first_line,
            line_table: bytes(field(if modern { "co_linetable" } else { "co_lnotab" })),
            exception_table: bytes(field("co_exceptiontable")),
        }
    }
}

fn bytes(value: Option<&Value>) -> Arc<[u8]> {
    match value {
        Some(Value::Bytes(bytes)) => bytes.clone(),
        _ => Arc::default(),
    }
}

fn tuple(value: Option<&Value>) -> Arc<[Value]> {
    match value {
        Some(Value::Tuple(items)) => items.clone(),
        _ => Arc::default(),
    }
}

fn text(value: Option<&Value>) -> Arc<str> {
    match value {
        Some(Value::Str(text)) => text.clone(),
        Some(Value::Surrogates(bytes)) => String::from_utf8_lossy(bytes).into(),
        _ => Arc::default(),
    }
}
