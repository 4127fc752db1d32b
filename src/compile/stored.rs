//! How bytes are stored in an object.
use permafreeze_base::sha256;
use permafreeze_bundle::Filter;
use permafreeze_object::deflate::{deflate, deflate_native, deflate_text, deflate_universal, store};
use permafreeze_object::format::{Blob, Encoding, Hollowed, Native, NativeFormat};
use permafreeze_object::frames::{Effort, Encoded, encode_file};
use permafreeze_object::native::{Strip, code, hollow};
use permafreeze_object::writer::{WriteError, Writer};

/// What kind of executables an object is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Form {
    /// Native libraries and code are stored as frames made with this effort, as bundles have them; `None`: as zlib streams,
    /// as PyInstaller's archives have them.
    pub frames: Option<Effort>,
    /// What of native libraries is zeroed; `None`: nothing.
    pub strip: Option<Strip>,
}

impl Form {
    /// Returns a module's code as a zlib stream: of level 0 if a frame makes it small.
    pub(crate) fn stream(self, code: &[u8]) -> Vec<u8> {
        if self.frames.is_some() { store(code) } else { deflate(code) }
    }
}

/// What bytes are, which decides how much is spent on making them small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bytes<'n> {
    /// The text of a module.
    Text,
    /// A native library.
    Native(&'n Native),
    /// The whole of a universal library.
    Universal,
    /// Anything else.
    Data,
}

/// Zeroes what the form says of a native library; other bytes stay as they are.
pub(crate) fn hollowed(mut bytes: Vec<u8>, what: Bytes<'_>, form: Form) -> (Vec<u8>, Option<Hollowed>) {
    let (Bytes::Native(_), Some(strip)) = (what, form.strip) else { return (bytes, None) };
    let places = hollow(&bytes, strip);
    if places.is_empty() {
        return (bytes, None);
    }
    let zeroed = places.iter().map(|place| place.len() as u64).sum();
    places.into_iter().for_each(|place| bytes[place].fill(0));
    let hollowed = Hollowed { sha256: sha256::of(&bytes), zeroed, strip };
    (bytes, Some(hollowed))
}

/// Bytes as they are stored.
pub(crate) enum Stored {
    /// One stream.
    Stream(Vec<u8>, Encoding),
    /// Frames of one file.
    Frames(Vec<Encoded>),
}

impl Stored {
    /// Makes bytes small: a native ELF file in frames, if the form has them; anything else as a zlib stream, if it shrinks.
    pub(crate) fn new(bytes: Vec<u8>, what: Bytes<'_>, form: Form) -> Stored {
        if let Bytes::Native(native) = what
            && let Some(effort) = form.frames
            && native.format == NativeFormat::Elf
        {
            return Stored::Frames(encode_file(&bytes, &code(&bytes), filter(native), effort));
        }
        let deflate = match what {
            Bytes::Text => deflate_text,
            Bytes::Native(_) => deflate_native,
            Bytes::Universal => deflate_universal,
            Bytes::Data => deflate,
        };
        let stream = deflate(&bytes);
        if stream.len() < bytes.len() {
            Stored::Stream(stream, Encoding::Deflated)
        } else {
            Stored::Stream(bytes, Encoding::Stored)
        }
    }

    /// Appends them to an object, once for each `key`.
    pub(crate) fn write(&self, key: &str, writer: &mut Writer) -> Result<Blob, WriteError> {
        match self {
            Stored::Stream(bytes, encoding) => writer.blob(key, bytes, *encoding == Encoding::Deflated),
            Stored::Frames(frames) => writer.frames(key, frames),
        }
    }
}

/// Where a blob lies is known when it is written.
pub(crate) const NOWHERE: Blob = Blob { offset: 0, length: 0, encoding: Encoding::Stored };

/// Returns the filter for a library's machine.
fn filter(native: &Native) -> Filter {
    match native.machines.as_slice() {
        [machine] if machine == "x86_64" => Filter::X86,
        [machine] if machine == "aarch64" => Filter::Arm64,
        _ => Filter::None,
    }
}
