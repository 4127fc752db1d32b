//! Values without children.
use super::value::Value;
use crate::error::{Error, Result};
use crate::input::Input;

const DIGIT_BITS: u32 = 15;
/// So many digits fit into 64 bits.
const DIGITS_OF_INT: usize = 4;

/// Reads a value of a type code that stands at byte `at` of what is called `what`.
pub(super) fn read(input: &mut Input, kind: u8, at: usize, what: &str) -> Result<Value> {
    let error = |problem: String| Error::malformed(what, at as u64, problem);
    Ok(match kind {
        b'N' => Value::None,
        b'S' => Value::StopIteration,
        b'.' => Value::Ellipsis,
        b'T' => Value::Bool(true),
        b'F' => Value::Bool(false),
        b'i' => Value::Int(i64::from(input.i32_le()?)),
        b'I' => Value::Int(input.i64_le()?),
        b'l' => long(input, error)?,
        b'g' => Value::Float(input.f64_le()?),
        b'f' => Value::Float(float_text(input, error)?),
        b'y' => Value::Complex(input.f64_le()?, input.f64_le()?),
        b'x' => Value::Complex(float_text(input, error)?, float_text(input, error)?),
        b's' => Value::Bytes(bytes(input)?.into()),
        b'u' | b't' => unicode(bytes(input)?, error)?,
        b'a' | b'A' => ascii(bytes(input)?, error)?,
        b'z' | b'Z' => {
            let count = usize::from(input.u8()?);
            ascii(input.take(count)?, error)?
        }
        other => return Err(error(format!("has type code `{}`, which is not known", other.escape_ascii()))),
    })
}

fn bytes<'a>(input: &mut Input<'a>) -> Result<&'a [u8]> {
    let count = input.count()?;
    input.take(count)
}

fn float_text(input: &mut Input, error: impl Fn(String) -> Error) -> Result<f64> {
    let count = usize::from(input.u8()?);
    let text = input.take(count)?;
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| error(format!("`{}` is not a float", text.escape_ascii())))
}

fn ascii(bytes: &[u8], error: impl Fn(String) -> Error) -> Result<Value> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Ok(Value::Str(text.into())),
        _ => Err(error(format!("`{}` bytes of a string are said to be ASCII and are not", bytes.len()))),
    }
}

fn unicode(bytes: &[u8], error: impl Fn(String) -> Error) -> Result<Value> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Value::Str(text.into())),
        Err(_) if is_utf8_with_surrogates(bytes) => Ok(Value::Surrogates(bytes.into())),
        Err(why) => Err(error(format!("a string of `{}` bytes: {why}", bytes.len()))),
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

fn long(input: &mut Input, error: impl Fn(String) -> Error) -> Result<Value> {
    let count = input.i32_le()?;
    let length = count.unsigned_abs() as usize;
    if length > input.left() / 2 {
        return Err(error(format!("declares `{length}` digits, `{}` bytes are left", input.left())));
    }
    let pairs = input.take(length * 2)?.chunks_exact(2);
    let digits: Vec<u16> = pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    if let Some(digit) = digits.iter().find(|digit| **digit >> DIGIT_BITS != 0) {
        return Err(error(format!("has the digit `{digit}`, `{}` is the most", (1 << DIGIT_BITS) - 1)));
    }
    if digits.last() == Some(&0) {
        return Err(error(format!("has `{length}` digits, the highest is `0`")));
    }
    if length > DIGITS_OF_INT {
        return Ok(Value::Long(count < 0, digits.into()));
    }
    let number = digits.iter().rev().fold(0, |number: i64, digit| (number << DIGIT_BITS) | i64::from(*digit));
    Ok(Value::Int(if count < 0 { -number } else { number }))
}
